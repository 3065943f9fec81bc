// In which minutes the service could answer. Each gateway sets a bit in Redis for the current minute: it proves that a gateway
// ran and that Redis took a write, and setting it is idempotent across gateways. A minute counts when one of its four beats
// succeeded, so a shorter outage is not seen.
import { dayMs, localDate, startOfDay } from '../dossier/times.js'
import type { RedisDoor } from '../redis/connection.js'
import { keptSeconds } from './counters.js'

const minuteMs = 60_000
const beatMs = 15_000
const sinceKey = 'mon:up:since'
const keyOf = (service: string, day: string) => `mon:up:${service}:${day}`

/** `lookup`: the store could be asked. `sms`: a link was bound as well. */
export type Service = 'lookup' | 'sms'
const services: readonly Service[] = ['lookup', 'sms']

/** Minutes in which a service could answer, out of those since it was first seen up. */
export interface Uptime {
  readonly upMinutes: number
  readonly ofMinutes: number
  /** Epoch ms from which minutes count: the start of the period, or when the service was first seen up. */
  readonly since: number
}

interface UptimeDeps {
  readonly door: RedisDoor
  /** Which services this gateway can provide right now. */
  readonly up: () => readonly Service[]
  readonly now?: () => number
}

/** Starts the beat, four times a minute. */
export function openUptime({ door, up, now = Date.now }: UptimeDeps) {
  const marked = new Map<Service, number>()

  async function beat(): Promise<void> {
    if (!door.isReady()) return
    const at = now()
    const minute = Math.floor(at / minuteMs)
    const fresh = up().filter((service) => marked.get(service) !== minute)
    if (fresh.length === 0) return
    const offset = Math.floor((at - startOfDay(at)) / minuteMs)
    const batch = door.batch()
    for (const service of fresh) {
      const key = keyOf(service, localDate(at))
      batch.add(() => door.request.setbit(key, offset, 1))
      batch.add(() => door.request.expire(key, keptSeconds))
      batch.add(() => door.request.hsetnx(sinceKey, service, minute * minuteMs))
    }
    const replies = await batch.exec()
    fresh.forEach((service, nth) => {
      if (!replies[nth * 3]?.[0]) marked.set(service, minute)
    })
  }

  const timer = setInterval(beat, beatMs)
  timer.unref()
  return {
    beat,
    close(): void {
      clearInterval(timer)
    },
  }
}

/** Reads days in order (`YYYY-MM-DD`). Undefined for a service that was never seen up. Throws when Redis is away. */
export async function readUptime(
  door: RedisDoor,
  days: readonly string[],
  now: number,
): Promise<Partial<Record<Service, Uptime>>> {
  const seen = await door.request.hgetall(sinceKey)
  const begins = dayStart(days[0]!)
  const ends = Math.min(dayStart(days.at(-1)!) + dayMs, now)
  const found: Partial<Record<Service, Uptime>> = {}
  for (const service of services) {
    if (seen[service] === undefined) continue
    const since = Math.max(begins, Number(seen[service]))
    if (since >= ends) continue
    const batch = door.batch()
    for (const day of days) batch.add(() => door.request.bitcount(keyOf(service, day)))
    let upMinutes = 0
    for (const [error, count] of await batch.exec()) {
      if (error) throw error
      upMinutes += Number(count)
    }
    // The current minute is included, as its mark may be set already.
    const ofMinutes = Math.floor((ends - 1) / minuteMs) - Math.floor(since / minuteMs) + 1
    found[service] = { upMinutes, ofMinutes, since }
  }
  return found
}

const dayStart = (day: string) => startOfDay(Date.parse(`${day}T12:00:00+07:00`))
