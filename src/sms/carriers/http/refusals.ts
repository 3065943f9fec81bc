// Refused calls: each is counted, and one a minute per reason is logged, so that nobody can fill the log.
import type { Log } from '../../../log.js'
import { type Answer, refused } from './answer.js'
import type { Call } from './call.js'
import type { Refused } from './proof.js'

const tellEveryMs = 60_000

export interface Refusals {
  /** The answer to a call that is not the peer's; undefined for one that is. */
  of(why: Refused | undefined): Answer | undefined
  /** The answer to a call of the peer in which a field is missing. The log says what there is instead. */
  unreadable(call: Call, field: string): Answer
}

/** The refusals of one link; `count` is called for each. */
export function openRefusals(link: string, log: Log, count: (why: Refused | 'unreadable') => void): Refusals {
  const toldUntil = new Map<string, number>()
  function isDue(why: Refused | 'unreadable'): boolean {
    count(why)
    const now = performance.now()
    if (now < (toldUntil.get(why) ?? 0)) return false
    toldUntil.set(why, now + tellEveryMs)
    return true
  }
  return {
    of(why) {
      if (why === undefined) return undefined
      if (isDue(why))
        log.warn(
          { evt: 'http-link.refused', link, why },
          "Calls to this link's address are refused (see why); if they are the peer's, its texts are not taken",
        )
      return refused[why]
    },
    unreadable(call, field) {
      if (isDue('unreadable'))
        log.warn(
          { evt: 'http-link.unreadable', link, missing: field, there: call.places() },
          'A call has no such field: receive.fields says where each is',
        )
      return { status: 400, problem: 'unreadable', field }
    },
  }
}
