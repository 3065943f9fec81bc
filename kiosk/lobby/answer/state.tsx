// The state as a coloured card with picture, word and sentence, and the one thing to do next.
import type { RefObject } from 'preact'
import type { Answer } from '../../../src/kiosk/contract.ts'
import { Alert, Forward } from '../../parts/icons.tsx'
import { lookOf } from '../../parts/looks.ts'
import { fill, moment } from '../../parts/words.ts'
import type { LobbyWords } from '../words.ts'
import { nextOf, silenceOf } from './said.ts'

interface Props {
  words: LobbyWords
  language: string
  answer: Answer
  title: RefObject<HTMLHeadingElement | null>
}

export function State({ words, language, answer, title }: Props) {
  const { tone, Icon } = lookOf(answer)
  const silence = silenceOf(words.answer, language, answer)
  return (
    <section class={`state tone-${tone}`} aria-live="polite">
      <p class="state-number">
        <span>
          {words.answer.number} <strong>{answer.dossierNo}</strong>
        </span>
        <span>{fill(words.answer.asOf, { time: moment(language, answer.asOf) })}</span>
      </p>
      <div class="state-head">
        <span class="state-icon">
          <Icon />
        </span>
        <h1 tabIndex={-1} ref={title}>
          {answer.words.label}
        </h1>
      </div>
      <p class="state-meaning">{answer.words.meaning}</p>
      {answer.procedure && <p class="state-procedure">{answer.procedure.name}</p>}
      <div class={answer.overdue ? 'state-next state-late' : 'state-next'}>
        {answer.overdue ? <Alert /> : <Forward />}
        <div>
          <h2>{words.answer.next}</h2>
          <p>{nextOf(words.answer, answer)}</p>
        </div>
      </div>
      {silence && (
        <p class="state-silent">
          <Alert />
          {silence}
        </p>
      )}
    </section>
  )
}
