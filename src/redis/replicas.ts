// Waits for replicas before a write is acknowledged. Otherwise a failover, planned or not, loses what the former master had
// acknowledged but not yet replicated.
import type { Redis } from 'ioredis'
import { GatewayError } from '../errors.js'

// A replica answers within a round trip; beyond this it is away.
const waitMs = 1000

/** Runs a write and resolves with its result once it counts as durable. Rejects with GatewayError redis-unavailable. */
export type Keep = <T>(write: () => Promise<T>) => Promise<T>

/** Without replicas a write counts when the master has answered. */
export const keepOnMaster: Keep = (write) => write()

/**
 * `writer` is the connection of the writes. `asker` is a second connection, because WAIT blocks the commands behind it; its
 * answer is valid only while both are connected to the same server.
 */
export function keepOnReplicas(
  writer: Redis,
  asker: Redis,
  replicas: number,
  /** Whether a server without any replica is still the master, according to all sentinels. */
  isUndisputed: (server: { runId: string; address: string }) => Promise<boolean>,
): Keep {
  let connections = 0
  let server: string | undefined
  const learn = () =>
    writer.info('server').then(
      (info) => (server = runIdIn(info)),
      () => {}, // gone again; retried on the next `ready`
    )
  writer.on('ready', learn).on('close', () => {
    connections++
    server = undefined
  })
  if (writer.status === 'ready') void learn()
  const away = () => new GatewayError('redis-unavailable', 'no replica has the write', true)

  async function ask(): Promise<void> {
    const its = server
    // Since Redis 7.2 WAIT covers only the connection's own last write, so write something first.
    const [written, told] = (await asker.pipeline().set('fence', '1').info().exec()) ?? []
    const info = String(told?.[1] ?? '')
    if (written?.[0] || its === undefined || runIdIn(info) !== its) throw away()
    // No replicas: either the new master right after a failover, which is fine, or a master that is being replaced.
    if (/^connected_slaves:0\r?$/m.test(info)) {
      const { remoteAddress, remotePort } = asker.stream as { remoteAddress?: string; remotePort?: number }
      const address = `${remoteAddress?.replace(/^::ffff:/, '')}:${remotePort}`
      if ((await isUndisputed({ runId: its, address })) && server === its) return
      throw away()
    }
    if ((await asker.wait(replicas, waitMs)) < replicas) throw away()
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

/** The id of the server process; it changes at each start. */
const runIdIn = (info: string): string | undefined => /^run_id:(\w+)/m.exec(info)?.[1]
