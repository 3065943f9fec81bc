// What a scan of the store collects beside sums: dossiers overdue or due soon, and units and days
// whose numbers have gaps. Only dossier numbers, no personal data.

import { yymmddOfDay } from '../../dossier/days.js'
import type { Dossier, DossierNo } from '../../dossier/dossier.js'
import { dayMs, localDate } from '../../dossier/times.js'
import type { TellTruth } from '../../dossier/truth.js'

/** A dossier overdue or due soon. */
export interface DueDossier {
  readonly dossierNo: string
  readonly dossierStatus: Dossier['dossierStatus']
  /** Epoch ms: the date the citizen was given, and the moment after which it is missed. */
  readonly promisedAt: number
  readonly endsAt: number
}

/** A unit and day in which numbers below the highest pushed are missing. */
export interface Gap {
  /** The prefix of that unit's and day's numbers, e.g. `H45.12-261127`. */
  readonly series: string
  /** That day, `YYMMDD`. */
  readonly day: string
  readonly seen: number
  readonly highest: number
  /** The missing numbers, lowest first; at most `toldMissing` of them. */
  readonly missing: readonly string[]
  readonly missingCount: number
}

/** The lists of one agency. */
export interface Collected {
  readonly due: readonly DueDossier[]
  /** How many more were due than are listed. */
  readonly dueBeyond: number
  readonly gaps: readonly Gap[]
}

/** Days ahead for which a date counts as near; a reader may ask for fewer. */
export const furthestDays = 30
/** How far ahead a count collects, epoch ms: enough for any request for as long as the count is used. */
export const collectedUntil = (countedAt: number) => countedAt + (furthestDays + 3) * dayMs
/** Days back in which gaps are looked for: nobody pushes older numbers any more. */
const gapDays = 60
const daysBack = ({ backDays = gapDays }: Pick<Excused, 'backDays'>) => Math.min(gapDays, backDays)
// An agency with more overdue dossiers than this has no use for a longer list. Some 120 bytes each: 600 kB an agency.
const listedDue = 5000
const listedGaps = 200
const maxMissingListed = 100
// Where a day's first number is above this, the office does not number from 1: only holes between its numbers count.
const lowestBeginning = 100
// Ministries' systems number under the same units with six and seven digits and share their counters with other units. No unit
// takes ten thousand dossiers a day: where a system lacks a number of its own, it draws one from 10000 to 99999.
const firstDrawn = 10_000
const isConsecutive = (sequence: string) => sequence.length <= 5 && Number(sequence) < firstDrawn

export interface Excused {
  /** Units that do not number consecutively, with every unit below them. */
  readonly units: readonly string[]
  /** Days (`YYYY-MM-DD`) whose gaps are ignored. */
  readonly days: readonly string[]
  /** Days back in which gaps are looked for, when closed dossiers are kept for fewer than 60: an erased number is no gap. */
  readonly backDays?: number | undefined
}

/** The dossier's entry in the list if its date passes by `until`, else undefined. Times are epoch ms. */
export function dueOf(
  dossier: Dossier,
  truthOf: TellTruth,
  now: number,
  until: number,
): DueDossier | undefined {
  if (dossier.isSuperseded) return undefined
  const { promised, endsAt } = truthOf(dossier, now)
  if (!promised || endsAt === undefined || endsAt > until) return undefined
  const { dossierNo, dossierStatus } = dossier
  return { dossierNo: dossierNo.text, dossierStatus, promisedAt: promised.at, endsAt }
}

/** Returns a function: the series (unit and day) of a number, or undefined where gaps do not count. */
export function openSeries(excused: Excused, now: number) {
  const { units, days: excusedDays } = excused
  const isExcused = (unit: string) => units.some((one) => unit === one || unit.startsWith(`${one}.`))
  const days = new Set(
    Array.from({ length: daysBack(excused) + 1 }, (_, nth) => localYymmdd(now - nth * dayMs)).filter(
      (day) => !excusedDays.some((one) => one.replaceAll('-', '').slice(2) === day),
    ),
  )
  return ({ day, sequence, text, issuer }: DossierNo): string | undefined => {
    if (day === undefined || !isConsecutive(sequence)) return undefined
    const yymmdd = yymmddOfDay(day)
    if (!days.has(yymmdd) || isExcused(issuer) || isExcused(text.slice(0, text.indexOf('-'))))
      return undefined
    // An alias and a date of eight digits are other spellings of the same sequence.
    return `${issuer}-${yymmdd}`
  }
}

