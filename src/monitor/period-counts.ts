// Reads the counts of a period. A province has thousands of fields a day, so reading half a year day by day takes too long.
// The first reader therefore adds up the agencies' counts of a month's past days, and the sum is kept as one value; later readers
// add the days since.
import type { RedisDoor } from '../redis/connection.js'
import { agencyKey, type DayCounts, keptSeconds, serviceKey } from './counters.js'
import { byMonth, dayMs, officeDay } from './office-time.js'

export interface PeriodCounts {
  /** The service's counts, for each day in order: `lookup|…` and `kept|…`. */
  readonly days: readonly DayCounts[]
  /** The agencies' counts, over all days: `found|…`, `update|…`, `refused|…`, `late|…`, `rated|…`. */
  readonly agencies: DayCounts
  /** Days with at least one update, by agency; `*` for any. */
  readonly heard: ReadonlyMap<string, number>
}

/** Agencies' counts of a month from its first day on, as stored. */
interface Month {
  readonly v: 2
  /** The last day in it. */
  readonly through: string
  readonly agencies: Record<string, number>
  readonly heard: Record<string, number>
}

interface Sums {
  readonly agencies: Map<string, number>
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
    const isFromFirst = its.length === Number(its.at(-1)!.slice(-2))
    const rest = isFromFirst ? await addMonth(sums, door, month, its, now) : its
    await addUp(sums, door, rest)
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
      addTo(counts, [[channel, Number((reply as (string | null)[])[nth] ?? 0)]])
    return counts
  })
}

/** Adds the days of a month, from its first on, that will not change any more. Returns the others. */
async function addMonth(
  sums: Sums,
  door: RedisDoor,
  month: string,
  days: readonly string[],
  now: number,
): Promise<readonly string[]> {
  const settled = days.filter((day) => day < officeDay(now - settledMs))
  const last = settled.at(-1)
  if (last === undefined) return days
  const key = `mon:month:${month}`
  const text = await door.request.get(key)
  const kept = text ? (JSON.parse(text) as Month) : undefined
  const isKept = kept?.v === 2
  const its: Sums = { agencies: new Map(), heard: new Map() }
  const isPart = isKept && kept.through <= last
  if (isPart) addSums(its, Object.entries(kept.agencies), Object.entries(kept.heard))
  const since = isPart ? settled.filter((day) => day > kept.through) : settled
  await addUp(its, door, since)
  addSums(sums, its.agencies, its.heard)
  if (!isKept || kept.through < last) {
    const [agencies, heard] = [its.agencies, its.heard].map((counts) => Object.fromEntries(counts))
    const made = { v: 2, through: last, agencies: agencies!, heard: heard! } satisfies Month
    await door.request.set(key, JSON.stringify(made), 'EX', keptSeconds)
  }
  return days.slice(settled.length)
}

async function addUp({ agencies, heard }: Sums, door: RedisDoor, days: readonly string[]): Promise<void> {
  for await (const day of readDays(door, days, agencyKey)) {
    const today = new Set<string>()
    for (const [field, by] of day) {
      agencies.set(field, (agencies.get(field) ?? 0) + by)
      if (field.startsWith('update|')) today.add(field.split('|', 2)[1]!).add(anyone)
    }
    for (const agency of today) heard.set(agency, (heard.get(agency) ?? 0) + 1)
  }
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

type Entries = Iterable<readonly [name: string, by: number]>

function addSums(sums: Sums, agencies: Entries, heard: Entries): void {
  addTo(sums.agencies, agencies)
  addTo(sums.heard, heard)
}

function addTo(sums: Map<string, number>, counts: Entries): void {
  for (const [name, by] of counts) sums.set(name, (sums.get(name) ?? 0) + by)
}
