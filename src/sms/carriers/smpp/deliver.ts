// Classifies a deliver_sm (or data_sm): a citizen's text, a part of one, or a delivery receipt.
import { septetsOf } from '../../decoding.js'
import { bareNumber, isMobile } from '../../msisdn.js'
import type { Alphabet } from '../../segments.js'
import type { Incoming, Receipt } from '../carrier.js'
import { standardState, stateNamed, stateNumbered } from '../states.js'
import { possiblePart, readUserData } from './user-data.js'
import { commandStatus } from './wire/command-status.js'
import type { DeliverSm } from './wire/pdu.js'
import type { Session } from './wire/session.js'

// SMPP v3.4 §5.2.12, esm_class bits 5..2: 0001 is a delivery receipt, the other four are notifications. All else is a citizen's
// MO: 0000, and what is reserved.
const messageType = 0x3c
const receiptType = 0x04
const intermediateType = 0x20
const noticeTypes = new Set([receiptType, 0x08, 0x10, 0x18, intermediateType])
const esmUdhi = 0x40
// SMPP v3.4 §5.2.5
const alphanumericTon = 5
// 3GPP TS 23.038 §4: the GSM alphabet, whatever the operator's default is.
const septetsCoding = 0xf0

/**
 * A delivery receipt, if it is one: judged by its parameters or its text, whatever esm_class says. An acknowledgement or
 * another notification that esm_class announces counts as a receipt that names no message.
 */
export function readReceipt({ tlvs, message, esmClass }: DeliverSm): Receipt | undefined {
  const text = message.includes(0)
    ? message.toString('latin1').replaceAll('\0', '')
    : message.toString('latin1')
  const type = esmClass & messageType
  const isNotice = noticeTypes.has(type)
  // Fast path for nearly every text: without one of these signs it cannot be a receipt.
  if (!isNotice && tlvs === undefined && !/[:=>]/.test(text)) return undefined
  // Appendix B puts the beginning of our reply last, in which there may be anything.
  const before = text.split(/(?<=.)\btext\s?:/is, 1)[0]!
  const told = idIn.exec(before)?.[1]
  const said = stateIn.exec(before)?.[1]
  const isOne =
    type === receiptType ||
    (tlvs?.messageState ?? 0) > 0 ||
    // Kannel's test driver puts an id beside texts too: with words and no state it is a text.
    ((tlvs?.receiptedMessageId !== undefined || tlvs?.hasNetworkError) && text.trim() === '') ||
    isWorded(text, told !== undefined, said)
  if (!isOne) return !isNotice ? undefined : { messageId: '', state: 'UNKNOWN' }
  const state =
    stateNumbered(tlvs?.messageState ?? 0) ??
    stateNamed(said ?? '') ??
    stateNumbered(Number(said)) ??
    // 0 is SCHEDULED since SMPP v5, and nothing at peers that fill the field with it.
    (tlvs?.messageState === 0 ? 'ENROUTE' : 'UNKNOWN')
  return {
    messageId: tlvs?.receiptedMessageId || (told ?? ''),
    // An attempt that failed and will be repeated is a step on the way.
    state: type === intermediateType && ['UNDELIV', 'UNKNOWN'].includes(state) ? 'ENROUTE' : state,
  }
}

// Some peers fill a field up with blanks, or leave it empty: the next field is no id.
const idIn =
  /\b\w{0,12}id"?\s{0,24}[:=>]\s{0,24}["']?(?!(?:sub|dlvrd|submit|done|stat|err)\w*[ _:=])([^\s"'&,;<|\x1b]{1,65})/i
const stateIn = /\bstat(?:us|e)?"?\s{0,24}[:=>]\s{0,24}["']?([A-Z][A-Z_]{3,31}|\d\d?)\b/i

// The form of SMPP v3.4 appendix B with any two of its fields, or an id together with the word for a state.
function isWorded(text: string, hasId: boolean, said = ''): boolean {
  const found = text.match(fields)?.length ?? 0
  if (found >= 2) return true
  if (!hasId) return false
  return /^\W*id:/i.test(text) ? said !== '' || found > 0 : standardState(said) !== undefined
}

// No citizen writes two of these.
const fields = /\b(?:sub|dlvrd|(?:submit|done)[ _]date|stat|err)\s?[:=]/gi

/** The text, or the part of one. `alphabet`: what data_coding 0 means at this operator. */
export function readIncoming(
  deliverSm: DeliverSm,
  session: Pick<Session, 'id' | 'acknowledge'>,
  alphabet: Alphabet,
): Incoming {
  const { esmClass, dataCoding, message, tlvs, sequence } = deliverSm
  const { part, body } = readUserData(message, (esmClass & esmUdhi) !== 0)
  const sar =
    tlvs?.sarRef !== undefined && tlvs.sarTotal !== undefined && tlvs.sarNumber !== undefined
      ? possiblePart(tlvs.sarRef, tlvs.sarNumber, tlvs.sarTotal)
      : undefined
  const its = part ?? sar
  // Parts are packed separately, so each is unpacked here, before their bytes are joined. Behind any header, of a part or not, the
  // first septet begins at a boundary that only the header's length tells.
  const isPacked = alphabet === 'packed7'
  const hasHeader = its !== undefined || body.length < message.length
  const septets =
    dataCoding === 0 && (isPacked || (hasHeader && alphabet === 'gsm7'))
      ? septetsOf(body, message.length - body.length, isPacked)
      : undefined
  const mine = tlvs?.userMessageReference
  const identity = tlvs ? `${tlvs.sarRef}/${tlvs.sarTotal}/${tlvs.sarNumber}/${mine}` : ''
  const source = bareNumber(deliverSm.source) ?? deliverSm.source
  return {
    from: {
      address: source,
      // Some SMSCs mark every sender as alphanumeric (TON 5); a reply to that TON would be refused.
      ton: deliverSm.sourceTon === alphanumericTon && isMobile(source) ? 0 : deliverSm.sourceTon,
      npi: deliverSm.sourceNpi,
    },
    to: {
      address: bareNumber(deliverSm.dest) ?? deliverSm.dest,
      ton: deliverSm.destTon,
      npi: deliverSm.destNpi,
    },
    body: septets ?? body,
    dataCoding: septets ? septetsCoding : dataCoding,
    part: its,
    identity: `${dataCoding}\x1f${esmClass}\x1f${identity}\x1f${message.toString('latin1')}`,
    session: session.id,
    sequence,
    answer: (verdict) =>
      session.acknowledge(
        deliverSm,
        verdict === 'later' ? commandStatus.ESME_RX_T_APPN : commandStatus.ESME_ROK,
      ),
  }
}
