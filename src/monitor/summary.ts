// Makes the summary of a period, for both the page and the downloads. Counts from 1 to 4, and ratios over fewer than 5, become
// null here and nowhere else.
import type { Agency } from '../dossier/agency.js'
import { type Channel, channels } from '../dossier/channels.js'
import type { AgencyRow, Count, Live, LookupDay, MonitorSummary, RatingRow } from './contract.js'
import type { DayCounts } from './counters.js'
import type { Freshness } from './freshness.js'
import { type Handled, noneHandled, type Standing } from './ledger/standing.js'
import type { AgencyCounts, PeriodCounts } from './period-counts.js'

interface Parts {
  readonly days: readonly string[]
  readonly counts: PeriodCounts
  /** With `only`: lookups that found their dossiers, by day and channel. */
  readonly found?: readonly DayCounts[] | undefined
  readonly agencies: readonly Pick<Agency, 'code' | 'name'>[]
  readonly freshness: (agency: string) => Freshness
  /** Over the last 30 days; left out while the store is counted for the first time. */
  readonly standing: Standing | undefined
  /** Complaints by agency. */
  readonly waiting: ReadonlyMap<string, { readonly open: number; readonly overdue: number }>
  readonly live: Live
  readonly now: number
  /** The agencies the reader may see; left out: all, and what is attributed to none. */
  readonly only?: ReadonlySet<string> | undefined
}

const fewest = 5

/** A count as published. */
export const shy = (count: number): Count => (count > 0 && count < fewest ? null : count)

/**
 * A ratio as published: whole percents from fifty on, below that only when neither part is a small group. Only a true 0 or 1
 * is shown as 0 % or 100 %; what would round to it is shown to a tenth.
 */
export const share = (part: number, of: number): number | null => {
  if (of >= 50) return rounded(part / of)
  return of < fewest || shy(part) === null || shy(of - part) === null ? null : part / of
}

function rounded(ratio: number): number {
  const percents = Math.round(ratio * 100) / 100
  if (percents === 1 && ratio < 1) return Math.floor(ratio * 1000) / 1000
  return percents === 0 && ratio > 0 ? Math.ceil(ratio * 1000) / 1000 : percents
}

/**
 * Counts of a table whose total is published too. A single suppressed count could be computed from the total, so the next
 * smallest is suppressed with it.
 */
function shyRows(counts: readonly number[]): Count[] {
  const shown = counts.map(shy)
  if (shown.filter((count) => count === null).length !== 1) return shown
  const next = Math.min(...shown.filter((count): count is number => count !== null && count > 0))
  const at = shown.indexOf(next)
  if (at >= 0) shown[at] = null
  return shown
}

/** Puts a summary together; small counts are withheld here. */
export function summarise(parts: Parts): MonitorSummary {
  const { days, standing, waiting, live, now, only } = parts
  const agencies = parts.agencies.filter(({ code }) => only?.has(code) ?? true)
  const sums = only ? addUpFound(parts.found ?? []) : addUpLookups(parts.counts.days)
  const updates = updatesOf(parts.counts.agencies)
  const { found, unknown, unavailable } = sums.byResult
  const total = Object.values(sums.byResult).reduce((of, count) => of + count, 0)

  return {
    from: days[0]!,
    to: days.at(-1)!,
    generatedAt: new Date(now).toISOString(),
    ...(only ? { only: agencies.map(({ code }) => code) } : {}),
    lookups: {
      total: shy(total),
      found: shy(found),
      // Lookups that found nothing belong to no agency, so for some agencies alone these two mean nothing.
      hitRatio: only ? null : share(found, found + unknown),
      answeredRatio: only ? null : share(total - unavailable, total),
      byDay: days.map((day, nth): LookupDay => {
        const counts = channels.map((channel) => [channel, shy(sums.byDay[nth]![channel])] as const)
        return { day, ...(Object.fromEntries(counts) as Record<Channel, Count>) }
      }),
      byResult: (only ? (['found'] as const) : results).map((result) => ({
        result,
        count: shy(sums.byResult[result]),
      })),
    },
    agencies: agencyRows(agencies, standing).map(({ code, name, dossiers }) =>
      agencyRow(code, name, updates.get(code) ?? 0, parts.freshness(code), dossiers),
    ),
    ...(standing
      ? { censusAt: new Date(standing.at).toISOString(), dossiers: totals(agencies, standing) }
      : {}),
    ratings: ratings(parts.counts.agencies, only),
    complaints: complaints(waiting, parts.agencies, only),
    live,
  }
}

const results = ['found', 'unknown', 'unreadable', 'withheld', 'unavailable'] as const

interface Sums {
  readonly byResult: Record<(typeof results)[number], number>
  readonly byDay: Record<Channel, number>[]
}

