// Memory budget for unauthenticated bodies: those of requests without a key, and of signed requests until their signature is
// verified. Bounded for each network and in total; beyond it bodies are refused until some memory is released.
import { networksOf } from '../addresses.js'

const mebibyte = 1024 * 1024

// The largest body that must be buffered before verification is a signed upload of 16 MiB: one for each network, two in
// total. A body is in memory twice while its chunks are joined: 32 MiB held plus 16 MiB for the one being joined
// stay below 64 MiB, however many connections there are.
const maxPerNetwork = 16 * mebibyte
const maxInAll = 32 * mebibyte
// Not counted: 2048 connections (connections.ts) with a body of this size are 8 MiB. A question and a pushed update are
// smaller, so that no number of half bodies keeps a kiosk or an agency out.
const smallBytes = 4 * 1024

/** The request that a body arrives with. */
interface Arriving {
  /** Whether the whole body is here. */
  readonly complete: boolean
}

export interface HeldBytes {
  /**
   * Reserves bytes for an address; undefined when there is no room. Call the returned function when they are released or
   * the sender is authenticated. `cut` must end the request: it is called when the body is still arriving and another network,
   * which holds less, needs the room.
   */
  hold(address: string, bytes: number, body: Arriving, cut: () => void): (() => void) | undefined
  /** Bytes reserved now. */
  readonly held: number
}

interface Hold {
  readonly network: string
  readonly bytes: number
  readonly body: Arriving
  readonly cut: () => void
}

/** Bytes for each network, and in all. */
export function openHeldBytes(perNetwork = maxPerNetwork, inAll = maxInAll): HeldBytes {
  const holds = new Set<Hold>()
  const byNetwork = new Map<string, number>()
  let held = 0
  const release = (hold: Hold) => {
    if (!holds.delete(hold)) return
    const { network, bytes } = hold
    held -= bytes
    const left = byNetwork.get(network)! - bytes
    if (left > 0) byNetwork.set(network, left)
    else byNetwork.delete(network)
  }
  /** The oldest holds that give way to a network which will then have `its` bytes; undefined when they are not enough. */
  const inTheWay = (its: number, bytes: number): Hold[] | undefined => {
    let excess = held + bytes - inAll
    if (excess <= 0) return []
    const found: Hold[] = []
    const left = new Map(byNetwork)
    for (const hold of holds) {
      if (excess <= 0) break
      const theirs = left.get(hold.network)!
      if (theirs <= its || hold.body.complete) continue
      left.set(hold.network, theirs - hold.bytes)
      excess -= hold.bytes
      found.push(hold)
    }
    return excess <= 0 ? found : undefined
  }
  return {
    get held() {
      return held
    },
    hold(address, bytes, body, cut) {
      if (bytes <= smallBytes) return () => {}
      // The widest network, so that changing the address inside it gains nothing.
      const network = networksOf(address).at(-1)!
      const its = (byNetwork.get(network) ?? 0) + bytes
      if (its > perNetwork) return undefined
      const late = inTheWay(its, bytes)
      if (!late) return undefined
      for (const one of late) {
        release(one)
        one.cut()
      }
      const hold = { network, bytes, body, cut }
      holds.add(hold)
      held += bytes
      byNetwork.set(network, its)
      return () => release(hold)
    },
  }
}
