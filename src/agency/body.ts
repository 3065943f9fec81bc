// Reads a request's whole body, within a size and a time. Fastify's own reader has no time-out, and a signature covers
// the raw bytes.
import type { IncomingMessage } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip, gunzip } from 'node:zlib'

export type BodyFault = 'too-large' | 'too-slow' | 'gone' | 'not-gzip'

/** Thrown by body readers; the route answers 413, 408 or 400, or nothing when the peer has disconnected. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  constructor(readonly fault: BodyFault) {
    super(fault)
  }
}

/** The whole body. Rejects with BodyError; the rest of the body is not read. */
export function readBody(request: IncomingMessage, maxBytes: number, withinMs: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes)
    return Promise.reject(new BodyError('too-large'))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const settle = (fault?: BodyFault) => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
      if (fault) {
        request.pause()
        // A late error of an abandoned connection is irrelevant.
        request.on('error', () => {})
        reject(new BodyError(fault))
      } else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length))
    }
    const onData = (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) settle('too-large')
      else chunks.push(chunk)
    }
    const onEnd = () => settle()
    const onClose = () => settle('gone')
    const timer = setTimeout(() => settle('too-slow'), withinMs)
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
  })
}

/** The body as a stream, each chunk within `silenceMs` of the one before, and all within `wholeMs`. Throws BodyError. */
export async function* streamBody(
  request: IncomingMessage,
  silenceMs: number,
  wholeMs = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  const until = performance.now() + wholeMs
  // Returning early must not close the connection: the response is still to be sent on it.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  let timer: NodeJS.Timeout | undefined
  try {
    for (;;) {
      const silence = new Promise<'silence'>((resolve) => {
        timer = setTimeout(resolve, Math.min(silenceMs, until - performance.now()), 'silence')
      })
      const next = await Promise.race([chunks.next(), silence])
      clearTimeout(timer)
      if (next === 'silence' || performance.now() > until) throw new BodyError('too-slow')
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    throw error instanceof BodyError ? error : new BodyError('gone')
  } finally {
    clearTimeout(timer)
    void chunks.return?.()
  }
}

/** Whether the body is gzipped; the listener admits no other encoding. */
export function isGzipped(request: IncomingMessage): boolean {
  return /^(x-)?gzip$/i.test(request.headers['content-encoding']?.trim() ?? '')
}

/** Decompresses a buffered body, to at most `maxBytes`. Rejects with BodyError. */
export async function decompress(gzipped: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(gzipped, { maxOutputLength: maxBytes })
  } catch (error) {
    const { code } = error as { code?: string }
    throw new BodyError(code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'not-gzip')
  }
}

/** Decompresses a body as it arrives, to at most `maxBytes` in all. Throws BodyError. */
export async function* decompressStream(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  const decompressed = createGunzip()
  let fault: unknown
  // Report an error of the body itself rather than the decompression error it causes.
  pipeline(Readable.from(chunks, { objectMode: false }), decompressed, (error) => (fault ??= error))
  let size = 0
  try {
    for await (const chunk of decompressed) {
      size += (chunk as Buffer).length
      if (size > maxBytes) throw new BodyError('too-large')
      yield chunk as Buffer
    }
  } catch (error) {
    const cause = error instanceof BodyError ? error : fault instanceof BodyError ? fault : undefined
    throw cause ?? new BodyError('not-gzip')
  }
}
