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
export function keepOnReplicas(
  writer: Redis,
  asker: Redis,
  replicas: number,
  /** Whether a master without a single replica is the master beyond doubt. */
  isUndisputed: (server: { runId: string; address: string }) => Promise<boolean>,
): Keep {
  let connections = 0
  let server: string | undefined
  const learn = () =>
    writer.info('server').then(
      (info) => (server = runIdIn(info)),
      () => {}, // gone again; its next coming back asks anew
    )
  writer.on('ready', learn).on('close', () => {
    connections++
    server = undefined
  })
  if (writer.status === 'ready') void learn()
  const away = () => new GatewayError('redis-unavailable', 'no replica has the write', true)

  async function ask(): Promise<void> {
    const its = server
    // From Redis 7.2 on WAIT is about the connection's own last write.
    const [written, told] = (await asker.pipeline().set('fence', '1').info().exec()) ?? []
    const info = String(told?.[1] ?? '')
    if (written?.[0] || its === undefined || runIdIn(info) !== its) throw away()
    // After a failover the new master has no replica yet, and it is all there is. One that is being replaced has none either.
    if (/^connected_slaves:0\r?$/m.test(info)) {
      const { remoteAddress, remotePort } = asker.stream as { remoteAddress?: string; remotePort?: number }
      const address = `${remoteAddress?.replace(/^::ffff:/, '')}:${remotePort}`
      if ((await isUndisputed({ runId: its, address })) && server === its) return
      throw away()
    }
    if ((await asker.wait(replicas, waitMs)) < replicas) throw away()
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

/** Which process answered: new at each start of a server. */
const runIdIn = (info: string): string | undefined => /^run_id:(\w+)/m.exec(info)?.[1]
