// One HTTP exchange with a peer that may be slow, huge, wrong or hostile: a time-out over the whole exchange, a cap on
// the bytes read, JSON or nothing, no redirects to somewhere else.
import { GatewayError } from '../../errors.js'
import { readRetryAfter } from '../../web/retry-after.js'
import { within } from '../../within.js'

interface PeerRequest {
  readonly url: string | URL
  readonly method?: 'GET' | 'POST'
  readonly headers?: Record<string, string>
  /** An object goes as JSON, a URLSearchParams as a form. */
  readonly body?: object | URLSearchParams
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly signal: AbortSignal
}

export interface PeerAnswer {
  readonly statusCode: number
  /** The parsed body. undefined when it was empty, or not JSON beside an error status; an empty list for 204. */
  readonly json: unknown
  /** How long the peer asks us to wait; 0 where it does not. */
  readonly retryAfterMs: number
}

/** Throws `source-unavailable` for anything that may be different next time. Any HTTP status is an answer. */
export async function askPeer(request: PeerRequest): Promise<PeerAnswer> {
  const { status, bytes, retryAfterMs } = await patiently(request.timeoutMs, request.signal, (signal) =>
    exchange(request, signal),
  )
  return { statusCode: status, json: jsonOf(status, bytes), retryAfterMs }
}

/**
 * Runs `work` for `ms` at most, or until `parent` aborts; beyond that throws `source-unavailable`. Errors of `work` are
 * rethrown.
 */
export async function patiently<T>(
  ms: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await within(ms, work, parent)
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    const why =
      error.name === 'TimeoutError' ? 'the peer did not answer in time' : 'the question was given up'
    throw unavailable(why, error)
  }
}

async function exchange(request: PeerRequest, signal: AbortSignal) {
  const { body } = request
  const form = body instanceof URLSearchParams
  try {
    const response = await fetch(request.url, {
      method: request.method ?? (body ? 'POST' : 'GET'),
      headers: {
        accept: 'application/json',
        ...(body && !form ? { 'content-type': 'application/json; charset=utf-8' } : {}),
        ...request.headers,
      },
      ...(body ? { body: form ? body : JSON.stringify(body) } : {}),
      // Credentials go to the configured peer and nowhere else.
      redirect: 'manual',
      signal,
    })
    if (response.headers.has('location') && response.status >= 300 && response.status < 400) {
      await response.body?.cancel() // unread, it would hold its connection
      throw unavailable(`the peer redirects (HTTP ${response.status}); give the address where that ends`)
    }
    const { headers, status } = response
    return {
      status,
      bytes: await readBody(response, request.maxBytes),
      retryAfterMs: readRetryAfter(
        headers.get('retry-after'),
        Date.parse(headers.get('date') ?? '') || Date.now(),
        longestAskedMs,
      ),
    }
  } catch (error) {
    if (error instanceof GatewayError || error instanceof DOMException) throw error
    const code = (error as { cause?: { code?: unknown } }).cause?.code
    throw unavailable(`the peer cannot be reached${typeof code === 'string' ? ` (${code})` : ''}`, error)
  }
}

// The longest wait a peer may ask for; one that asks for more, by mistake or for a long maintenance, is tried again after this.
const longestAskedMs = 300_000
/** What some frameworks answer to a search without results. */
export const noContent = 204

function jsonOf(statusCode: number, bytes: Uint8Array): unknown {
  if (bytes.length === 0) return statusCode === noContent ? [] : undefined
  if (isTooCostly(bytes)) throw unavailable(`the peer's answer holds too many values; lower options.pageSize`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The parser's error would quote the body; the error status says enough.
    if (statusCode >= 300) return undefined
    throw unavailable('the peer answered something that is not JSON')
  }
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) {
      throw unavailable(`the peer's answer is larger than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

// JSON.parse blocks the event loop. 16 MiB of records take it 0.1 s, but the same bytes as brackets four seconds and half a
// gigabyte. So many values take at most 0.2 s, whatever they are; a page of 200 records has some 20,000.
const maxValues = 200_000
const deepest = 64

/** Whether parsing would take too long: too many values, or nested too deeply. One pass over the bytes. */
function isTooCostly(bytes: Uint8Array): boolean {
  let [values, depth, isInString] = [0, 0, false]
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isInString) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) isInString = false
      continue
    }
    switch (byte) {
      case 0x22: // "
        isInString = true
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > deepest || ++values > maxValues) return true
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      case 0x2c: // ,
        if (++values > maxValues) return true
    }
  }
  return false
}

/** A fault that may be over at the next attempt. */
export function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('source-unavailable', message, true, cause)
}

/** Whether a status may be what a peer says to a login that is over: each has one of its own (401, 403, 419, 440 …). */
export const mayBeDenial = (status: number) =>
  status >= 400 && status < 500 && status !== 404 && status !== 408 && status !== 429

/** Whether a peer was merely slow, so that its login may still be good. */
export const isLate = (error: unknown) => error instanceof Error && error.cause instanceof DOMException

/** The same, with how long the peer asks us to wait. */
class AskedToWait extends GatewayError {
  constructor(
    message: string,
    readonly retryAfterMs: number,
  ) {
    super('source-unavailable', message, true)
  }
}

/** How long a peer that failed has asked us to wait, ms; 0 where it did not say. */
export const askedToWaitMs = (error: GatewayError): number =>
  error instanceof AskedToWait ? error.retryAfterMs : 0

/** A fault that stays until somebody changes a setting, here or at the peer. */
export function refused(message: string): GatewayError {
  return new GatewayError('source-refused', message, false)
}

/** Names every status that is not the success an adapter expects. */
export function mustBeOk({ statusCode, retryAfterMs }: PeerAnswer, what: string): void {
  if (statusCode === 200 || statusCode === noContent) return
  if (statusCode === 408 || statusCode === 429 || statusCode >= 500)
    throw new AskedToWait(`${what}: HTTP ${statusCode}`, retryAfterMs)
  throw refused(`${what}: HTTP ${statusCode}`)
}

/** The address under the configured base; a path never escapes it. */
export function under(base: string, path: string, query: Record<string, string | number> = {}): URL {
  const url = new URL(base.replace(/\/*$/, '') + (path.startsWith('/') ? path : `/${path}`))
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value))
  return url
}
