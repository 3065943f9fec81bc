// The append-only file of the embedded store; checked only while its server is down.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { damageOf } from '../../redis/append-only.js'
import { findEmbedded } from '../../redis/embedded.js'
import { writtenByNewer } from '../../redis/last-words.js'
import { isEmbedded } from '../../redis/settings.js'
import { type Check, fail, ok } from './finding.js'

// Reading a file of some GiB takes a minute.
const patienceMs = 120_000

export const checkAppendOnly: Check = async ({ config: { dataDir, redis } }) => {
  if (!isEmbedded(redis)) return []
  const directory = join(dataDir, 'redis/appendonlydir')
  if (await findEmbedded(dataDir)) return []
  let damage: string | undefined
  let names: string[]
  try {
    damage = damageOf(join(dataDir, 'redis'))
    names = existsSync(directory) ? readdirSync(directory) : []
    // redis-check-aof calls a file that it may not open damaged, and its repair would cut off the rest.
    for (const name of names) accessSync(join(directory, name), constants.R_OK)
  } catch (error) {
    return [
      fail(
        'append-only file',
        `${directory} cannot be read (${(error as NodeJS.ErrnoException).code})`,
        'run doctor as the user of the gateway, to whom all of it must belong',
      ),
    ]
  }
  if (damage !== undefined) return [fail('append-only file', damage, 'the gateway does not start on it')]
  const manifest = names.find((name) => name.endsWith('.manifest'))
  if (manifest === undefined) return []
  // Read-only without --fix.
  const { status, stdout, error } = spawnSync('redis-check-aof', [join(directory, manifest)], {
    encoding: 'utf8',
    timeout: patienceMs,
  })
  if (error) return [] // not installed with every redis-server; Redis itself says so at its start
  if (status === 0) return [ok('append-only file', 'is intact')]
  const newer = writtenByNewer(stdout)
  if (newer !== undefined)
    return [fail('append-only file', newer, 'redis-server --version says which is installed here')]
  const why = stdout.split('\n').find((line) => /not valid|truncated|error|expected/i.test(line))
  return [
    fail(
      'append-only file',
      `${directory} is damaged${why === undefined ? '' : ` (${why.trim().slice(0, 160)})`}`,
      `copy the folder away, then: redis-check-aof --fix ${join(directory, manifest)}; it truncates the file at the damage. Or restore the backup`,
    ),
  ]
}
