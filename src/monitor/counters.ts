// Counts by day. Whoever counts only adds in memory; once a second what has come together goes to Redis in one batch.
// While Redis is away the sums stay here: their number is bounded by channels, results, agencies and kiosks.
import type { Log } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'
import { officeDay } from './office-time.js'

export interface CountersDeps {
  readonly door: RedisDoor
  readonly log: Log
  readonly now?: () => number
}

/** `lookup|kiosk|found`, `rated|<agency>|<kiosk>|3`, `update|<agency>` → how many, for one day. */
export type DayCounts = ReadonlyMap<string, number>

const keyOf = (day: string) => `mon:${day}`
const flushMs = 1000
// Two years, as reports over half-years compare with the year before.
const keptSeconds = 800 * 86_400

export type Counters = ReturnType<typeof openCounters>

export function openCounters({ door, log, now = Date.now }: CountersDeps) {
  let pending = new Map<string, number>()
  let day = officeDay(now())
  let flushing: Promise<void> | undefined
  let isFailing = false

  const add = (field: string, by = 1) => {
    pending.set(field, (pending.get(field) ?? 0) + by)
  }

  async function flush(): Promise<void> {
    const today = officeDay(now())
    const sums = pending
    const of = day
    pending = new Map()
    day = today
    if (sums.size === 0) return
    const batch = door.batch()
    const fields = [...sums]
    for (const [field, by] of fields)
      batch.add(keyOf(of), (pipeline) => pipeline.hincrby(keyOf(of), field, by))
    batch.add(keyOf(of), (pipeline) => pipeline.expire(keyOf(of), keptSeconds))
    const replies = await batch.exec()
    let failed = 0
    fields.forEach(([field, by], nth) => {
      if (!replies[nth]?.[0]) return
      failed++
      add(field, by) // a day's last second may thus count to the next day; nothing is lost
    })
    if (failed > 0 !== isFailing) {
      isFailing = failed > 0
      if (isFailing) log.warn({ evt: 'counters.waiting', fields: failed }, 'Counts wait for Redis')
      else log.info({ evt: 'counters.caught-up' }, 'Counts have been added to Redis')
    }
  }

  const flushOnce = () => {
    flushing ??= flush().finally(() => {
      flushing = undefined
    })
    return flushing
  }
  const timer = setInterval(() => {
    // Nothing is queued towards a Redis that is known to be away.
    if (pending.size > 0 && door.isReady()) flushOnce()
    else if (pending.size === 0) day = officeDay(now())
  }, flushMs)
  timer.unref()

  return {
    lookup: (channel: string, result: string) => add(`lookup|${channel}|${result}`),
    rated: (agency: string, kiosk: string, mood: 1 | 2 | 3) => add(`rated|${agency}|${kiosk}|${mood}`),
    updates: (agency: string, by: number) => add(`update|${agency}`, by),
    /** Sends what has come together; resolves when Redis has it (or has refused). */
    flush: flushOnce,
    /** Counts of each day from first to last (`YYYY-MM-DD`), in order. Throws when Redis is away. */
    async days(days: readonly string[]): Promise<DayCounts[]> {
      const batch = door.batch()
      for (const one of days) batch.add(keyOf(one), (pipeline) => pipeline.hgetall(keyOf(one)))
      return (await batch.exec()).map(([error, reply]) => {
        if (error) throw error
        return new Map(
          Object.entries((reply ?? {}) as Record<string, unknown>).map(([field, count]) => [
            field,
            Number(String(count)),
          ]),
        )
      })
    },
    async close(): Promise<void> {
      clearInterval(timer)
      await flushing
      if (door.isReady()) await flush()
    },
  }
}
