// Dates and fee, as far as they hold (src/dossier/truth.ts). A moved date shows both dates and an apology.
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
  add(words.finished, answer.finishedAt)
  add(words.returned, answer.returnedAt)
  if (answer.fee) {
    const { amount, paid } = answer.fee
    const said = paid === undefined ? '' : `, ${paid ? words.feePaid : words.feeUnpaid}`
    rows.push([words.fee, `${money(language, amount)}${said}`])
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
      {/* Of an overdue one the next step says it. */}
      {answer.words.apology && !answer.overdue && <p class="dates-moved">{answer.words.apology}</p>}
    </section>
  )
}
