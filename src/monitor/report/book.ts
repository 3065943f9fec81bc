// The books of a report: every figure as a named cell (`update:H45.12:applied`), and which cells add up to which.
// tell.ts decides over all these sums together which cells may be published.
import { channels } from '../../dossier/channels.js'
import type { Count as Sample } from '../../metrics.js'
import { type DayCounts, lateSeconds } from '../counters.js'
import { readKept } from '../kept.js'
import { filings } from '../ledger/share.js'
import type { Handled } from '../ledger/standing.js'
import type { PeriodCounts } from '../period-counts.js'
import type { Sum } from './tell.js'

export const results = ['found', 'unknown', 'unreadable', 'withheld', 'unavailable'] as const
export const moods = { good: 3, fine: 2, notGood: 1 } as const
/** Stands for all agencies in the names of cells; no code has this character. */
export const all = '*'
/** Lookups found but not attributed to an agency, and updates refused without a readable number. */
const none = 'unknown'

export interface BookParts {
  /** The days of the period, in the order of `counts.days`. */
  readonly days: readonly string[]
  readonly counts: PeriodCounts
  readonly handled: ReadonlyMap<string, Handled>
  /** In the order of the report. */
  readonly agencies: readonly { readonly code: string; readonly name: string }[]
}

interface Cells {
  readonly counts: Map<string, number>
  /** Agencies with a cell: first those listed, then those found only in the counts. */
  readonly codes: Set<string>
  readonly months: readonly string[]
  /** Updates by bucket of delay, by agency. */
  readonly late: Map<string, Map<string, number>>
}

/** Every cell of the report by name, and the sums they form. */
export function openBook(parts: BookParts) {
  const months = [...new Set(parts.days.map((day) => day.slice(0, 7)))]
  const codes = new Set(parts.agencies.map(({ code }) => code))
  const cells: Cells = { counts: new Map(), codes, months, late: new Map() }
  for (const [nth, day] of parts.counts.days.entries())
    for (const [field, by] of day) countLookup(cells, parts.days[nth]!, field.split('|'), by)
  for (const [field, by] of parts.counts.agencies) countField(cells, field.split('|'), by)
  for (const [code, its] of parts.handled) countHandled(cells, code, its)
  countUnlaid(cells)
  const reasons = countMessages(cells, parts.counts.days)
  const names = new Map(parts.agencies.map(({ code, name }) => [code, name]))
  return {
    counts: cells.counts,
    sums: [...sumsOfLookups(cells), ...sumsOfAgencies(cells)],
    months,
    reasons,
    // Those no longer on the list come last, under their codes.
    agencies: [...codes].map((code) => ({ code, name: names.get(code) ?? code })),
    daysHeard: (code: string) => parts.counts.heard.get(code) ?? 0,
    late: (code: string) => lateness(cells.late.get(code) ?? new Map()),
  }
}

function add({ counts }: Cells, names: readonly string[], by: number): void {
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + by)
}

/** Books a field of the service's counts of one day (counters.ts). */
function countLookup(cells: Cells, day: string, words: readonly string[], by: number): void {
  const [kind, channel = '', result = ''] = words
  if (kind !== 'lookup') return
  add(cells, [`lookup:${channel}:${result}`, `lookup:${channel}`, `lookup:*:${result}`, 'lookup'], by)
  if (result !== 'unavailable') add(cells, ['lookup:answered'], by)
  const month = `month:${day.slice(0, 7)}`
  add(cells, [`${month}:${channel}`, month], by)
}

/** Books a field of agencies' counts. */
function countField(cells: Cells, words: readonly string[], by: number): void {
  const [kind, first = '', second = '', third = ''] = words
  switch (kind) {
    case 'found':
      cells.codes.add(first)
      add(cells, [`found:${first}:${second}`, `found:${first}`], by)
      break
    case 'update': {
      cells.codes.add(first)
      for (const who of [first, all]) {
        add(cells, [`update:${who}`, `update:${who}:${second === '' ? 'unsorted' : second}`], by)
      }
      break
    }
    case 'refused':
      if (first !== none) cells.codes.add(first)
      add(cells, [`refused:${first}`, `refused:${all}`], by)
      break
    case 'late':
      for (const who of [first, all]) {
        const its = cells.late.get(who) ?? new Map<string, number>()
        cells.late.set(who, its.set(second, (its.get(second) ?? 0) + by))
      }
      break
    case 'rated': {
      cells.codes.add(first)
      const mood = Object.entries(moods).find(([, value]) => value === Number(third))?.[0]
      for (const who of [first, all]) {
        add(cells, [`rated:${who}`, `rated:${who}:${mood}`], by)
        add(cells, mood === 'good' ? [] : [`rated:${who}:notBest`], by)
      }
    }
  }
}

function countHandled(cells: Cells, code: string, its: Handled): void {
  cells.codes.add(code)
  for (const who of [code, all]) {
    for (const filing of filings)
      add(cells, [`received:${who}:${filing}`, `received:${who}`], its.filed[filing])
    // The complements of the two ratios.
    add(cells, [`received:${who}:notOnline`], its.filed.counter + its.filed.post + its.filed.unsaid)
    add(cells, [`received:${who}:notCounter`], its.filed.online + its.filed.post + its.filed.unsaid)
    for (const part of ['inTime', 'late', 'undated'] as const)
      add(cells, [`results:${who}:${part}`, `results:${who}`], its[part])
    for (const part of ['running', 'overdue'] as const)
      add(cells, [`open:${who}:${part}`, `open:${who}`], its[part])
  }
}

