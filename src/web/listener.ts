// A Fastify server hardened once for both listeners: nothing coerced, nothing stripped silently, bounded sizes and times,
// errors as problem details, a request id on everything.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import { isIPv4 } from 'node:net'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import type { Config } from '../config/config.js'
import type { Log } from '../log.js'
import { type AnySchema, compile, type ValidateFunction } from '../validator.js'
import { answerHeaders, harden, inert } from './hardening.js'
import { problemBody, problemType, sendProblem } from './problem.js'

const mebibyte = 1024 * 1024
// A request must arrive whole within this time; slow-loris peers are cut (REQUIREMENTS A-06). Routes that watch the body
// themselves, as bulk uploads do, are exempt.
const patience = { headersMs: 10_000, bodyMs: 30_000 }
// How often node looks for headers that are overdue; its own 30 s would let a slow peer stay for that long.
const overdueCheckMs = 1000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads its body itself, with a size and a time of its own. */
    watchesBody?: boolean
  }
}

/** Makes a server that listens nowhere yet. */
export function openListener(
  { http }: Pick<Config, 'http'>,
  log: Log,
  { headersMs, bodyMs } = patience,
): FastifyInstance {
  const times = { headersTimeout: headersMs, connectionsCheckingInterval: overdueCheckMs }
  const node = http.tls
    ? { https: { ...times, cert: readFileSync(http.tls.certFile), key: readFileSync(http.tls.keyFile) } }
    : { http: times }
  // Unique, not secret: eight random characters a process and a count.
  const idPrefix = randomBytes(6).toString('base64url')
  let requests = 0
  const nextId = () => `${idPrefix}${(requests++).toString(36)}`
  const server = fastify({
    ...(node as object),
    logger: false,
    bodyLimit: mebibyte,
    trustProxy: trusted(http.trustProxy),
    requestIdHeader: false,
    genReqId: ({ headers }) => readId(headers['x-request-id']) ?? nextId(),
    connectionTimeout: 60_000,
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    // While closing, what still comes over open lines is served and the line closed after it: the rooms behind close later.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
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
  server.server.maxHeadersCount = 100

  server.setValidatorCompiler(({ schema }) => checkedOnUse(schema))
  harden(server as unknown as FastifyInstance)
  server.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    const hasBody = raw.headers['content-length'] ?? raw.headers['transfer-encoding']
    if (hasBody !== undefined && hasBody !== '0' && !request.routeOptions.config.watchesBody) {
      const timer = setTimeout(() => {
        if (raw.complete || reply.sent) return
        void sendProblem(request, reply.header('connection', 'close'), 408, 'too-slow')
        reply.raw.once('finish', () => raw.destroy())
      }, bodyMs)
      // An answer given early leaves a body that never ends; neither may hold the process back.
      timer.unref()
      const stop = () => clearTimeout(timer)
      raw.once('end', stop)
      reply.raw.once('close', stop)
    }
    done()
  })
  server.setNotFoundHandler((request, reply) => sendProblem(request, reply, 404, 'no-such-address'))
  server.setErrorHandler((error: FastifyError & { retryable?: boolean }, request, reply) => {
    if (reply.sent) return
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
  })
  return server as unknown as FastifyInstance
}

// Compiled when a route is first used: all of them together are a tenth of our start.
function checkedOnUse(schema: AnySchema) {
  let compiled: ValidateFunction | undefined
  const check = (data: unknown): boolean => {
    compiled ??= compile(schema)
    const fits = compiled(data)
    check.errors = compiled.errors
    return fits
  }
  check.errors = undefined as ValidateFunction['errors']
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
