// Lookups a day by channel, over a long period a week, as a plot and, for people who read or hear the numbers, as a table.
import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { LookupDay, MonitorSummary } from '../../../src/monitor/contract.ts'
import { day } from '../../parts/words.ts'
import type { MonitorWords } from '../words.ts'
import { count } from './figures.ts'
import { Table } from './table.tsx'

interface Props {
  words: MonitorWords
  language: string
  contrast: boolean
  lookups: MonitorSummary['lookups']
}

// Told apart by dash and mark as well as by colour.
const lines: Record<Channel, { colour: string; dash: number[] }> = {
  sms: { colour: '--brand', dash: [] },
  kiosk: { colour: '--act', dash: [8, 4] },
  web: { colour: '--good', dash: [2, 4] },
  desk: { colour: '--still', dash: [12, 4, 2, 4] },
}
type Channel = Exclude<keyof LookupDay, 'day'>
const channels = Object.entries(lines).map(([name, line]) => ({ name: name as Channel, ...line }))

// Daily values over more than a season are noise: plot weeks.
const maxDays = 92

export function Lookups({ words, language, contrast, lookups }: Props) {
  const isWeekly = lookups.byDay.length > maxDays
  const title = isWeekly ? words.chart.weekly : words.chart.title
  const [table, setTable] = useState(false)
  const holder = useRef<HTMLDivElement>(null)

  // `contrast` triggers a redraw: the colours are read from the page.
  useEffect(() => {
    const element = holder.current
    if (!element) return
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string) => style.getPropertyValue(name).trim()
    const axis = {
      stroke: colour('--ink-soft'),
      grid: { stroke: colour('--line-soft'), width: 1 },
      ticks: { stroke: colour('--line-soft'), width: 1 },
      font: '13px sans-serif',
    }
    const points = isWeekly ? byWeek(lookups.byDay) : lookups.byDay
    const size = () => ({ width: element.clientWidth, height: 260 })
    const plot = new uPlot(
      {
        ...size(),
        // Days are days of the office, whatever zone the browser is in.
        tzDate: (seconds) => new Date(seconds * 1000 + new Date().getTimezoneOffset() * 60_000),
        scales: { y: { range: (_, __, top) => [0, Math.max(10, top * 1.1)] } },
        axes: [
          {
            ...axis,
            space: 70,
            incrs: [86_400, 2 * 86_400, 7 * 86_400, 30 * 86_400],
            values: (_, ticks) => ticks.map((tick) => shortDay(tick)),
          },
          { ...axis, size: 56 },
        ],
        // Our own legend below shows the dashes as well; figures stand in the table.
        legend: { show: false },
        cursor: { show: false },
        series: [
          {},
          ...channels.map(({ colour: own, dash }) => ({
            stroke: colour(own),
            width: 2,
            dash: [...dash],
            spanGaps: true,
            points: { show: points.length < 40, size: 6 },
          })),
        ],
      },
      [
        points.map(({ day }) => Date.parse(day) / 1000),
        ...channels.map(({ name }) => points.map((row) => row[name])),
      ],
      element,
    )
    const resized = new ResizeObserver(() => plot.setSize(size()))
    resized.observe(element)
    return () => {
      resized.disconnect()
      plot.destroy()
    }
  }, [lookups, isWeekly, contrast])

  return (
    <section class="card lookups">
      <h2>{title}</h2>
      <div ref={holder} class="plot" aria-hidden="true" />
      <ul class="legend">
        {channels.map(({ name, colour, dash }) => (
          <li key={name}>
            <svg viewBox="0 0 44 10" aria-hidden="true">
              <path
                d="M1 5h42"
                stroke={`var(${colour})`}
                stroke-width="3"
                stroke-dasharray={dash.join(' ')}
              />
            </svg>
            {words.channel[name]}
          </li>
        ))}
      </ul>
      <ul class="results" aria-label={words.result.title}>
        {lookups.byResult.map(({ result, count: its }) => (
          <li key={result}>
            {words.result[result as 'found']} <strong>{count(words, language, its)}</strong>
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="quiet lookups-table"
        aria-expanded={table}
        onClick={() => setTable(!table)}
      >
        {table ? words.chart.hide : words.chart.table}
      </button>
      <Table
        label={words.chart.title}
        hidden={!table}
        heads={[words.chart.day, ...channels.map(({ name }) => words.channel[name])]}
      >
        {[...lookups.byDay].reverse().map((row) => (
          <tr key={row.day}>
            <th scope="row">{day(language, row.day)}</th>
            {channels.map(({ name }) => (
              <td key={name}>{count(words, language, row[name])}</td>
            ))}
          </tr>
        ))}
      </Table>
    </section>
  )
}

/** Sums of seven days each, the last week whole; the day is its first. A hidden small day adds nothing to the drawing. */
function byWeek(days: readonly LookupDay[]): LookupDay[] {
  const weeks: LookupDay[] = []
  for (let end = days.length; end >= 7; end -= 7) {
    const week = days.slice(end - 7, end)
    const sums = channels.map(({ name }) => [name, week.reduce((sum, row) => sum + (row[name] ?? 0), 0)])
    weeks.unshift({ ...week[0]!, ...Object.fromEntries(sums) })
  }
  return weeks
}

// Midnight UTC of a day written YYYY-MM-DD, as dd/mm.
const shortDay = (seconds: number) => {
  const [, month, date] = new Date(seconds * 1000).toISOString().slice(0, 10).split('-')
  return `${date}/${month}`
}
