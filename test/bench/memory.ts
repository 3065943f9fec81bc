// The memory of a dossier in Redis: keys, values, tables, change streams, everything.
import { Redis } from 'ioredis'

/** Keys that do not grow with the dossiers: the change streams, once they are full. */
export async function streamBytes(socket: string): Promise<number> {
  const redis = new Redis({ path: socket })
  let bytes = 0
  for (const key of await redis.keys('chg:*'))
    bytes += Number(await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0))
  redis.disconnect()
  return bytes
}

export async function usedBytes(socket: string): Promise<number> {
  const redis = new Redis({ path: socket })
  const [, used] = /used_memory:(\d+)/.exec(await redis.info('memory')) ?? []
  redis.disconnect()
  return Number(used)
}
