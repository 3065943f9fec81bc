// Hardening of both listeners, for every room. Response headers allow a browser only to read an answer; cross-site writes,
// compressed bodies and ambiguous headers are refused.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../problem.js'

/** Pages set their own policy (kiosk/screens.ts, /docs); everything else is data and may load nothing. */
export const answerHeaders = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Lets a page distinguish our answers from those of a proxy or a captive portal.
  'x-dossier-gateway': '1',
}
// One year. Sent only over HTTPS: browsers ignore it elsewhere (RFC 6797 §8.1).
const strictTransport = 'max-age=31536000'

// Three times what a browser behind two proxies sends. Node itself would silently drop the rest.
const maxHeaderLines = 100
// Duplicates of these could mean one thing to a proxy in front and another here (request smuggling).
const sayOnce = new Set(['host', 'authorization', 'content-type', 'content-length', 'origin'])
// RFC 9112 §3.2: a request whose Host is no name, address and port is answered 400.
const hostForm = /^[\w.~!$&'()*+,;=%:[\]-]*$/
const lengthsOfThese = new Set([...sayOnce].map(({ length }) => length))

/** Adds the rules to a server, before any route. */
export function harden(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    inert(request, reply)
    const { headers, method, raw } = request
    // Its connection has been refused (unparsed.ts), so nobody would read the answer: what it asks must not be done.
    if (raw.socket.writableEnded) {
      reply.hijack()
      raw.destroy()
      return
    }
    const oddity = isFaulty(raw) ? 'malformed-request' : oddHeaders(raw.rawHeaders)
    if (oddity !== undefined) {
      const status = oddity === 'too-many-headers' ? 431 : 400
      sendProblem(request, reply.header('connection', 'close'), status, oddity)
      return
    }
    const encoding = headers['content-encoding']
    // Only routes that bound the decompressed size accept gzip: protection against zip bombs.
    const unpacks = request.routeOptions.config.unpacksGzip === true
    if (encoding !== undefined && !(unpacks ? /^(identity|(x-)?gzip)?$/i : /^(identity)?$/i).test(encoding)) {
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

/** What node's parser lets pass although a proxy may read it in another way. */
function isFaulty({ httpVersion, method, url, headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding']
  // RFC 9112 §6.1: in HTTP/1.0 there is no transfer coding, and a proxy of that version sees another end of the body.
  if (httpVersion === '1.0' && coding !== undefined) return true
  if (httpVersion !== '1.0' && headers.host === undefined) return true
  // `gzip, chunked` would be taken for chunked alone.
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') return true
  // Fastify takes `*` for `/`; it is the whole server, for OPTIONS alone (RFC 9112 §3.2.4).
  return url === '*' && method !== 'OPTIONS'
}

/** `rawHeaders` alternates names and values, as received. */
function oddHeaders(
  rawHeaders: readonly string[],
): 'too-many-headers' | 'header-twice' | 'malformed-request' | undefined {
  if (rawHeaders.length > 2 * maxHeaderLines) return 'too-many-headers'
  let seen = ''
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (!lengthsOfThese.has(name.length)) continue
    const small = name.toLowerCase()
    if (!sayOnce.has(small)) continue
    if (seen.includes(` ${small} `)) return 'header-twice'
    seen += ` ${small} `
    if (small === 'host' && !hostForm.test(rawHeaders[at + 1]!)) return 'malformed-request'
  }
  return undefined
}

/** Sets the request id and the hardening headers on an answer; a route may override them afterwards. */
export function inert(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isSecure(request)) reply.header('strict-transport-security', strictTransport)
  return reply.header('x-request-id', request.id).headers(answerHeaders)
}

/** Whether the browser uses HTTPS, either to us directly or to the proxy at `http.publicUrl`. */
export const isSecure = (request: FastifyRequest): boolean =>
  request.protocol === 'https' || request.server.isPublicHttps

// CSRF: browsers send cookies with requests from any page, so a write with a cookie must come from a page of ours. A Bearer
// token is never sent automatically.
const isOwnPage = (request: FastifyRequest): boolean =>
  request.headers.cookie === undefined ||
  request.headers.authorization !== undefined ||
  isFromOwnPage(request)

/**
 * Whether a write comes from a page of ours, by Sec-Fetch-Site or, in older browsers, Origin. No browser sends a POST with a
 * cookie and neither of them.
 */
export function isFromOwnPage({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const { origin } = headers
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}
