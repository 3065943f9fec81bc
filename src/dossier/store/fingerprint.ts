// Stores, in Redis itself, what a store's printed numbers and sealed phones depend on: fingerprints of the keys, and the
// code of each index. A gateway with other keys would call valid slips mistyped; one with a reassigned index would answer
// with somebody else's dossier. Such a gateway is refused at start. Until something is printed or sealed, keys and
// indexes can still change.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownerOf } from '../../data-owner.js'
import { GatewayError } from '../../errors.js'
import { storeNote } from '../../redis/append-only.js'
import { asFault, type RedisDoor } from '../../redis/connection.js'
import { putFile } from '../../replace-file.js'
import type { Agency } from '../agency.js'
import { changeStream, shardTags } from './places.js'

const printsKey = 'fingerprint:keys'
const indexesKey = 'fingerprint:indexes'

interface FingerprintDeps {
  readonly secrets: {
    /** 64 hex digits each. */
    readonly lookupKey: string
    readonly lookupKeyPrevious?: string | undefined
    readonly phoneKey: string
  }
  readonly agencies: readonly Agency[]
}

type StoreDoor = Pick<RedisDoor, 'request' | 'serverOf' | 'isCluster'>

/** A fingerprint that identifies a key without revealing it: 12 letters. */
export const fingerprintOf = (key: string): string =>
  createHmac('sha256', Buffer.from(key, 'hex')).update('fingerprint').digest('base64url').slice(0, 12)

/** What contradicts the store; empty for a store that has no keys recorded yet. Changes nothing. */
export async function findContradictions(door: StoreDoor, deps: FingerprintDeps): Promise<string[]> {
  return contradictions(door, await read(door), deps)
}

/**
 * Records what a store depends on, if new, and returns the fingerprints of the keys. Throws GatewayError config-invalid
 * for a store with other keys or indexes, redis-unavailable when Redis is away.
 */
export async function requireFingerprint(door: StoreDoor, deps: FingerprintDeps): Promise<Prints> {
  const kept = await read(door)
  const found = await contradictions(door, kept, deps)
  if (found.length > 0)
    throw new GatewayError(
      'config-invalid',
      ['the store does not belong to this configuration:', ...found].join('\n'),
      false,
    )
  const { secrets, agencies } = deps
  const prints = { lookupKey: fingerprintOf(secrets.lookupKey), phoneKey: fingerprintOf(secrets.phoneKey) }
  const isKnown = kept.prints.lookupKey === prints.lookupKey && kept.prints.phoneKey === prints.phoneKey
  const indexes = agencies.flatMap(({ index, code }) =>
    index === undefined || kept.indexes[index] === code ? [] : [String(index), code],
  )
  try {
    if (!isKnown) await door.request.hset(printsKey, prints)
    if (indexes.length > 0) await door.request.hset(indexesKey, ...indexes)
  } catch (error) {
    throw asFault(error)
  }
  return prints
}

// Beside the embedded store, so that it is moved and removed with it.
const noteOf = (dataDir: string) => storeNote(join(dataDir, 'redis'))

/** Writes the fingerprints of the keys to a file beside the embedded store, for commands that run while its server is down. */
export function noteKeys(dataDir: string, prints: Prints): void {
  try {
    const { lookupKey, phoneKey } = notedKeys(dataDir)
    if (lookupKey === prints.lookupKey && phoneKey === prints.phoneKey) return
    putFile(noteOf(dataDir), `${JSON.stringify(prints)}\n`, { mode: 0o600, ...ownerOf(dataDir) })
  } catch {} // a full disk keeps no gateway from starting
}

/** How these keys differ from those that the embedded store was last used with, in sentences; empty when no file tells. */
export const unlikeNoted = (dataDir: string, secrets: FingerprintDeps['secrets']): string[] =>
  otherKeys(notedKeys(dataDir), secrets)

function notedKeys(dataDir: string): Partial<Prints> {
  try {
    return (JSON.parse(readFileSync(noteOf(dataDir), 'utf8')) ?? {}) as Partial<Prints>
  } catch {
    return {}
  }
}

