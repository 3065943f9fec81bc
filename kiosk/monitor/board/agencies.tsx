// The agencies: silent ones first, then those with most overdue.
import type { AgencyRow, MonitorSummary } from '../../../src/monitor/contract.ts'
import { fill, moment } from '../../parts/words.ts'
import type { MonitorWords } from '../words.ts'
import { ago, count, percent, span } from './figures.ts'
import { Table } from './table.tsx'

interface Props {
  words: MonitorWords
  language: string
  summary: MonitorSummary
}

export function Agencies({ words, language, summary }: Props) {
  const { agencies: its } = words
  const rows = [...summary.agencies].sort(
    (one, other) =>
      Number(other.silentSince !== undefined) - Number(one.silentSince !== undefined) ||
      (other.overdueRatio ?? 0) - (one.overdueRatio ?? 0) ||
      one.name.localeCompare(other.name, language),
  )
  return (
    <section class="card agencies-board">
      <h2>{its.title}</h2>
      <Table
        label={its.title}
        heads={(['name', 'heard', 'rhythm', 'updates', 'open', 'overdue', 'onTime'] as const).map(
          (name) => its[name],
        )}
      >
        {rows.map((row) => (
          <tr key={row.code}>
            <th scope="row">
              {row.name}
              <small>{row.code}</small>
            </th>
            <td>
              <Heard words={words} row={row} now={summary.generatedAt} />
            </td>
            <td>{row.usualGapMinutes === undefined ? words.none : span(words, row.usualGapMinutes)}</td>
            <td>{count(words, language, row.updates)}</td>
            <td>{count(words, language, row.open)}</td>
            <td>
              {count(words, language, row.overdue)}
              <Bar tone="bad" value={row.overdueRatio} />
              {typeof row.overdueRatio === 'number' && (
                <span class="cell-share">{percent(words, language, row.overdueRatio)}</span>
              )}
            </td>
            <td>
              <Bar tone="good" value={row.onTimeRatio} />
              <span class="cell-share">{percent(words, language, row.onTimeRatio)}</span>
            </td>
          </tr>
        ))}
      </Table>
      <p class="board-note">
        {summary.censusAt ? fill(its.census, { time: moment(language, summary.censusAt) }) : its.counting}
      </p>
    </section>
  )
}

function Heard({ words, row, now }: { words: MonitorWords; row: AgencyRow; now: string }) {
  if (!row.lastHeard) return <>{words.agencies.never}</>
  return (
    <>
      {ago(words, row.lastHeard, now)}
      {row.silentSince && <span class="chip tone-act">{words.agencies.silent}</span>}
    </>
  )
}

// A share as a length; the figure stands beside it.
function Bar({ tone, value }: { tone: string; value: number | null | undefined }) {
  if (value === null || value === undefined) return null
  return (
    <svg class={`bar tone-${tone}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="8" class="bar-ground" />
      <rect width={value * 100} height="8" class="bar-value" />
    </svg>
  )
}
