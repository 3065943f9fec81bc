// One-tap satisfaction by agency.
import type { MonitorSummary } from '../../../src/monitor/contract.ts'
import type { MonitorWords } from '../words.ts'
import { count } from './figures.ts'
import { Table } from './table.tsx'

interface Props {
  words: MonitorWords
  language: string
  summary: MonitorSummary
}

export function Ratings({ words, language, summary }: Props) {
  if (summary.ratings.length === 0) return null
  const names = new Map(summary.agencies.map(({ code, name }) => [code, name]))
  return (
    <section class="card">
      <h2>{words.ratings.title}</h2>
      <Table
        label={words.ratings.title}
        heads={[
          words.agencies.name,
          { text: words.live.kiosks, class: 'cell-text' },
          words.ratings.good,
          words.ratings.fine,
          words.ratings.notGood,
        ]}
      >
        {summary.ratings.map((row) => (
          <tr key={`${row.agency} ${row.kiosk}`} class={row.kiosk ? 'row-part' : ''}>
            <th scope="row">{names.get(row.agency) ?? row.agency}</th>
            <td class="cell-text">{row.kiosk ?? words.ratings.all}</td>
            {(['good', 'fine', 'notGood'] as const).map((mood) => (
              <td key={mood}>{count(words, language, row[mood])}</td>
            ))}
          </tr>
        ))}
      </Table>
    </section>
  )
}
