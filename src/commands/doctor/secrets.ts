// The secrets behind printed numbers and stored phones.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readSecrets, secretsFile } from '../../access/secrets.js'
import type { Config } from '../../config/config.js'
import { saysMachine } from '../../errors.js'
import { type Check, type Finding, fail, ok } from './finding.js'

/** Generated secrets must not be lost, and must stay private. */
export const checkSecrets: Check = ({ config }) => [judgeSecrets(config)]

function judgeSecrets(config: Config): Finding {
  const { lookupKey, phoneKey, adminKey } = config.secrets
  if (lookupKey && phoneKey && adminKey) return ok('secrets', 'given by the configuration')
  const file = secretsFile(config)
  if (!existsSync(file))
    return existsSync(join(config.dataDir, 'redis/appendonlydir'))
      ? fail(
          'secrets',
          `${file} is gone but there is data: every printed lookup number would become void`,
          'restore secrets.json from the backup before the gateway starts',
        )
      : ok('secrets', `will be generated at the first start, in ${file}`)
  try {
    readSecrets(config)
  } catch (error) {
    // The file is not corrupt, but belongs to another user.
    const refused = saysMachine(error)
    if (refused !== undefined)
      return fail('secrets', refused, 'as root: chown --reference of its folder, and chmod 600')
    return fail(
      'secrets',
      (error as Error).message,
      'restore secrets.json from the backup; without it every printed lookup number is void',
    )
  }
  return (statSync(file).mode & 0o077) !== 0
    ? fail('secrets', `${file} can be read by other users`, `chmod 600 ${file}`)
    : ok('secrets', `${file}; keep a backup`)
}
