// Gateways on one store must agree on what they do with it: one with a shorter retention erases what the others keep, one with
// higher limits answers askers whom the others refuse. Each writes digests of those settings to the store and compares them at
// its start.
import { createHash } from 'node:crypto'
import type { Config } from '../config/config.js'
import { isRecord } from '../config/validate.js'
import { ignoreOutage } from '../errors.js'
import type { Log } from '../log.js'
import { asFault, type RedisDoor } from '../redis/connection.js'
import type { Instance } from '../redis/instance.js'

const key = 'gateways:settings'
const shared = ['agencies', 'retention', 'lookup', 'office', 'sandbox'] as const

interface SettingsDeps {
  readonly config: Config
  readonly door: RedisDoor
  readonly instance: Instance
  readonly log: Log
}

/** Warns of the keys in which another living gateway differs. `close` takes our own digests out of the store. */
export async function compareSettings({ config, door, instance, log }: SettingsDeps) {
  const own = Object.fromEntries(shared.map((name) => [name, digest(config[name])]))
  try {
    const kept = await door.request.hgetall(key)
    const gone = await instance.gone(Object.keys(kept))
    if (gone.length > 0) await door.request.hdel(key, ...gone)
    await door.request.hset(key, instance.id, JSON.stringify(own))
    for (const [other, digests] of Object.entries(kept)) {
      const its = JSON.parse(digests) as Record<string, string>
      const keys = shared.filter((name) => its[name] !== own[name])
      if (keys.length > 0 && !gone.includes(other))
        log.warn(
          { evt: 'gateway.settings-differ', other, keys },
          'Another gateway on this store has other values of these keys: give both the same',
        )
    }
  } catch (error) {
    ignoreOutage(asFault(error))
  }
  return {
    async close() {
      if (door.isReady()) await door.request.hdel(key, instance.id).catch(() => {})
    },
  }
}

/** The same for any order of keys. */
function digest(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
  return createHash('sha256').update(text).digest('base64url').slice(0, 12)
}
