// Parses JSON received over HTTP.
import { isUtf8 } from 'node:buffer'

export const malformed = Symbol('malformed')

/** The body as JSON, or `malformed`. */
export function parse(body: Buffer): unknown {
  return isUtf8(body) ? parseText(withoutBom(body).toString('utf8')) : malformed
}

// Limits of one text, so that parsing it never blocks the event loop for long: 1,000 events of 60 fields each, with lists.
// Without them 4 MiB of brackets take seconds and some 200 MiB.
const maxFields = 60_000
const maxValues = 150_000
const maxDepth = 64

/**
 * A text as JSON, or `malformed`. Two fields of one name in an object are malformed too (RFC 7493 §2.3), because only the
 * sender knows which is meant; so are more fields, values or levels than any update or batch has.
 */
export function parseText(text: string): unknown {
  const written = fieldsWritten(text)
  if (written === undefined) return malformed
  try {
    const value: unknown = JSON.parse(text)
    return written === fieldsKept(value) ? value : malformed
  } catch {
    return malformed
  }
}

/** How many fields a text that may be JSON has; undefined when it has more fields, values or levels than are allowed. */
function fieldsWritten(text: string): number | undefined {
  let fields = 0
  let values = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at)
        break
      case 0x3a: // : outside strings, every one follows a field's name
        fields++
        break
      case 0x2c: // ,
        values++
        break
      case 0x5b: // [
      case 0x7b: // {
        values++
        if (++depth > maxDepth) return undefined
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
    }
    if (fields > maxFields || values > maxValues) return undefined
  }
  return fields
}

/** Where the string that begins at `at` ends; the end of the text if it does not. */
function endOfString(text: string, at: number): number {
  for (at++; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at
    if (code === 0x5c) at++
  }
  return at
}

// How many fields a parsed value has: fewer than the text when two had the same name, since JSON.parse keeps the last.
function fieldsKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner: unknown[] = Object.values(value)
  let fields = Array.isArray(value) ? 0 : inner.length
  for (const one of inner) fields += fieldsKept(one)
  return fields
}

const bom = Buffer.from([0xef, 0xbb, 0xbf])

/** Bytes without the byte order mark that programs on Windows put before UTF-8; RFC 8259 §8.1 lets a reader ignore it. */
export const withoutBom = (bytes: Buffer): Buffer =>
  bytes.subarray(0, bom.length).equals(bom) ? bytes.subarray(bom.length) : bytes
