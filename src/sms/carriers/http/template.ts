// Templates of the configuration: words with {names} in braces, filled with values that are escaped for the place they stand
// in, so that no value can end a string, open an element or add a parameter.

/** How a value is written: as it is, or so that it stays a value there. */
export type Context = 'text' | 'json' | 'form' | 'xml' | 'header'

export interface Template {
  /** What it asks for, each name once. */
  readonly names: readonly string[]
  /** Fills it in. A name without a value is empty. */
  fill(values: Values): string
}

export type Values = Readonly<Record<string, string | undefined>>

const slot = /\{([A-Za-z][\w:.-]*)\}/g

/** Reads a template once. Braces around anything else than a name are text, so JSON may be written as it is. */
export function readTemplate(text: string, context: Context): Template {
  const safe = escapes[context]
  const parts = text.split(slot) // words and names in turns
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
  // RFC 9110 §5.5: what is no visible ASCII or blank could end the header, or mean something else to each who reads it.
  header: (value) => value.replace(/[^\x20-\x7e]/g, ''),
}

// Half a surrogate pair, which no UTF-8 can write.
const half = /[\ud800-\udfff]/gu

// XML 1.0 §2.2: characters that may not stand in a document, however they are written.
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
