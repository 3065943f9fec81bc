// The dossier for a clerk asked across the counter: the state, the date that counts, what to do next.
import type { Answer } from '../../../src/kiosk/contract.ts'
import { lookOf } from '../../parts/looks.ts'
import { day, fill, moment } from '../../parts/words.ts'
import type { DeskWords } from '../words.ts'

interface Props {
  words: DeskWords
  language: string
  answer: Answer
}

export function DossierCard({ words: { card: words }, language, answer }: Props) {
  const { tone, Icon } = lookOf(answer)
  const { dueAt, extendedDueAt } = answer
  const due = extendedDueAt
    ? fill(words.moved, { day: day(language, extendedDueAt), old: day(language, dueAt ?? extendedDueAt) })
    : dueAt && fill(words.due, { day: day(language, dueAt) })
  return (
    <section class={`dossier tone-${tone}`} aria-live="polite">
      <p class="dossier-number">
        <strong>{answer.dossierNo}</strong>
        <span>{fill(words.asOf, { time: moment(language, answer.asOf) })}</span>
      </p>
      <h2>
        <Icon />
        {answer.words.label}
        {answer.overdue && <span class="chip tone-bad">{words.overdue}</span>}
      </h2>
      {answer.procedure && <p>{answer.procedure.name}</p>}
      <p>{answer.words.meaning}</p>
      <p class="dossier-next">{answer.words.nextAction}</p>
      {answer.publicNote && <p class="dossier-note">{answer.publicNote}</p>}
      <p class="dossier-dates">
        {answer.receivedAt && <span>{fill(words.received, { day: day(language, answer.receivedAt) })}</span>}
        {due && <span>{due}</span>}
        {answer.agency.name && <span>{answer.agency.name}</span>}
      </p>
    </section>
  )
}
