// JSON as it comes over the line.
import { isUtf8 } from 'node:buffer'

export const malformed = Symbol('malformed')

/** The body as JSON, or `malformed`. */
export function parse(body: Buffer): unknown {
  if (!isUtf8(body)) return malformed
  try {
    return JSON.parse(withoutBom(body).toString('utf8'))
  } catch {
    return malformed
  }
}

const bom = Buffer.from([0xef, 0xbb, 0xbf])

/** Bytes without the mark that programs on Windows put before UTF-8; RFC 8259 §8.1 lets a reader pass over it. */
export const withoutBom = (bytes: Buffer): Buffer =>
  bytes.subarray(0, bom.length).equals(bom) ? bytes.subarray(bom.length) : bytes
