// The books of a report: every figure as a cell, and which cells add up to which. From all these sums together suppression.ts
// decides which cells may be published.
import { type Channel, channels } from '../../dossier/channels.js'
import type { Count as Sample } from '../../metrics.js'
import { type DayCounts, lateSeconds } from '../counters.js'
import { readKept } from '../kept.js'
import { type Filing, filings, type Outcome, outcomes } from '../ledger/share.js'
import type { Handled } from '../ledger/standing.js'
import { breathe } from '../overdue/collect.js'
import { anyone, type PeriodCounts } from '../period-counts.js'
import { Cell, type Sum, withholding } from './suppression.js'

export const results = ['found', 'unknown', 'unreadable', 'withheld', 'unavailable'] as const
type Result = (typeof results)[number]
/** `unsorted`: counted without a result. */
const arrivals = ['applied', 'stale', 'duplicate', 'unsorted'] as const
const openStates = ['running', 'overdue'] as const
const moods = ['good', 'fine', 'notGood'] as const
export type Mood = (typeof moods)[number]
/** Ratings as stored. */
const moodOf = new Map<string, Mood>([
  ['3', 'good'],
  ['2', 'fine'],
  ['1', 'notGood'],
])
export const slipStates = ['confirmed', 'unconfirmed', 'failed', 'expired', 'cancelled'] as const
/** In the counts: lookups found but not attributed to an agency, and updates refused without a readable number. */
const nobody = 'unknown'

export interface BookParts {
  /** The days of the period, in the order of `counts.days`. */
  readonly days: readonly string[]
  readonly counts: PeriodCounts
  readonly handled: ReadonlyMap<string, Handled>
  /** In the order of the report. */
  readonly agencies: readonly { readonly code: string; readonly name: string }[]
}

/** Cells and their sum. */
interface Row<Part extends string> {
  readonly total: Cell
  readonly parts: Readonly<Record<Part, Cell>>
}

/** The cells of one agency, of all together, or of none. `not…`: the complement of a published ratio. */
interface AgencyCells {
  readonly found: Row<Channel>
  readonly updates: Row<(typeof arrivals)[number]>
  readonly refused: Cell
  /** Updates by bucket of delay. */
  readonly late: Map<string, number>
  readonly received: Row<Filing>
  readonly notOnline: Cell
  readonly notCounter: Cell
  readonly results: Row<Outcome>
  readonly open: Row<(typeof openStates)[number]>
  readonly rated: Row<Mood>
  readonly notBest: Cell
}

export interface LookupCells {
  readonly byChannel: Readonly<Record<Channel, Row<Result>>>
  readonly all: Row<Result>
  /** All but the unavailable. */
  readonly answered: Cell
  readonly byMonth: ReadonlyMap<string, Row<Channel>>
}

interface Cells {
  readonly lookups: LookupCells
  /** By code: first those listed, then those found only in the counts. */
  readonly agencies: Map<string, AgencyCells>
  readonly all: AgencyCells
  readonly none: AgencyCells
}

/** Every cell of the report; those that would reveal a small count are withheld. */
export async function openBook({ days, counts, handled, agencies }: BookParts) {
  const cells: Cells = {
    lookups: lookupCells(days),
    agencies: new Map(agencies.map(({ code }) => [code, agencyCells()])),
    all: agencyCells(),
    none: agencyCells(),
  }
  for (const [nth, day] of counts.days.entries())
    for (const [field, by] of day) countLookup(cells.lookups, days[nth]!, field.split('|'), by)
  for (const [what, byAgency] of counts.agencies) {
    const words = what.split('|')
    for (const [code, by] of byAgency) countAgency(cells, code, words, by)
  }
  for (const [code, its] of handled) countHandled(cells, code, its)
  countUnattributed(cells)
  for (const _ of withholding([...sumsOfLookups(cells), ...sumsOfAgencies(cells)])) await breathe()
  const names = new Map(agencies.map(({ code, name }) => [code, name]))
  const figures = (code: string, its: AgencyCells) => ({
    cells: its,
    daysHeard: counts.heard.get(code) ?? 0,
    late: lateness(its.late),
  })
  return {
    lookups: cells.lookups,
    // Those no longer on the list are named by their codes.
    agencies: [...cells.agencies].map(([code, its]) => ({
      code,
      name: names.get(code) ?? code,
      ...figures(code, its),
    })),
    all: figures(anyone, cells.all),
    messages: messageCells(counts.days),
  }
}

