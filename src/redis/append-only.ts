// The append-only folder of the embedded server, as it is found before a server is started on it.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../errors.js'

// An empty snapshot has some 100 bytes and the server's version.
const emptySnapshotBytes = 512

/** Throws GatewayError redis-misconfigured for a folder on which redis-server would begin empty. */
export function refuseDamaged(directory: string): void {
  const damage = damageOf(directory)
  if (damage !== undefined) throw new GatewayError('redis-misconfigured', damage, false)
}

/**
 * Where it is noted that a store was used, and with which keys (dossier/store/fingerprint.ts); it stands beside the append-only
 * folder.
 */
export const storeNote = (directory: string): string => join(directory, 'fingerprint.json')

/**
 * What keeps the append-only folder from being read, in words for operators; undefined when there never was one, or nothing
 * obvious is wrong. Without its manifest redis-server begins empty, and writes over the files that are there.
 */
export function damageOf(directory: string): string | undefined {
  const folder = join(directory, 'appendonlydir')
  const names = existsSync(folder) ? readdirSync(folder) : []
  if (names.length === 0)
    return existsSync(storeNote(directory))
      ? `${folder} is gone, and Redis would begin empty: put it back, or move ${directory} away and restore the backup`
      : undefined
  const sizeOf = (name: string) => statSync(join(folder, name)).size
  const manifest = names.find((name) => name.endsWith('.manifest'))
  if (manifest !== undefined && sizeOf(manifest) > 0) return undefined
  if (manifest !== undefined) return `${join(folder, manifest)} is empty: restore the backup`
  // A server that was killed during its very first start leaves an empty snapshot and an empty log.
  return names.some((name) => sizeOf(name) > (name.endsWith('.rdb') ? emptySnapshotBytes : 0))
    ? `${folder} has data but no manifest, and Redis would begin empty: restore the backup`
    : undefined
}
