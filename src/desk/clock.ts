// Time as the printing floor sees it: monotonic, and exchangeable, so that a whole slip at 9600 baud can be tried in a moment.
import { setTimeout as delay } from 'node:timers/promises'

export interface Clock {
  /** Milliseconds of a clock that nobody sets. */
  now(): number
  /** Resolves after `ms`, or as soon as the signal says so. */
  sleep(ms: number, signal?: AbortSignal): Promise<undefined>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
}
