// Acknowledged work outlives its master: a write counts when so many replicas have it too. Else a failover, planned or not,
// takes with it what the former master had acknowledged and not yet sent on.
import type { Redis } from 'ioredis'
import { GatewayError } from '../errors.js'

// A replica answers within a round trip; beyond this it is away.
const waitMs = 1000

/** Runs a write and resolves with what it came to, once it counts. Rejects with GatewayError redis-unavailable. */
export type Keep = <T>(write: () => Promise<T>) => Promise<T>

/** Without replicas a write counts when the master has answered. */
export const keepOnMaster: Keep = (write) => write()

/**
 * `writer` is the connection of the writes. `asker` waits on a connection of its own, for what stands behind WAIT stands
 * still; it says nothing of writes unless both are connected to the same server.
 */
export function keepOnReplicas(writer: Redis, asker: Redis, replicas: number): Keep {
  let connections = 0
  writer.on('close', () => connections++)
  const serverOf = (client: Redis) => (client as { serverInfo?: { run_id?: string } }).serverInfo?.run_id
  const away = () => new GatewayError('redis-unavailable', 'no replica has the write', true)

  async function ask(): Promise<void> {
    const server = serverOf(writer)
    if (server === undefined || server !== serverOf(asker)) throw away()
    // From Redis 7.2 on WAIT is about the connection's own last write.
    const replies = await asker.pipeline().set('fence', '1').wait(replicas, waitMs).exec()
    const [error, count] = replies?.[1] ?? []
    if (error || !(Number(count) >= replicas) || serverOf(asker) !== server) throw away()
  }

  // One question at a time; who comes meanwhile shares the next.
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
    // What was written to a server that we have lost since may be gone with it.
    if (connections !== before) throw away()
    return done
  }
}
