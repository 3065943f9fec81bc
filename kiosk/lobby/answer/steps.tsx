// The dossier's history, present step first, in the same words as everywhere; older steps are collapsed.
import type { Answer } from '../../../src/kiosk/contract.ts'
import { lookOf } from '../../parts/looks.ts'
import { fill, moment } from '../../parts/words.ts'
import type { LobbyWords } from '../words.ts'

interface Props {
  words: LobbyWords
  language: string
  answer: Answer
  history: NonNullable<Answer['history']>
}

// What fits beside the answer without scrolling in landscape; the button for the rest is one and a half rows high.
const shownSteps = 4
const shownBeforeOlder = 3

export function Steps({ words, language, answer, history }: Props) {
  const steps = [...history].reverse()
  const shown = steps.length > shownSteps ? shownBeforeOlder : shownSteps
  const older = steps.slice(shown)
  const item = (step: Props['history'][number], isNow: boolean) => (
    <li key={`${step.at}${step.dossierStatus}`} class={isNow ? `step-now tone-${lookOf(answer).tone}` : ''}>
      <p class="step-label">{step.label}</p>
      <p class="step-at">
        {step.at && moment(language, step.at)}
        {isNow && <span class="step-tag">{words.answer.now}</span>}
      </p>
    </li>
  )
  return (
    <section class="card">
      <h2>{words.answer.steps}</h2>
      <ol class="steps">{steps.slice(0, shown).map((step, nth) => item(step, nth === 0))}</ol>
      {older.length > 0 && (
        <details class="steps-older">
          <summary>{fill(words.answer.olderSteps, { count: older.length })}</summary>
          <ol class="steps">{older.map((step) => item(step, false))}</ol>
        </details>
      )}
    </section>
  )
}
