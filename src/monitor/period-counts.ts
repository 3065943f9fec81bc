// Reads the counts of a period. A province has thousands of fields a day, so reading half a year day by day takes too long.
// The first reader therefore adds up the agencies' counts over a month's past days and stores the sum as one value. Later
// readers add the days since, and subtract those they did not ask for. The sum is stored as columns, because an object with
// ten thousand names takes eight times as long to parse.
import { dayMs, localDate } from '../dossier/times.js'
import type { RedisDoor } from '../redis/connection.js'
import { agencyKey, type DayCounts, keptSeconds, serviceKey } from './counters.js'
import { byMonth } from './office-time.js'

export interface PeriodCounts {
  /** The service's counts, for each day in order: `lookup|…` and `kept|…`. */
  readonly days: readonly DayCounts[]
  /** The agencies' counts, over all days. */
  readonly agencies: AgencyCounts
  /** Days with at least one update, by agency; `*` for any. */
  readonly heard: ReadonlyMap<string, number>
}

/**
 * What is counted → agency → count. What: a field of counters.ts without its agency, such as `found|kiosk`,
 * `update|applied`, `refused`, `late|3600`, `rated|<kiosk>|3`.
 */
export type AgencyCounts = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Agencies' counts of a month from its first day on, as stored. */
interface Month {
  readonly v: 3
  /** The last day in it. */
  readonly through: string
  readonly agencies: readonly [what: string, counts: Columns][]
  readonly heard: Columns
}
type Columns = readonly [agencies: string[], counts: number[]]

interface Sums {
  readonly agencies: Map<string, Map<string, number>>
  readonly heard: Map<string, number>
}

/** Stands for any agency; no code has this character. */
export const anyone = '*'
// A gateway cut off from Redis adds its counts late, so a day is summed up only after this time.
const settledMs = 2 * dayMs
// Per round trip: keeps each reply within the command time-out and short of blocking the event loop.
const daysAtOnce = 4

/** Reads days in order (`YYYY-MM-DD`). `now` is epoch ms. Throws when Redis is away. */
export async function readCounts(
  door: RedisDoor,
  days: readonly string[],
  now: number,
): Promise<PeriodCounts> {
  const sums: Sums = { agencies: new Map(), heard: new Map() }
  for (const { month, days: its } of byMonth(days)) {
    const [settled, asked] = [settledDays(month, now), new Set(its)]
    const others = settled.filter((day) => !asked.has(day))
    if (others.length * 2 >= settled.length) {
      await addUp(sums, door, its)
      continue
    }
    const sumsOfMonth = await monthSums(door, month, settled)
    await addUp(sumsOfMonth, door, others, -1)
    addSums(sums, sumsOfMonth)
    const isSettled = new Set(settled)
    await addUp(
      sums,
      door,
      its.filter((day) => !isSettled.has(day)),
    )
  }
  return { days: await all(readDays(door, days, serviceKey)), ...sums }
}

/** Lookups that found a dossier of these agencies, for each day in order, by channel. */
export async function readFound(
  door: RedisDoor,
  days: readonly string[],
  agencies: Iterable<string>,
  channels: readonly string[],
): Promise<DayCounts[]> {
  const fields = [...agencies].flatMap((code) =>
    channels.map((channel) => ({ channel, field: `found|${code}|${channel}` })),
  )
  if (fields.length === 0) return days.map(() => new Map<string, number>())
  const batch = door.batch()
  for (const day of days)
    batch.add(() => door.request.hmget(agencyKey(day), ...fields.map(({ field }) => field)))
  return (await batch.exec()).map(([error, reply]) => {
    if (error) throw error
    const counts = new Map<string, number>()
    for (const [nth, { channel }] of fields.entries())
      counts.set(channel, (counts.get(channel) ?? 0) + Number((reply as (string | null)[])[nth] ?? 0))
    return counts
  })
}

