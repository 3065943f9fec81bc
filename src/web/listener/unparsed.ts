// Problems for what never reaches Fastify: requests that node's parser rejects, and those that node answers or drops by itself.
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { problemBody, problemType } from '../problem.js'
import { answerHeaders } from './hardening.js'

const unparsed: Record<string, { status: number; code: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'too-slow' },
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers-too-large' },
}

/** Answers what the parser rejects, and closes the connection. */
export function refuseUnparsed(error: Error & { code?: string }, socket: Socket, id: string): void {
  const { status, code } = unparsed[error.code ?? ''] ?? { status: 400, code: 'malformed-request' }
  // After an answer has begun, a second one would become part of its body; the early end tells the reader that it is cut off.
  if (hasBegunAnswer(socket)) socket.destroySoon()
  else endWith(socket, status, code, id)
}

/**
 * Answers what node would answer without a problem: an expectation other than 100-continue, and CONNECT. Closes connections
 * whose TLS handshake failed.
 */
export function refuseOthers(server: Server, nextId: () => string): void {
  server.on('checkExpectation', (_request: IncomingMessage, answer: ServerResponse) => {
    const { headers, body } = bareProblem(417, 'unknown-expectation', nextId())
    answer.writeHead(417, headers).end(body)
  })
  // Before the handshake is complete nothing can be sent: an answer and the end after it would wait for ever.
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
  server.on('connect', (_request, socket: Duplex) => {
    // Nobody listens to this socket any more: its errors would end the process.
    socket.on('error', () => {})
    endWith(socket, 404, 'no-such-address', nextId())
  })
}

// Node keeps the response in progress on its socket.
const hasBegunAnswer = (socket: Socket) =>
  (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true

function endWith(socket: Duplex, status: number, code: string, id: string): void {
  if (!socket.writable) return void socket.destroy()
  const { headers, body } = bareProblem(status, code, id)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
}

function bareProblem(
  status: number,
  code: string,
  id: string,
): { headers: OutgoingHttpHeaders; body: string } {
  const body = JSON.stringify(problemBody(status, code, id))
  const headers = {
    connection: 'close',
    'content-type': problemType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': id,
    ...answerHeaders,
  }
  return { headers, body }
}
