// Classifies a deliver_sm (or data_sm): a citizen's text, a part of one, a delivery receipt, or nothing for us.
import { septetsOf } from '../../decoding.js'
import type { Alphabet } from '../../segments.js'
import type { Incoming, Receipt } from '../carrier.js'
import { possiblePart, readUserData } from './user-data.js'
import { commandStatus } from './wire/command-status.js'
import type { DeliverSm } from './wire/pdu.js'
import type { Session } from './wire/session.js'

// SMPP v3.4 §5.2.12, esm_class bits 5..2: 0000 is a citizen's MO, 0001 a delivery receipt; the others are dropped.
const messageType = 0x3c
const receiptType = 0x04
const esmUdhi = 0x40
// 3GPP TS 23.038 §4: the GSM alphabet, whatever the operator's default is.
const septetsCoding = 0xf0

/** A delivery receipt, if it is one: judged by its parameters or its text, whatever esm_class says. */
export function readReceipt({ tlvs, message, esmClass }: DeliverSm): Receipt | undefined {
  const text = message.includes(0)
    ? message.toString('latin1').replaceAll('\0', '')
    : message.toString('latin1')
  const told = /\b(?:msg|message)?_?id"?\s?[:=]\s?"?([^\s"&,;]{1,64})/i.exec(text)?.[1]
  const said = /\bstat(?:us|e)?"?\s?[:=]\s?"?([A-Z]{4,13})\b/i.exec(text)?.[1]?.toUpperCase()
  const isOne =
    (esmClass & messageType) === receiptType ||
    tlvs?.messageState !== undefined ||
    // Kannel's test driver puts an id beside texts too: with words and no state it is a text.
    ((tlvs?.receiptedMessageId !== undefined || tlvs?.hasNetworkError) && text.trim() === '') ||
    (told !== undefined && isWorded(text, said))
  if (!isOne) return undefined
  const state = stateNames[tlvs?.messageState ?? 0] || stateNames.find(isState(said)) || 'UNKNOWN'
  return { messageId: tlvs?.receiptedMessageId ?? told ?? '', state }
}

// The usual form (SMPP v3.4, appendix B), with whichever of its fields, or an id anywhere beside a state that is one.
const isWorded = (text: string, said: string | undefined): boolean =>
  /^\W*id:/i.test(text)
    ? said !== undefined || /\b(?:sub|dlvrd|(?:submit|done) date|err):/i.test(text)
    : stateNames.some(isState(said))

// Some spell them out: DELIVERED, ACCEPTED, UNDELIVERABLE. The first four letters distinguish them all.
const isState =
  (said = '') =>
  (name: string): boolean =>
    said.length > 3 && name.slice(0, 4) === said.slice(0, 4)

// SMPP v3.4 §5.2.28
const stateNames = [
  '',
  'ENROUTE',
  'DELIVRD',
  'EXPIRED',
  'DELETED',
  'UNDELIV',
  'ACCEPTD',
  'UNKNOWN',
  'REJECTD',
]

/** Whether it carries a citizen's text. Acknowledgements and other notifications do not. */
export const isText = ({ esmClass }: DeliverSm) => (esmClass & messageType) === 0

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
  // Each part is packed by itself: their bytes cannot be joined.
  const isPacked = alphabet === 'packed7'
  const septets =
    dataCoding === 0 && (isPacked || (its && alphabet === 'gsm7'))
      ? septetsOf(body, message.length - body.length, isPacked)
      : undefined
  const mine = tlvs?.userMessageReference
  const identity = tlvs ? `${tlvs.sarRef}/${tlvs.sarTotal}/${tlvs.sarNumber}/${mine}` : ''
  return {
    from: { address: deliverSm.source, ton: deliverSm.sourceTon, npi: deliverSm.sourceNpi },
    to: { address: deliverSm.dest, ton: deliverSm.destTon, npi: deliverSm.destNpi },
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
