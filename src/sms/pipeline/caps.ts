// Sender protection: how many replies one phone may cause, how many alike, and how many all phones together in an hour.
// Counted in Redis over all links and gateways; phones appear only as keyed hashes.
import type { Config } from '../../config/config.js'
import { asFault, type Batch, type RedisDoor, type Reply } from '../../redis/connection.js'
import { plain } from '../segments.js'

export type Verdict = 'may-leave' | 'capped' | 'loop' | 'ceiling'

export interface Leaving {
  readonly subject: string
  readonly replyHash: string
  readonly textHash: string
}

const verdicts: readonly Verdict[] = ['may-leave', 'capped', 'loop', 'ceiling']

// One hash tag for all senders: the counters of one tick change in one call, on a cluster too.
const prefix = '{sms-caps}:'

export type Caps = ReturnType<typeof openCaps>

/** `limits` is asked each time: they may change while running. */
export function openCaps(door: RedisDoor, limits: () => Pick<Config['sms'], 'perSender' | 'repliesPerHour'>) {
  const script = door.script(new URL('./caps-1.lua', import.meta.url))
  return {
    /** Queues the question whether these may leave, and counts those that may. */
    queue(batch: Batch, leaving: readonly Leaving[], now: number): void {
      const { perSender, repliesPerHour } = limits()
      const { replies, perSeconds, perDay, identical } = perSender
      const hour = `${prefix}hour:${Math.floor(now / 3_600_000)}`
      const args: (string | number)[] = [
        replies,
        perSeconds,
        perDay,
        identical,
        repliesPerHour,
        prefix,
        Math.floor(now / 1000),
      ]
      for (const { subject, replyHash, textHash } of leaving) args.push(subject, replyHash, textHash)
      batch.add(hour, (pipeline) => script.queue(pipeline, [hour], args))
    },
    verdictsOf([error, value]: Reply): Verdict[] {
      if (error) throw asFault(error)
      return (value as number[]).map((one) => verdicts[one]!)
    },
  }
}

/**
 * A hash of what a text says, whatever its case, accents and marks: equal for a reply of ours and for the same reply
 * sent back by a robot. 64 bits of FNV-1a; it tells a sender's own texts apart, nothing more.
 */
export function wordsHash(text: string): string {
  const folded = plain(text)
  let low = 0x811c9dc5
  let high = 0x1b873593
  for (let at = 0; at < folded.length; at++) {
    let code = folded.charCodeAt(at)
    if (code >= 97 && code <= 122) code -= 32
    if (!((code >= 65 && code <= 90) || (code >= 48 && code <= 57))) continue
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x85ebca6b)
    high ^= high >>> 13
  }
  return (low >>> 0).toString(36) + (high >>> 0).toString(36)
}
