// What every answer carries and what no request may bring, on both listeners and for every room: headers under which a
// browser can do nothing with an answer but read it, no writes by other sites' pages, no compressed bodies, no headers that
// two readers could read in two ways.
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

// As many header lines as a browser behind two proxies sends three times over. Node itself would drop the rest silently.
const mostHeaderLines = 100
// Said twice, these would mean one thing to a proxy in front and another here.
const sayOnce = new Set(['host', 'authorization', 'content-type', 'content-length', 'origin'])
const lengthsOfThese = new Set([...sayOnce].map(({ length }) => length))

/** Adds the rules to a server, before any route. */
export function harden(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    inert(request, reply)
    const { headers, method } = request
    const oddity = oddHeaders(request.raw.rawHeaders)
    if (oddity !== undefined) {
      const status = oddity === 'too-many-headers' ? 431 : 400
      sendProblem(request, reply.header('connection', 'close'), status, oddity)
      return
    }
    const encoding = headers['content-encoding']
    // Only a route that bounds what a body unfolds to takes a packed one, so a few bytes can never become many.
    const unpacks = request.routeOptions.config.unpacksGzip === true
    if (encoding !== undefined && encoding !== 'identity' && !(unpacks && /^(x-)?gzip$/i.test(encoding))) {
      reply.header('accept-encoding', unpacks ? 'gzip, identity' : 'identity').header('connection', 'close')
      sendProblem(request, reply, 415, 'wrong-content-encoding')
      return
    }
    if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && !isOwnPage(request)) {
      sendProblem(request, reply, 403, 'foreign-page')
      return
    }
    done()
  })
}

/** `rawHeaders` has names and values in turns, as they came. */
function oddHeaders(rawHeaders: readonly string[]): 'too-many-headers' | 'header-twice' | undefined {
  if (rawHeaders.length > 2 * mostHeaderLines) return 'too-many-headers'
  let seen = ''
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (!lengthsOfThese.has(name.length)) continue
    const small = name.toLowerCase()
    if (!sayOnce.has(small)) continue
    if (seen.includes(` ${small} `)) return 'header-twice'
    seen += ` ${small} `
  }
  return undefined
}

/** Gives an answer its id and the headers; a route may set stricter or wider ones afterwards. */
export function inert(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isSecure(request)) reply.header('strict-transport-security', strictTransport)
  return reply.header('x-request-id', request.id).headers(answerHeaders)
}

/** Whether the browser reaches us over HTTPS: here, or at the proxy whose address `http.publicUrl` is. */
export const isSecure = (request: FastifyRequest): boolean =>
  request.protocol === 'https' || request.server.isPublicHttps

// A cookie is sent by any page the browser shows; a write counts only when our own page asked. A Bearer token is never sent
// by itself.
const isOwnPage = (request: FastifyRequest): boolean =>
  request.headers.cookie === undefined ||
  request.headers.authorization !== undefined ||
  isFromOwnPage(request)

/**
 * Whether a write comes from a page of ours. Browsers say so in Sec-Fetch-Site, older ones in Origin; no browser sends a POST
 * with a cookie and neither.
 */
export function isFromOwnPage({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const { origin } = headers
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}
