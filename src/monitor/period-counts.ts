// Reads the counts of a period. A province has thousands of fields a day, so reading half a year day by day takes too long.
// The first reader therefore adds up the agencies' counts of each past month, and the sum is kept as one value.
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

/** A month of agencies' counts, as stored. */
interface Month {
  readonly v: 1
  readonly agencies: Record<string, number>
  readonly heard: Record<string, number>
}

/** Stands for any agency; no code has this character. */
const anyone = '*'
// A gateway cut off from Redis adds its counts late, so a month is summed up only after this time.
const settledMs = 2 * dayMs
// Per round trip: keeps each reply within the command time-out and short of blocking the event loop.
const daysAtOnce = 4

/** Reads days in order (`YYYY-MM-DD`). `now` is epoch ms. Throws when Redis is away. */
export async function readCounts(
  door: RedisDoor,
  days: readonly string[],
  now: number,
): Promise<PeriodCounts> {
  const sums = { agencies: new Map<string, number>(), heard: new Map<string, number>() }
  for (const { month, days: its, isWhole } of byMonth(days)) {
    const kept = isWhole && isOver(its.at(-1)!, now)
    const { agencies, heard } = kept ? await readMonth(door, month, its) : await addUp(door, its)
    addTo(sums.agencies, Object.entries(agencies))
    addTo(sums.heard, Object.entries(heard))
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

async function readMonth(door: RedisDoor, month: string, days: readonly string[]): Promise<Month> {
  const key = `mon:month:${month}`
  const text = await door.request.get(key)
  const kept = text ? (JSON.parse(text) as Month) : undefined
  if (kept?.v === 1) return kept
  const made = await addUp(door, days)
  await door.request.set(key, JSON.stringify(made), 'EX', keptSeconds)
  return made
}

async function addUp(door: RedisDoor, days: readonly string[]): Promise<Month> {
  const agencies = new Map<string, number>()
  const heard = new Map<string, number>()
  for await (const day of readDays(door, days, agencyKey)) {
    const today = new Set<string>()
    for (const [field, by] of day) {
      agencies.set(field, (agencies.get(field) ?? 0) + by)
      if (field.startsWith('update|')) today.add(field.split('|', 2)[1]!).add(anyone)
    }
    addTo(
      heard,
      [...today].map((agency) => [agency, 1]),
    )
  }
  return { v: 1, agencies: Object.fromEntries(agencies), heard: Object.fromEntries(heard) }
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

const isOver = (last: string, now: number) => last < officeDay(now - settledMs)

function addTo(sums: Map<string, number>, counts: Iterable<readonly [name: string, by: number]>): void {
  for (const [name, by] of counts) sums.set(name, (sums.get(name) ?? 0) + by)
}