interface Prints {
  readonly lookupKey: string
  readonly phoneKey: string
}
interface Kept {
  readonly prints: Partial<Prints>
  /** Code by index. */
  readonly indexes: Readonly<Record<string, string>>
}

async function read({ request }: Pick<RedisDoor, 'request'>): Promise<Kept> {
  try {
    const [prints, indexes] = await Promise.all([request.hgetall(printsKey), request.hgetall(indexesKey)])
    return { prints, indexes }
  } catch (error) {
    throw asFault(error)
  }
}

async function contradictions(
  door: StoreDoor,
  kept: Kept,
  { secrets, agencies }: FingerprintDeps,
): Promise<string[]> {
  const found = otherKeys(kept.prints, secrets)
  if (found.length > 0 && !(await isUsed(door))) found.length = 0
  const moved = agencies.flatMap(({ index, code, aliases }) => {
    const was = index === undefined ? undefined : kept.indexes[index]
    return was === undefined || was === code || aliases.includes(was) ? [] : [{ index, code, was }]
  })
  if (moved.length === 0) return found
  const printed = await codesWithDossiers(door, new Set(moved.map(({ was }) => was)))
  const isServing = await isServed(door)
  for (const { index, code, was } of moved)
    if (printed.has(was))
      found.push(
        `index ${index} stands for ${was} in its printed numbers, and for ${code} in agencies.yaml: give ${code} an index that was never used`,
      )
    else if (isServing)
      found.push(
        `index ${index} stands for ${was} at a gateway that runs on it now, and for ${code} in agencies.yaml: stop that gateway first, or give ${code} another index`,
      )
  return found
}

function otherKeys(prints: Partial<Prints>, secrets: FingerprintDeps['secrets']): string[] {
  const { lookupKey, lookupKeyPrevious, phoneKey } = secrets
  const mayBe = [lookupKey, ...(lookupKeyPrevious ? [lookupKeyPrevious] : [])].map(fingerprintOf)
  const found: string[] = []
  if (prints.lookupKey !== undefined && !mayBe.includes(prints.lookupKey))
    found.push(
      `its lookup numbers were printed with another secrets.lookupKey (${prints.lookupKey}, here ${mayBe[0]}): give that key, or name it in secrets.lookupKeyPrevious`,
    )
  const phone = fingerprintOf(phoneKey)
  if (prints.phoneKey !== undefined && prints.phoneKey !== phone)
    found.push(
      `its phones are sealed with another secrets.phoneKey (${prints.phoneKey}, here ${phone}): give that key`,
    )
  return found
}

/** Whether the store has ever held a dossier, or a gateway is using it now. */
async function isUsed(door: StoreDoor): Promise<boolean> {
  try {
    for (const tag of shardTags) if ((await door.request.xlen(changeStream(tag))) > 0) return true
  } catch (error) {
    throw asFault(error)
  }
  // On a cluster isServed cannot tell: assume that the store is in use.
  return door.isCluster || (await isServed(door))
}

/** Whether a gateway is using the store now; false for a cluster, whose nodes cannot be scanned for one key. */
async function isServed(door: StoreDoor): Promise<boolean> {
  if (door.isCluster) return false
  try {
    const server = await door.serverOf('live:')
    for (let cursor = '0'; ; ) {
      const [next, keys] = await server.scan(cursor, 'MATCH', 'live:*', 'COUNT', 1000)
      if (keys.length > 0) return true
      if (next === '0') return false
      cursor = next
    }
  } catch (error) {
    throw asFault(error)
  }
}

/** Which of these issuer codes have a dossier in the store (places.ts). */
async function codesWithDossiers(door: StoreDoor, codes: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  try {
    for (const tag of shardTags) {
      const server = await door.serverOf(`d:${tag}`)
      let cursor = '0'
      do {
        const [next, keys] = await server.scan(cursor, 'MATCH', `d:${tag}:*`, 'COUNT', 1000)
        for (const key of keys) {
          const code = key.split(':')[2]!
          if (codes.has(code)) found.add(code)
        }
        cursor = next
      } while (cursor !== '0' && found.size < codes.size)
    }
    return found
  } catch (error) {
    throw asFault(error)
  }
}
