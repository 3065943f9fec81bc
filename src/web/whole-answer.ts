// Answers sent in one write. Node joins head and body into one write only if the body is a string, and a string of one-byte
// characters is simply copied. A Buffer would be a second chunk (writev), and Vietnamese text would be encoded to UTF-8
// each time. So busy routes keep their answers as latin1 strings whose characters are the UTF-8 bytes.
import type { FastifyReply } from 'fastify'

/**
 * UTF-8 bytes as a string of characters U+0000 to U+00FF; its length is the content-length. Can be concatenated with other
 * Bytes and with plain ASCII.
 */
export type Bytes = string

/** Encodes text. */
export const bytesOf = (text: string): Bytes =>
  /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1')

/**
 * Sends an answer with the headers set so far, bypassing Fastify's send: onSend hooks (there are none) do not run. For HEAD
 * node omits the body and keeps its length.
 */
export function sendWhole(
  reply: FastifyReply,
  status: number,
  contentType: string,
  body: Bytes,
): FastifyReply {
  const headers = reply.getHeaders() as Record<string, string | number>
  headers['content-type'] = contentType
  headers['content-length'] = body.length
  reply.hijack()
  const { raw } = reply
  raw.writeHead(status, headers)
  raw.write(body, 'latin1')
  // Flush now: end() would append an empty chunk, and node writes two chunks at more cost than one (node 20).
  // An answer to a pipelined request has no socket yet.
  raw.socket?.uncork()
  raw.end()
  return reply
}
