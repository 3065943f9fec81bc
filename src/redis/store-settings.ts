// How a Redis must be set to be the store. The embedded server is started so; config/redis.conf says the same for a server
// of the operator's own, and a test holds the two together.

/** Directives of redis.conf. */
export const storeSettings = (durability: 'strict' | 'everysec'): Readonly<Record<string, string>> => ({
  appendonly: 'yes',
  appendfsync: durability === 'strict' ? 'always' : 'everysec',
  // The append-only file is the copy; snapshots beside it would only cost a fork at odd moments.
  save: '""',
  'maxmemory-policy': 'noeviction',
  // A packed dossier is 40–150 bytes and a bucket holds 128: both stay listpacks (PERFORMANCE.md "Memory").
  'hash-max-listpack-value': '256',
  'hash-max-listpack-entries': '256',
})
