// Start-up time from exec to ready with a full embedded Redis, how much of it is Redis loading its file, and what a program
// takes that loads the same libraries and does nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { median, rssMiB } from './measure.js'
import type { Measured } from './stage.js'

interface StartResult {
  readonly startMs: number
  readonly redisMs: number
  readonly emptyMs: number
  readonly idleMiB: number
}

export async function measureStart(gateway: Measured, turns: number): Promise<StartResult> {
  // As the file is after Redis has rewritten it, not as the seed left it.
  await rewrite(gateway.socket)
  const [whole, redis, empty]: [number[], number[], number[]] = [[], [], []]
  for (let turn = 0; turn < turns; turn++) {
    await gateway.stop()
    redis.push(await loadMs(join(gateway.dataDir, 'redis')))
    empty.push(await emptyMs())
    await gateway.start()
    whole.push(gateway.startMs)
  }
  await delay(restsAfterMs)
  return {
    startMs: median(whole),
    redisMs: median(redis),
    emptyMs: median(empty),
    idleMiB: rssMiB(gateway.pid),
  }
}

// V8 releases the memory used at start-up after half a minute of idling.
export const restsAfterMs = 40_000

async function rewrite(socket: string): Promise<void> {
  const redis = new Redis({ path: socket })
  await redis.bgrewriteaof()
  while (/aof_rewrite_in_progress:1|aof_rewrite_scheduled:1/.test(await redis.info('persistence')))
    await delay(100)
  redis.disconnect()
}

async function loadMs(directory: string): Promise<number> {
  const started = performance.now()
  const child = spawn('redis-server', ['-'], { cwd: directory, stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdin.end(`port 0\nunixsocket ${directory}/bench.sock\ndir ${directory}\nappendonly yes\nsave ""\n`)
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) if (/ready to accept connections/i.test(line)) break
  const took = performance.now() - started
  child.stdout.resume()
  child.kill('SIGTERM')
  await once(child, 'exit')
  return took
}

async function emptyMs(): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, [new URL('./baselines/empty.mjs', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const took = performance.now() - started
  await once(child, 'exit')
  return took
}
