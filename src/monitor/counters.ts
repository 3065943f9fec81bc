// Counts by day. Counting only adds in memory; once a second the sums are flushed to Redis in one batch. While Redis is away
// they stay in memory; how many there are is bounded by channels, results, agencies and kiosks.
import { dayMs, localDate, startOfDay } from '../dossier/times.js'
import type { Log } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'

interface CountersDeps {
  readonly door: RedisDoor
  readonly log: Log
  readonly now?: () => number
}

/**
 * Field → count, for one day: `lookup|kiosk|found`, `found|<agency>|kiosk`, `rated|<agency>|<kiosk>|3`,
 * `update|<agency>|applied`, `refused|<agency>`, `late|<agency>|3600`, and from kept.ts `kept|<metric>|<label>=<value>`.
 */
export type DayCounts = ReadonlyMap<string, number>

/** Redis keys of a day's counts: of the service as a whole, and of agencies. Days are `YYYY-MM-DD`. */
export const serviceKey = (day: string) => `mon:${day}`
export const agencyKey = (day: string) => `mon:agencies:${day}`
const keyOf = (day: string, field: string) =>
  /^(?:lookup|kept)\|/.test(field) ? serviceKey(day) : agencyKey(day)
const flushMs = 1000
/** A little over two years, because half-year reports compare with the year before. */
export const keptSeconds = (800 * dayMs) / 1000

/** The result of one batch of an agency's updates; `lateMs`: for each applied one, the time from its event to its arrival. */
export interface News {
  readonly applied: number
  readonly stale: number
  readonly duplicate: number
  readonly lateMs: readonly number[]
}

/** Upper bounds of the buckets for the delay of an update, seconds; anything later is in the bucket `slower`. */
export const lateSeconds = [60, 300, 900, 3600, 14_400, 86_400, 259_200, 604_800] as const

/** Starts counting; `flush` also runs once a second. */
export function openCounters({ door, log, now = Date.now }: CountersDeps) {
  // Day → field → count. `sums` is the current day's map; that day runs from `begins` to `ends`.
  let waiting = new Map<string, Map<string, number>>()
  let sums = new Map<string, number>()
  let [begins, ends] = [0, 0]
  let flushing: Promise<void> | undefined
  let isFailing = false

  const sumsOf = (day: string) => {
    let its = waiting.get(day)
    if (!its) waiting.set(day, (its = new Map()))
    return its
  }
  const add = (field: string, by = 1) => {
    const at = now()
    if (at >= ends || at < begins) {
      begins = startOfDay(at)
      ends = begins + dayMs
      sums = sumsOf(localDate(at))
    }
    sums.set(field, (sums.get(field) ?? 0) + by)
  }

  async function flush(): Promise<void> {
    const sent = [...waiting].flatMap(([day, its]) =>
      [...unfolded(its)].map(([field, by]) => ({ day, field, by })),
    )
    waiting = new Map()
    ends = 0
    if (sent.length === 0) return
    const batch = door.batch()
    for (const { day, field, by } of sent) {
      const key = keyOf(day, field)
      batch.add(() => door.request.hincrby(key, field, by))
    }
    for (const key of new Set(sent.map(({ day, field }) => keyOf(day, field))))
      batch.add(() => door.request.expire(key, keptSeconds))
    const replies = await batch.exec()
    let failed = 0
    sent.forEach(({ day, field, by }, nth) => {
      if (!replies[nth]?.[0]) return
      failed++
      const its = sumsOf(day)
      its.set(field, (its.get(field) ?? 0) + by)
    })
    if (failed > 0 !== isFailing) {
      isFailing = failed > 0
      if (isFailing)
        log.warn(
          { evt: 'counters.waiting', fields: failed },
          'Redis takes no counts; they are kept in memory until it does',
        )
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
    // While Redis is known to be away, queue no commands for it.
    if (waiting.size > 0 && door.isReady()) void flushOnce()
  }, flushMs)
  timer.unref()

  return {
    /** `agency`: whose dossier was found. */
    lookup(channel: string, result: string, agency?: string): void {
      add(agency === undefined ? `lookup|${channel}|${result}` : `${folded}${result}|${agency}|${channel}`)
    },
    rated: (agency: string, kiosk: string, mood: 1 | 2 | 3) => add(`rated|${agency}|${kiosk}|${mood}`),
    updates(agency: string, { applied, stale, duplicate, lateMs }: News): void {
      for (const [result, by] of Object.entries({ applied, stale, duplicate }))
        if (by > 0) add(`update|${agency}|${result}`, by)
      for (const ms of lateMs)
        add(`late|${agency}|${lateSeconds.find((most) => ms <= most * 1000) ?? 'slower'}`)
    },
    /** An update that failed validation; `unknown` stands for the agency when the number was unreadable. */
    refused: (agency: string) => add(`refused|${agency}`),
    add,
    /** Sends the sums so far; resolves when Redis has stored or refused them. */
    flush: flushOnce,
    async close(): Promise<void> {
      clearInterval(timer)
      await flushing
      if (door.isReady()) await flush()
    },
  }
}

// An answer about an agency's dossier counts under two fields. On the hot path it is one field, split when it is flushed.
const folded = '+'

function unfolded(sums: ReadonlyMap<string, number>): Map<string, number> {
  const fields = new Map<string, number>()
  const add = (field: string, by: number) => fields.set(field, (fields.get(field) ?? 0) + by)
  for (const [field, by] of sums) {
    if (!field.startsWith(folded)) {
      add(field, by)
      continue
    }
    const [result, agency, channel] = field.slice(folded.length).split('|')
    add(`lookup|${channel}|${result}`, by)
    add(`${result}|${agency}|${channel}`, by)
  }
  return fields
}
