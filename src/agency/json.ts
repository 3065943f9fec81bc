// Parses JSON received over HTTP.
import { isUtf8 } from 'node:buffer'

export const malformed = Symbol('malformed')

/** The body as JSON, or `malformed`. */
export function parse(body: Buffer): unknown {
  return isUtf8(body) ? parseText(withoutBom(body).toString('utf8')) : malformed
}

/**
 * A text as JSON, or `malformed`. So is an object with two fields of one name (RFC 7493 §2.3): which of them is meant,
 * only its sender knows.
 */
export function parseText(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return fieldsWritten(text) === fieldsKept(value) ? value : malformed
  } catch {
    return malformed
  }
}

// Outside strings, every colon follows a field's name.
function fieldsWritten(text: string): number {
  let fields = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x3a) fields++
    else if (code === 0x22) {
      for (at++; text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
    }
  }
  return fields
}

// JSON.parse keeps the last of those with one name.
function fieldsKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner: unknown[] = Object.values(value)
  let fields = Array.isArray(value) ? 0 : inner.length
  for (const one of inner) fields += fieldsKept(one)
  return fields
}

const bom = Buffer.from([0xef, 0xbb, 0xbf])

/** Bytes without the mark that programs on Windows put before UTF-8; RFC 8259 §8.1 lets a reader pass over it. */
export const withoutBom = (bytes: Buffer): Buffer =>
  bytes.subarray(0, bom.length).equals(bom) ? bytes.subarray(bom.length) : bytes
