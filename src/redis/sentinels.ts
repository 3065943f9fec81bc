// Asks the sentinels about a server; needed only when it has no replica.
import { Redis } from 'ioredis'

export interface Sentinels {
  readonly name: string
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
}

const patienceMs = 1000

/**
 * Whether every sentinel that answers, and at least one, says that this server is the master, up, and that no failover is under
 * way: then it has lost its replicas, and is not being replaced. `address` (host:port) is compared when a sentinel
 * does not yet know the run_id of a new master.
 */
export async function isUndisputed(
  { name, nodes }: Sentinels,
  server: { readonly runId: string; readonly address: string },
): Promise<boolean> {
  const told = await Promise.all(nodes.map((node) => ask(node, name)))
  const answered = told.filter((one) => one !== undefined)
  return (
    answered.length > 0 &&
    answered.every(
      ({ runid = '', ip, port, flags = '' }) =>
        (runid === '' ? `${ip}:${port}` === server.address : runid === server.runId) &&
        !/down|failover_in_progress/.test(flags),
    )
  )
}

async function ask(
  { host, port }: { host: string; port: number },
  name: string,
): Promise<Record<string, string> | undefined> {
  const client = new Redis({
    host,
    port,
    protocol: 2,
    lazyConnect: true,
    connectTimeout: patienceMs,
    commandTimeout: patienceMs,
    retryStrategy: null,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const flat = (await client.call('SENTINEL', 'MASTER', name)) as string[]
    return Object.fromEntries(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1]!]] : [])))
  } catch {
    return undefined // away, or it does not know the master
  } finally {
    client.disconnect()
  }
}
