// What is done once at the beginning of each office day, so that it is known before anybody looks.
import { officeDay } from './office-time.js'

// Offices open at 07:00 and later; by six everything a night brought is in.
const beginsHour = 6
const lookMs = 10 * 60_000

/**
 * Looks every ten minutes: calls `run` at the first look after six in the morning, Vietnam's time (and at the first look after a
 * start), `between` at each of the others.
 */
export function eachMorning(
  run: () => Promise<unknown>,
  now: () => number = Date.now,
  between: () => Promise<unknown> = async () => {},
) {
  let done: string | undefined
  let running: Promise<unknown> = Promise.resolve()
  const look = () => {
    const day = officeDay(now() - beginsHour * 3_600_000)
    const isDone = day === done
    done = day
    running = (isDone ? between() : run()).catch(() => {
      // The store is away: tried again at the next look.
      if (!isDone) done = undefined
    })
    return running
  }
  const timer = setInterval(look, lookMs)
  timer.unref()
  return {
    /** Looks at once; resolves when what it began is done. */
    look,
    async close(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}
