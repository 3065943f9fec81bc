// A call of the peer, read: what stands in its query, headers and body, by the places that the configuration names. Nothing in
// it is trusted; it is parsed when somebody asks for it, and what does not parse holds nothing.
import { readContentType } from '../../../web/content-type.js'

/** A name (of the query, a form, or the top of a JSON body), a JSON pointer, or `header:NAME`; or several, the first that is there. */
export type Place = string | readonly string[]

export interface CallHead {
  readonly method: string
  /** As it came, still encoded. */
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

// Aggregators send ten; more than this is nothing to look through.
const mostFields = 200

export class Call {
  private queried: Map<string, string> | undefined
  private formed: Map<string, string> | undefined
  private parsed: { readonly json: unknown } | undefined

  constructor(
    readonly head: CallHead,
    readonly body: Buffer | undefined,
  ) {}

  /** The value at a place, as text; undefined when there is none. */
  at(place: Place | undefined): string | undefined {
    const raw = this.raw(place)
    return raw === undefined || typeof raw === 'string' ? raw : decodeText(raw.encoded)
  }

  /** The same in a charset; left out: that of the content type. */
  textAt(place: Place | undefined, charset: string | undefined): string | undefined {
    const raw = this.raw(place)
    if (raw === undefined || typeof raw === 'string') return raw
    return inCharset(decodeForm(raw.encoded), charset ?? this.charset)
  }

  private raw(place: Place | undefined): string | { readonly encoded: string } | undefined {
    if (place === undefined) return undefined
    for (const one of typeof place === 'string' ? [place] : place) {
      const found = this.find(one)
      if (found !== undefined) return found
    }
    return undefined
  }

  private find(place: string): string | { readonly encoded: string } | undefined {
    if (place.startsWith('header:')) {
      const value = this.head.headers[place.slice('header:'.length).toLowerCase()]
      return typeof value === 'string' ? value : value?.[0]
    }
    if (place.startsWith('/')) return textOf(pointedAt(this.json, place))
    this.queried ??= readForm(this.head.query)
    const encoded = this.queried.get(place) ?? this.form.get(place)
    return encoded === undefined ? textOf(pointedAt(this.json, `/${place}`)) : { encoded }
  }

  private get charset(): string | undefined {
    const { 'content-type': given } = this.head.headers
    return readContentType(typeof given === 'string' ? given : undefined)?.charset
  }

  private get form(): Map<string, string> {
    const isForm = this.body && this.json === undefined
    this.formed ??= isForm ? readForm(this.body!.toString('latin1')) : new Map()
    return this.formed
  }

  private get json(): unknown {
    this.parsed ??= { json: this.readJson() }
    return this.parsed.json
  }

  // By what it is rather than by what it is called: some send JSON as text/plain or as a form, and forms as nothing at all.
  private readJson(): unknown {
    const text = this.body && inCharset(this.body, this.charset).trimStart()
    if (!text || !/^[{[]/.test(text)) return undefined
    try {
      const json: unknown = JSON.parse(text)
      return isLong.test(text) ? JSON.parse(withLongAsText(text)) : json
    } catch {
      return undefined
    }
  }
}

// An id of sixteen digits and more is no number any more when it has been one: its last digits would be zeros, and two texts
// one and the same.
const isLong = /\d{16}/
function withLongAsText(json: string): string {
  let isInString = false
  const pieces = json.split(/(\\.|")/).map((piece) => {
    if (piece === '"') isInString = !isInString
    return isInString
      ? piece
      : piece.replace(/[\d.eE+-]+/g, (one) => (/^\d{16,}$/.test(one) ? `"${one}"` : one))
  })
  return pieces.join('')
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const legacy = new TextDecoder('windows-1258')

/** The text of bytes in a charset; in none, or one that nobody knows, UTF-8, or else the code page of Vietnamese Windows. */
function inCharset(bytes: Buffer, charset: string | undefined): string {
  const label = charset?.trim().toLowerCase() ?? ''
  try {
    if (label !== '' && label !== 'utf-8' && label !== 'gsm') return new TextDecoder(label).decode(bytes)
  } catch {} // no charset
  try {
    return utf8.decode(bytes)
  } catch {
    return legacy.decode(bytes)
  }
}

/** Names and values still encoded, the first of each name. */
function readForm(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const pair of text.split('&', mostFields)) {
    const at = pair.indexOf('=')
    const name = decodeText(at < 0 ? pair : pair.slice(0, at))
    if (name !== '' && !fields.has(name)) fields.set(name, at < 0 ? '' : pair.slice(at + 1))
  }
  return fields
}

// Nothing to decode: most fields are digits and letters.
const isBare = (text: string) => !/[%+\x80-\xff]/.test(text)

/** application/x-www-form-urlencoded to text. */
function decodeText(text: string): string {
  return isBare(text) ? text : decodeForm(text).toString('utf8')
}

/**
 * application/x-www-form-urlencoded to bytes. A percent sign that begins no byte stays what it is; what was not encoded at all
 * stands as its bytes, one a character.
 */
function decodeForm(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x25) {
      const byte = hexAt(text, at + 1) * 16 + hexAt(text, at + 2)
      if (byte >= 0) {
        bytes[length++] = byte
        at += 2
        continue
      }
    }
    bytes[length++] = code === 0x2b ? 0x20 : code
  }
  return bytes.subarray(0, length)
}

/** The value of a hexadecimal digit; far below zero for anything else. */
function hexAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1000
}

/** RFC 6901. */
export function pointedAt(json: unknown, pointer: string): unknown {
  let value = json
  for (const token of pointer.slice(1).split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined

/** When it is, as peers write it: seconds or milliseconds since 1970; everything else is `readLooseTime`'s. */
export function readEpoch(text: string): number | undefined {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000
  return /^\d{13}$/.test(text) ? Number(text) : undefined
}
