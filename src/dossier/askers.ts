// What is known of each asker in the current window. Nearly all ask once or twice: these are numbers in one table of fixed
// size, 56 bytes each, which the garbage collector need not walk. Busier askers are objects, so that a crowd of others who ask
// once cannot evict them.
import { Recent } from './recent.js'

export interface Asked {
  readonly subject: string
  readonly window: number
  /**
   * Number and block of each try, alternating. As fingerprints: a string would keep alive the request it was cut from.
   */
  tried: number[]
  misses: number
  /** For busy askers: what was reported to Redis, and what other gateways counted for the same asker in this window. */
  shared: Shared | undefined
}

export interface Shared {
  sentTries: number
  sentMisses: number
  elsewhereTries: number
  elsewhereMisses: number
}

// Below this many tries or misses an asker is not busy.
export const busyTries = 3

// 3.7 MB for those who ask once or twice; the others take 380 bytes each with four numbers tried, 8 MB. A province has some
// thousands of askers in an hour.
const tablePlaces = 65_536
const busyKept = 20_000

// The table is set-associative: a subject hashes to one row, in which the least recently used place is evicted.
const placesInRow = 8
const rows = tablePlaces / placesInRow

// Offsets within a place: fingerprint of the subject, when it was last used, window and misses, then the tries.
const [printAt, usedAt, countsAt, triedAt] = [0, 1, 2, 3]
const width = triedAt + 2 * (busyTries - 1)
// Window and misses share a number, `window * missesRange + misses`: windows are counted since 1970, far below 2^51.
const missesRange = 4

export class Askers {
  readonly #table = new Float64Array(tablePlaces * width)
  readonly #busy = new Recent<Asked>(busyKept)
  #uses = 0

  /** What is known of an asker in this window. After a change it must be given to `keep`. */
  of(subject: string, window: number): Asked {
    const busy = this.#busy.get(subject)
    if (busy?.window === window) return busy
    const print = fingerprint(subject)
    const at = this.#find(print)
    const table = this.#table
    const counts = at < 0 ? 0 : table[at + countsAt]!
    if (Math.floor(counts / missesRange) !== window)
      return { subject, window, tried: [], misses: 0, shared: undefined }
    const tried: number[] = []
    // A fingerprint is 0 once in 2^53.
    for (let place = at + triedAt; place < at + width && table[place] !== 0; place += 2)
      tried.push(table[place]!, table[place + 1]!)
    return { subject, window, tried, misses: counts % missesRange, shared: undefined }
  }

  keep(asked: Asked): void {
    const { subject, window, tried, misses } = asked
    if (tried.length >= 2 * busyTries || misses >= busyTries) {
      this.#busy.set(subject, asked)
      return
    }
    const print = fingerprint(subject)
    const found = this.#find(print)
    const at = found < 0 ? this.#leastRecentlyUsed(print) : found
    const table = this.#table
    table[at + printAt] = print
    table[at + usedAt] = ++this.#uses
    table[at + countsAt] = window * missesRange + misses
    for (let nth = 0; nth < width - triedAt; nth++) table[at + triedAt + nth] = tried[nth] ?? 0
  }

  /** The object of an asker who became busy in this window. */
  busy(subject: string, window: number): Asked | undefined {
    const asked = this.#busy.get(subject)
    return asked?.window === window ? asked : undefined
  }

  #find(print: number): number {
    const row = (print % rows) * placesInRow * width
    for (let at = row; at < row + placesInRow * width; at += width)
      if (this.#table[at + printAt] === print) return at
    return -1
  }

  #leastRecentlyUsed(print: number): number {
    const row = (print % rows) * placesInRow * width
    let oldest = row
    for (let at = row + width; at < row + placesInRow * width; at += width)
      if (this.#table[at + usedAt]! < this.#table[oldest + usedAt]!) oldest = at
    return oldest
  }
}

/** Two rounds of FNV-1a as one 53-bit integer: two texts of one asker never collide by chance. */
export function fingerprint(text: string): number {
  let low = 0x811c9dc5
  let high = 0x1b873593
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x85ebca6b)
    high ^= high >>> 13
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0)
}
