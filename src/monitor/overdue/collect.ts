// What a walk over the store collects beside the census: dossiers whose date has passed or comes soon, and days of a unit
// whose numbers have gaps. Both by number alone; nothing here knows a person.

import { yymmddOfDay } from '../../dossier/days.js'
import type { Dossier } from '../../dossier/dossier.js'
import type { TellTruth } from '../../dossier/truth.js'
import { dayMs } from '../office-time.js'

/** One dossier whose date needs somebody. */
export interface DueDossier {
  readonly dossierNo: string
  readonly dossierStatus: Dossier['dossierStatus']
  /** Epoch ms: the date people were told, and the moment it runs out. */
  readonly promisedAt: number
  readonly endsAt: number
}

/** A day of a unit in which numbers are missing below the highest that came. */
export interface Gap {
  /** What the numbers of that unit and day begin with, e.g. `H45.12-261127`. */
  readonly series: string
  /** That day, `YYMMDD`. */
  readonly day: string
  readonly seen: number
  readonly highest: number
  /** The missing numbers, lowest first; at most `toldMissing` of them. */
  readonly missing: readonly string[]
  readonly missingCount: number
}

/** What was collected of one agency. */
export interface Collected {
  readonly due: readonly DueDossier[]
  /** How many more were due than are listed. */
  readonly dueBeyond: number
  readonly gaps: readonly Gap[]
}

/** Days ahead for which a date counts as near; a reader asks for fewer. */
export const furthestDays = 30
/** Days back for which gaps are looked for: what is older nobody pushes any more. */
export const gapDays = 60
// An agency with more open lateness than this has no use for a longer list. Some 120 bytes each: 600 kB an agency.
const listedDue = 5000
const listedGaps = 200
const toldMissing = 100
// Where a day begins above this, the office does not number from 1, and only what lies between its numbers is missing.
const lowestBeginning = 100
// Ministries' systems number under the same units with six and seven digits and share their counters with other units.
const consecutiveDigits = 5

export interface Excused {
  /** Units that do not number consecutively; every unit below them is excused too. */
  readonly units: readonly string[]
  /** Days (`YYYY-MM-DD`) that nobody is asked about. */
  readonly days: readonly string[]
}

/** Collects over one walk. `now` is the moment of the census, epoch ms; today's numbers are still coming and have no gaps. */
export function openCollector(tellTruth: TellTruth, excused: Excused, now: number) {
  const due = new Map<string, DueDossier[]>()
  const series = new Map<string, { agency: string; width: number; seen: Set<number> }>()
  const days = new Set(
    Array.from({ length: gapDays }, (_, nth) => localYymmdd(now - (nth + 1) * dayMs)).filter(
      (day) => !excused.days.some((one) => one.replaceAll('-', '').slice(2) === day),
    ),
  )
  const isExcused = (unit: string) => excused.units.some((one) => unit === one || unit.startsWith(`${one}.`))

  return {
    take(dossier: Dossier): void {
      const { dossierNo, dossierStatus } = dossier
      const { promised, endsAt } = tellTruth(dossier, now)
      if (promised && endsAt !== undefined && endsAt <= now + furthestDays * dayMs)
        listOf(due, dossierNo.agency).push({
          dossierNo: dossierNo.text,
          dossierStatus,
          promisedAt: promised.at,
          endsAt,
        })
      const { day, sequence, text } = dossierNo
      if (day === undefined || sequence.length > consecutiveDigits || !days.has(yymmddOfDay(day))) return
      const name = text.slice(0, text.length - sequence.length - 1)
      if (isExcused(name.slice(0, name.indexOf('-')))) return
      let its = series.get(name)
      if (!its)
        series.set(name, (its = { agency: dossierNo.agency, width: sequence.length, seen: new Set() }))
      its.seen.add(Number(sequence))
    },
    /** What was collected, by agency. */
    collected(): Map<string, Collected> {
      const gaps = new Map<string, Gap[]>()
      for (const [name, { agency, width, seen }] of series) {
        const gap = gapOf(name, width, seen)
        if (gap) listOf(gaps, agency).push(gap)
      }
      return new Map(
        [...new Set([...due.keys(), ...gaps.keys()])].map((agency) => {
          const its = (due.get(agency) ?? []).sort((one, other) => one.endsAt - other.endsAt)
          return [
            agency,
            {
              due: its.slice(0, listedDue),
              dueBeyond: Math.max(0, its.length - listedDue),
              gaps: (gaps.get(agency) ?? []).sort(newestFirst).slice(0, listedGaps),
            },
          ]
        }),
      )
    },
  }
}

const newestFirst = (one: Gap, other: Gap) =>
  other.day.localeCompare(one.day) || one.series.localeCompare(other.series)

function gapOf(series: string, width: number, seen: ReadonlySet<number>): Gap | undefined {
  const lowest = Math.min(...seen)
  const highest = Math.max(...seen)
  const first = lowest > lowestBeginning ? lowest : 1
  const missingCount = highest - first + 1 - [...seen].filter((one) => one >= first).length
  if (missingCount === 0) return undefined
  const missing: string[] = []
  for (let nth = first; nth < highest && missing.length < toldMissing; nth++)
    if (!seen.has(nth)) missing.push(String(nth).padStart(width, '0'))
  const day = series.slice(series.lastIndexOf('-') + 1).slice(-6)
  return { series, day, seen: seen.size, highest, missing, missingCount }
}

function listOf<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key)
  if (!list) lists.set(key, (list = []))
  return list
}

const localYymmdd = (at: number) =>
  new Date(at + 7 * 3_600_000).toISOString().slice(2, 10).replaceAll('-', '')

/** A stretch of numbers one after another. */
type Run = readonly [first: string, last: string]

/** Numbers in their order, as stretches. */
export function runsOf(numbers: readonly string[]): Run[] {
  const runs: [first: string, last: string][] = []
  for (const one of numbers) {
    const run = runs.at(-1)
    if (run && Number(one) === Number(run[1]) + 1) run[1] = one
    else runs.push([one, one])
  }
  return runs
}

export const runWord = ([first, last]: Run) => (first === last ? first : `${first}–${last}`)

/** Missing numbers as people write them: runs as `0003–0004`. */
export const inRuns = (missing: readonly string[]): string[] => runsOf(missing).map(runWord)