export type Figures = Awaited<ReturnType<typeof openBook>>['all']

function rowOf<Part extends string>(parts: readonly Part[]): Row<Part> {
  const cells = Object.fromEntries(parts.map((part) => [part, new Cell()]))
  return { total: new Cell(), parts: cells as Record<Part, Cell> }
}

const agencyCells = (): AgencyCells => ({
  found: rowOf(channels),
  updates: rowOf(arrivals),
  refused: new Cell(),
  late: new Map(),
  received: rowOf(filings),
  notOnline: new Cell(),
  notCounter: new Cell(),
  results: rowOf(outcomes),
  open: rowOf(openStates),
  rated: rowOf(moods),
  notBest: new Cell(),
})

const lookupCells = (days: readonly string[]): LookupCells => ({
  byChannel: Object.fromEntries(
    channels.map((channel) => [channel, rowOf(results)]),
  ) as LookupCells['byChannel'],
  all: rowOf(results),
  answered: new Cell(),
  byMonth: new Map(days.map((day) => [monthOf(day), rowOf(channels)])),
})

const monthOf = (day: string) => day.slice(0, 7)

/** A part that this version does not know counts in the total only. */
function book<Part extends string>({ total, parts }: Row<Part>, part: string | undefined, by: number): void {
  total.count += by
  const cell = (parts as Partial<Record<string, Cell>>)[part ?? '']
  if (cell) cell.count += by
}

/** Books a field of the service's counts of one day (counters.ts). */
function countLookup(lookups: LookupCells, day: string, words: readonly string[], by: number): void {
  const [kind, channel = '', result] = words
  if (kind !== 'lookup') return
  const row = (lookups.byChannel as Partial<Record<string, Row<Result>>>)[channel]
  if (row) book(row, result, by)
  book(lookups.all, result, by)
  if (result !== 'unavailable') lookups.answered.count += by
  book(lookups.byMonth.get(monthOf(day))!, channel, by)
}

function cellsOf({ agencies }: Cells, code: string): AgencyCells {
  let its = agencies.get(code)
  if (!its) agencies.set(code, (its = agencyCells()))
  return its
}

/** Books a count of an agency (period-counts.ts). */
function countAgency(
  cells: Cells,
  code: string,
  [kind, word = '', mark = '']: readonly string[],
  by: number,
): void {
  const its = code === nobody ? cells.none : cellsOf(cells, code)
  switch (kind) {
    case 'found':
      book(its.found, word, by)
      break
    case 'update':
      for (const one of [its, cells.all]) book(one.updates, word === '' ? 'unsorted' : word, by)
      break
    case 'refused':
      for (const { refused } of [its, cells.all]) refused.count += by
      break
    case 'late':
      for (const { late } of [its, cells.all]) late.set(word, (late.get(word) ?? 0) + by)
      break
    case 'rated':
      for (const one of [its, cells.all]) {
        const mood = moodOf.get(mark)
        book(one.rated, mood, by)
        if (mood !== 'good') one.notBest.count += by
      }
  }
}

function countHandled(cells: Cells, code: string, its: Handled): void {
  for (const one of [cellsOf(cells, code), cells.all]) {
    for (const filing of filings) book(one.received, filing, its.filed[filing])
    one.notOnline.count += its.filed.counter + its.filed.post + its.filed.unsaid
    one.notCounter.count += its.filed.online + its.filed.post + its.filed.unsaid
    for (const outcome of outcomes) book(one.results, outcome, its[outcome])
    for (const state of openStates) book(one.open, state, its[state])
  }
}

