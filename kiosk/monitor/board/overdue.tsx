// What needs an agency today: dossiers past their date or near it, numbers that were never pushed, complaints that wait.
import type { ComplaintDueRow, DueRow, GapRow, OverdueList } from '../../../src/monitor/contract.ts'
import { day, fill, moment } from '../../parts/words.ts'
import type { MonitorWords } from '../words.ts'
import { count } from './figures.ts'
import { Table } from './table.tsx'

/** What is asked for: days ahead, one agency or all, and how many rows. */
export interface Choice {
  within: number
  agency: string
  limit: number
}

/** A screen's worth; more on request, and the files have them all. */
export const firstRows = 30
const moreRows = 300

interface Props {
  words: MonitorWords
  language: string
  list: OverdueList
  agencies: readonly { code: string; name: string }[]
  choice: Choice
  choose(choice: Choice): void
}

const withins = [0, 1, 3, 7] as const

export function Overdue({ words, language, list, agencies, choice, choose }: Props) {
  const { attention } = words
  const { totals } = list
  const number = (count: number) => new Intl.NumberFormat(language).format(count)
  const of = choice.agency === '' ? '' : `&agency=${encodeURIComponent(choice.agency)}`
  const query = `?within=${choice.within}&lang=${language}${of}`
  return (
    <section class="card attention-board">
      <div class="attention-head">
        <h2>{attention.title}</h2>
        <Choose
          label={attention.within}
          value={String(choice.within)}
          options={withins.map((days) => [
            String(days),
            days === 0 ? attention.overdueOnly : fill(attention.days, { n: days }),
          ])}
          choose={(value) => choose({ ...choice, within: Number(value) })}
        />
        {agencies.length > 1 && (
          <Choose
            label={attention.agencyChoice}
            value={choice.agency}
            options={[
              ['', attention.everyAgency],
              ...agencies.map(({ code, name }) => [code, name] as const),
            ]}
            choose={(agency) => choose({ ...choice, agency, limit: firstRows })}
          />
        )}
        <div class="board-downloads">
          <a class="quiet" href={`/v1/monitor/overdue.csv${query}`} download>
            {words.download.csv}
          </a>
          <a class="quiet" href={`/v1/monitor/overdue.xlsx${query}`} download>
            {words.download.xlsx}
          </a>
        </div>
      </div>
      <p>
        {fill(attention.totals, {
          overdue: number(totals.overdue),
          near: number(totals.near),
          missing: number(totals.missing),
        })}
      </p>
      {list.dossiers.length === 0 ? (
        <p>{attention.noDossier}</p>
      ) : (
        <Dossiers words={words} language={language} rows={list.dossiers} />
      )}
      {list.notListed > 0 && <p class="board-note">{fill(attention.rest, { n: number(list.notListed) })}</p>}
      <h3>{attention.gaps}</h3>
      {list.gaps.length === 0 ? (
        <p>{attention.noGap}</p>
      ) : (
        <Gaps words={words} language={language} rows={list.gaps} />
      )}
      {list.gapsNotListed > 0 && (
        <p class="board-note">{fill(attention.gapsRest, { n: number(list.gapsNotListed) })}</p>
      )}
      {list.notListed + list.gapsNotListed > 0 && (
        <button
          type="button"
          class="quiet"
          onClick={() => choose({ ...choice, limit: choice.limit + moreRows })}
        >
          {attention.more}
        </button>
      )}
      <h3>{attention.complaints}</h3>
      {list.complaints.length === 0 ? (
        <p>{attention.noComplaint}</p>
      ) : (
        <Complaints words={words} language={language} rows={list.complaints} />
      )}
      <p class="board-note">
        {list.countedAt
          ? fill(words.agencies.census, { time: moment(language, list.countedAt) })
          : words.agencies.counting}
      </p>
    </section>
  )
}

interface ChooseProps {
  label: string
  value: string
  options: readonly (readonly [value: string, text: string])[]
  choose(value: string): void
}

