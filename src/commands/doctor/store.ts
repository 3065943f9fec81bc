// The store: whether it answers, its settings, its latency.
import { spawnSync } from 'node:child_process'
import type { Config } from '../../config/config.js'
import { GatewayError } from '../../errors.js'
import { silentLog } from '../../log.js'
import { openMetrics } from '../../metrics.js'
import { openRedis, type RedisDoor } from '../../redis/connection.js'
import { findEmbedded } from '../../redis/embedded.js'
import { judgeSettings, readSettings } from '../../redis/server-settings.js'
import { isEmbedded } from '../../redis/settings.js'
import { type Check, type Finding, fail, ok, type Scene, warn } from './finding.js'

/** Opens the store for the checks that read it; starts nothing. */
export async function openStoreToLook({ dataDir, redis }: Config): Promise<Scene['store']> {
  const socket = isEmbedded(redis) ? await findEmbedded(dataDir) : undefined
  if (isEmbedded(redis) && !socket) return { finding: checkRedisServer() }
  try {
    return { door: await openRedis({ socket, config: redis }, silentLog, openMetrics(), 3000) }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const of = /sentinels say/.test(error.message) ? 'redis.sentinels' : 'redis'
    const cure = /WRONGPASS|NOAUTH/.test(error.message)
      ? `set ${of}.passwordFile to the right password, and ${of}.username if the password is a user's`
      : 'start Redis, or correct redis.url, redis.tls or its maxclients; check with: redis-cli -u URL ping'
    return { finding: fail('redis', error.message, cure) }
  }
}

/** A check that reads the store; skipped when the store cannot be opened, which is reported once. */
export const inStore =
  (look: (door: RedisDoor, config: Config) => Promise<readonly Finding[]>): Check =>
  async ({ store, config }) => {
    if ('finding' in store) return []
    try {
      return await look(store.door, config)
    } catch (error) {
      const says = error instanceof Error ? error.message : 'did not answer'
      return [fail('redis', says, 'check the log of Redis')]
    }
  }

/** The settings of Redis, or why it cannot be reached. */
export const checkRedis: Check = (scene) =>
  'finding' in scene.store ? [scene.store.finding] : inStore(lookAtRedis)(scene)

// Embedded and not running: only whether it could be started is known.
function checkRedisServer(): Finding {
  const { stdout, error } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  const version = /v=([\d.]+)/.exec(stdout ?? '')?.[1]
  if (error || !version)
    return fail(
      'redis',
      'redis-server is not installed, and no redis.url is given',
      'apt-get install redis-server, or set redis.url',
    )
  return Number(version.split('.')[0]) < 7
    ? fail(
        'redis',
        `redis-server ${version} does not know the settings of the store`,
        'install Redis 7.0 or newer',
      )
    : ok('redis', `redis-server ${version} is installed; the gateway starts it`)
}

async function lookAtRedis(door: RedisDoor, config: Config): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const found of await readSettings(door)) {
    // Only a full disk makes the embedded server refuse writes, and the check of the disk says so.
    const settings = isEmbedded(config.redis) ? { ...found, refusesWrites: undefined } : found
    const name = `redis ${settings.server}`
    const problems = judgeSettings(settings, config.redis.durability)
    findings.push(
      ...problems.map(({ refuse, standsStill, says, cure }) =>
        refuse || standsStill ? fail(name, says, cure) : warn(name, says, cure),
      ),
    )
    if (problems.length === 0)
      findings.push(
        ok(name, `version ${settings.version}, ${Math.round(settings.usedMemory / 1024 / 1024)} MiB used`),
      )
    if (settings.fsync === undefined)
      findings.push(
        warn(
          name,
          'hides its settings (CONFIG GET)',
          'configure it as in config/redis.conf, or allow this user CONFIG GET',
        ),
      )
  }
  let slowestMs = 0
  for (let nth = 0; nth < 5; nth++) {
    const asked = performance.now()
    await door.request.time() // a server that cannot save refuses PING
    slowestMs = Math.max(slowestMs, performance.now() - asked)
  }
  const lag = `answers within ${slowestMs.toFixed(1)} ms`
  findings.push(
    slowestMs > 100
      ? warn('redis lag', lag, 'look for a slow network, a busy machine, or a disk that is slow to sync')
      : ok('redis lag', lag),
  )
  const [seconds] = await door.request.time()
  const apart = Math.round(Math.abs(Date.now() / 1000 - Number(seconds)))
  if (apart > 5)
    findings.push(
      fail(
        'clock',
        `the clocks of this machine and of Redis are ${apart} s apart`,
        'set both clocks: timedatectl set-ntp true',
      ),
    )
  return findings
}
