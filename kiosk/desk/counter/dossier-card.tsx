// The dossier for a clerk asked across the counter: the state, the dates that count, what to do next and to pay, whom to call.
import type { Answer } from '../../../src/kiosk/contract.ts'
import { lookOf } from '../../parts/looks.ts'
import { day, fill, moment, money, unbroken } from '../../parts/words.ts'
import type { DeskWords } from '../words.ts'

interface Props {
  words: DeskWords
  language: string
  answer: Answer
}

export function DossierCard({ words: { card: words }, language, answer }: Props) {
  const { tone, Icon } = lookOf(answer)
  const { dueAt, extendedDueAt, agency } = answer
  const due = extendedDueAt
    ? fill(words.moved, { day: day(language, extendedDueAt), old: day(language, dueAt ?? extendedDueAt) })
    : dueAt && fill(words.due, { day: day(language, dueAt) })
  const on = (text: string, time: string | undefined) => time && fill(text, { day: day(language, time) })
  const facts = [
    on(words.received, answer.receivedAt),
    due,
    on(words.finished, answer.finishedAt),
    on(words.returned, answer.returnedAt),
    answer.fee && feeSaid(words, language, answer.fee),
    agency.name,
    unbroken(agency.phone),
  ].filter(Boolean)
  // Past a promised date the next step says it.
  const apology = answer.overdue ? undefined : answer.words.apology
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
      {apology && <p>{apology}</p>}
      <p class="dossier-dates">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
    </section>
  )
}

// If payment is unknown, say nothing about it.
function feeSaid(words: DeskWords['card'], language: string, fee: NonNullable<Answer['fee']>): string {
  const said = fill(words.fee, { amount: money(language, fee.amount) })
  return fee.paid === undefined ? said : `${said}, ${fee.paid ? words.feePaid : words.feeUnpaid}`
}
