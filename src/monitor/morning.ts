// Work done once before each office day, so that its results are ready before anybody asks.
import { localDate } from '../dossier/times.js'

// Offices open at 07:00 or later; by 06:00 the updates of the night are in.
const beginsHour = 6
const lookMs = 10 * 60_000

/**
 * Ticks every ten minutes: calls `run` on the first tick after 06:00 Vietnam time (and on the first after a start),
 * `between` on all others.
 */
export function eachMorning(
  run: () => Promise<unknown>,
  now: () => number = Date.now,
  between: () => Promise<unknown> = async () => {},
) {
  let done: string | undefined
  let running: Promise<unknown> = Promise.resolve()
  const look = () => {
    const day = localDate(now() - beginsHour * 3_600_000)
    const isDone = day === done
    done = day
    running = (isDone ? between() : run()).catch(() => {
      // The store is away: retry on the next tick.
      if (!isDone) done = undefined
    })
    return running
  }
  const timer = setInterval(look, lookMs)
  timer.unref()
  return {
    /** Ticks at once; resolves when the work it started is done. */
    look,
    async close(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}
