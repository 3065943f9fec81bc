// The Fastify server of both listeners: nothing coerced or silently stripped, bounded sizes and times,
// errors as problem details, a request id on everything.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type preParsingHookHandler,
} from 'fastify'
import type { Config } from '../../config/config.js'
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import { compile } from '../../validator.js'
import { clientAddress, openProxies } from '../addresses.js'
import { sendPage, wantsPage } from '../pages.js'
import { type ProblemMore, sendProblem } from '../problem.js'
import { proxiesOf, trustsEverybody } from '../settings.js'
import { type CertificateFiles, readCertificate } from './certificate.js'
import { watchConnections } from './connections.js'
import { harden, inert } from './hardening.js'
import { type HeldBytes, openHeldBytes } from './held-bytes.js'
import { boundPipelining } from './pipelining.js'
import { readRequestId } from './request-id.js'
import { openStreams, type Streams } from './streams.js'
import { refuseOthers, refuseUnparsed } from './unparsed.js'
import { noteMethods, refuseUnrouted } from './unrouted.js'

// For desks, kiosks and print agents, whose longest body is a heartbeat of some 2 KiB; agencies' routes read their bodies
// themselves, with their own limits.
const bodyLimit = 64 * 1024

/** Time-outs for peers, milliseconds. */
interface Patience {
  /** Headers must be complete within this time, and a TLS handshake. */
  readonly headersMs: number
  /** A body must be complete within this time; routes that read their body themselves, such as bulk uploads, are exempt. */
  readonly bodyMs: number
  /** At shutdown: idle connections stay open this long, for requests already on the wire. */
  readonly quietMs: number
  /** At shutdown: requests in flight may take this long. */
  readonly busyMs: number
}
const patience: Patience = { headersMs: 10_000, bodyMs: 30_000, quietMs: 500, busyMs: 3000 }
// How often node checks for overdue headers; its default of 30 s would let a slow peer stay that long.
const overdueCheckMs = 1000

// TLS 1.3, and of 1.2 only forward secrecy with authenticated encryption (RFC 9325 §4.2), which browsers support since 2014.
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE+AESGCM',
  'ECDHE+CHACHA20',
].join(':')

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads its body itself, with its own size and time limits. */
    watchesBody?: boolean
    /** The route accepts gzip bodies and bounds their decompressed size. */
    unpacksGzip?: boolean
  }
  interface FastifyInstance {
    /** Aborted when the listener begins to close, so that long requests can end themselves. */
    closing: AbortSignal
    /** Slots for event streams. */
    streams: Streams
    /** Memory budget for unauthenticated bodies. */
    heldBytes: HeldBytes
    /** Browsers use HTTPS, because http.publicUrl is one. */
    isPublicHttps: boolean
  }
  interface FastifyRequest {
    /** Set by a route's onRequest hook after authentication: the body then does not count against the budget. */
    isMember: boolean
  }
}

function pairOf(files: CertificateFiles): { cert: Buffer; key: Buffer } {
  const read = readCertificate(files)
  if ('wrong' in read) throw new GatewayError('config-invalid', `http.tls.${read.wrong}: ${read.why}`, false)
  return { cert: read.cert, key: read.key }
}

/** Reads the certificate files again: new connections get the new certificate. No effect on a server without TLS. */
export function renewCertificate({ server }: FastifyInstance, { tls }: Config['http']): void {
  if (server instanceof HttpsServer && tls) server.setSecureContext({ ...pairOf(tls), ciphers })
}

