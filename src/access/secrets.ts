// Keys that are not configured are generated once and kept under dataDir with mode 0600. Losing lookupKey would make every
// printed lookup number useless, so the log names the file to back up.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.js'
import { ownerOf } from '../data-owner.js'
import { GatewayError, saysMachine } from '../errors.js'
import type { Log } from '../log.js'
import { makeFolder } from '../make-folder.js'
import { putFile } from '../replace-file.js'

export interface Secrets {
  /** 64 hex digits. */
  readonly lookupKey: string
  readonly lookupKeyPrevious?: string
  /** 64 hex digits. */
  readonly phoneKey: string
  readonly adminKey: string
}

/** The file of the generated secrets. */
export const secretsFile = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'secrets.json')

/** The configured secrets, completed from `dataDir/secrets.json`; generates nothing. Throws GatewayError config-invalid. */
export function readSecrets(config: Pick<Config, 'secrets' | 'dataDir'>): Partial<Secrets> {
  const { lookupKey, lookupKeyPrevious, phoneKey, adminKey } = config.secrets
  const file = secretsFile(config)
  const isWhole = lookupKey && phoneKey && adminKey
  const kept = !isWhole && existsSync(file) ? read(file) : {}
  return {
    ...kept,
    ...(lookupKey ? { lookupKey } : {}),
    ...(phoneKey ? { phoneKey } : {}),
    ...(adminKey ? { adminKey } : {}),
    ...(lookupKeyPrevious ? { lookupKeyPrevious } : {}),
  }
}

/** The configured secrets, completed from `dataDir/secrets.json`; generates and stores what is missing. */
export function openSecrets(config: Config, log: Log): Secrets {
  const known = readSecrets(config)
  const missing = names.filter((name) => known[name] === undefined)
  if (missing.length === 0) return known as Secrets
  const made = Object.fromEntries(missing.map((name) => [name, make[name]()]))
  const file = secretsFile(config)
  const kept = existsSync(file) ? read(file) : {}
  makeFolder(config.dataDir, 0o700)
  putFile(file, `${JSON.stringify({ ...kept, ...made }, null, 2)}\n`, {
    mode: 0o600,
    ...ownerOf(config.dataDir),
  })
  // When the other two secrets are configured, losing the file loses only the operators' key.
  const isDependedOn = missing.some((name) => name !== 'adminKey')
  log.warn(
    { evt: 'secrets.made', file, made: missing },
    isDependedOn
      ? 'Secrets were generated; back this file up: lookup numbers and phones depend on it'
      : 'The key of operator routes was generated',
  )
  return { ...known, ...made } as Secrets
}

const hexKey = () => randomBytes(32).toString('hex')
const make = {
  lookupKey: hexKey,
  phoneKey: hexKey,
  adminKey: () => randomBytes(32).toString('base64url'),
} as const
const names = Object.keys(make) as (keyof typeof make)[]
const forms = { lookupKey: /^[0-9a-fA-F]{64}$/, phoneKey: /^[0-9a-fA-F]{64}$/, adminKey: /^.{32,}$/ } as const

function read(file: string): Partial<Secrets> {
  const broken = (cause?: unknown) =>
    new GatewayError('config-invalid', `${file} cannot be read; restore it from backup`, false, cause)
  let kept: Partial<Secrets> | null
  try {
    kept = JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets> | null
  } catch (error) {
    // A file that the system does not let us read (another user's) is not corrupt.
    if (saysMachine(error) === undefined) throw broken(error)
    ;(error as NodeJS.ErrnoException).path ??= file // EISDIR names no path
    throw error
  }
  if (typeof kept !== 'object' || kept === null) throw broken()
  for (const name of names) {
    const value: unknown = kept[name]
    if (value !== undefined && !(typeof value === 'string' && forms[name].test(value))) throw broken()
  }
  return kept
}
