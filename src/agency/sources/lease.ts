// Which gateway polls: of all on one Redis, the one that holds the source's lease. A gateway that dies loses it after
// leaseMs; one that stops releases it at once.
import type { RedisDoor, Script } from '../../redis/connection.js'

export const leaseMs = 30_000

export interface Lease {
  /** Takes or renews; false: another gateway holds it. */
  hold(): Promise<boolean>
  /** Releases it if it is ours; silent when Redis is away, because then it expires by itself. */
  release(): Promise<void>
}

/** Leases for the process `owner`; call once per process. */
export function openLeases(door: RedisDoor, owner: string): (name: string) => Lease {
  const take: Script = door.script(new URL('./lease-take-1.lua', import.meta.url))
  const giveBack: Script = door.script(new URL('./lease-release-1.lua', import.meta.url))
  return (name) => {
    const key = `source:{${name}}:lease`
    return {
      hold: async () => Number(await take.run([key], [owner, leaseMs])) === 1,
      async release() {
        if (door.isReady()) await giveBack.run([key], [owner]).catch(() => {})
      },
    }
  }
}
