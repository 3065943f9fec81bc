// Who is alive among the gateways that share one Redis. Each process holds a lease under a name of its own; what a
// process had taken from a journal is given back to the others when its lease is gone.
import { randomBytes } from 'node:crypto'
import type { Log } from '../log.js'
import type { RedisDoor } from './connection.js'

// A lease lives five refreshes: a stalled event loop of some seconds must not make a living process look dead.
const leaseMs = 5000
const refreshMs = 1000
// Two machines do not count seconds alike, and what was decided while the lease was held still has to leave.
const leaseMarginMs = 1000

export interface Instance {
  /** Unique for each process start. */
  readonly id: string
  /** Those of `ids` whose process is gone. Empty while that cannot be known (Redis away or just back). */
  gone(ids: readonly string[]): Promise<string[]>
  /**
   * A number while this process certainly holds its lease, so that nobody takes over what it has; another number once the
   * lease had lapsed in between. undefined while it may have lapsed: what was permitted before must be asked again.
   */
  lease(): number | undefined
  close(): Promise<void>
}

/** Takes a lease and keeps it until close. */
export async function openInstance(door: RedisDoor, log: Log): Promise<Instance> {
  const id = randomBytes(6).toString('hex')
  const key = (name: string) => `live:${name}`
  let lease = 0
  let heldUntil = 0
  const refresh = async () => {
    const asked = performance.now()
    await door.request.set(key(id), '1', 'PX', leaseMs)
    if (asked > heldUntil) lease++
    heldUntil = asked + leaseMs - leaseMarginMs
  }
  await refresh()
  // After an outage nobody could refresh: for one lease's length everybody counts as alive.
  // By a clock that nobody sets.
  let knownSince = performance.now()
  const unlisten = door.onReadyChange((isReady) => {
    if (isReady) knownSince = performance.now() + leaseMs
    if (isReady) refresh().catch(() => {})
  })
  let missed = 0
  const timer = setInterval(() => {
    refresh().then(
      () => (missed = 0),
      () => {
        if (++missed === 3)
          log.warn(
            { evt: 'instance.lease-missed', instance: id },
            'The lease of this process could not be refreshed',
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
      for (const other of ids) batch.add(key(other), (pipeline) => pipeline.exists(key(other)))
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