/** Books the found lookups that were not attributed to an agency. */
function countUnlaid(cells: Cells): void {
  const { counts, codes } = cells
  for (const channel of channels) {
    const known = [...codes].reduce((of, code) => of + (counts.get(`found:${code}:${channel}`) ?? 0), 0)
    const rest = Math.max(0, (counts.get(`lookup:${channel}:found`) ?? 0) - known)
    add(cells, [`found:${none}:${channel}`, `found:${none}`], rest)
    add(cells, [`found:${all}:${channel}`, `found:${all}`], known + rest)
  }
}

/** Books texts and slips; returns the reasons for which texts were not answered. */
function countMessages(cells: Cells, byDay: readonly DayCounts[]): string[] {
  const kept = (word: Parameters<typeof readKept>[1]) => readKept(byDay, word)
  add(cells, ['sms:received'], total(kept('received')))
  add(cells, ['sms:answered'], total(kept('sent').filter(({ labels }) => labels.result === 'done')))
  add(cells, ['sms:segments'], total(kept('segments')))
  add(cells, ['sms:notices'], total(kept('notices')))
  const suppressed = kept('suppressed')
  for (const { labels, value } of suppressed) add(cells, [`sms:unanswered:${labels.reason}`], value)
  for (const { labels, value } of kept('slips')) add(cells, [`slips:${labels.state}`], value)
  return [...new Set(suppressed.map(({ labels }) => String(labels.reason)))].sort()
}

const total = (samples: readonly Sample[]) => samples.reduce((of, { value }) => of + value, 0)

const sum = (whole: string, parts: readonly string[]): Sum => ({ total: whole, parts })

/** Channels by results, months by channels, agencies by channels; these tables share totals. */
function* sumsOfLookups({ codes, months }: Cells): Generator<Sum> {
  const everyone = [...codes, none]
  const byChannel = (name: string) =>
    sum(
      name,
      channels.map((channel) => `${name}:${channel}`),
    )
  for (const channel of channels) {
    const its = `lookup:${channel}`
    yield sum(
      its,
      results.map((result) => `${its}:${result}`),
    )
    if (months.length > 1)
      yield sum(
        its,
        months.map((month) => `month:${month}:${channel}`),
      )
    yield sum(
      `${its}:found`,
      everyone.map((code) => `found:${code}:${channel}`),
    )
    // The same number under two names: neither may reveal what the other withholds.
    yield sum(`found:${all}:${channel}`, [`${its}:found`])
  }
  yield sum(`found:${all}`, ['lookup:*:found'])
  yield byChannel('lookup')
  yield sum(
    'lookup',
    results.map((result) => `lookup:*:${result}`),
  )
  yield sum('lookup', ['lookup:answered', 'lookup:*:unavailable'])
  for (const result of results)
    yield sum(
      `lookup:*:${result}`,
      channels.map((channel) => `lookup:${channel}:${result}`),
    )
  if (months.length > 1)
    yield sum(
      'lookup',
      months.map((month) => `month:${month}`),
    )
  for (const month of months) yield byChannel(`month:${month}`)
  yield sum(
    'lookup:*:found',
    everyone.map((code) => `found:${code}`),
  )
  for (const code of everyone) yield byChannel(`found:${code}`)
}

/** Agencies' figures: the parts of each, and each part over all agencies. */
function* sumsOfAgencies({ codes }: Cells): Generator<Sum> {
  const every = [...codes]
  for (const [name, parts] of [
    ['update', ['applied', 'stale', 'duplicate', 'unsorted']],
    ['results', ['inTime', 'late', 'undated']],
    ['open', ['running', 'overdue']],
    ['rated', ['good', 'fine', 'notGood']],
    ['received', filings],
  ] as const) {
    for (const code of [...every, all])
      yield sum(
        `${name}:${code}`,
        parts.map((part) => `${name}:${code}:${part}`),
      )
    for (const part of ['', ...parts.map((one) => `:${one}`)])
      yield sum(
        `${name}:${all}${part}`,
        every.map((code) => `${name}:${code}${part}`),
      )
  }
  for (const code of [...every, all]) {
    yield sum(`rated:${code}`, [`rated:${code}:good`, `rated:${code}:notBest`])
    yield sum(`received:${code}`, [`received:${code}:online`, `received:${code}:notOnline`])
    yield sum(`received:${code}`, [`received:${code}:counter`, `received:${code}:notCounter`])
  }
  yield sum(
    `refused:${all}`,
    [...every, none].map((code) => `refused:${code}`),
  )
}

const withinDay = 86_400

function lateness(classes: ReadonlyMap<string, number>): { half?: number; withinDay: [number, number] } {
  const of = [...classes.values()].reduce((sum, count) => sum + count, 0)
  let [below, inDay] = [0, 0]
  let half: number | undefined
  for (const bound of lateSeconds) {
    below += classes.get(String(bound)) ?? 0
    if (bound === withinDay) inDay = below
    if (half === undefined && below * 2 >= of && of >= 5) half = bound
  }
  return { ...(half === undefined ? {} : { half }), withinDay: [inDay, of - inDay] }
}
