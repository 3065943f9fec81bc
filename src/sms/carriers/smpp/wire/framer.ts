// Cuts a TCP stream into whole PDUs. Owns the one error a stream protocol cannot recover from: losing the start of the
// next frame. It looks only at the 16-byte header and never throws.

/** Longest PDU read: 4,000 letters, more than we read of any text, take 8,000 bytes in UCS-2 and 12,000 in UTF-8. */
const maxFrameBytes = 16_384
/** A length up to this is trusted, skipped and nacked; a longer one means the stream is no longer SMPP. */
const maxSkipBytes = 65_536
const headerBytes = 16

interface FrameHandler {
  /** A whole PDU, 16 to 16,384 bytes, header included. */
  frame(frame: Buffer): void
  /** A PDU too long to read; its body is being skipped. */
  oversize(commandId: number, sequence: number): void
}

/** Cuts a byte stream into PDUs, however it is split. */
export class Framer {
  private rest: Buffer | undefined
  private skipBytes = 0
  private isLost = false
  /** PDUs handed to the handler so far. */
  count = 0

  constructor(private readonly handler: FrameHandler) {}

  /** True while a PDU is incomplete: a peer that stalls here is not coming back. */
  get isMidFrame(): boolean {
    return this.rest !== undefined || this.skipBytes > 0
  }

  /** Feeds bytes; false once a length below 16 or above 65536 shows that framing is lost. */
  push(chunk: Buffer): boolean {
    if (this.isLost) return false
    let bytes = chunk
    if (this.skipBytes > 0) {
      const skipped = Math.min(this.skipBytes, bytes.length)
      this.skipBytes -= skipped
      bytes = bytes.subarray(skipped)
    }
    if (this.rest) {
      bytes = Buffer.concat([this.rest, bytes])
      this.rest = undefined
    }
    let at = 0
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32BE(at)
      if (length < headerBytes || length > maxSkipBytes) {
        this.isLost = true
        return false
      }
      if (length > maxFrameBytes) {
        if (bytes.length - at < headerBytes) break
        this.count++
        this.handler.oversize(bytes.readUInt32BE(at + 4), bytes.readUInt32BE(at + 12))
        const here = Math.min(length, bytes.length - at)
        this.skipBytes = length - here
        at += here
        continue
      }
      if (bytes.length - at < length) break
      const frame = bytes.subarray(at, at + length)
      at += length
      this.count++
      this.handler.frame(frame)
      if (this.isLost) return false
    }
    if (at < bytes.length) this.rest = at === 0 ? bytes : bytes.subarray(at)
    return true
  }

  /** Nothing after this is read: the session is closing. */
  stop(): void {
    this.isLost = true
    this.rest = undefined
  }
}
