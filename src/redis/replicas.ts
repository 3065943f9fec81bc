// Waits for replicas before a write is acknowledged. Otherwise a failover, planned or not, loses what the former master had
// acknowledged but not yet replicated.
import type { Redis } from 'ioredis'
import { GatewayError } from '../errors.js'
import type { Verdict } from './sentinels.js'

// A replica answers within a round trip; beyond this it is away.
const waitMs = 1000
// A write waits for every replica; one that hangs delays it only by this.
const allWaitMs = 100
// While writes follow one another, the verdict of the sentinels holds this long; after a pause they are asked again.
const believedMs = 1000

/** Runs a write and resolves with its result once it counts as durable. Rejects with GatewayError redis-unavailable. */
export type Keep = <T>(write: () => Promise<T>) => Promise<T>

/** Without replicas a write counts when the master has answered. */
export const keepOnMaster: Keep = (write) => write()

/**
 * Makes a `Keep` that waits for `replicas` replicas. `writer` is the connection of the writes. `asker` is a second connection,
 * because WAIT blocks the commands behind it; its answer is valid only while both are connected to the same server.
 *
 * A failover can lose a write that only some replicas have: for a second or more, until the sentinels are done, the former
 * master and the replicas left to it still acknowledge it while another replica has been promoted. So either every known
 * replica has the write, or the sentinels confirm that this server is still the master (`verdict`; without sentinels the count
 * alone decides).
 */
export function keepOnReplicas(
  writer: Redis,
  asker: Redis,
  replicas: number,
  verdict?: (server: { runId: string; address: string }) => Promise<Verdict>,
): Keep {
  let connections = 0
  let server: string | undefined
  /** Addresses of the replicas when the sentinels last confirmed the master. */
  let known: ReadonlySet<string> | undefined
  let askedAt = 0
  const learn = () =>
    writer.info('server').then(
      (info) => (server = runIdIn(info)),
      () => {}, // gone again; retried on the next `ready`
    )
  writer.on('ready', learn).on('close', () => {
    connections++
    server = undefined
    known = undefined
  })
  if (writer.status === 'ready') void learn()
  const away = () => new GatewayError('redis-unavailable', 'no replica has the write', true)

  async function ask(): Promise<void> {
    const its = server
    // Since Redis 7.2 WAIT covers only the connection's own last write, so write something first.
    const [, info] = await Promise.all([asker.set('fence', '1'), asker.info()]).catch(() => [])
    if (info === undefined || its === undefined || runIdIn(info) !== its) throw away()
    const online = replicasIn(info)
    const have = await acknowledged(online)
    if (verdict) await confirm(its, online, have, verdict)
    else if (have < replicas) throw away()
  }

  /** How many replicas have all that was written so far. */
  async function acknowledged(online: ReadonlySet<string>): Promise<number> {
    if (online.size === 0) return 0
    const have = await asker.wait(Math.max(online.size, replicas), allWaitMs)
    // A replica that has just connected is still catching up: it counts only once it has acknowledged a write.
    const isExpected = !verdict || [...online].some((one) => known?.has(one))
    if (have >= replicas || !isExpected) return have
    const later = await asker.wait(replicas, waitMs)
    if (later < replicas) throw away()
    return later
  }

  async function confirm(
    its: string,
    online: ReadonlySet<string>,
    have: number,
    verdict: (server: { runId: string; address: string }) => Promise<Verdict>,
  ): Promise<void> {
    const isOneGone = [...(known ?? [])].some((one) => !online.has(one))
    const isPartial = have < replicas || have < online.size || isOneGone
    if (isPartial || !known || performance.now() - askedAt > believedMs) {
      const { remoteAddress, remotePort } = asker.stream as { remoteAddress?: string; remotePort?: number }
      const address = `${remoteAddress?.replace(/^::ffff:/, '')}:${remotePort}`
      const said = await verdict({ runId: its, address })
      // A server without any replica is either the new master right after a failover, which is fine, or one being replaced.
      if (server !== its || said === 'disputed' || (isPartial && said !== 'undisputed')) throw away()
    }
    askedAt = performance.now()
    known = have < online.size ? new Set([...online].filter((one) => known?.has(one))) : online
  }

  // One WAIT at a time; writes that arrive meanwhile share the next.
  let asking: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const fence = () =>
    (next ??= asking
      .catch(() => {})
      .then(() => {
        next = undefined
        asking = ask()
        return asking
      }))

  return async (write) => {
    const before = connections
    const done = await write()
    await fence().catch(() => {
      throw away()
    })
    // If the connection was lost since, the write may have been lost with the server.
    if (connections !== before) throw away()
    return done
  }
}

/** Addresses of the replicas in sync; one still in its first synchronisation cannot be promoted. */
const replicasIn = (info: string): ReadonlySet<string> =>
  new Set(
    [...info.matchAll(/^slave\d+:ip=([^,\s]+),port=(\d+),state=online/gm)].map(
      ([, ip, port]) => `${ip}:${port}`,
    ),
  )

/** The id of the server process; it changes at each start. */
const runIdIn = (info: string): string | undefined => /^run_id:(\w+)/m.exec(info)?.[1]
