// Finds where a text ends in a PDU whose length field may be wrong, by what follows the text.

/** message_payload (SMPP v3.4 §5.3.2.32). */
export const payloadTag = 0x0424
/** As a data_coding (§5.2.19). */
const ucs2 = 0x08

/**
 * The index after a text that begins at `from` and has `length` bytes according to the PDU. Only TLVs may follow it: printable
 * bytes that are no TLV belong to the text, because a number cut there would be answered as another number. Some peers count
 * UCS-2 in characters.
 */
export function textEnd(frame: Buffer, from: number, length: number, dataCoding: number): number {
  const end = Math.min(from + length, frame.length)
  if (areTlvs(frame, end)) return end
  const isParameter = end + 4 <= frame.length && end + 4 + frame.readUInt16BE(end + 2) <= frame.length
  if (!isParameter && frame.subarray(end).every((byte) => byte >= 0x20 && byte <= 0x7e)) return frame.length
  const whole = from + 2 * length
  const isPayload = end + 2 <= frame.length && frame.readUInt16BE(end) === payloadTag
  return dataCoding === ucs2 && !isPayload && whole <= frame.length && areTlvs(frame, whole) ? whole : end
}

/** Whether the rest of the frame consists of TLVs, to its last byte. */
function areTlvs(frame: Buffer, from: number): boolean {
  let at = from
  while (at + 4 <= frame.length) at += 4 + frame.readUInt16BE(at + 2)
  return at === frame.length
}
