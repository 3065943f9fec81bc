// Long texts arrive in parts: by user data header with an 8- or 16-bit reference (3GPP TS 23.040 §9.2.3.24.1 and .8) or
// by SAR parameters (SMPP v3.4 §5.3.2.22–24). Reading and joining them; keeping them is the inbox's.

import type { DeliverSm } from '../carriers/smpp/wire/pdu.js'
import { type Alphabet, decodeText } from '../segments.js'

/** One part of a text. `reference` with its kind names the whole; `number` counts from 1. */
export interface Part {
  readonly reference: string
  readonly number: number
  readonly total: number
  readonly dataCoding: number
  readonly body: Buffer
}

const esmUdhi = 0x40

/** The part a deliver_sm is; undefined for a text in one piece. */
export function readPart(deliverSm: DeliverSm): Part | undefined {
  const { dataCoding, tlvs } = deliverSm
  const { header, body } = splitHeader(deliverSm)
  if (header) {
    for (let at = 0; at + 2 <= header.length; ) {
      const id = header[at]!
      const length = header[at + 1]!
      const value = header.subarray(at + 2, at + 2 + length)
      if (id === 0x00 && value.length === 3)
        return part(`8:${value[0]}`, value[2]!, value[1]!, dataCoding, body)
      if (id === 0x08 && value.length === 4)
        return part(`16:${value.readUInt16BE(0)}`, value[3]!, value[2]!, dataCoding, body)
      at += 2 + length
    }
  }
  if (tlvs?.sarRef !== undefined && tlvs.sarTotal !== undefined && tlvs.sarNumber !== undefined)
    return part(`s:${tlvs.sarRef}`, tlvs.sarNumber, tlvs.sarTotal, dataCoding, body)
  return undefined
}

/** The message without its user data header. A header longer than the message leaves nothing to read. */
export function bodyOf(deliverSm: DeliverSm): Buffer {
  return splitHeader(deliverSm).body
}

/** Joins parts in the order of their numbers; what is missing is left out. undefined when none is a text. */
export function joinParts(parts: readonly Part[], alphabet: Alphabet): string | undefined {
  const ordered = [...parts].sort((one, other) => one.number - other.number)
  const first = ordered[0]
  if (!first) return undefined
  // Joined as bytes: an escape or a surrogate pair may have been cut between two parts.
  if (ordered.every(({ dataCoding }) => dataCoding === first.dataCoding))
    return decodeText(Buffer.concat(ordered.map(({ body }) => body)), first.dataCoding, alphabet)
  const texts = ordered.map(({ body, dataCoding }) => decodeText(body, dataCoding, alphabet))
  return texts.some((text) => text !== undefined) ? texts.map((text) => text ?? '').join('') : undefined
}

function splitHeader({ esmClass, message }: DeliverSm): { header?: Buffer; body: Buffer } {
  if ((esmClass & esmUdhi) === 0 || message.length === 0) return { body: message }
  const end = 1 + message[0]!
  if (end > message.length) return { body: message.subarray(message.length) }
  return { header: message.subarray(1, end), body: message.subarray(end) }
}

// Numbers that cannot be (part 3 of 2, part 0, 1 of 1) are an ordinary text with a useless header.
function part(
  reference: string,
  number: number,
  total: number,
  dataCoding: number,
  body: Buffer,
): Part | undefined {
  if (total < 2 || number < 1 || number > total) return undefined
  return { reference, number, total, dataCoding, body }
}
