// A Fastify server hardened once for both listeners: nothing coerced, nothing stripped silently, bounded sizes and times,
// errors as problem details, a request id on everything.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import { isIPv4 } from 'node:net'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type preParsingHookHandler,
} from 'fastify'
import type { Config } from '../config/config.js'
import type { Log } from '../log.js'
import { type AnySchema, compile, type ValidateFunction } from '../validator.js'
import { clientAddress } from './addresses.js'
import { watchConnections } from './connections.js'
import { answerHeaders, harden, inert } from './hardening.js'
import { type HeldBytes, openHeldBytes } from './held-bytes.js'
import { boundPipelining } from './pipelining.js'
import { type ProblemMore, problemBody, problemType, sendProblem } from './problem.js'
import { openStreams, type Streams } from './streams.js'

// The bodies of desks, kiosks and print agents; agencies' routes read theirs themselves, with limits of their own. The longest
// of these is a heartbeat of some 2 KiB.
const bodyLimit = 64 * 1024
/** How long peers may take, in milliseconds. */
export interface Patience {
  /** Headers must be there within this time. */
  readonly headersMs: number
  /** A body must arrive whole within this time; routes that watch the body themselves, as bulk uploads do, are exempt. */
  readonly bodyMs: number
  /** At the end: open lines on which nothing is under way are kept this long, for what may be on its way. */
  readonly quietMs: number
  /** At the end: what is under way may take this long. */
  readonly busyMs: number
}
const patience: Patience = { headersMs: 10_000, bodyMs: 30_000, quietMs: 500, busyMs: 3000 }
// How often node looks for headers that are overdue; its own 30 s would let a slow peer stay for that long.
const overdueCheckMs = 1000

// TLS 1.3, and of 1.2 what every browser since 2014 speaks: forward secrecy and authenticated encryption alone (RFC 9325 §4.2).
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE+AESGCM',
  'ECDHE+CHACHA20',
].join(':')

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads its body itself, with a size and a time of its own. */
    watchesBody?: boolean
    /** The route takes bodies packed with gzip, with a bound on what they unfold to. */
    unpacksGzip?: boolean
  }
  interface FastifyInstance {
    /** Aborted when the listener begins to close: what would go on for long ends itself. */
    closing: AbortSignal
    /** Places for event streams. */
    streams: Streams
    /** Bytes held for strangers. */
    heldBytes: HeldBytes
    /** Browsers reach this listener by HTTPS, whatever it speaks itself. */
    isPublicHttps: boolean
  }
  interface FastifyRequest {
    /** Set by a route's onRequest hook once it is known who asks: a member's body is not counted as a stranger's. */
    isMember: boolean
  }
}

/** Makes a server that listens nowhere yet. */
export function openListener(
  { http }: Pick<Config, 'http'>,
  log: Log,
  times: Partial<Patience> = {},
): FastifyInstance {
  const { headersMs, bodyMs, ...drainTimes } = { ...patience, ...times }
  const nodeTimes = { headersTimeout: headersMs, connectionsCheckingInterval: overdueCheckMs }
  const node = http.tls
    ? {
        https: {
          ...nodeTimes,
          cert: readFileSync(http.tls.certFile),
          key: readFileSync(http.tls.keyFile),
          ciphers,
        },
      }
    : { http: nodeTimes }
  // Unique, not secret: eight random characters a process and a count.
  const idPrefix = randomBytes(6).toString('base64url')
  let requests = 0
  const nextId = () => `${idPrefix}${(requests++).toString(36)}`
  const server = fastify({
    ...(node as object),
    logger: false,
    bodyLimit,
    trustProxy: trusted(http.trustProxy),
    requestIdHeader: false,
    genReqId: ({ headers }) => readId(headers['x-request-id']) ?? nextId(),
    connectionTimeout: 60_000,
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    // While closing, what still comes over open lines is served and the line closed after it: the rooms behind close later.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (_error, request, reply) =>
      void sendProblem(request, inert(request, reply), 400, 'bad-address'),
    clientErrorHandler(error, socket) {
      if (!socket.writable) return void socket.destroy()
      const { status, code } = unparsed[error.code ?? ''] ?? { status: 400, code: 'malformed-request' }
      socket.end(bareProblem(status, code, nextId()))
    },
  })
  server.server.requestTimeout = 0 // node's knows no exempt routes; the hook below does
  server.server.maxHeadersCount = 0 // node drops the rest silently; hardening.ts counts and refuses

  const closing = new AbortController()
  const connections = watchConnections(server.server)
  server.decorate('closing', closing.signal)
  server.decorate('streams', openStreams(closing.signal))
  server.decorate('heldBytes', openHeldBytes())
  server.decorate('isPublicHttps', http.publicUrl?.startsWith('https:') ?? false)
  server.decorateRequest('isMember', false)
  server.addHook('onRequest', (_request, reply, done) => {
    if (connections.isDraining) reply.header('connection', 'close')
    done()
  })
  server.addHook('preClose', async () => {
    closing.abort()
    await connections.drain(drainTimes)
  })

  boundPipelining(server as unknown as FastifyInstance)
  server.setValidatorCompiler(({ schema }) => checkedOnUse(schema))
  harden(server as unknown as FastifyInstance)
  server.addHook('preParsing', holdBody(bodyMs))
  server.setNotFoundHandler((request, reply) => sendProblem(request, reply, 404, 'no-such-address'))
  server.setErrorHandler(faultHandler(log))
  return server as unknown as FastifyInstance
}