/** Selects gaps of past days; today's numbers are still arriving. */
export function openPast(excused: Excused, now: number): (gap: Gap) => boolean {
  const days = new Set(
    Array.from({ length: daysBack(excused) }, (_, nth) => localYymmdd(now - (nth + 1) * dayMs)),
  )
  return ({ day }) => days.has(day)
}

// Takes some milliseconds.
const seriesAtOnce = 1000

/** Yields to the event loop. */
export const breathe = () => new Promise<void>((done) => void setImmediate(done))

/** Collects during one scan. `now` is the moment of the count, epoch ms. */
export function openCollector(truthOf: TellTruth, excused: Excused, now: number) {
  const due = new Map<string, DueDossier[]>()
  const series = new Map<string, { agency: string; numbers: string[] }>()
  const seriesOf = openSeries(excused, now)

  return {
    take(dossier: Dossier): void {
      const { dossierNo } = dossier
      const its = dueOf(dossier, truthOf, now, collectedUntil(now))
      if (its) listOf(due, dossierNo.agency).push(its)
      const name = seriesOf(dossierNo)
      if (name === undefined) return
      let counted = series.get(name)
      if (!counted) series.set(name, (counted = { agency: dossierNo.agency, numbers: [] }))
      counted.numbers.push(dossierNo.sequence)
    },
    /** What was collected, by agency. */
    async collected(): Promise<Map<string, Collected>> {
      const gaps = new Map<string, Gap[]>()
      let looked = 0
      for (const [name, { agency, numbers }] of series) {
        const gap = gapOf(name, numbers)
        if (gap) listOf(gaps, agency).push(gap)
        if (++looked % seriesAtOnce === 0) await breathe()
      }
      return new Map(
        [...new Set([...due.keys(), ...gaps.keys()])].map((agency) => [
          agency,
          listed(due.get(agency) ?? [], 0, gaps.get(agency) ?? []),
        ]),
      )
    },
    /** The highest number of each unit and day, by agency. */
    highest(): Map<string, Record<string, number>> {
      const all = new Map<string, Record<string, number>>()
      for (const [name, { agency, numbers }] of series) {
        let its = all.get(agency)
        if (!its) all.set(agency, (its = {}))
        its[name] = Math.max(...numbers.map(Number))
      }
      return all
    },
  }
}

/** An agency's lists, sorted and cut to their bounds. `beyond`: how many more are due. */
export function listed(due: readonly DueDossier[], beyond: number, gaps: readonly Gap[]): Collected {
  const sorted = [...due].sort((one, other) => one.endsAt - other.endsAt)
  return {
    due: sorted.slice(0, listedDue),
    dueBeyond: beyond + Math.max(0, sorted.length - listedDue),
    gaps: [...gaps].sort(newestFirst).slice(0, listedGaps),
  }
}

const newestFirst = (one: Gap, other: Gap) =>
  other.day.localeCompare(one.day) || one.series.localeCompare(other.series)

/** The gap among the sequences pushed for one unit and day, if there is one. */
export function gapOf(series: string, sequences: readonly string[]): Gap | undefined {
  const numbers = sequences.filter(isConsecutive)
  const seen = new Set(numbers.map(Number))
  const width = numbers[0]?.length ?? 0
  const lowest = Math.min(...seen)
  const highest = Math.max(...seen)
  const first = lowest > lowestBeginning ? lowest : 1
  const missingCount = highest - first + 1 - [...seen].filter((one) => one >= first).length
  if (seen.size === 0 || missingCount === 0) return undefined
  const missing: string[] = []
  for (let nth = first; nth < highest && missing.length < maxMissingListed; nth++)
    if (!seen.has(nth)) missing.push(String(nth).padStart(width, '0'))
  const day = series.slice(series.lastIndexOf('-') + 1).slice(-6)
  return { series, day, seen: seen.size, highest, missing, missingCount }
}

function listOf<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key)
  if (!list) lists.set(key, (list = []))
  return list
}

const localYymmdd = (at: number) => localDate(at).slice(2).replaceAll('-', '')

/** A range of consecutive numbers. */
type Run = readonly [first: string, last: string]

/** Sorted numbers as ranges. */
export function runsOf(numbers: readonly string[]): Run[] {
  const runs: [first: string, last: string][] = []
  for (const one of numbers) {
    const run = runs.at(-1)
    if (run && Number(one) === Number(run[1]) + 1) run[1] = one
    else runs.push([one, one])
  }
  return runs
}

/** `0003–0004`, or `0003` for one number. */
export const runWord = ([first, last]: Run) => (first === last ? first : `${first}–${last}`)

/** Missing numbers as people write them: ranges as `0003–0004`. */
export const inRuns = (missing: readonly string[]): string[] => runsOf(missing).map(runWord)