/** The days of a month, in order, that will not change any more. */
function settledDays(month: string, now: number): string[] {
  const first = Date.parse(`${month}-01T00:00:00+07:00`)
  const days = Array.from({ length: 31 }, (_, nth) => localDate(first + nth * dayMs))
  return days.filter((day) => day.startsWith(month) && day < localDate(now - settledMs))
}

/** The sums of a month's days from its first on; `days` are not empty. */
async function monthSums(door: RedisDoor, month: string, days: readonly string[]): Promise<Sums> {
  const key = `mon:month:${month}`
  const text = await door.request.get(key)
  const kept = text ? (JSON.parse(text) as Month) : undefined
  // A sum that goes beyond the last settled day was made while the clock was ahead, before those days were complete.
  const isKept = kept?.v === 3 && kept.through <= days.at(-1)!
  const sums: Sums = {
    agencies: new Map(isKept ? kept.agencies.map(([what, its]) => [what, fromColumns(its)]) : []),
    heard: isKept ? fromColumns(kept.heard) : new Map(),
  }
  const since = isKept ? days.filter((day) => day > kept.through) : days
  if (since.length === 0) return sums
  await addUp(sums, door, since)
  const made: Month = {
    v: 3,
    through: days.at(-1)!,
    agencies: [...sums.agencies].map(([what, its]) => [what, inColumns(its)]),
    heard: inColumns(sums.heard),
  }
  await door.request.set(key, JSON.stringify(made), 'EX', keptSeconds)
  return sums
}

const inColumns = (counts: ReadonlyMap<string, number>): Columns => [[...counts.keys()], [...counts.values()]]

function fromColumns([agencies, counts]: Columns): Map<string, number> {
  const its = new Map<string, number>()
  for (const [nth, agency] of agencies.entries()) its.set(agency, counts[nth]!)
  return its
}

/** `by` -1 subtracts days that are in the sums. */
async function addUp(
  { agencies, heard }: Sums,
  door: RedisDoor,
  days: readonly string[],
  by: 1 | -1 = 1,
): Promise<void> {
  for await (const day of readDays(door, days, agencyKey)) {
    const today = new Set<string>()
    for (const [field, count] of day) {
      const [what, agency] = parted(field)
      addTo(countsOf(agencies, what), agency, by * count)
      if (what.startsWith('update')) today.add(agency).add(anyone)
    }
    for (const agency of today) addTo(heard, agency, by)
  }
}

/** A field of agencies' counts as what is counted, and of whom. */
function parted(field: string): [what: string, agency: string] {
  const from = field.indexOf('|')
  const to = field.indexOf('|', from + 1)
  return to < 0
    ? [field.slice(0, from), field.slice(from + 1)]
    : [field.slice(0, from) + field.slice(to), field.slice(from + 1, to)]
}

async function* readDays(
  door: RedisDoor,
  days: readonly string[],
  keyOf: (day: string) => string,
): AsyncGenerator<DayCounts> {
  for (let from = 0; from < days.length; from += daysAtOnce) {
    const batch = door.batch()
    for (const day of days.slice(from, from + daysAtOnce)) batch.add(() => door.request.hgetall(keyOf(day)))
    for (const [error, reply] of await batch.exec()) {
      if (error) throw error
      const fields = Object.entries((reply ?? {}) as Record<string, unknown>)
      yield new Map(fields.map(([field, count]) => [field, Number(count)]))
    }
  }
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

function addSums(sums: Sums, { agencies, heard }: Sums): void {
  for (const [what, its] of agencies) {
    const counts = countsOf(sums.agencies, what)
    for (const [agency, by] of its) addTo(counts, agency, by)
  }
  for (const [agency, by] of heard) addTo(sums.heard, agency, by)
}

function countsOf(agencies: Sums['agencies'], what: string): Map<string, number> {
  let its = agencies.get(what)
  if (!its) agencies.set(what, (its = new Map()))
  return its
}

function addTo(sums: Map<string, number>, agency: string, by: number): void {
  const sum = (sums.get(agency) ?? 0) + by
  // Counts that were added to a day after it was summed up can be subtracted although the sum never had them.
  if (sum <= 0) sums.delete(agency)
  else sums.set(agency, sum)
}
