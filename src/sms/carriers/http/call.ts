// Parses a call of the peer: values from its query, headers and body, at the places named in the configuration. Untrusted
// input; each part is parsed on demand, and one that does not parse yields no values.
import { isRecord } from '../../../config/validate.js'
import { readLooseTime } from '../../../dossier/times.js'
import { readContentType } from '../../../web/content-type.js'
import { wideText } from '../../decoding.js'
import { withoutEnding } from '../../ending.js'
import { elementIn } from './xml.js'

/**
 * A name (in the query, a form, or the top level of a JSON body), a JSON pointer, an `<Element>` of XML, or `header:NAME`; or
 * several, of which the first present counts.
 */
type Place = string | readonly string[]

export interface CallHead {
  readonly method: string
  /** As it came, still encoded. */
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

// For the log: a name in a program, which no text or phone number is.
const isName = /^(?!.*\d{5})(\/?[A-Za-z_$][\w$-]{0,30}(\[\])?)(\/([A-Za-z_$][\w$-]{0,30}|\d{1,2})){0,3}$/
const maxPlaces = 30

// Aggregators send ten; more than this is not worth scanning.
const maxFields = 200

/** One call, or one entry of a call that brings several texts. */
export class Call {
  private queried: Map<string, string> | undefined
  private formed: Map<string, string> | undefined
  private parsed: { readonly json: unknown } | undefined
  /** The call that this is an entry of. */
  private whole: Call | undefined

  /** `parts`: the fields of a multipart body, as a form. */
  constructor(
    readonly head: CallHead,
    readonly body: Buffer | undefined,
    private readonly parts?: string,
  ) {}

  /**
   * One call for each entry of a list in the body (`/`: the body is the list); undefined when there is no list. What an entry
   * lacks is looked for in this call.
   */
  each(pointer: string): Call[] | undefined {
    return entriesOf(pointer === '/' ? this.json : pointedAt(this.document, pointer))?.map((json) => {
      const one = new Call(this.head, undefined)
      one.parsed = { json }
      one.whole = this
      return one
    })
  }

  /** The value at a place, as text; undefined when there is none. */
  at(place: Place | undefined): string | undefined {
    const raw = this.raw(place)
    return raw === undefined || typeof raw === 'string' ? raw : decodeText(raw.encoded)
  }

  /** The same in a given charset; left out: the content type's. */
  textAt(place: Place | undefined, charset: string | undefined): string | undefined {
    const raw = this.raw(place)
    if (raw === undefined || typeof raw === 'string') return raw
    return inCharset(decodeForm(raw.encoded), charset ?? this.charset)
  }

  /**
   * The places that hold values, written as in receive.fields, for the log: never a value, nor a name that might itself be one.
   */
  places(): string[] {
    const json = pointersIn(this.json)
    this.queried ??= readForm(this.head.query)
    return [...this.queried.keys(), ...(json.length > 0 ? json : this.form.keys())]
      .filter((place) => isName.test(place))
      .slice(0, maxPlaces)
  }

  private raw(place: Place | undefined): string | { readonly encoded: string } | undefined {
    if (place === undefined) return undefined
    let empty: string | undefined
    for (const one of typeof place === 'string' ? [place] : place) {
      const found = this.find(one)
      if (found !== undefined && found !== '') return found
      empty ??= found
    }
    return empty
  }

  private find(place: string): string | { readonly encoded: string } | undefined {
    if (place.startsWith('header:')) {
      const value = this.head.headers[place.slice('header:'.length).toLowerCase()]
      return typeof value === 'string' ? value : value?.[0]
    }
    if (this.whole) {
      const own = textOf(pointedAt(this.json, place.startsWith('/') ? place : `/${place}`))
      return own ?? this.whole.find(place)
    }
    if (place.startsWith('/')) return textOf(pointedAt(this.document, place))
    if (place.startsWith('<')) return this.body && elementIn(inCharset(this.body, this.charset), place)
    this.queried ??= readForm(this.head.query)
    // Some peers call the example URL as it stands, with every field empty, and send the values in the body.
    const encoded = named(this.queried, place) || named(this.form, place)
    if (encoded) return { encoded }
    return textOf(pointedAt(this.json, `/${place}`)) ?? encoded
  }

