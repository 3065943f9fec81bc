// Decodes a terminal's PARMRK stream: FF FF is a byte FF, FF 00 00 a BREAK, FF 00 n a garbled byte n.

/** Receives the decoded stream. */
export interface PortListener {
  /** In any pieces. */
  bytes(bytes: Uint8Array): void
  /** BREAK, or a byte with a parity or framing error: a loose cable, a printer that was switched off. */
  fault(): void
}

/** Fed in any chunks; passes on the good bytes, and reports the others. */
export class Unmarker {
  #mark: number[] = []
  constructor(private readonly listener: PortListener) {}

  feed(bytes: Uint8Array): void {
    let good: number[] = []
    for (const byte of bytes) {
      if (this.#mark.length === 0 && byte !== 0xff) {
        good.push(byte)
        continue
      }
      this.#mark.push(byte)
      if (this.#mark.length === 1 || (this.#mark.length === 2 && byte === 0x00)) continue
      const isFault = this.#mark.length === 3
      // FF before anything else is no mark: the terminal does not mark after all.
      if (!isFault) good.push(...(byte === 0xff ? [0xff] : this.#mark))
      this.#mark = []
      if (!isFault) continue
      if (good.length > 0) this.listener.bytes(Uint8Array.from(good))
      good = []
      this.listener.fault()
    }
    if (good.length > 0) this.listener.bytes(Uint8Array.from(good))
  }
}