/** Books the found lookups that were not attributed to an agency. */
function countUnattributed({ lookups, agencies, all, none }: Cells): void {
  for (const channel of channels) {
    let known = 0
    for (const { found } of agencies.values()) known += found.parts[channel].count
    const rest = Math.max(0, lookups.byChannel[channel].parts.found.count - known)
    book(none.found, channel, rest)
    book(all.found, channel, known + rest)
  }
}

/** Texts and slips; in no sum. */
function messageCells(byDay: readonly DayCounts[]) {
  const kept = (word: Parameters<typeof readKept>[1]) => readKept(byDay, word)
  const of = (samples: readonly Sample[]) => new Cell(samples.reduce((sum, { value }) => sum + value, 0))
  const unanswered = new Map<string, Cell>()
  for (const { labels, value } of kept('suppressed')) {
    const reason = String(labels.reason)
    unanswered.set(reason, new Cell((unanswered.get(reason)?.count ?? 0) + value))
  }
  const slips = rowOf(slipStates)
  for (const { labels, value } of kept('slips')) book(slips, String(labels.state), value)
  return {
    received: of(kept('received')),
    answered: of(kept('sent').filter(({ labels }) => labels.result === 'done')),
    segments: of(kept('segments')),
    notices: of(kept('notices')),
    unanswered: [...unanswered].sort(([one], [other]) => (one < other ? -1 : 1)),
    slips: slips.parts,
  }
}

const sumOf = <Part extends string>({ total, parts }: Row<Part>): Sum => ({
  total,
  parts: Object.values(parts),
})

/** Channels by results, months by channels, agencies by channels; these tables share totals. */
function* sumsOfLookups({ lookups, agencies, all, none }: Cells): Generator<Sum> {
  const everyone = [...agencies.values(), none]
  const months = [...lookups.byMonth.values()]
  for (const channel of channels) {
    const its = lookups.byChannel[channel]
    yield sumOf(its)
    if (months.length > 1) yield { total: its.total, parts: months.map(({ parts }) => parts[channel]) }
    yield { total: its.parts.found, parts: everyone.map(({ found }) => found.parts[channel]) }
    // The same number in two places: neither may reveal what the other withholds.
    yield { total: all.found.parts[channel], parts: [its.parts.found] }
  }
  const whole = lookups.all
  yield { total: all.found.total, parts: [whole.parts.found] }
  yield { total: whole.total, parts: channels.map((channel) => lookups.byChannel[channel].total) }
  yield sumOf(whole)
  yield { total: whole.total, parts: [lookups.answered, whole.parts.unavailable] }
  for (const result of results)
    yield {
      total: whole.parts[result],
      parts: channels.map((channel) => lookups.byChannel[channel].parts[result]),
    }
  if (months.length > 1) yield { total: whole.total, parts: months.map(({ total }) => total) }
  for (const month of months) yield sumOf(month)
  yield { total: whole.parts.found, parts: everyone.map(({ found }) => found.total) }
  for (const { found } of everyone) yield sumOf(found)
}

/** Agencies' figures: the parts of each, and each part over all agencies. */
function* sumsOfAgencies({ agencies, all, none }: Cells): Generator<Sum> {
  const every = [...agencies.values()]
  for (const name of ['updates', 'results', 'open', 'rated', 'received'] as const) {
    const rows = every.map((its) => its[name])
    for (const row of rows) yield sumOf<string>(row)
    yield sumOf<string>(all[name])
    yield { total: all[name].total, parts: rows.map(({ total }) => total) }
    for (const [part, total] of Object.entries(all[name].parts))
      yield { total, parts: rows.map(({ parts }) => (parts as Record<string, Cell>)[part]!) }
  }
  for (const { rated, notBest, received, notOnline, notCounter } of [...every, all]) {
    yield { total: rated.total, parts: [rated.parts.good, notBest] }
    yield { total: received.total, parts: [received.parts.online, notOnline] }
    yield { total: received.total, parts: [received.parts.counter, notCounter] }
  }
  yield { total: all.refused, parts: [...every, none].map(({ refused }) => refused) }
}

const withinDay = 86_400

/** `half`: the bound, in seconds, within which half of the updates came; `withinDay`: how many did, and did not. */
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
