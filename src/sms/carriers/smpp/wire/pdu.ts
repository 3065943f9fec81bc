// Encodes and decodes PDUs. The bulk of the traffic (deliver_sm in, deliver_sm_resp and submit_sm out) and the
// bare-header ones are hand-written, with every bound checked; the rare ones (binds) use the `smpp` package.
import smpp from 'smpp'
import { payloadTag, textEnd } from './text-end.js'

/** SMPP v3.4 §5.1.2.1. */
export const commandId = {
  genericNack: 0x80000000,
  submitSm: 0x00000004,
  submitSmResp: 0x80000004,
  submitMultiResp: 0x80000021,
  deliverSm: 0x00000005,
  deliverSmResp: 0x80000005,
  unbind: 0x00000006,
  unbindResp: 0x80000006,
  bindReceiverResp: 0x80000001,
  bindTransmitterResp: 0x80000002,
  bindTransceiverResp: 0x80000009,
  enquireLink: 0x00000015,
  enquireLinkResp: 0x80000015,
  alertNotification: 0x00000102,
  dataSm: 0x00000103,
  dataSmResp: 0x80000103,
} as const

/** The optional parameters we read from a deliver_sm (§5.3.2); all others are skipped. */
interface DeliverTlvs {
  sarRef?: number
  sarTotal?: number
  sarNumber?: number
  userMessageReference?: number
  receiptedMessageId?: string
  messageState?: number
  hasNetworkError?: boolean
}

/** A deliver_sm: a citizen's text, or a delivery receipt. */
export interface DeliverSm {
  readonly sequence: number
  /** It came as data_sm, and needs that response. */
  readonly isDataSm: boolean
  readonly sourceTon: number
  readonly sourceNpi: number
  readonly source: string
  readonly destTon: number
  readonly destNpi: number
  readonly dest: string
  readonly esmClass: number
  readonly dataCoding: number
  /** short_message or, when that is empty, message_payload; user data header included. */
  readonly message: Buffer
  readonly tlvs: DeliverTlvs | undefined
}

/** A submit_sm to send; texts are bytes already. */
export interface SubmitSm {
  readonly serviceType: string
  readonly sourceTon: number
  readonly sourceNpi: number
  readonly source: string
  readonly destTon: number
  readonly destNpi: number
  readonly dest: string
  /** 0x40 when `message` begins with a user data header. */
  readonly esmClass: number
  readonly registeredDelivery: number
  readonly dataCoding: number
  /** A Latin-1 string (one byte a character) or bytes; at most 254. */
  readonly message: string | Buffer
  readonly tlv?: { readonly tag: number; readonly value: string } | undefined
}

// §5.2 allows 5 characters for a service_type, 16 for a time and 20 for an address. Some SMSCs send longer ones (their
// name, a time with a zone): up to this length they are accepted.
const maxStringBytes = 64

/**
 * Decodes a whole deliver_sm frame. undefined when a mandatory field is cut off or a string is not terminated: such a PDU
 * can never be understood. A message_payload longer than the frame is read to the end of the frame; other optional
 * parameters that do not fit are ignored.
 */
export function decodeDeliverSm(frame: Buffer): DeliverSm | undefined {
  const head = readAddresses(frame)
  if (!head || head.end + 3 > frame.length) return undefined
  const esmClass = frame[head.end]!
  // protocol_id and priority_flag are irrelevant to an ESME; the two times must be NULL here (§4.6.1) but may not be.
  let at = endOfString(frame, head.end + 3, maxStringBytes)
  if (at < 0) return undefined
  at = endOfString(frame, at, maxStringBytes)
  // registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id, sm_length
  if (at < 0 || at + 5 > frame.length) return undefined
  const dataCoding = frame[at + 2]!
  const smLength = frame[at + 4]!
  at += 5
  // A frame that ends within the text: a number cut there would be answered as another number.
  if (at + smLength > frame.length) return undefined
  const end = textEnd(frame, at, smLength, dataCoding)
  const message = frame.subarray(at, end)
  at = end
  const { tlvs, payload } = at < frame.length ? readTlvs(frame, at, dataCoding) : noTlvs
  // §5.3.2.32 allows one of the two. Peers that send both pad one of them, or repeat the beginning of the payload in
  // short_message.
  const isPayload = payload && !isFill(payload) && (isFill(message) || payload.length > message.length)
  // Some peers leave the user data header in short_message: it fills that to its last byte.
  const isHeaderApart = (esmClass & udhi) !== 0 && message.length > 2 && message[0] === message.length - 1
  const isWithin = payload?.subarray(0, message.length).equals(message)
  const text = !isPayload ? message : isHeaderApart && !isWithin ? Buffer.concat([message, payload]) : payload
  return deliverSmOf(frame, head, false, esmClass, dataCoding, text, tlvs)
}

