// Once a minute: sets the metrics of open and overdue complaints, and deletes those past retention.
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { Complaints } from './store.js'

interface ComplaintClockDeps {
  readonly complaints: Pick<Complaints, 'standing' | 'forgetOld'>
  readonly metrics: Metrics
  readonly log: Log
}

const lookMs = 60_000

/** Starts the clock. While Redis is away it only logs, and tries again in a minute. */
export function openComplaintClock({ complaints, metrics, log }: ComplaintClockDeps) {
  const open = metrics.gauge('gateway_complaints_open', 'complaints without an answer')
  const overdue = metrics.gauge('gateway_complaints_overdue', 'open complaints past their due day')
  let isLooking = false

  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    try {
      const standing = await complaints.standing()
      open.set(standing.open)
      overdue.set(standing.overdue)
      await complaints.forgetOld()
    } catch (error) {
      // Redis is away: retry in a minute.
      log.debug({ evt: 'complaints.not-looked', err: error }, 'Complaints could not be read')
    } finally {
      isLooking = false
    }
  }

  const timer = setInterval(look, lookMs)
  void look()
  return {
    close: () => clearInterval(timer),
  }
}
