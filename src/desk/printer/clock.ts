// Time for printing: monotonic, and replaceable, so that tests can run a whole slip at 9600 baud in a moment.
import { setTimeout as delay } from 'node:timers/promises'

export interface Clock {
  /** Milliseconds of a monotonic clock. */
  now(): number
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<undefined>
  /** The same for a wait that may be stopped early. */
  alarm(ms: number): Alarm
}

export interface Alarm {
  /** Resolves after the time, never once it was stopped. */
  readonly rings: Promise<undefined>
  stop(): void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => delay(ms, undefined),
  // Cheaper than an AbortController, which a slip would need for every 64 bytes.
  alarm(ms) {
    let timer: NodeJS.Timeout
    const rings = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ms)
    })
    return { rings, stop: () => clearTimeout(timer) }
  },
}
