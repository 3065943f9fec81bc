// Walks ESC/POS bytes command by command, so that a status request is only sent between two commands, and an agent prints
// nothing it does not understand. Only the commands of slip.ts and proof.ts are known.

/**
 * The bytes cut into whole commands and runs of text (each ending with its line feed), or undefined if something else is in it.
 */
export function splitCommands(bytes: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = commandLength(bytes, at)
    if (length === undefined || at + length > bytes.length) return undefined
    parts.push(bytes.subarray(at, at + length))
    at += length
  }
  return parts
}

function commandLength(bytes: Buffer, at: number): number | undefined {
  const first = bytes[at]!
  if (first === 0x0a) return 1
  if (first >= 0x20) {
    const end = bytes.subarray(at).findIndex((byte) => byte < 0x20)
    if (end < 0) return bytes.length - at
    return bytes[at + end] === 0x0a ? end + 1 : end
  }
  const second = bytes[at + 1]
  if (first === 0x1b) return second === undefined ? undefined : escLengths[second]
  if (first === 0x1c) return second === 0x2e ? 2 : undefined
  if (first !== 0x1d) return undefined
  switch (second) {
    case 0x21: // GS ! n, character size
    case 0x72: // GS r n, status in print order
      return 3
    case 0x56: // GS V m n, feed and cut
      return 4
    case 0x28: // GS ( X pL pH …
      if (bytes[at + 2] !== 0x6b && bytes[at + 2] !== 0x48) return undefined
      return at + 4 < bytes.length ? 5 + bytes.readUInt16LE(at + 3) : undefined
    case 0x76: // GS v 0 m xL xH yL yH …
      if (bytes[at + 2] !== 0x30 || at + 7 >= bytes.length) return undefined
      return 8 + bytes.readUInt16LE(at + 4) * bytes.readUInt16LE(at + 6)
    default:
      return undefined
  }
}

// ESC @, ESC a n, ESC d n, ESC t n, ESC E n, ESC ! n.
const escLengths: Record<number, number> = { 64: 2, 97: 3, 100: 3, 116: 3, 69: 3, 33: 3 }

/** GS ( H fn 48: "tell me these four characters when everything before this is printed". */
export function askCompletion(id: string): Buffer {
  return Buffer.concat([Buffer.from([0x1d, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30]), Buffer.from(id, 'latin1')])
}

/** GS r 1: paper sensor status, answered only when the print buffer reaches it, and not while offline. */
export const askQueuedStatus = Buffer.from([0x1d, 0x72, 0x01])

/** DLE EOT n: 1 printer, 2 cause of off line, 3 cause of error, 4 roll paper; answered at once. */
export function askRealTime(n: 1 | 2 | 3 | 4): Buffer {
  return Buffer.from([0x10, 0x04, n])
}

/** DLE DC4 fn 8: forget everything received and not yet printed, so that a failed slip cannot come out later. */
export const clearBuffer = Buffer.from([0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08])

/** GS a: automatic status back for every change. */
export const askAutomaticStatus = Buffer.from([0x1d, 0x61, 0x0f])
