// Deletes what is past its retention: once a day one of the gateways removes dossiers beyond retention.closedDays. Until
// then an expired dossier is already unknown to every reader (store.ts); the sweep only reclaims memory.
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { DossierStore } from './store.js'

const lookEveryMs = 15 * 60_000
const daySeconds = 86_400

interface RetentionDeps {
  readonly door: RedisDoor
  readonly store: Pick<DossierStore, 'sweep'>
  readonly log: Log
  readonly metrics: Metrics
}

/** Starts the daily sweep; the first gateway to take the day's lease runs it. */
export function openRetention({ door, store, log, metrics }: RetentionDeps) {
  const removed = metrics.counter('gateway_dossiers_expired_total', 'dossiers removed by retention')

  async function look(now: number): Promise<void> {
    if (!door.isReady()) return
    const day = Math.floor(now / 1000 / daySeconds)
    // The lease outlives its day, so that no other gateway sweeps again; a failed sweep releases it.
    const lease = `sweep:${day}`
    if ((await door.request.set(lease, '1', 'EX', 2 * daySeconds, 'NX')) === null) return
    try {
      log.info({ evt: 'retention.started' }, 'Removing dossiers beyond retention')
      const count = await store.sweep(now)
      removed.inc(count)
      log.info(
        { evt: 'retention.ended', outcome: 'done', removed: count },
        'Removed dossiers beyond retention',
      )
    } catch (error) {
      await door.request.del(lease).catch(() => {})
      log.warn(
        { evt: 'retention.ended', outcome: 'failed', err: error },
        'The retention sweep failed and will be retried',
      )
    }
  }

  const timer = setInterval(() => look(Date.now()).catch(() => {}), lookEveryMs)
  timer.unref()
  return {
    look,
    close(): void {
      clearInterval(timer)
    },
  }
}