const noLookups = (days: number): Sums => ({
  byResult: { found: 0, unknown: 0, unreadable: 0, withheld: 0, unavailable: 0 },
  byDay: Array.from({ length: days }, () => ({ sms: 0, kiosk: 0, web: 0, desk: 0 })),
})

function addUpLookups(days: readonly DayCounts[]): Sums {
  const sums = noLookups(days.length)
  for (const [nth, day] of days.entries())
    for (const [field, by] of day) {
      const [kind, channel = '', result = ''] = field.split('|', 3)
      if (kind === 'lookup') count(sums, nth, channel, result, by)
    }
  return sums
}

/** For some agencies alone, only lookups that found their dossiers count. */
function addUpFound(days: readonly DayCounts[]): Sums {
  const sums = noLookups(days.length)
  for (const [nth, day] of days.entries())
    for (const [channel, by] of day) count(sums, nth, channel, 'found', by)
  return sums
}

function count({ byResult, byDay }: Sums, nth: number, channel: string, result: string, by: number): void {
  if (!Object.hasOwn(byResult, result) || !Object.hasOwn(byDay[nth]!, channel)) return
  byResult[result as 'found'] += by
  byDay[nth]![channel as Channel] += by
}

function updatesOf(counts: AgencyCounts): Map<string, number> {
  const updates = new Map<string, number>()
  for (const [what, byAgency] of counts)
    if (what.startsWith('update'))
      for (const [agency, by] of byAgency) updates.set(agency, (updates.get(agency) ?? 0) + by)
  return updates
}

const openOf = ({ running, overdue }: Handled) => running + overdue

interface Dossiers {
  readonly open: Count
  readonly overdue: Count
  readonly handled: Handled
}

function agencyRows(agencies: Parts['agencies'], standing: Standing | undefined) {
  const handled = agencies.map(({ code }) => standing?.handled.get(code) ?? noneHandled())
  const open = shyRows(handled.map(openOf))
  const overdue = shyRows(handled.map((its) => its.overdue))
  return agencies.map(({ code, name }, at) => ({
    code,
    name,
    dossiers: standing && { open: open[at]!, overdue: overdue[at]!, handled: handled[at]! },
  }))
}

function totals(agencies: Parts['agencies'], { handled }: Standing) {
  const its = agencies.flatMap(({ code }) => handled.get(code) ?? [])
  const sum = (of: (one: Handled) => number) => its.reduce((total, one) => total + of(one), 0)
  return { open: shy(sum(openOf)), overdue: shy(sum(({ overdue }) => overdue)) }
}

function agencyRow(
  code: string,
  name: string,
  updates: number,
  { lastHeard, silentSince, usualGapMs }: Freshness,
  dossiers: Dossiers | undefined,
): AgencyRow {
  return {
    code,
    name,
    ...(lastHeard === undefined ? {} : { lastHeard: new Date(lastHeard).toISOString() }),
    ...(silentSince === undefined ? {} : { silentSince: new Date(silentSince).toISOString() }),
    ...(usualGapMs === undefined ? {} : { usualGapMinutes: Math.round(usualGapMs / 60_000) }),
    updates: shy(updates),
    ...(dossiers
      ? {
          open: dossiers.open,
          overdue: dossiers.overdue,
          overdueRatio:
            dossiers.overdue === null ? null : share(dossiers.handled.overdue, openOf(dossiers.handled)),
          onTimeRatio: onTime(dossiers.handled),
        }
      : {}),
  }
}

const onTime = ({ inTime, late }: Handled) => share(inTime, inTime + late)

function complaints(
  waiting: Parts['waiting'],
  agencies: Parts['agencies'],
  only: Parts['only'],
): MonitorSummary['complaints'] {
  const names = new Map(agencies.map(({ code, name }) => [code, name]))
  const rows = [...waiting]
    .filter(([code]) => only?.has(code) ?? true)
    .map(([code, its]) => ({ code, name: names.get(code) ?? code, ...its }))
  return {
    open: rows.reduce((sum, { open }) => sum + open, 0),
    overdue: rows.reduce((sum, { overdue }) => sum + overdue, 0),
    agencies: rows.sort((one, other) => other.overdue - one.overdue || other.open - one.open),
  }
}

function ratings(counts: AgencyCounts, only: Parts['only']): RatingRow[] {
  const moods = new Map<string, [number, number, number]>()
  const add = (row: string, mood: number, by: number) => {
    const its = moods.get(row) ?? [0, 0, 0]
    its[mood - 1]! += by
    moods.set(row, its)
  }
  for (const [what, byAgency] of counts) {
    const [kind, kiosk, mood] = what.split('|')
    if (kind !== 'rated') continue
    for (const [agency, by] of byAgency) {
      if (only && !only.has(agency)) continue
      add(agency, Number(mood), by)
      add(`${agency}|${kiosk}`, Number(mood), by)
    }
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
