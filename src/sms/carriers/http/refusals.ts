// Calls that are refused, by reason: counted each, and logged once a minute, so that a stranger cannot fill the log.
import type { Log } from '../../../log.js'
import { type Answer, refused } from './answer.js'
import type { Refused } from './proof.js'

const tellEveryMs = 60_000

/** The answer to a call that is refused; undefined for one that is not. */
export type Refusals = (why: Refused | undefined) => Answer | undefined

export function openRefusals(link: string, log: Log, count: (why: Refused) => void): Refusals {
  const toldUntil = new Map<Refused, number>()
  return (why) => {
    if (why === undefined) return undefined
    count(why)
    const now = performance.now()
    if (now >= (toldUntil.get(why) ?? 0)) {
      toldUntil.set(why, now + tellEveryMs)
      log.warn({ evt: 'http-link.refused', link, why }, 'Calls are refused')
    }
    return refused[why]
  }
}