/** In esm_class (§5.2.12). */
const udhi = 0x40

const isFill = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0 || byte === 0x20)

/** Decodes a data_sm (§4.7.1), which some SMSCs use for texts: the text is in message_payload. undefined as above. */
export function decodeDataSm(frame: Buffer): DeliverSm | undefined {
  const head = readAddresses(frame)
  if (!head || head.end + 3 > frame.length) return undefined
  const { tlvs, payload } = readTlvs(frame, head.end + 3, frame[head.end + 2]!)
  if (!payload && !tlvs) return undefined
  const message = payload ?? frame.subarray(frame.length)
  return deliverSmOf(frame, head, true, frame[head.end]!, frame[head.end + 2]!, message, tlvs)
}

// Field by field: one is created per text, and spreading one object into another costs as much as decoding it.
function deliverSmOf(
  frame: Buffer,
  { sourceAt, sourceEnd, end }: Addresses,
  isDataSm: boolean,
  esmClass: number,
  dataCoding: number,
  message: Buffer,
  tlvs: DeliverTlvs | undefined,
): DeliverSm {
  return {
    sequence: frame.readUInt32BE(12),
    isDataSm,
    sourceTon: frame[sourceAt]!,
    sourceNpi: frame[sourceAt + 1]!,
    source: frame.toString('latin1', sourceAt + 2, sourceEnd - 1),
    destTon: frame[sourceEnd]!,
    destNpi: frame[sourceEnd + 1]!,
    dest: frame.toString('latin1', sourceEnd + 2, end - 1),
    esmClass,
    dataCoding,
    message,
    tlvs,
  }
}

/** The two addresses: the TON of each, and what follows the second. */
interface Addresses {
  readonly sourceAt: number
  readonly sourceEnd: number
  readonly end: number
}

function readAddresses(frame: Buffer): Addresses | undefined {
  const at = endOfString(frame, 16, maxStringBytes) // service_type
  if (at < 0 || at + 2 > frame.length) return undefined
  const sourceEnd = endOfString(frame, at + 2, maxStringBytes)
  if (sourceEnd < 0 || sourceEnd + 2 > frame.length) return undefined
  const end = endOfString(frame, sourceEnd + 2, maxStringBytes)
  if (end < 0) return undefined
  return { sourceAt: at, sourceEnd, end }
}

const noTlvs = { tlvs: undefined, payload: undefined }

function readTlvs(
  frame: Buffer,
  from: number,
  dataCoding: number,
): { tlvs: DeliverTlvs | undefined; payload: Buffer | undefined } {
  let tlvs: DeliverTlvs | undefined
  let payload: Buffer | undefined
  let at = from
  while (at + 4 <= frame.length) {
    const tag = frame.readUInt16BE(at)
    const length = frame.readUInt16BE(at + 2)
    at += 4
    if (tag === payloadTag && length > 0) {
      const end = textEnd(frame, at, length, dataCoding)
      // Of two payloads, the one that is not padding counts.
      if (!payload || isFill(payload)) payload = frame.subarray(at, end)
      at = end
      continue
    }
    if (at + length <= frame.length) tlvs = readTlv(tlvs, tag, frame, at, length)
    at += length
  }
  return { tlvs, payload }
}

function readTlv(
  tlvs: DeliverTlvs | undefined,
  tag: number,
  frame: Buffer,
  at: number,
  length: number,
): DeliverTlvs | undefined {
  switch (tag) {
    case 0x020c: // sar_msg_ref_num
      return { ...tlvs, ...numberOf('sarRef', frame, at, length) }
    case 0x020e: // sar_total_segments
      return { ...tlvs, ...numberOf('sarTotal', frame, at, length) }
    case 0x020f: // sar_segment_seqnum
      return { ...tlvs, ...numberOf('sarNumber', frame, at, length) }
    case 0x0204: // user_message_reference
      return { ...tlvs, ...numberOf('userMessageReference', frame, at, length) }
    case 0x001e: // receipted_message_id
      return length >= 1 && length <= 65
        ? { ...tlvs, receiptedMessageId: frame.toString('latin1', at, at + length).replace(/\0.*$/s, '') }
        : tlvs
    case 0x0427: // message_state
      return { ...tlvs, ...numberOf('messageState', frame, at, length) }
    case 0x0423: // network_error_code
      return { ...tlvs, hasNetworkError: true }
    default:
      return tlvs
  }
}

