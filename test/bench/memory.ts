// What Redis holds for a dossier: keys, values, tables, change streams, everything.
import { Redis } from 'ioredis'

export async function usedBytes(socket: string): Promise<number> {
  const redis = new Redis({ path: socket })
  const [, used] = /used_memory:(\d+)/.exec(await redis.info('memory')) ?? []
  redis.disconnect()
  return Number(used)
}
