// Whether the store belongs to the configured keys and agencies.
import { readSecrets } from '../../access/secrets.js'
import { findContradictions } from '../../dossier/fingerprint.js'
import { fail, ok } from './finding.js'
import { inStore } from './store.js'

export const checkFingerprint = inStore(async (door, config) => {
  const { lookupKey, lookupKeyPrevious, phoneKey } = readSecrets(config)
  // Not generated yet; a missing or broken file is reported by the check of secrets.
  if (!lookupKey || !phoneKey) return []
  const secrets = { lookupKey, lookupKeyPrevious, phoneKey }
  const found = await findContradictions(door, { secrets, agencies: config.agencies })
  return found.length === 0
    ? [ok('store', 'belongs to these keys and agencies')]
    : found.map((says) => fail('store', says, 'the gateway does not start on this store until this is fixed'))
})
