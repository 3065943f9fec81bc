// Which of the gateways that share one Redis are alive. Each process holds a lease; when it expires, the others claim the
// journal entries that process had taken.
import { randomBytes } from 'node:crypto'
import { ignoreOutage } from '../errors.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import { asFault, type RedisDoor, throwFault, whyAway } from './connection.js'

// A lease lasts five refreshes: an event loop stalled for some seconds must not make a live process look dead.
const leaseMs = 5000
const refreshMs = 1000
// Margin for clock drift between machines, and for sending what was decided while the lease was held.
const leaseMarginMs = 1000

export interface Instance {
  /** Unique for each process start. */
  readonly id: string
  /** Those of `ids` whose process is gone. Empty while that is unknown (Redis away or just back). */
  gone(ids: readonly string[]): Promise<string[]>
  /**
   * The lease's generation, while this process certainly holds it and nobody can claim its entries. It grows after each lapse;
   * undefined while the lease may have lapsed: permissions obtained under an earlier generation must be obtained again.
   */
  lease(): number | undefined
  close(): Promise<void>
}

const key = (id: string) => `live:${id}`

/** Those of `ids` that hold a lease right now. Throws GatewayError redis-unavailable. */
export async function holdingLease(door: RedisDoor, ids: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(ids.map((id) => door.request.exists(key(id)))).catch(throwFault)
  return new Set(ids.filter((_, nth) => found[nth] === 1))
}

/** Takes a lease and keeps it until close. Its refresh is also the probe for whether the store takes writes. */
export async function openInstance(door: RedisDoor, log: Log, metrics?: Metrics): Promise<Instance> {
  const writable = metrics?.gauge('gateway_store_writable', '1 while the store takes writes')
  const id = randomBytes(6).toString('hex')
  let lease = 0
  let heldUntil = 0
  const refresh = async () => {
    const asked = performance.now()
    try {
      await door.request.set(key(id), '1', 'PX', leaseMs)
      writable?.set(1)
    } catch (error) {
      writable?.set(0)
      throw error
    }
    if (asked > heldUntil) lease++
    heldUntil = asked + leaseMs - leaseMarginMs
  }
  // While the store refuses writes (full disk) there is no lease; look-ups need none. The refresh takes it later.
  await refresh().catch((error) => ignoreOutage(asFault(error)))
  // Nobody could refresh during an outage, so after it everybody counts as alive for one lease's length (monotonic clock).
  let knownSince = performance.now()
  const unlisten = door.onReadyChange((isReady) => {
    if (isReady) knownSince = performance.now() + leaseMs
    if (isReady) refresh().catch(() => {})
  })
  let missed = 0
  const timer = setInterval(() => {
    refresh().then(
      () => {
        if (missed >= 3)
          log.info({ evt: 'instance.lease-held', instance: id }, 'The store takes writes again')
        missed = 0
      },
      (error) => {
        if (++missed === 3)
          log.warn(
            { evt: 'instance.lease-missed', instance: id, why: whyAway(error) },
            'The store took no write for three seconds: updates and texts are refused until it does',
          )
      },
    )
  }, refreshMs)
  return {
    id,
    lease: () => (performance.now() < heldUntil ? lease : undefined),
    async gone(ids) {
      if (!door.isReady() || performance.now() < knownSince || ids.length === 0) return []
      const batch = door.batch()
      for (const other of ids) batch.add(() => door.request.exists(key(other)))
      const replies = await batch.exec()
      return ids.filter((other, nth) => other !== id && replies[nth]?.[0] === null && replies[nth]?.[1] === 0)
    },
    async close() {
      clearInterval(timer)
      unlisten()
      if (door.isReady()) await door.request.del(key(id)).catch(() => {})
    },
  }
}
