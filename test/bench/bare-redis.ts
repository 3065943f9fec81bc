// The speed of Redis itself without a client library: redis-benchmark, a hundred commands in a pipeline.
import { execFileSync } from 'node:child_process'
import { startRedis } from '../peers/redis.js'
import type { Stage } from './stage.js'

/** Commands a second. Undefined where redis-benchmark is not installed (Debian: redis-tools). */
export async function measureRedis(
  stage: Stage,
  commands: number,
): Promise<{ set: number; get: number } | undefined> {
  const redis = await startRedis(stage, ['appendfsync everysec'])
  try {
    const words = ['-s', redis.socket, '-n', String(commands), '-c', '8', '-P', '100', '-r', '1000000']
    const csv = execFileSync('redis-benchmark', [...words, '-d', '60', '-t', 'set,get', '--csv'], {
      encoding: 'utf8',
    })
    const of = (test: string) => Number(new RegExp(`"${test}","([\\d.]+)"`).exec(csv)?.[1])
    return { set: of('SET'), get: of('GET') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  } finally {
    await redis.kill()
  }
}
