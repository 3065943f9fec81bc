// The bytes that are held for people who have not proven who they are: the bodies of requests without a key, and of signed
// requests until their signature is checked. Bounded for each network and in all; beyond it nobody's body is read before
// some of it is done with.
import { networksOf } from './addresses.js'

const mebibyte = 1024 * 1024

// The largest body that must be held to be proven is a signed upload of 16 MiB, so one network can have one of those, and
// two networks at a time. A body is in memory twice while it is put together: 32 MiB held plus 16 MiB for the one in hand
// stay below 64 MiB however many connections there are.
const mostPerNetwork = 16 * mebibyte
const mostInAll = 32 * mebibyte

export interface HeldBytes {
  /**
   * Sets so many bytes aside for an address; undefined when there is no room. Call the result once when they are no longer
   * held, or belong to somebody known.
   */
  hold(address: string, bytes: number): (() => void) | undefined
  /** How many are set aside now. */
  readonly held: number
}

export function openHeldBytes(perNetwork = mostPerNetwork, inAll = mostInAll): HeldBytes {
  const byNetwork = new Map<string, number>()
  let held = 0
  return {
    get held() {
      return held
    },
    hold(address, bytes) {
      // The widest network counts: changing the address inside it gains nothing.
      const network = networksOf(address).at(-1)!
      const here = byNetwork.get(network) ?? 0
      if (held + bytes > inAll || here + bytes > perNetwork) return undefined
      held += bytes
      byNetwork.set(network, here + bytes)
      return () => {
        held -= bytes
        const left = byNetwork.get(network)! - bytes
        if (left > 0) byNetwork.set(network, left)
        else byNetwork.delete(network)
      }
    },
  }
}
