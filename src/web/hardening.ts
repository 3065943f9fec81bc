// What every answer carries and what no request may bring, on both listeners and for every room: headers under which a
// browser can do nothing with an answer but read it, no writes by other sites' pages, no compressed bodies, and no more
// open event streams than people can look at.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from './problem.js'

/** Pages set their own policy (kiosk/screens.ts, /docs); everything else is data, and data loads nothing. */
export const answerHeaders = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}
// One year. Only said over HTTPS: a browser ignores it elsewhere (RFC 6797 §8.1).
const strictTransport = 'max-age=31536000'

// A counter with a dozen pages open is busy; a province has some hundred desks. Beyond it a page is told to wait.
const streamsPerAddress = 50
const streamsInAll = 1000

/** Adds the rules to a server, before any route. */
export function harden(server: FastifyInstance): void {
  const streams = new Map<string, number>()
  let open = 0

  /** True when the place was taken; it is given back when the answer ends. */
  const takeStream = (address: string, reply: FastifyReply): boolean => {
    const here = streams.get(address) ?? 0
    if (open >= streamsInAll || here >= streamsPerAddress) return false
    open++
    streams.set(address, here + 1)
    reply.raw.once('close', () => {
      open--
      const left = (streams.get(address) ?? 1) - 1
      if (left > 0) streams.set(address, left)
      else streams.delete(address)
    })
    return true
  }

  server.addHook('onRequest', (request, reply, done) => {
    inert(request, reply)
    const { headers, method } = request
    const encoding = headers['content-encoding']
    // Nothing is unpacked here, so a few bytes can never become many.
    if (encoding !== undefined && encoding !== 'identity') {
      reply.header('accept-encoding', 'identity').header('connection', 'close')
      sendProblem(request, reply, 415, 'wrong-content-encoding')
      return
    }
    if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && !isOwnPage(request)) {
      sendProblem(request, reply, 403, 'foreign-page')
      return
    }
    if (headers.accept?.includes('text/event-stream') && !takeStream(request.ip, reply)) {
      sendProblem(request, reply, 429, 'too-many-streams', { retryAfterSeconds: 30 })
      return
    }
    done()
  })
}

/** Gives an answer its id and the headers; a route may set stricter or wider ones afterwards. */
export function inert(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.protocol === 'https') reply.header('strict-transport-security', strictTransport)
  return reply.header('x-request-id', request.id).headers(answerHeaders)
}

// A cookie is sent by any page the browser shows; a write counts only when our own page asked. Browsers say so in
// Sec-Fetch-Site, older ones in Origin; no browser sends a POST with a cookie and neither. A Bearer token is never sent
// by itself.
function isOwnPage({ headers, host }: FastifyRequest): boolean {
  if (headers.cookie === undefined || headers.authorization !== undefined) return true
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const { origin } = headers
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}
