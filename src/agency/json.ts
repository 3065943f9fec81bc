// JSON as it comes over the line.
import { isUtf8 } from 'node:buffer'

export const malformed = Symbol('malformed')

/** The body as JSON, or `malformed`. */
export function parse(body: Buffer): unknown {
  if (!isUtf8(body)) return malformed
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return malformed
  }
}
