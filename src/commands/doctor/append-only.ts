// The append-only file of the embedded store, while nothing writes it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findEmbedded } from '../../redis/embedded.js'
import { type Check, fail, ok } from './finding.js'

// A file of some GiB is read in a minute.
const patienceMs = 120_000

export const checkAppendOnly: Check = async ({ config: { dataDir, redis } }) => {
  if (redis.url ?? redis.sentinels ?? redis.cluster) return []
  const directory = join(dataDir, 'redis/appendonlydir')
  if (!existsSync(directory) || (await findEmbedded(dataDir))) return []
  let manifest: string | undefined
  try {
    manifest = readdirSync(directory).find((name) => name.endsWith('.manifest'))
  } catch (error) {
    return [
      fail(
        'append-only file',
        `${directory} cannot be read (${(error as NodeJS.ErrnoException).code})`,
        'run doctor as the user of the gateway',
      ),
    ]
  }
  if (manifest === undefined)
    return [
      fail('append-only file', `${directory} has no manifest: Redis would begin empty`, 'restore the backup'),
    ]
  // Without --fix it only reads.
  const { status, stdout, error } = spawnSync('redis-check-aof', [join(directory, manifest)], {
    encoding: 'utf8',
    timeout: patienceMs,
  })
  if (error) return [] // not installed with every redis-server; Redis itself says so at its start
  if (status === 0) return [ok('append-only file', 'is whole')]
  const why = stdout.split('\n').find((line) => /not valid|truncated|error|expected/i.test(line))
  return [
    fail(
      'append-only file',
      `${directory} is damaged${why === undefined ? '' : ` (${why.trim().slice(0, 160)})`}`,
      `copy the folder away, then: redis-check-aof --fix ${join(directory, manifest)}; it cuts off what stands behind the damage. Or restore the backup`,
    ),
  ]
}