const Choose = ({ label, value, options, choose }: ChooseProps) => (
  <label class="board-date">
    {label}
    <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
      {options.map(([its, text]) => (
        <option key={its} value={its}>
          {text}
        </option>
      ))}
    </select>
  </label>
)

type Rows<Row> = Pick<Props, 'words' | 'language'> & { rows: readonly Row[] }

function Dossiers({ words, language, rows }: Rows<DueRow>) {
  const { attention } = words
  return (
    <Deadlines
      words={words}
      language={language}
      label={attention.title}
      heads={[attention.dossierNo, { text: attention.state, class: 'cell-text' }, attention.due]}
      rows={rows.map((row) => ({ ...row, number: row.dossierNo, third: row.state }))}
    />
  )
}

function Complaints({ words, language, rows }: Rows<ComplaintDueRow>) {
  const { attention } = words
  return (
    <Deadlines
      words={words}
      language={language}
      label={attention.complaints}
      heads={[attention.ticket, attention.received, attention.answerBy]}
      rows={rows.map((row) => ({ ...row, number: row.ticket, third: day(language, row.received) }))}
    />
  )
}

/** What somebody must finish by a day: by number. */
interface Deadline extends Pick<DueRow, 'name' | 'due' | 'overdue' | 'days'> {
  number: string
  third: string
}

interface DeadlinesProps extends Rows<Deadline> {
  label: string
  heads: readonly [number: string, third: string | { text: string; class: string }, due: string]
}

function Deadlines({ words, language, label, heads: [number, third, due], rows }: DeadlinesProps) {
  const { attention } = words
  return (
    <Table
      label={label}
      heads={[number, { text: attention.agency, class: 'cell-text' }, third, due, attention.lateness]}
    >
      {rows.map((row) => (
        <tr key={row.number}>
          <th scope="row">{row.number}</th>
          <td class="cell-text">{row.name}</td>
          <td class={typeof third === 'string' ? '' : third.class}>{row.third}</td>
          <td>{day(language, row.due)}</td>
          <td>
            <Lateness row={row} words={words} language={language} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

interface LatenessProps extends Pick<Props, 'words' | 'language'> {
  row: { overdue: boolean; days: number }
}

function Lateness({ words, language, row }: LatenessProps) {
  const { attention } = words
  const { overdue, days } = row
  const late = days === 0 ? attention.lateToday : fill(attention.late, { n: count(words, language, days) })
  const left = days === 0 ? attention.dueToday : fill(attention.left, { n: -days })
  return <span class={`chip tone-${overdue ? 'bad' : 'act'}`}>{overdue ? late : left}</span>
}

function Gaps({ words, language, rows }: Rows<GapRow>) {
  const { attention } = words
  return (
    <Table
      label={attention.gaps}
      heads={[
        attention.series,
        { text: attention.agency, class: 'cell-text' },
        attention.missingCount,
        { text: attention.missing, class: 'cell-text' },
        { text: attention.around, class: 'cell-text' },
      ]}
    >
      {rows.map((row) => (
        <tr key={row.series}>
          <th scope="row">{row.series}</th>
          <td class="cell-text">{row.name}</td>
          <td>{row.missingCount}</td>
          <td class="cell-text">
            {row.missing.map((range, nth) => (
              <span key={range} class="board-range">
                {range}
                {nth < row.missing.length - 1 && ', '}
              </span>
            ))}
          </td>
          <td class="cell-text">
            {row.around.map(({ missing, before, after }) => (
              <div key={missing}>
                {[before, after]
                  .flatMap((seen) => (seen ? [seenWords(words, language, seen)] : []))
                  .join(' … ')}
              </div>
            ))}
          </td>
        </tr>
      ))}
    </Table>
  )
}

// With its time on one line.
const seenWords = (
  { attention }: MonitorWords,
  language: string,
  { dossierNo, heard }: { dossierNo: string; heard: string },
) =>
  fill(attention.seenAt, {
    number: dossierNo.slice(dossierNo.lastIndexOf('-') + 1),
    time: moment(language, heard),
  }).replaceAll(' ', '\u00a0')
