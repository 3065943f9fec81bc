// Whether the store belongs to this program, and to the configured keys and agencies.
import { readSecrets } from '../../access/secrets.js'
import type { Config } from '../../config/config.js'
import { findContradictions, unlikeNoted } from '../../dossier/store/fingerprint.js'
import { otherFormat } from '../../dossier/store/format.js'
import { isEmbedded } from '../../redis/settings.js'
import { type Check, type Finding, fail, ok } from './finding.js'
import { inStore } from './store.js'

const checkOpened = inStore(async (door, config) => {
  const format = await otherFormat(door)
  if (format !== undefined) return [refused(format)]
  const secrets = keysOf(config)
  if (secrets === undefined) return []
  const found = await findContradictions(door, { secrets, agencies: config.agencies })
  return found.length === 0 ? [ok('store', 'belongs to these keys and agencies')] : found.map(refused)
})

/** While the server of an embedded store is down, only its keys are known, from the file beside it. */
export const checkFingerprint: Check = async (scene) => {
  if ('door' in scene.store || !isEmbedded(scene.config.redis)) return checkOpened(scene)
  const secrets = keysOf(scene.config)
  return secrets === undefined ? [] : unlikeNoted(scene.config.dataDir, secrets).map(refused)
}

const refused = (says: string): Finding =>
  fail('store', says, 'the gateway does not start on this store until this is fixed')

/** Undefined while they are not generated; a missing or broken file is reported by the check of secrets. */
function keysOf(config: Config) {
  try {
    const { lookupKey, lookupKeyPrevious, phoneKey } = readSecrets(config)
    return lookupKey && phoneKey ? { lookupKey, lookupKeyPrevious, phoneKey } : undefined
  } catch {
    return undefined
  }
}
