// The way the dossier has gone, oldest step first, in the same words as everywhere.
import type { Answer } from '../../../src/kiosk/contract.ts'
import { looks } from '../../parts/looks.ts'
import { moment } from '../../parts/words.ts'
import type { LobbyWords } from '../words.ts'

interface Props {
  words: LobbyWords
  language: string
  history: NonNullable<Answer['history']>
}

export function Steps({ words, language, history }: Props) {
  return (
    <section class="card">
      <h2>{words.answer.steps}</h2>
      <ol class="steps">
        {history.map((step, index) => {
          const last = index === history.length - 1
          return (
            <li
              key={`${step.at}${step.dossierStatus}`}
              class={last ? `step-now tone-${looks[step.dossierStatus].tone}` : ''}
            >
              <p class="step-label">{step.label}</p>
              <p class="step-at">
                {moment(language, step.at)}
                {last && <span class="step-tag">{words.answer.now}</span>}
              </p>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
