// Which kiosks are up, by their heartbeats; each is kept for a month.
import type { Heartbeat } from '../kiosk/contract.js'
import type { RedisDoor } from '../redis/connection.js'
import type { KioskRow } from './contract.js'

const key = 'mon:kiosks'
// A kiosk sends one heartbeat a minute; a bad line may lose two.
const upMs = 3 * 60_000
const forgottenMs = 30 * 86_400_000

interface Stored extends Heartbeat {
  at: number
}

/** Methods reject with the error of ioredis when Redis is away. */
export function openKiosks({ door, now = Date.now }: { door: RedisDoor; now?: () => number }) {
  return {
    async heard(name: string, heartbeat: Heartbeat): Promise<void> {
      const before = await door.request.hget(key, name)
      // A heartbeat without a self-test keeps the last result.
      const selftest = heartbeat.selftest ?? (before ? (JSON.parse(before) as Stored).selftest : undefined)
      const stored: Stored = { ...heartbeat, ...(selftest ? { selftest } : {}), at: now() }
      await door.request.hset(key, name, JSON.stringify(stored))
    },
    async list(): Promise<KioskRow[]> {
      const rows: KioskRow[] = []
      for (const [name, text] of Object.entries(await door.request.hgetall(key))) {
        const { at, version, selftest = {} } = JSON.parse(text) as Stored
        if (now() - at > forgottenMs) await door.request.hdel(key, name)
        else
          rows.push({
            name,
            lastSeen: new Date(at).toISOString(),
            up: now() - at < upMs,
            version,
            failed: Object.keys(selftest).filter((part) => selftest[part] === 'failed'),
          })
      }
      return rows.sort((a, b) => a.name.localeCompare(b.name))
    },
  }
}