  private get charset(): string | undefined {
    const { 'content-type': given } = this.head.headers
    return readContentType(typeof given === 'string' ? given : undefined)?.charset
  }

  private get form(): Map<string, string> {
    const isForm = this.body && this.json === undefined
    this.formed ??= readForm(
      this.parts ?? (isForm ? onceEncoded(this.body!.toString('latin1').replace(markOfUtf8, '')) : ''),
    )
    return this.formed
  }

  // A peer may put its JSON into a field of a form or of the query.
  private get document(): unknown {
    if (this.json !== undefined) return this.json
    this.queried ??= readForm(this.head.query)
    return Object.fromEntries(
      [...this.queried, ...this.form].map(([name, value]) => [name, decodeText(value)]),
    )
  }

  private get json(): unknown {
    this.parsed ??= { json: this.readJson() }
    return this.parsed.json
  }

  // By content rather than by its type: some send JSON as text/plain or as a form, and forms without any content type.
  private readJson(): unknown {
    return this.body && jsonIn(inCharset(this.body, this.charset))
  }
}

/**
 * Parses JSON, also where it is wrapped in a JSON string or percent-encoded as a whole; undefined when the text is not JSON.
 */
export function jsonIn(body: string, depth = 0): unknown {
  // Programs in C send the NUL behind their text, too.
  const text = withoutEnding(/^\s*%(?:7b|5b|22)/i.test(body) ? decodeText(body) : body, '\0').trimStart()
  if (!/^[{["]/.test(text)) return undefined
  // JSON concatenated by hand has raw line ends within its strings (RFC 8259 §7 wants them escaped).
  for (const one of [text, text.replace(/[\r\n\t]/g, ' ')])
    try {
      const json: unknown = JSON.parse(one)
      if (typeof json === 'string') return depth < 2 ? jsonIn(json, depth + 1) : undefined
      return isLong.test(one) ? JSON.parse(withLongAsText(one)) : json
    } catch {}
  return undefined
}

// An id of sixteen digits or more loses its last digits when parsed as a number: two texts would then have the same id.
const isLong = /\d{16}/
function withLongAsText(json: string): string {
  let isInString = false
  const pieces = json.split(/(\\.|")/).map((piece) => {
    if (piece === '"') isInString = !isInString
    return isInString
      ? piece
      : piece.replace(/[\d.eE+-]+/g, (one) => (/^-?\d{16,}$/.test(one) ? `"${one}"` : one))
  })
  return pieces.join('')
}

// Its bytes as letters of Latin-1.
const markOfUtf8 = /^\xef\xbb\xbf/
const utf8 = new TextDecoder('utf-8', { fatal: true })
const legacy = new TextDecoder('windows-1258')

/**
 * Decodes bytes in a charset; without a known one as UTF-8, or else as the code page of Vietnamese Windows. Valid UTF-8 is read
 * as UTF-8, whatever charset is named: servers add ISO-8859-1 to everything, and no text in a code page is valid UTF-8 by
 * chance.
 */
export function inCharset(bytes: Buffer, charset: string | undefined): string {
  // The names of UTF-16 (ucs-2, iso-10646-ucs-2) mean one order of bytes to some and the other to others.
  const wide = bytes.includes(0) ? wideText(bytes) : undefined
  if (wide !== undefined) return wide
  const label = charset?.trim().toLowerCase() ?? ''
  const isWide = /^(utf-?16|ucs|iso-10646)/.test(label) && bytes.includes(0)
  try {
    if (!isWide) return utf8.decode(bytes)
  } catch {}
  try {
    return (label === '' ? legacy : new TextDecoder(label)).decode(bytes)
  } catch {
    return legacy.decode(bytes) // not a known charset
  }
}

/** The form; decoded first when it was percent-encoded as a whole. */
const onceEncoded = (form: string): string =>
  !form.includes('=') && /%3d/i.test(form) ? decodeForm(form).toString('latin1') : form

/** Decoded names with their values, which are still encoded; of several values of one name, the first that is not empty. */
function readForm(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const pair of text.split(separators, maxFields)) {
    const at = pair.indexOf('=')
    // Fields are separated by `&amp;` where the address was copied out of a page or an XML file.
    const name = decodeText(at < 0 ? pair : pair.slice(0, at)).replace(/^amp;/, '')
    if (name !== '' && !fields.get(name)) fields.set(name, at < 0 ? '' : pair.slice(at + 1))
  }
  return fields
}

// A second `?`: the fields were appended to an address that already had some.
const separators = /&|\?(?=[A-Za-z_]\w*=)/

/** The value of a name: as spelled, or else in any case (From, TEXT). */
function named(fields: Map<string, string>, name: string): string | undefined {
  const value = fields.get(name)
  if (value !== undefined || fields.size === 0) return value
  const wanted = name.toLowerCase()
  for (const [own, other] of fields) if (own.toLowerCase() === wanted) return other
  return undefined
}

// Nothing to decode: most fields are digits and letters.
const isBare = (text: string) => !/[%+\x80-\xff]/.test(text)

/** application/x-www-form-urlencoded to text. */
function decodeText(text: string): string {
  return isBare(text) ? text : decodeForm(text).toString('utf8')
}

/**
 * application/x-www-form-urlencoded to bytes. A percent sign that begins no escape is kept; unencoded characters become
 * one byte each.
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

/** The value of a hexadecimal digit; well below zero for anything else. */
function hexAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1000
}

// Converters from XML write a list of one as its entry, PHP one with a gap as an object by number, Go an empty one as null.
function entriesOf(value: unknown): unknown[] | undefined {
  if (value === null || Array.isArray(value)) return value ?? []
  if (!isRecord(value) || Object.keys(value).length === 0) return undefined
  return Object.keys(value).every((key) => /^\d+$/.test(key)) ? Object.values(value) : [value]
}

/**
 * The value at a JSON pointer (RFC 6901), with three liberties: names match in any case, a list of one stands for its entry, and
 * JSON may stand within a string.
 */
export function pointedAt(json: unknown, pointer: string): unknown {
  let value = json
  for (const token of pointer.slice(1).split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(value) && value.length === 1 && !Object.hasOwn(value, key)) value = value[0]
    if (typeof value === 'string') value = jsonIn(value)
    if (typeof value !== 'object' || value === null) return undefined
    const own = Object.hasOwn(value, key) ? key : sameName(value, key)
    if (own === undefined) return undefined
    value = (value as Record<string, unknown>)[own]
  }
  return value
}

function sameName(value: object, key: string): string | undefined {
  if (Array.isArray(value)) return undefined
  const wanted = key.toLowerCase()
  return Object.keys(value)
    .slice(0, maxFields)
    .find((own) => own.toLowerCase() === wanted)
}

/** Pointers to the values of a document, four levels down. */
function pointersIn(json: unknown, path = '', depth = 0): string[] {
  if (typeof json !== 'object' || json === null) return path === '' ? [] : [path]
  if (depth === 4) return []
  return Object.entries(json)
    .slice(0, maxPlaces)
    .flatMap(([key, value]) => pointersIn(value, `${path}/${key}`, depth + 1))
}

// Some peers put every value into a list: a list of one stands for its entry.
function textOf(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (typeof one === 'string') return one
  return typeof one === 'number' || typeof one === 'boolean' ? String(one) : undefined
}

/**
 * A timestamp as peers write it, epoch ms: seconds since 1970, perhaps with a fraction, milli-, micro- or nanoseconds; what a
 * Date header has (RFC 9110 §5.6.7); everything that `readLooseTime` reads.
 */
export function readMoment(text: string): number | undefined {
  if (/^\d{10}(\.\d+)?$/.test(text)) return Math.floor(Number(text) * 1000)
  if (/^\d{13}(\d{3}|\d{6})?(\.\d+)?$/.test(text)) return Number(text.slice(0, 13))
  if (/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})$/.test(text))
    return Date.parse(text) || undefined
  return readLooseTime(text)
}
