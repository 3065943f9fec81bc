// Memory budget for unauthenticated bodies: those of requests without a key, and of signed requests until their signature is
// verified. Bounded for each network and in total; beyond it bodies are refused until some memory is released.
import { networksOf } from './addresses.js'

const mebibyte = 1024 * 1024

// The largest body that must be buffered before verification is a signed upload of 16 MiB: one for each network, two in
// total. A body is in memory twice while its chunks are joined: 32 MiB held plus 16 MiB for the one being joined
// stay below 64 MiB, however many connections there are.
const maxPerNetwork = 16 * mebibyte
const maxInAll = 32 * mebibyte

export interface HeldBytes {
  /**
   * Reserves bytes for an address; undefined when there is no room. Call the returned function once, when they are released
   * or the sender is authenticated.
   */
  hold(address: string, bytes: number): (() => void) | undefined
  /** Bytes reserved now. */
  readonly held: number
}

/** Bytes for each network, and in all. */
export function openHeldBytes(perNetwork = maxPerNetwork, inAll = maxInAll): HeldBytes {
  const byNetwork = new Map<string, number>()
  let held = 0
  return {
    get held() {
      return held
    },
    hold(address, bytes) {
      // The widest network, so that changing the address inside it gains nothing.
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
