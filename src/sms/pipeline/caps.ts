// Sender protection: how many replies one phone may cause, how many alike, and how many all phones together in an hour.
// Counted in Redis over all links and gateways; phones appear only as keyed hashes.
import type { Script } from '../../redis/connection.js'
import type { SmsConfig } from '../settings.js'

// One hash tag for all senders: the counters of one step change atomically in one call, also on a cluster.
const prefix = '{sms-caps}:'

export type Caps = ReturnType<typeof openCaps>

interface Leaving {
  readonly subject: string
  readonly identity: string
}

/** `settings` is read each time: limits may change while running. */
export function openCaps(script: Script, settings: () => SmsConfig) {
  /** In the form texts-n.lua takes. */
  function limits(now: number): (string | number)[] {
    const { perSender, repliesPerHour } = settings()
    const { replies, perSeconds, perDay, identical } = perSender
    const hour = `${prefix}hour:${Math.floor(now / 3_600_000)}`
    return [prefix, Math.floor(now / 1000), replies, perSeconds, perDay, identical, repliesPerHour, hour]
  }

  return {
    limits,
    /** Whether these may leave, as a code of texts-n.lua; counts those that may. */
    async judge(leaving: readonly Leaving[], now: number): Promise<number[]> {
      if (leaving.length === 0) return []
      const caps = limits(now)
      const rows = leaving.map(({ subject, identity }) => ['', 0, subject, identity])
      const step = JSON.stringify({ alone: true, caps, leaving: rows })
      return (await script.run([String(caps.at(-1))], [step])) as number[]
    },
  }
}