/** Creates a server; it does not listen yet. */
export function openListener(
  { http }: Pick<Config, 'http'>,
  log: Log,
  times: Partial<Patience> = {},
): FastifyInstance {
  const { headersMs, bodyMs, ...drainTimes } = { ...patience, ...times }
  // A request without Host is answered as a problem (hardening.ts); node's own answer has no body.
  const ofNode = {
    headersTimeout: headersMs,
    connectionsCheckingInterval: overdueCheckMs,
    requireHostHeader: false,
  }
  // node's default would let half a handshake keep its connection for two minutes.
  const ofTls = { handshakeTimeout: headersMs, ciphers }
  const node = http.tls ? { https: { ...ofNode, ...pairOf(http.tls), ...ofTls } } : { http: ofNode }
  // Unique, not secret: eight random characters for the process, and a counter.
  const idPrefix = randomBytes(6).toString('base64url')
  let requests = 0
  const nextId = () => `${idPrefix}${(requests++).toString(36)}`
  const server: FastifyInstance = fastify({
    ...(node as object),
    logger: false,
    bodyLimit,
    trustProxy: trusted(http.trustProxy),
    requestIdHeader: false,
    genReqId: ({ headers }) => readRequestId(headers['x-request-id']) ?? nextId(),
    connectionTimeout: 60_000,
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    // While closing, requests on open connections are still served, then the connection is closed: rooms close later.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (_error, request, reply) =>
      void sendProblem(request, inert(request, reply), 400, 'bad-address'),
    clientErrorHandler: (error, socket) => refuseUnparsed(error, socket, nextId()),
  })
  continueWhenRead(server.server)
  refuseOthers(server.server, nextId)
  server.server.requestTimeout = 0 // node's time-out cannot exempt routes; the hook below can
  server.server.maxHeadersCount = 0 // node would silently drop the rest; hardening.ts counts and refuses

  const closing = new AbortController()
  const connections = watchConnections(server.server)
  server.decorate('closing', closing.signal)
  server.decorate('streams', openStreams(closing.signal))
  server.decorate('heldBytes', openHeldBytes())
  server.decorate('isPublicHttps', http.publicUrl?.startsWith('https:') ?? false)
  server.decorateRequest('isMember', false)
  server.addHook('onRequest', (_request, reply, done) => {
    if (connections.isDraining) reply.header('connection', 'close')
    // Fastify sends `connection: close` as soon as it begins to close, while we still listen: clients would reconnect, and be
    // reset when listening ends.
    else if (closing.signal.aborted) reply.raw.removeHeader('connection')
    done()
  })
  server.addHook('preClose', async () => {
    closing.abort()
    await connections.drain(drainTimes)
  })

  boundPipelining(server)
  noteMethods(server)
  server.setValidatorCompiler(({ schema }) => compile(schema))
  harden(server)
  server.addHook('preParsing', holdBody(bodyMs))
  server.setNotFoundHandler((request, reply) =>
    request.method === 'GET' && wantsPage(request)
      ? sendPage(reply, 404, 'no-page')
      : refuseUnrouted(request, reply),
  )
  server.setErrorHandler(faultHandler(log))
  return server
}

/**
 * Expect: 100-continue. Node would send the 100 before any hook has seen the request. Here it is sent when the body is first
 * read, so never after a refusal.
 */
function continueWhenRead(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, answer: ServerResponse) => {
    const read = request._read
    request._read = (size) => {
      request._read = read
      if (!answer.headersSent) answer.writeContinue()
      request._read(size)
    }
    server.emit('request', request, answer)
  })
}

/** Reports errors in the sender's terms; only our own mistakes are logged. */
const faultHandler =
  (log: Log) =>
  (
    error: FastifyError & { retryable?: boolean },
    request: FastifyRequest,
    reply: FastifyReply,
  ): FastifyReply | undefined => {
    if (reply.sent) return undefined
    if (error.validation) {
      const errors = error.validation.map(({ instancePath, keyword }) => ({
        pointer: instancePath || '/',
        code: keyword,
      }))
      return sendProblem(request, reply, 400, 'invalid', { errors })
    }
    if (error.name === 'GatewayError' && error.retryable)
      return sendProblem(request, reply, 503, 'unavailable')
    const status = error.statusCode ?? 500
    if (status >= 500) {
      log.error(
        {
          evt: 'http.failed',
          requestId: request.id,
          route: request.routeOptions.url ?? '',
          err: error,
        },
        'A bug in this program: a request was answered with 500. Please report this line',
      )
      return sendProblem(request, reply, 500, 'internal')
    }
    return sendProblem(request, reply, status, codeOf(status))
  }

/** Limits how long a body may take, and its memory while the sender is unauthenticated. */
function holdBody(bodyMs: number): preParsingHookHandler {
  return (request, reply, payload, done) => {
    const { raw, server } = request
    const length = raw.headers['content-length']
    const hasBody = (length ?? raw.headers['transfer-encoding']) !== undefined && length !== '0'
    if (!hasBody || request.routeOptions.config.watchesBody) return done(null, payload)
    const refuse = (status: number, code: string, more: ProblemMore = {}) => {
      void sendProblem(request, reply.header('connection', 'close'), status, code, more)
      reply.raw.once('finish', () => raw.destroy())
    }
    const bytes = Math.min(length === undefined ? bodyLimit : Number(length), bodyLimit)
    const refuseForNow = () => refuse(429, 'too-many-requests', { retryAfterSeconds: 5 })
    const release = request.isMember
      ? () => {}
      : server.heldBytes.hold(clientAddress(request), bytes, raw, () =>
          reply.sent ? raw.destroy() : refuseForNow(),
        )
    if (!release) return refuseForNow()
    const timer = setTimeout(() => {
      if (!raw.complete && !reply.sent) refuse(408, 'too-slow')
    }, bodyMs)
    // After an early answer the body may never end; that must not keep the process alive.
    timer.unref()
    raw.once('end', () => clearTimeout(timer))
    reply.raw.once('close', () => {
      clearTimeout(timer)
      release()
    })
    done(null, payload)
  }
}

function trusted(given: Config['http']['trustProxy']) {
  if (typeof given === 'boolean') return given
  return trustsEverybody(given) || openProxies(proxiesOf(given))
}

const codes: Record<number, string> = {
  404: 'no-such-address',
  408: 'too-slow',
  413: 'too-large',
  415: 'wrong-content-type',
  431: 'headers-too-large',
}
const codeOf = (status: number) => codes[status] ?? 'invalid'
