// Parses printer responses: real-time status (DLE EOT), automatic status (ASB), completion (GS ( H), queued paper status
// (GS r), XON/XOFF. Anything that fits none of the fixed bit patterns is noise and changes nothing.

export type PrinterWord =
  | { kind: 'real-time'; byte: number }
  | { kind: 'automatic'; bytes: readonly [number, number, number, number] }
  | { kind: 'completion'; id: string }
  | { kind: 'cleared' }
  | { kind: 'queued'; byte: number }
  | { kind: 'xon' }
  | { kind: 'xoff' }
  | { kind: 'noise'; byte: number }

const xon = 0x11
const xoff = 0x13

/** Fed bytes in any chunks; returns the responses they complete. */
export class StatusReader {
  #pending: number[] = []

  feed(bytes: Uint8Array): PrinterWord[] {
    const words: PrinterWord[] = []
    for (const byte of bytes) {
      // Flow control does not wait for the end of a response, and no byte of one looks like it.
      if (byte === xon || byte === xoff) {
        words.push({ kind: byte === xon ? 'xon' : 'xoff' })
        continue
      }
      this.#pending.push(byte)
      for (let word = this.#take(); word; word = this.#take()) words.push(word)
    }
    return words
  }

  #take(): PrinterWord | undefined {
    const [first] = this.#pending
    if (first === undefined) return undefined
    if (first === 0x37) return this.#completion()
    // Fixed bits: DLE EOT 0xx1xx10, first byte of ASB 0xx1xx00, its other bytes 0xx0xxxx, GS r 0xx0xxxx.
    if ((first & 0x93) === 0x12) return this.#one({ kind: 'real-time', byte: first })
    if ((first & 0x93) === 0x10) return this.#automatic()
    if ((first & 0x90) === 0) return this.#one({ kind: 'queued', byte: first })
    return this.#one({ kind: 'noise', byte: first })
  }

  // 37h 22h d1 d2 d3 d4 00h; after DLE DC4 fn 8: 37h 25h 00h.
  #completion(): PrinterWord | undefined {
    const bytes = this.#pending
    if (bytes[1] === 0x25 && bytes.length < 3) return undefined
    if (bytes[1] === 0x25 && bytes[2] === 0) {
      this.#pending = bytes.slice(3)
      return { kind: 'cleared' }
    }
    if (bytes.length > 1 && bytes[1] !== 0x22) return this.#one({ kind: 'noise', byte: 0x37 })
    if (bytes.length < 7) return undefined
    if (bytes[6] !== 0) return this.#one({ kind: 'noise', byte: 0x37 })
    const id = String.fromCharCode(...bytes.slice(2, 6))
    this.#pending = bytes.slice(7)
    return { kind: 'completion', id }
  }

  #automatic(): PrinterWord | undefined {
    const bytes = this.#pending
    for (let at = 1; at < Math.min(4, bytes.length); at++)
      if ((bytes[at]! & 0x90) !== 0) return this.#one({ kind: 'noise', byte: bytes[0]! })
    if (bytes.length < 4) return undefined
    this.#pending = bytes.slice(4)
    return { kind: 'automatic', bytes: [bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!] }
  }

  #one(word: PrinterWord): PrinterWord {
    this.#pending = this.#pending.slice(1)
    return word
  }
}

/** What status bytes say of the printer; each field false until seen. */
export interface PrinterCondition {
  offline: boolean
  coverOpen: boolean
  paperOut: boolean
  paperLow: boolean
  error: boolean
  /** The only fault is one that passes by itself: an overheated head. */
  recovers: boolean
}

/** The answers to DLE EOT 1–4, taken together. */
export function conditionOfRealTime(n1: number, n2: number, n3: number, n4: number): PrinterCondition {
  return {
    offline: (n1 & 0x08) !== 0,
    coverOpen: (n2 & 0x04) !== 0,
    paperOut: (n2 & 0x20) !== 0 || (n4 & 0x60) !== 0,
    paperLow: (n4 & 0x0c) !== 0,
    // Mechanical, cutter, unrecoverable; n2 bit 6 says that there is one. Paper out and an open cover have their own words.
    error: (n2 & 0x40) !== 0 || (n3 & 0x6c) !== 0,
    recovers: (n3 & 0x6c) === 0x40,
  }
}

/** The four bytes of ASB. */
export function conditionOfAutomatic([b1, b2, b3]: readonly [
  number,
  number,
  number,
  number,
]): PrinterCondition {
  return {
    offline: (b1 & 0x08) !== 0,
    coverOpen: (b1 & 0x20) !== 0,
    paperOut: (b3 & 0x0c) !== 0,
    paperLow: (b3 & 0x03) !== 0,
    error: (b2 & 0x6c) !== 0,
    recovers: (b2 & 0x6c) === 0x40,
  }
}

/** GS r 1: paper end. */
export function queuedPaperOut(byte: number): boolean {
  return (byte & 0x0c) !== 0
}
