// The state of printers behind print agents, for Prometheus. An agent talks to whichever gateway it reached, so each
// gateway asks Redis at scrape time, and all report the same.
import { ignoreOutage } from '../../errors.js'
import type { Metrics } from '../../metrics.js'
import type { PrinterState } from '../contract.js'
import type { PrintQueue } from '../print-queue.js'

/** Declares the gauge of printer states; local printers set theirs in it as they change. */
export function measureRemotePrinters(
  desks: readonly string[],
  queue: Pick<PrintQueue, 'view'>,
  metrics: Pick<Metrics, 'gauge'>,
): void {
  const shown = new Map<string, PrinterState>()
  metrics.gauge(
    'gateway_printer_state',
    '1 for the state a printer is in',
    ['desk', 'state'],
    async (gauge) => {
      try {
        for (const desk of desks) {
          // Jobs since now: none, because only the printer is wanted.
          const { printer } = await queue.view(desk, Date.now())
          const state = printer?.state ?? 'absent'
          const before = shown.get(desk)
          if (before !== undefined) gauge.set({ desk, state: before }, 0)
          gauge.set({ desk, state }, 1)
          shown.set(desk, state)
        }
      } catch (error) {
        // Redis is away: the last values stand, and gateway_redis_up says why.
        ignoreOutage(error)
      }
    },
  )
}
