// The settings a Redis needs as the store. The embedded server starts with them; config/redis.conf has the same for an
// operator's own server, and a test compares the two.

/** Directives of redis.conf. */
export const storeSettings = (durability: 'strict' | 'everysec'): Readonly<Record<string, string>> => ({
  appendonly: 'yes',
  appendfsync: durability === 'strict' ? 'always' : 'everysec',
  // The append-only file is enough; snapshots would only cost forks at unpredictable moments.
  save: '""',
  'maxmemory-policy': 'noeviction',
  // A packed dossier is 40–150 bytes and a bucket holds 128: both stay listpacks, which saves memory.
  'hash-max-listpack-value': '256',
  'hash-max-listpack-entries': '256',
})
