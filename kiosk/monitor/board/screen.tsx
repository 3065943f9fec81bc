// The board: four figures, one plot, the agencies, what is up, satisfaction. What needs attention comes first.
import type { ComponentChildren } from 'preact'
import type { MonitorSummary } from '../../../src/monitor/contract.ts'
import { day, fill } from '../../parts/words.ts'
import { lastDays, type Period, presets } from '../period.ts'
import type { MonitorWords } from '../words.ts'
import { Agencies } from './agencies.tsx'
import { count, percent } from './figures.ts'
import { LiveState } from './live-state.tsx'
import { Lookups } from './lookups.tsx'
import { Ratings } from './ratings.tsx'
import './screen.css'

interface Props {
  words: MonitorWords
  language: string
  contrast: boolean
  summary: MonitorSummary
  period: Period
  choose(period: Period): void
  /** What needs someone now. */
  children?: ComponentChildren
}

export function BoardScreen({ words, language, contrast, summary, period, choose, children }: Props) {
  const query = `?from=${period.from}&to=${period.to}`
  return (
    <div class="board">
      <section class="board-period" aria-label={words.period.label}>
        <div class="board-presets">
          {Object.entries(presets).map(([name, days]) => {
            const preset = lastDays(days)
            return (
              <button
                key={name}
                type="button"
                class="quiet"
                aria-pressed={preset.from === period.from && preset.to === period.to}
                onClick={() => choose(preset)}
              >
                {words.period[name as keyof typeof presets]}
              </button>
            )
          })}
        </div>
        {(['from', 'to'] as const).map((end) => (
          <label key={end} class="board-date">
            {words.period[end]}
            <input
              type="date"
              value={period[end]}
              onChange={(event) => {
                const next = { ...period, [end]: event.currentTarget.value }
                if (next.from && next.to && next.from <= next.to) choose(next)
              }}
            />
          </label>
        ))}
        <div class="board-downloads">
          <a class="quiet" href={`/v1/monitor/summary.csv${query}`} download>
            {words.download.csv}
          </a>
          <a class="quiet" href={`/v1/monitor/summary.xlsx${query}`} download>
            {words.download.xlsx}
          </a>
          <button type="button" class="quiet" onClick={() => print()}>
            {words.download.print}
          </button>
        </div>
      </section>
      <p class="board-shown">
        {fill(words.period.shown, { from: day(language, period.from), to: day(language, period.to) })}
      </p>
      <Tiles words={words} language={language} summary={summary} />
      <div class="board-columns">
        <Lookups words={words} language={language} contrast={contrast} lookups={summary.lookups} />
        <LiveState words={words} language={language} live={summary.live} />
      </div>
      {children}
      <Agencies words={words} language={language} summary={summary} />
      <Ratings words={words} language={language} summary={summary} />
      <p class="board-note">{words.note}</p>
    </div>
  )
}

interface Tile {
  label: string
  value: string
  below?: string
  tone: string
}

function Tiles({ words, language, summary }: Pick<Props, 'words' | 'language' | 'summary'>) {
  const { tiles } = words
  const silent = summary.agencies.filter(({ silentSince }) => silentSince).length
  const { open, overdue } = summary.dossiers ?? {}
  const rows: Tile[] = [
    { label: tiles.lookups, value: count(words, language, summary.lookups.total), tone: 'go' },
    // For a subset of the agencies these two mean nothing.
    ...(summary.only
      ? []
      : [
          {
            label: tiles.hit,
            value: percent(words, language, summary.lookups.hitRatio),
            tone: summary.lookups.hitRatio === null ? 'still' : 'go',
          },
          {
            label: tiles.answered,
            value: percent(words, language, summary.lookups.answeredRatio),
            tone:
              summary.lookups.answeredRatio === null
                ? 'still'
                : summary.lookups.answeredRatio < 0.99
                  ? 'act'
                  : 'go',
          },
        ]),
    {
      label: tiles.silent,
      value: fill(tiles.silentOf, {
        count: count(words, language, silent),
        of: count(words, language, summary.agencies.length),
      }),
      tone: silent > 0 ? 'act' : 'good',
    },
    {
      label: tiles.overdue,
      value: summary.censusAt ? count(words, language, overdue) : '…',
      below: summary.censusAt ? fill(tiles.overdueOf, { of: count(words, language, open) }) : '',
      tone: overdue === undefined ? 'still' : overdue === 0 ? 'good' : 'bad',
    },
    {
      label: tiles.complaints,
      value: count(words, language, summary.complaints.overdue),
      below: fill(tiles.complaintsOf, { of: count(words, language, summary.complaints.open) }),
      tone: summary.complaints.overdue > 0 ? 'bad' : 'good',
    },
  ]
  return (
    <dl class="tiles">
      {rows.map(({ label, value, below, tone }) => (
        <div key={label} class={`tile tone-${tone}`}>
          <dt>{label}</dt>
          <dd>
            {value}
            {below && <small>{below}</small>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
