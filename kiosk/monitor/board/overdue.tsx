// What needs an agency today: dossiers past their date or near it, and numbers that were never pushed.
import type { DueRow, GapRow, OverdueList } from '../../../src/monitor/contract.ts'
import { day, fill, moment } from '../../parts/words.ts'
import type { MonitorWords } from '../words.ts'
import { TableHolder } from './table-holder.tsx'

interface Props {
  words: MonitorWords
  language: string
  list: OverdueList
  /** Days ahead that are shown. */
  within: number
  choose(within: number): void
}

const withins = [0, 1, 3, 7] as const
// A screen's worth; the files have them all.
const shownRows = 30

export function Overdue({ words, language, list, within, choose }: Props) {
  const { attention } = words
  const rest = list.dossiers.length - shownRows
  const query = `?within=${within}&lang=${language}`
  return (
    <section class="card attention-board">
      <div class="attention-head">
        <h2>{attention.title}</h2>
        <label class="board-date">
          {attention.within}
          <select value={String(within)} onChange={(event) => choose(Number(event.currentTarget.value))}>
            {withins.map((days) => (
              <option key={days} value={String(days)}>
                {days === 0 ? attention.overdueOnly : fill(attention.days, { n: days })}
              </option>
            ))}
          </select>
        </label>
        <div class="board-downloads">
          <a class="quiet" href={`/v1/monitor/overdue.csv${query}`} download>
            {words.download.csv}
          </a>
          <a class="quiet" href={`/v1/monitor/overdue.xlsx${query}`} download>
            {words.download.xlsx}
          </a>
        </div>
      </div>
      {list.dossiers.length === 0 ? (
        <p>{attention.noDossier}</p>
      ) : (
        <Dossiers words={words} language={language} rows={list.dossiers.slice(0, shownRows)} />
      )}
      {rest > 0 && <p class="board-note">{fill(attention.rest, { n: rest })}</p>}
      <h3>{attention.gaps}</h3>
      {list.gaps.length === 0 ? (
        <p>{attention.noGap}</p>
      ) : (
        <Gaps words={words} rows={list.gaps.slice(0, shownRows)} />
      )}
      <p class="board-note">
        {list.countedAt
          ? fill(words.agencies.census, { time: moment(language, list.countedAt) })
          : words.agencies.counting}
      </p>
    </section>
  )
}

function Dossiers({ words, language, rows }: Pick<Props, 'words' | 'language'> & { rows: DueRow[] }) {
  const { attention } = words
  return (
    <TableHolder label={attention.title}>
      <table>
        <thead>
          <tr>
            {(['dossierNo', 'agency', 'state', 'due', 'lateness'] as const).map((name) => (
              <th key={name} scope="col">
                {attention[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.dossierNo}>
              <th scope="row">{row.dossierNo}</th>
              <td>{row.name}</td>
              <td>{row.state}</td>
              <td>{day(language, row.due)}</td>
              <td>
                <span class={`chip tone-${row.overdue ? 'bad' : 'act'}`}>{lateness(words, row)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableHolder>
  )
}

function lateness({ attention }: MonitorWords, { overdue, days }: DueRow): string {
  if (overdue) return days === 0 ? attention.lateToday : fill(attention.late, { n: days })
  return days === 0 ? attention.dueToday : fill(attention.left, { n: -days })
}

function Gaps({ words, rows }: { words: MonitorWords; rows: GapRow[] }) {
  const { attention } = words
  return (
    <TableHolder label={attention.gaps}>
      <table>
        <thead>
          <tr>
            {(['series', 'agency', 'missingCount', 'missing'] as const).map((name) => (
              <th key={name} scope="col">
                {attention[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.series}>
              <th scope="row">{row.series}</th>
              <td>{row.name}</td>
              <td>{row.missingCount}</td>
              <td>{row.missing.join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableHolder>
  )
}
