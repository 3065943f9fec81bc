// The text in a peer's call: sender, words, destination, and what distinguishes it from another text.
import { hash } from 'node:crypto'
import { bareNumber, dialledNumber, wholeNumber } from '../../msisdn.js'
import type { Incoming } from '../carrier.js'
import { type Call, readMoment } from './call.js'
import type { Receive } from './resolved.js'
import { unwrapped } from './unwrapped.js'

/** A text, always with a name: the peer's id, or one derived from its content. */
export type Text = Omit<Incoming, 'answer'> & { readonly name: string }

/** The text in a call, or the missing field. */
export function readText(call: Call, { fields, repeatSeconds }: Receive): Text | { readonly field: string } {
  const from = call.at(fields.from)?.trim()
  const said = call.textAt(fields.text, call.at(fields.charset))
  if (!from || from.length > 40) return { field: nameOf(fields.from) }
  if (said === undefined) return { field: nameOf(fields.text) }
  const text = unwrapped(said)
  const to = call.at(fields.to)?.trim().slice(0, 40) ?? ''
  const given = call.at(fields.id)?.trim()
  const id = given && !noId.test(given) ? given : undefined
  const time = call.at(fields.at)?.trim()
  const at = time ? readMoment(time) : undefined
  const part = partOf(call.at(fields.partOf), call.at(fields.part), call.at(fields.parts))
  // Without an id, the same words in another second, or after the redelivery window, are another text.
  const second = at === undefined ? (time?.slice(0, 40) ?? '') : Math.floor(at / 1000)
  const identity = id ? `id ${id}` : `${second}\x1f${text}`
  // A peer may reuse an id: the sender is part of the name. The parts of a long text may share one.
  const nth = part ? `\x1f${part.number}` : ''
  const whose = hash(
    'sha256',
    `${wholeNumber(phone(from).address)}\x1f${dialledNumber(phone(to).address)}\x1f${id ? '' : identity}${nth}`,
    'base64url',
  )
  const name = id
    ? `${id.slice(0, 200)}\x1f${whose.slice(0, 16)}`
    : `${second === '' ? brief : ''}\x1f${whose}`
  return {
    from: phone(from),
    to: phone(to),
    body: Buffer.from(text),
    dataCoding: 0,
    part,
    identity,
    session: '-',
    sequence: 0,
    name,
    ...(!isBrief(name) && { repeatSeconds }),
  }
}

// What a peer sends in place of an id when it has none, or when nobody filled in its template ({id}, %I, ${messageId}). Taken
// as an id, it would make all texts of the peer one text.
const noId =
  /^([0-]+|-1|null|nil|none|undefined|unknown|false|true|nan|n\/a|%[a-z]|\$[a-z_]+|[%$#]?[{[<]{1,2}[a-z_. ]*\d?[}\]>]{1,2})$/i

const brief = '\x1e'

/** Whether only its words tell a text from another, so that deduplication needs a time window. */
export const isBrief = (name: string): boolean => name.startsWith(brief)

/** The peer's id of a text, by its name; empty when it gave none. */
export const idOf = (name: string): string => name.split('\x1f')[0]!.replace(brief, '')

// An address that is not a number is an alphanumeric sender.
function phone(address: string) {
  const bare = bareNumber(address)
  return bare === undefined ? { address, ton: 5, npi: 0 } : { address: bare, ton: 0, npi: 0 }
}

const nameOf = (place: string | readonly string[] | undefined) =>
  typeof place === 'string' ? place : (place?.[0] ?? '')

function partOf(
  reference: string | undefined,
  part: string | undefined,
  parts: string | undefined,
): Incoming['part'] {
  const [number, total] = [Number(part), Number(parts)]
  if (!reference || !Number.isInteger(number) || !Number.isInteger(total)) return undefined
  // A long text has 2 to 255 parts. Some peers count them from 0.
  return total > 1 && total <= 255 && number >= 0 && number <= total
    ? { reference: `h:${reference.slice(0, 100)}`, number, total }
    : undefined
}
