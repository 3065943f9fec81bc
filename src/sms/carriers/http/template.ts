// Templates in the configuration: text with {names} in braces, filled with values escaped for their context, so that no
// value can end a string, open an element or add a parameter.

/** How a value is written: verbatim, or escaped so that it stays a value. */
export type Context = 'text' | 'json' | 'form' | 'xml' | 'header'

export interface Template {
  /** The names it uses, each once. */
  readonly names: readonly string[]
  /** Fills it in. A name without a value is empty. */
  fill(values: Values): string
}

export type Values = Readonly<Record<string, string | undefined>>

const slot = /\{([A-Za-z][\w:.-]*)\}/g

/** Parses a template once. Braces around anything but a name are text, so JSON can be written as it is. */
export function readTemplate(text: string, context: Context): Template {
  const safe = escapes[context]
  const parts = text.split(slot) // text and names alternate
  return {
    names: [...new Set(parts.filter((_, at) => at % 2 === 1))],
    fill: (values) => parts.map((part, at) => (at % 2 === 0 ? part : safe(values[part] ?? ''))).join(''),
  }
}

const escapes: Readonly<Record<Context, (value: string) => string>> = {
  text: (value) => value,
  json: (value) => JSON.stringify(value).slice(1, -1),
  form: (value) => encodeURIComponent(value.replace(half, '\ufffd')),
  xml: (value) => value.replace(notXml, '').replace(/[<>&'"]/g, (char) => entities[char]!),
  // RFC 9110 §5.5: anything but visible ASCII and blanks could end the header, or be read differently by different
  // readers.
  header: (value) => value.replace(/[^\x20-\x7e]/g, ''),
}

// Half a surrogate pair, which UTF-8 cannot encode.
const half = /[\ud800-\udfff]/gu

// XML 1.0 §2.2: characters that are not allowed in a document, even escaped.
const notXml = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu
const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
  '"': '&quot;',
}

/** How values are escaped in a document of this Content-Type. */
export function contextOf(contentType: string): Context {
  if (/\bjson\b/i.test(contentType)) return 'json'
  if (/\bxml\b|html/i.test(contentType)) return 'xml'
  return /x-www-form-urlencoded/i.test(contentType) ? 'form' : 'text'
}
