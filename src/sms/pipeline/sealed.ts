// A stored text: one sealed, versioned line of JSON, deleted when the text ends.
import type { Phone } from '../conversation/conversation.js'
import type { Question } from '../conversation/inquiry.js'
import type { PhoneKeys } from '../msisdn.js'
import type { Asked } from './text.js'

const version = 1

type Packed = [
  version: number,
  question: Omit<Question, 'reading'>,
  phone: PackedPhone,
  subject: string,
  to: PackedPhone,
  receivedAt: number,
  ...named: [] | [name: string, nth: number, of: number],
]
type PackedPhone = [address: string, ton: number, npi: number]

/** The sealed line of a text. */
export function sealText(keys: PhoneKeys, asked: Asked): Buffer {
  const { question, phone, subject, to, receivedAt, named } = asked
  // Numbers are parsed again when read: they may belong to another agency by then.
  const { reading: _, ...kept } = question
  const packed: Packed = [version, kept, packPhone(phone), subject, packPhone(to), receivedAt]
  if (named) packed.push(named.name, named.nth, named.of)
  return keys.seal(JSON.stringify(packed))
}

/** undefined for what was sealed under another key, or not by us. */
export function openText(keys: PhoneKeys, sealed: Buffer): Asked | undefined {
  const plain = keys.open(sealed)
  if (!plain) return undefined
  const [itsVersion, question, phone, subject, to, receivedAt, ...named] = JSON.parse(
    plain.toString(),
  ) as Packed
  if (itsVersion !== version) return undefined
  const asked = { question, phone: unpackPhone(phone), subject, to: unpackPhone(to), receivedAt }
  const [name, nth, of] = named
  return name === undefined ? asked : { ...asked, named: { name, nth: nth!, of: of! } }
}

const packPhone = ({ address, ton, npi }: Phone): PackedPhone => [address, ton, npi]
const unpackPhone = ([address, ton, npi]: PackedPhone): Phone => ({ address, ton, npi })
