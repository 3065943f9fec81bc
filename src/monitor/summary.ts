// Puts a period together: what the page shows and what downloads hold, from the same numbers. Counts from 1 to 4 become
// null here and nowhere else, and so do ratios over fewer than 5.
import type { Agency } from '../dossier/agency.js'
import { type Channel, channels } from '../dossier/channels.js'
import type { Census } from './census.js'
import type { AgencyRow, Count, Live, LookupDay, MonitorSummary, RatingRow } from './contract.js'
import type { DayCounts } from './counters.js'
import type { Freshness } from './freshness.js'

export interface Parts {
  readonly days: readonly string[]
  readonly counts: readonly DayCounts[]
  readonly agencies: readonly Pick<Agency, 'code' | 'name'>[]
  readonly freshness: (agency: string) => Freshness
  readonly census: Census | undefined
  /** Complaints by agency. */
  readonly waiting: ReadonlyMap<string, { readonly open: number; readonly overdue: number }>
  readonly live: Live
  readonly now: number
}

const fewest = 5

/** A count as it may be told. */
export const shy = (count: number): Count => (count > 0 && count < fewest ? null : count)

/** A share as it may be told: whole percents of fifty and more, else only when no part of it is a small group. */
export const share = (part: number, of: number): number | null => {
  if (of >= 50) return Math.round((part / of) * 100) / 100
  return of < fewest || shy(part) === null || shy(of - part) === null ? null : part / of
}

export function summarise({
  days,
  counts,
  agencies,
  freshness,
  census,
  waiting,
  live,
  now,
}: Parts): MonitorSummary {
  const sum = (matches: (words: string[]) => boolean) =>
    counts.reduce((total, day) => total + sumOf(day, matches), 0)
  const looked = (result?: string) =>
    sum(([kind, , its]) => kind === 'lookup' && (result === undefined || its === result))
  const [total, found, unknown, unavailable] = [
    looked(),
    looked('found'),
    looked('unknown'),
    looked('unavailable'),
  ]
  const results = ['found', 'unknown', 'unreadable', 'withheld', 'unavailable']

  return {
    from: days[0]!,
    to: days.at(-1)!,
    generatedAt: new Date(now).toISOString(),
    lookups: {
      total: shy(total),
      found: shy(found),
      hitRatio: share(found, found + unknown),
      answeredRatio: share(total - unavailable, total),
      byDay: days.map((day, nth): LookupDay => {
        const by = (channel: Channel) =>
          shy(sumOf(counts[nth]!, ([kind, its]) => kind === 'lookup' && its === channel))
        const told = channels.map((channel) => [channel, by(channel)] as const)
        return { day, ...(Object.fromEntries(told) as Record<Channel, Count>) }
      }),
      byResult: results.map((result) => ({ result, count: shy(looked(result)) })),
    },
    agencies: agencies.map(({ code, name }) =>
      agencyRow(
        code,
        name,
        sum(([kind, its]) => kind === 'update' && its === code),
        freshness(code),
        census,
      ),
    ),
    ...(census ? { censusAt: new Date(census.at).toISOString() } : {}),
    ratings: ratings(counts),
    complaints: complaints(waiting, agencies),
    live,
  }
}

function agencyRow(
  code: string,
  name: string,
  updates: number,
  { lastHeard, silentSince, usualGapMs }: Freshness,
  census: Census | undefined,
): AgencyRow {
  const tally = census?.agencies[code] ?? { open: 0, overdue: 0, finished: 0, inTime: 0 }
  return {
    code,
    name,
    ...(lastHeard === undefined ? {} : { lastHeard: new Date(lastHeard).toISOString() }),
    ...(silentSince === undefined ? {} : { silentSince: new Date(silentSince).toISOString() }),
    ...(usualGapMs === undefined ? {} : { usualGapMinutes: Math.round(usualGapMs / 60_000) }),
    updates: shy(updates),
    ...(census
      ? {
          open: shy(tally.open),
          overdue: shy(tally.overdue),
          overdueRatio: share(tally.overdue, tally.open),
          onTimeRatio: share(tally.inTime, tally.finished),
        }
      : {}),
  }
}

function complaints(waiting: Parts['waiting'], agencies: Parts['agencies']): MonitorSummary['complaints'] {
  const names = new Map(agencies.map(({ code, name }) => [code, name]))
  const rows = [...waiting].map(([code, its]) => ({ code, name: names.get(code) ?? code, ...its }))
  return {
    open: rows.reduce((sum, { open }) => sum + open, 0),
    overdue: rows.reduce((sum, { overdue }) => sum + overdue, 0),
    agencies: rows.sort((one, other) => other.overdue - one.overdue || other.open - one.open),
  }
}

function ratings(counts: readonly DayCounts[]): RatingRow[] {
  const moods = new Map<string, [number, number, number]>()
  const count = (row: string, mood: number, by: number) => {
    const its = moods.get(row) ?? [0, 0, 0]
    its[mood - 1]! += by
    moods.set(row, its)
  }
  for (const day of counts)
    for (const [field, by] of day) {
      const [kind, agency, kiosk, mood] = field.split('|')
      if (kind !== 'rated') continue
      count(agency!, Number(mood), by)
      count(`${agency}|${kiosk}`, Number(mood), by)
    }
  return [...moods]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([row, [notGood, fine, good]]) => {
      const [agency, kiosk] = row.split('|')
      return {
        agency: agency!,
        ...(kiosk === undefined ? {} : { kiosk }),
        good: shy(good),
        fine: shy(fine),
        notGood: shy(notGood),
      }
    })
}

function sumOf(day: DayCounts, matches: (words: string[]) => boolean): number {
  let sum = 0
  for (const [field, count] of day) if (matches(field.split('|'))) sum += count
  return sum
}
