// Answers that leave in one piece. Node joins head and body into one write only for a string, and writes a string of
// one-byte characters by copying it; bytes in a Buffer go out as a second piece (a writev), and Vietnamese as text is turned
// into UTF-8 anew each time. So what busy routes say is kept as strings whose characters are the bytes of its UTF-8.
import type { FastifyReply } from 'fastify'

/**
 * UTF-8 bytes as the characters U+0000 to U+00FF of a string; its length is the content-length. Bytes may be joined with
 * bytes and with plain ASCII.
 */
export type Bytes = string

/** Text as its bytes. */
export const bytesOf = (text: string): Bytes =>
  /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1')

/**
 * Sends a whole answer with the headers set so far, past Fastify's own way of sending: hooks on the reply (none here) do not
 * see it. For HEAD node leaves the body out and keeps its length.
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
  reply.raw.writeHead(status, headers)
  reply.raw.end(body, 'latin1')
  return reply
}
