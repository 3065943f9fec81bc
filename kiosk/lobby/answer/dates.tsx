// Dates and fee as a list. A moved date shows both dates and an apology.
import type { Answer } from '../../../src/kiosk/contract.ts'
import type { LobbyWords } from '../words.ts'
import { apologyOf, rowsOf } from './said.ts'

interface Props {
  words: LobbyWords
  language: string
  answer: Answer
}

export function Dates({ words: { answer: words }, language, answer }: Props) {
  const rows = rowsOf(words, language, answer)
  const apology = apologyOf(answer)
  if (rows.length === 0 && !apology) return null
  return (
    <section class="card">
      <dl class="dates">
        {rows.map(({ label, value, tone }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              {tone === 'former' ? <s>{value}</s> : tone === 'holds' ? <strong>{value}</strong> : value}
            </dd>
          </div>
        ))}
      </dl>
      {apology && <p class="dates-moved">{apology}</p>}
    </section>
  )
}
