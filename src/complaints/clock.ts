// Looks at complaints once a minute: how many are open and past their day, for the metrics, and which are to be forgotten.
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { Complaints } from './store.js'

export interface ComplaintClockDeps {
  readonly complaints: Pick<Complaints, 'standing' | 'forgetOld'>
  readonly metrics: Metrics
  readonly log: Log
}

const lookMs = 60_000

export function openComplaintClock({ complaints, metrics, log }: ComplaintClockDeps) {
  const open = metrics.gauge('gateway_complaints_open', 'complaints that wait for an answer')
  const overdue = metrics.gauge('gateway_complaints_overdue', 'those of them whose day has passed')
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
      // Redis is away: the next minute tries again.
      log.debug({ evt: 'complaints.not-looked', err: error }, 'Complaints could not be looked at')
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
