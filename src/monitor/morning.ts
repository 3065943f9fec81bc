// What is done once at the beginning of each office day, so that it is known before anybody looks.
import { officeDay } from './office-time.js'

// Offices open at 07:00 and later; by six everything a night brought is in.
const beginsHour = 6
const lookMs = 10 * 60_000

/** Calls `run` once a day after six in the morning, Vietnam's time; and at the start, if it is later than that. */
export function eachMorning(run: () => Promise<unknown>, now: () => number = Date.now) {
  let done: string | undefined
  let running: Promise<unknown> = Promise.resolve()
  const look = () => {
    const day = officeDay(now() - beginsHour * 3_600_000)
    if (day === done) return
    done = day
    running = run().catch(() => {
      // The store is away: tried again at the next look.
      done = undefined
    })
  }
  const timer = setInterval(look, lookMs)
  timer.unref()
  return {
    look,
    async close(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}