/** Tells a fault in the sender's terms; only our own mistakes are logged. */
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
        'A request failed by our own mistake',
      )
      return sendProblem(request, reply, 500, 'internal')
    }
    return sendProblem(request, reply, status, codeOf(status))
  }

/** A body is waited for so long and no longer, and held only where there is room for what strangers send. */
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
    const release = request.isMember ? () => {} : server.heldBytes.hold(clientAddress(request), bytes)
    if (!release) return refuse(429, 'too-many-requests', { retryAfterSeconds: 5 })
    const timer = setTimeout(() => {
      if (!raw.complete && !reply.sent) refuse(408, 'too-slow')
    }, bodyMs)
    // An answer given early leaves a body that never ends; neither may hold the process back.
    timer.unref()
    raw.once('end', () => clearTimeout(timer))
    reply.raw.once('close', () => {
      clearTimeout(timer)
      release()
    })
    done(null, payload)
  }
}

// Compiled when a route is first used: all of them together are a tenth of our start.
function checkedOnUse(schema: AnySchema) {
  let compiled: ValidateFunction | undefined
  const check: { (data: unknown): boolean; errors?: NonNullable<ValidateFunction['errors']> | null } = (
    data,
  ) => {
    compiled ??= compile(schema)
    const fits = compiled(data)
    check.errors = compiled.errors ?? null
    return fits
  }
  return check
}

// What node's parser gives up on never becomes a request, so the answer is written by hand.
const unparsed: Record<string, { status: number; code: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'too-slow' },
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers-too-large' },
}

function bareProblem(status: number, code: string, id: string): string {
  const body = JSON.stringify(problemBody(status, code, id))
  const headers = {
    connection: 'close',
    'content-type': problemType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': id,
    ...answerHeaders,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n')
}

// Plain IPv4 addresses, which nearly every configuration gives, are compared as they stand; Fastify would parse each
// address of each request anew. Networks, names and IPv6 are left to it.
function trusted(given: Config['http']['trustProxy']) {
  const list = typeof given === 'string' ? given.split(',').map((one) => one.trim()) : given
  if (!Array.isArray(list) || !list.every((one) => isIPv4(one))) return given
  const known = new Set(list.flatMap((one) => [one, `::ffff:${one}`]))
  return (address: string) => known.has(address)
}

const codes: Record<number, string> = {
  400: 'invalid',
  404: 'no-such-address',
  408: 'too-slow',
  413: 'too-large',
  415: 'wrong-content-type',
  431: 'headers-too-large',
}
const codeOf = (status: number) => codes[status] ?? 'invalid'

// A caller's request id goes back to the caller and into the log: only what no log or header can stumble over.
const readId = (theirs: string | string[] | undefined) =>
  typeof theirs === 'string' && /^[\w.:/=-]{1,64}$/.test(theirs) ? theirs : undefined
