// Who polls: of all gateways on one Redis, the one that holds the source's lease. A gateway that dies loses it after
// leaseMs; one that stops gives it back at once.
import type { RedisDoor, Script } from '../../redis/connection.js'

export const leaseMs = 30_000

const takeLua = `
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if holder then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

const giveLua = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

export interface Lease {
  /** Takes or renews; false: another gateway holds it. */
  hold(): Promise<boolean>
  /** Gives it back if it is ours; silent when Redis is away, for then it ends by itself. */
  release(): Promise<void>
}

/** Leases for the process `owner`; call once per process. */
export function openLeases(door: RedisDoor, owner: string): (name: string) => Lease {
  const take: Script = door.script('sourceLeaseTake', takeLua, 1)
  const give: Script = door.script('sourceLeaseGive', giveLua, 1)
  return (name) => {
    const key = `source:{${name}}:lease`
    return {
      hold: async () => Number(await take.run([key], [owner, leaseMs])) === 1,
      async release() {
        if (door.isReady()) await give.run([key], [owner]).catch(() => {})
      },
    }
  }
}
