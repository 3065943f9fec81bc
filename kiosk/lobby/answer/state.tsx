// The state as a coloured card with picture, word and sentence, and the one thing to do next.
import type { RefObject } from 'preact'
import type { Answer } from '../../../src/kiosk/contract.ts'
import { Alert, Forward } from '../../parts/icons.tsx'
import { looks } from '../../parts/looks.ts'
import { fill, moment, unbroken } from '../../parts/words.ts'
import type { LobbyWords } from '../words.ts'

interface Props {
  words: LobbyWords
  language: string
  answer: Answer
  title: RefObject<HTMLHeadingElement | null>
}

export function State({ words, language, answer, title }: Props) {
  const { tone, Icon } = looks[answer.dossierStatus]
  const phone = unbroken(answer.agency.phone)
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
          <p>
            {answer.words.nextAction}
            {answer.overdue && phone && ` ${fill(words.answer.call, { phone })}`}
          </p>
        </div>
      </div>
      {answer.silentSince && (
        <p class="state-silent">
          <Alert />
          {fill(words.answer.silent, {
            time: moment(language, answer.silentSince),
            phone: phone || answer.agency.name,
          })}
        </p>
      )}
    </section>
  )
}
