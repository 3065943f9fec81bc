// Dates and fee. A moved date shows both dates and an apology; nothing is prettied up.
import type { ComponentChildren } from 'preact'
import type { Answer } from '../../../src/kiosk/contract.ts'
import { day, money } from '../../parts/words.ts'
import type { LobbyWords } from '../words.ts'

interface Props {
  words: LobbyWords
  language: string
  answer: Answer
}

export function Dates({ words: { answer: words }, language, answer }: Props) {
  const moved = answer.extendedDueAt
  const rows: [string, ComponentChildren][] = []
  const add = (label: string, time: string | undefined) => {
    if (time) rows.push([label, day(language, time, true)])
  }
  add(words.received, answer.receivedAt)
  if (moved) {
    if (answer.dueAt) rows.push([words.dueBefore, <s>{day(language, answer.dueAt, true)}</s>])
    rows.push([words.dueNow, <strong>{day(language, moved, true)}</strong>])
  } else if (answer.dueAt) rows.push([words.due, <strong>{day(language, answer.dueAt, true)}</strong>])
  else rows.push([words.due, words.noDue])
  add(words.finished, answer.finishedAt)
  add(words.returned, answer.returnedAt)
  if (answer.fee) {
    const paid = answer.fee.paid ? words.feePaid : words.feeUnpaid
    rows.push([words.fee, `${money(language, answer.fee.amount)}, ${paid}`])
  }
  return (
    <section class="card">
      <dl class="dates">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {moved && <p class="dates-moved">{words.moved}</p>}
    </section>
  )
}
