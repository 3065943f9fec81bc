// Keys the operator did not give are made once and kept under dataDir with mode 0600. Losing lookupKey would make every
// printed lookup number useless, so what is made is said in the log, with the file to back up.
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.js'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import { keeperOf } from '../redis/embedded.js'

export interface Secrets {
  /** 64 hex digits. */
  readonly lookupKey: string
  readonly lookupKeyPrevious?: string
  /** 64 hex digits. */
  readonly phoneKey: string
  readonly adminKey: string
}

/** The configured secrets, completed from `dataDir/secrets.json`, which is made when something is missing. */
export function openSecrets(config: Config, log: Log): Secrets {
  const { lookupKey, lookupKeyPrevious, phoneKey, adminKey } = config.secrets
  const previous = lookupKeyPrevious ? { lookupKeyPrevious } : {}
  if (lookupKey && phoneKey && adminKey) return { lookupKey, phoneKey, adminKey, ...previous }
  const file = join(config.dataDir, 'secrets.json')
  const kept = existsSync(file) ? read(file) : {}
  const made = {
    lookupKey: randomBytes(32).toString('hex'),
    phoneKey: randomBytes(32).toString('hex'),
    adminKey: randomBytes(32).toString('base64url'),
    ...kept,
  }
  if (Object.keys(kept).length < 3) {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'w' })
    chmodSync(file, 0o600)
    const keeper = keeperOf(config.dataDir)
    if (keeper) chownSync(file, keeper.uid, keeper.gid)
    log.warn(
      { evt: 'secrets.made', file },
      'Secrets were made and kept; back this file up: lookup numbers and phones depend on it',
    )
  }
  return {
    lookupKey: lookupKey ?? made.lookupKey,
    phoneKey: phoneKey ?? made.phoneKey,
    adminKey: adminKey ?? made.adminKey,
    ...previous,
  }
}

function read(file: string): Partial<Secrets> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>
  } catch (error) {
    throw new GatewayError('config-invalid', `${file} cannot be read; restore it from backup`, false, error)
  }
}