// §5.3.2 fixes one or two bytes for each of these; some SMSCs send other integers.
function numberOf(name: keyof DeliverTlvs, frame: Buffer, at: number, length: number): DeliverTlvs {
  return length >= 1 && length <= 4 ? { [name]: frame.readUIntBE(at, length) } : {}
}

// Index after the NUL of a C-octet string of at most `max` bytes including it; -1 when it is not terminated by then.
function endOfString(frame: Buffer, from: number, max: number): number {
  const stop = Math.min(frame.length, from + max)
  for (let at = from; at < stop; at++) if (frame[at] === 0) return at + 1
  return -1
}

/** Encoded size of a submit_sm. */
export function submitSmBytes(sm: SubmitSm): number {
  return (
    16 +
    sm.serviceType.length +
    1 +
    3 +
    sm.source.length +
    3 +
    sm.dest.length +
    3 +
    2 +
    5 +
    sm.message.length +
    (sm.tlv ? 4 + sm.tlv.value.length : 0)
  )
}

/** Encodes a submit_sm at `at`; returns where it ends. The caller has made room. */
export function writeSubmitSm(out: Buffer, at: number, sequence: number, sm: SubmitSm): number {
  const begin = at
  at = writeHeader(out, at, 0, commandId.submitSm, 0, sequence)
  at += out.write(sm.serviceType, at, 'latin1')
  out[at++] = 0
  out[at++] = sm.sourceTon
  out[at++] = sm.sourceNpi
  at += out.write(sm.source, at, 'latin1')
  out[at++] = 0
  out[at++] = sm.destTon
  out[at++] = sm.destNpi
  at += out.write(sm.dest, at, 'latin1')
  out[at++] = 0
  out[at++] = sm.esmClass
  out[at++] = 0 // protocol_id
  out[at++] = 0 // priority_flag
  out[at++] = 0 // schedule_delivery_time: now
  out[at++] = 0 // validity_period: the SMSC's default
  out[at++] = sm.registeredDelivery
  out[at++] = 0 // replace_if_present_flag
  out[at++] = sm.dataCoding
  out[at++] = 0 // sm_default_msg_id
  out[at++] = sm.message.length
  at += typeof sm.message === 'string' ? out.write(sm.message, at, 'latin1') : sm.message.copy(out, at)
  if (sm.tlv) {
    out.writeUInt16BE(sm.tlv.tag, at)
    out.writeUInt16BE(sm.tlv.value.length, at + 2)
    at += 4 + out.write(sm.tlv.value, at + 4, 'latin1')
  }
  out.writeUInt32BE(at - begin, begin)
  return at
}

/** deliver_sm_resp has one byte of body: an empty message_id (§4.6.2), even with an error status. */
export const deliverSmRespBytes = 17

/** The response to a deliver_sm, or to a data_sm, whose response has the same body (§4.7.2). */
export function writeDeliverSmResp(
  out: Buffer,
  at: number,
  sequence: number,
  status: number,
  isDataSm = false,
): number {
  const id = isDataSm ? commandId.dataSmResp : commandId.deliverSmResp
  at = writeHeader(out, at, deliverSmRespBytes, id, status, sequence)
  out[at++] = 0
  return at
}

/** Any PDU that is only a header: enquire_link, unbind, their responses, generic_nack. */
export function writeHeader(
  out: Buffer,
  at: number,
  length: number,
  id: number,
  status: number,
  sequence: number,
): number {
  out.writeUInt32BE(length, at)
  out.writeUInt32BE(id, at + 4)
  out.writeUInt32BE(status, at + 8)
  out.writeUInt32BE(sequence, at + 12)
  return at + 16
}

/** The message_id of a submit_sm_resp, terminated or not; empty when there is none. */
export function messageIdOf(frame: Buffer): string {
  const end = endOfString(frame, 16, 65)
  return frame.toString('latin1', 16, end < 0 ? Math.min(frame.length, 16 + 65) : end - 1)
}

export type BindMode = 'transceiver' | 'transmitter' | 'receiver'

/** A bind request. interface_version 0x34: SMPP v3.4. */
export function encodeBind(
  mode: BindMode,
  sequence: number,
  login: { systemId: string; password: string; systemType: string },
): Buffer {
  return new smpp.PDU(`bind_${mode}`, {
    sequence_number: sequence,
    system_id: login.systemId,
    password: login.password,
    system_type: login.systemType,
    interface_version: 0x34,
  }).toBuffer()
}
