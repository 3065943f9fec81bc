// One call to the peer: built from templates, bounded in time and size. The host comes from the configuration and redirects
// are not followed, so that no text can choose where a call goes. Not by fetch: it breaks off at an unasked "100 Continue", a
// bare LF or a second Content-Length, after which a text that the peer has taken would be sent again.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { request as requestOverTls, Agent as TlsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { constants, unzipSync } from 'node:zlib'
import { readRetryAfter } from '../../../web/retry-after.js'
import { within } from '../../../within.js'
import { lookupFrom } from '../addresses.js'
import { inCharset } from './call.js'
import type { CallForm } from './resolved.js'
import type { Values } from './template.js'

/** The peer's response. */
export interface Told {
  readonly status: number
  /** The body, up to the size limit, and as far as it came. */
  readonly body: string
  /** The peer's clock, epoch ms, if given. */
  readonly date: number | undefined
  readonly retryAfterMs: number
}

export interface Failed {
  readonly failed: string
  /** It may have arrived. */
  readonly mayBeOut: boolean
}

// A response carries a code and an id; anything longer is an error page.
const maxAnswerBytes = 64 * 1024
// A peer may ask us to wait; a reply older than this is useless.
const longestRetryAfterMs = 60_000
// One connection a call: on one that was kept, a call is lost whenever the peer closes it at the same moment. TLS sessions are
// resumed, and a change of the peer's address or certificate counts from the next call.
const agents = { http: new Agent(), https: new TlsAgent() }

/** What has come of a call so far. */
interface Progress {
  mayBeOut: boolean
  head: IncomingMessage | undefined
  readonly chunks: Buffer[]
}

/** Makes one call. Never throws; the result reveals nothing of the call, which carries secrets and a phone number. */
export async function callPeer(
  { url, method, headers, body }: CallForm,
  values: Values,
  timeoutMs: number,
  extraHeaders: CallForm['headers'] = [],
  lookup = lookupFrom(0),
): Promise<Told | Failed> {
  // A header that lacks one of its values is left out, because it would be wrong.
  const written = [...headers, ...extraHeaders].filter(([, value]) =>
    value.names.every((name) => values[name] !== undefined),
  )
  const filled = Object.fromEntries(written.map(([name, value]) => [name, value.fill(values)]))
  const progress: Progress = { mayBeOut: false, head: undefined, chunks: [] }
  try {
    await within(timeoutMs, (signal) =>
      exchange(
        { url: url.fill(values), method, headers: filled, body: body?.fill(values), lookup, signal },
        progress,
      ),
    )
  } catch (error) {
    // A response that has begun counts, even if its body never ends or is cut: the part that arrived is used.
    if (!progress.head) return readRaw(error) ?? failureOf(error, progress.mayBeOut)
  }
  return toldBy(progress.head!, Buffer.concat(progress.chunks).subarray(0, maxAnswerBytes))
}

interface Written {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly lookup: LookupFunction
  readonly signal: AbortSignal
}

async function exchange(
  { url, method, headers, body, lookup, signal }: Written,
  progress: Progress,
): Promise<void> {
  const target = new URL(url)
  const isTls = target.protocol === 'https:'
  const call = (isTls ? requestOverTls : request)(target, {
    method,
    headers: {
      accept: '*/*',
      // A small body needs no compression, and a middlebox may decompress it and leave the header.
      'accept-encoding': 'identity',
      'user-agent': 'dossier-gateway',
      ...headers,
    },
    agent: isTls ? agents.https : agents.http,
    // Takes what a strict reader breaks off at. Nobody but the peer answers on this connection, and it sends no second response.
    insecureHTTPParser: true,
    lookup,
    signal,
  })
  // Written once the connection stands, and over TLS once the peer has proven itself: up to then nothing has left.
  call.once('socket', (socket) =>
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      progress.mayBeOut = true
      call.end(body)
    }),
  )
  call.on('error', () => undefined) // also after the response has begun, when nothing else listens
  const [head] = (await once(call, 'response')) as [IncomingMessage]
  progress.head = head
  let length = 0
  for await (const chunk of head as AsyncIterable<Buffer>) {
    progress.chunks.push(chunk)
    length += chunk.length
    if (length >= maxAnswerBytes) break
  }
}

function toldBy({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer): Told {
  const date = Date.parse(headers.date ?? '')
  const charset = /charset="?([\w-]+)/i.exec(headers['content-type'] ?? '')?.[1]
  return {
    status: statusCode,
    // Without the byte order mark that some peers put first.
    body: inCharset(unpacked(bytes, headers['content-encoding']), charset).replace(/^\ufeff/, ''),
    date: Number.isNaN(date) ? undefined : date,
    retryAfterMs: readRetryAfter(headers['retry-after'], date || Date.now(), longestRetryAfterMs),
  }
}

// A response that even the lenient parser breaks off at (a warning of PHP among the headers, two lengths) has a status and a body
// all the same.
function readRaw(error: unknown): Told | undefined {
  const raw = (error as { rawPacket?: Buffer }).rawPacket?.toString('latin1') ?? ''
  const [head, status] = /^HTTP\/[\d.]+ ([2-5]\d\d)\b.*?\r?\n\r?\n/s.exec(raw) ?? []
  if (head === undefined) return undefined
  return { status: Number(status), body: raw.slice(head.length), date: undefined, retryAfterMs: 0 }
}

// Some peers pack unasked. What is called packed and is not is taken as it is; of a body that was cut, what came of it.
function unpacked(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return bytes
  try {
    return unzipSync(bytes, { maxOutputLength: maxAnswerBytes, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return bytes
  }
}

function failureOf(error: unknown, mayBeOut: boolean): Failed {
  const { name, code, errors } = error as Error & { code?: unknown; errors?: { code?: unknown }[] }
  if (name === 'TimeoutError') return { failed: 'timeout', mayBeOut }
  const reason = String(code ?? errors?.[0]?.code ?? name)
  return {
    failed: /^[A-Z][A-Z0-9_]{2,40}$/.test(reason) ? reason : 'failed',
    // In TLS 1.3 our end of the handshake is done first: a peer that then misses our certificate reads nothing of the call.
    mayBeOut: mayBeOut && !/^ERR_SSL_\w+_ALERT_/.test(reason),
  }
}
