// Text and bytes of a short message: the GSM 03.38 alphabet, how long a text is, and how it is cut into segments. decoding.ts
// decodes the texts that come in.

import { withoutAccents } from '../dossier/unaccented.js'

/** `packed7`: the GSM alphabet, in texts that come as packed septets. */
export type Alphabet = 'gsm7' | 'ascii' | 'latin1' | 'packed7'

// 3GPP TS 23.038 §6.2.1 and §6.2.1.1. Position is the septet; ESC (0x1B) leads to the extension table.
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const extension: Readonly<Record<number, string>> = {
  10: '\f',
  20: '^',
  40: '{',
  41: '}',
  47: '\\',
  60: '[',
  61: '~',
  62: ']',
  64: '|',
  101: '€',
}
const septet = new Map([...basic].map((char, code) => [char, code]))
const escaped = new Map(Object.entries(extension).map(([code, char]) => [char, Number(code)]))
const esc = 0x1b

/** Septets the text takes in the GSM alphabet (extension characters take two); undefined when it does not fit it. */
export function gsmLength(text: string): number | undefined {
  let length = 0
  for (const char of text) {
    if (char !== '\x1b' && septet.has(char)) length += 1
    else if (escaped.has(char)) length += 2
    else return undefined
  }
  return length
}

/** One byte a septet, as SMPP carries the default alphabet. What the alphabet lacks becomes '?'. */
export function encodeGsm(text: string): Buffer {
  const bytes: number[] = []
  for (const char of text) {
    const extra = escaped.get(char)
    if (extra !== undefined) bytes.push(esc, extra)
    else bytes.push(char === '\x1b' ? 0x3f : (septet.get(char) ?? 0x3f))
  }
  return Buffer.from(bytes)
}

/** The text of one byte a septet. */
export function decodeGsm(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at]! & 0x7f
    if (code !== esc) text += basic[code]
    else {
      const next = bytes[at + 1]
      // §6.2.1.1: an escape to nothing known shows the character of the basic table; at the end, a blank.
      if (next === undefined) text += ' '
      else {
        text += extension[next & 0x7f] ?? basic[next & 0x7f]
        at++
      }
    }
  }
  return text
}

// Every letter, digit and mark that GSM 03.38, IA5 and Latin-1 write with the same byte.
const sharedByAll = /^[A-Za-z0-9 \n\r!"#%&'()*+,\-./:;<=>?]*$/

/** True when the text is the same bytes in every default alphabet: then it may be sent as data_coding 0 anywhere. */
export function isPlain(text: string): boolean {
  return sharedByAll.test(text)
}

/** What one submit_sm carries. */
interface Segment {
  readonly dataCoding: 0 | 8
  /** A user data header leads the message. */
  readonly hasUdh: boolean
  readonly message: string | Buffer
}

const gsmOne = 160
const gsmMany = 153
const ucs2One = 70
// 67 characters: 140 bytes less the six of the header.
const ucs2Many = 67

/** Number of segments a text costs. */
export function segmentCount(text: string): number {
  const septets = gsmLength(text)
  if (septets !== undefined) return septets <= gsmOne ? 1 : cutGsm(text).length
  return text.length <= ucs2One ? 1 : cutUcs2(text).length
}

/**
 * The text as segments: the default alphabet where every operator agrees on the bytes or the operator's is GSM, UCS-2
 * otherwise. `reference` marks the parts of one text (3GPP TS 23.040 §9.2.3.24.1).
 */
export function segmentsOf(text: string, alphabet: Alphabet, reference: number): Segment[] {
  if (isPlain(text) && text.length <= gsmOne) return [{ dataCoding: 0, hasUdh: false, message: text }]
  const isGsm = alphabet === 'gsm7' || alphabet === 'packed7'
  const septets = isGsm || isPlain(text) ? gsmLength(text) : undefined
  if (septets !== undefined) {
    const parts = septets <= gsmOne ? [text] : cutGsm(text)
    return parts.map((part, at) => segment(0, encodeGsm(part), at, parts.length, reference))
  }
  const parts = text.length <= ucs2One ? [text] : cutUcs2(text)
  return parts.map((part, at) =>
    segment(8, Buffer.from(part, 'utf16le').swap16(), at, parts.length, reference),
  )
}

function segment(dataCoding: 0 | 8, bytes: Buffer, at: number, count: number, reference: number): Segment {
  if (count === 1) return { dataCoding, hasUdh: false, message: bytes }
  const header = Buffer.from([5, 0, 3, reference & 0xff, count, at + 1])
  return { dataCoding, hasUdh: true, message: Buffer.concat([header, bytes]) }
}

// An escape pair or a surrogate pair is never cut in two.
function cutGsm(text: string): string[] {
  return cut([...text], (char) => (escaped.has(char) ? 2 : 1), gsmMany)
}

function cutUcs2(text: string): string[] {
  return cut([...text], (char) => char.length, ucs2Many)
}

function cut(chars: string[], costOf: (char: string) => number, room: number): string[] {
  const parts: string[] = []
  let part = ''
  let used = 0
  for (const char of chars) {
    const cost = costOf(char)
    if (used + cost > room) {
      parts.push(part)
      part = ''
      used = 0
    }
    part += char
    used += cost
  }
  if (part !== '') parts.push(part)
  return parts
}

/**
 * Without accents and only in characters every default alphabet shares: what a reply is sent in. Unknown marks become
 * a blank, never '?', so that a stray sign cannot be taken for a question.
 */
export function plain(text: string): string {
  if (isPlain(text)) return text
  return withoutAccents(text)
    .replace(/[\u2010-\u2015\u2212_~]/g, '-')
    .replace(/[\u2018\u2019`]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[[{]/g, '(')
    .replace(/[\]}]/g, ')')
    .replace(/[^A-Za-z0-9 \n!"#%&'()*+,\-./:;<=>?]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}
