// `POST /v1/dossiers/bulk`: NDJSON over HTTP. Streamed, or buffered when a signature or an Idempotency-Key needs the
// whole body; bulk.ts interprets the lines.
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RecordAction } from '../access/audit.js'
import type { Keys } from '../access/keys.js'
import type { Log } from '../log.js'
import type { Writer } from './access.js'
import { BodyError, decompressStream, isGzipped, streamBody } from './body.js'
import { bulk, emptySummary, readAbortOver, type Summary } from './bulk.js'
import { closeUnread, type Door, ndjson } from './door.js'
import type { Intake } from './intake.js'
import type { Limits } from './limits.js'

interface BulkHandlerDeps {
  readonly door: Door
  readonly intake: Intake
  readonly limits: Limits
  readonly log: Log
  readonly audit: RecordAction
  readonly whileLive: Keys['whileLive']
  readonly isStopping: () => boolean
}

// The names under which libraries send a line for each value; none is registered.
const types = [
  ...[ndjson, 'application/ndjson', 'text/x-ndjson', 'text/ndjson'],
  ...['application/jsonl', 'application/x-jsonl', 'text/jsonl'],
  ...['application/jsonlines', 'application/x-jsonlines', 'application/json-lines', 'application/x-ldjson'],
]
// The sender of an aborted upload may still be writing: it must be able to read why before the connection closes.
const lingerMs = 5000

/** The handler of POST /v1/dossiers/bulk. */
export function bulkHandler({ door, intake, limits, log, audit, whileLive, isStopping }: BulkHandlerDeps) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (!door.accepts(request, reply, types)) return reply
    const admitted = await door.admit(request, reply, { bytes: limits.heldBulkBytes, signable: true })
    if (!admitted) return reply
    const { writer } = admitted
    const abortOver = readAbortOver((request.query as { abortOver?: unknown }).abortOver)
    if (abortOver === 'invalid') {
      closeUnread(request, reply)
      return door.problem(request, reply, 400, 'invalid', { errors: [{ code: 'abort-over' }] })
    }
    const run = (chunks: AsyncIterable<Buffer>) => {
      const summary: Summary = emptySummary()
      const { mayWrite } = writer
      const lines = bulk(chunks, { intake, mayWrite, abortOver, isStopping, summary })
      return logged(writer, lines, summary, log, audit)
    }
    const key = request.headers['idempotency-key']
    // A revoked key is cut off at once: the connection is closed.
    reply.raw.once(
      'close',
      whileLive(writer.keyId, () => request.raw.socket.destroy()),
    )
    return door.inPlace(request, reply, 'bulk', writer, async () => {
      if (!admitted.body && typeof key !== 'string') return streamed(request, reply, run, limits)
      const body = await door.body(request, admitted, limits.heldBulkBytes)
      if (typeof key !== 'string') return stream(reply, run(slices(body)))
      if (countLines(body) > limits.heldBulkLines) return door.problem(request, reply, 413, 'too-large')
      return door.once(request, reply, writer, key, body, async () => ({
        status: 200,
        contentType: ndjson,
        body: run(slices(body)),
      }))
    })
  }
}

async function streamed(
  request: FastifyRequest,
  reply: FastifyReply,
  run: (chunks: AsyncIterable<Buffer>) => AsyncGenerator<string>,
  limits: Limits,
): Promise<FastifyReply> {
  const raw = streamBody(request.raw, limits.bulkSilenceMs)
  const chunks = isGzipped(request.raw) ? decompressStream(raw, limits.decompressedBulkBytes) : raw
  // Until the first bytes are sent, a problem can still be reported as one.
  const first = await chunks.next()
  await stream(reply, run(rejoin(first, chunks)))
  if (!request.raw.readableEnded) {
    const timer = setTimeout(() => request.raw.destroy(), lingerMs).unref()
    request.raw.once('end', () => clearTimeout(timer)).resume()
  }
  return reply
}

/** A bulk upload logs a pair of events, with counts only. */
async function* logged(
  writer: Writer,
  lines: AsyncGenerator<string, Summary>,
  summary: Summary,
  log: Log,
  audit: RecordAction,
): AsyncGenerator<string> {
  const started = performance.now()
  log.info({ evt: 'bulk.started', keyId: writer.keyId }, 'Bulk upload started')
  let outcome = 'gone'
  try {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) {
        outcome = summary.aborted ?? 'complete'
        return
      }
      yield value
    }
  } catch (error) {
    // The peer disconnected: what was read is applied, with nobody to report to.
    if (!(error instanceof BodyError)) throw error
  } finally {
    // Nobody reads on, but the pending store calls are awaited, so that the counts are right.
    await lines.return(summary)
    const tookMs = Math.round(performance.now() - started)
    log.info({ evt: 'bulk.ended', keyId: writer.keyId, ...summary, outcome, tookMs }, 'Bulk upload ended')
    const result = `${outcome}: ${summary.applied} of ${summary.lines} applied`
    void audit({ who: `key ${writer.keyId}`, what: 'bulk', on: '', result })
  }
}

// Back-pressure: unread results are buffered up to this size, because senders that write everything before they read
// anything are common; some 500,000 lines of theirs fit. Beyond it the body waits for the reader.
const heldResultBytes = 16 * 1024 * 1024

async function stream(reply: FastifyReply, lines: AsyncGenerator<string>): Promise<FastifyReply> {
  const source = Readable.from(lines, { objectMode: false, highWaterMark: heldResultBytes })
  reply.header('content-type', ndjson).header('cache-control', 'no-store').send(source)
  await new Promise<void>((resolve) => reply.raw.once('close', resolve))
  return reply
}

function countLines(body: Buffer): number {
  let lines = 0
  for (let at = body.indexOf(10); at >= 0; at = body.indexOf(10, at + 1)) lines++
  return lines
}

async function* slices(body: Buffer): AsyncGenerator<Buffer> {
  const size = 65_536
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

async function* rejoin(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.done) return
  yield first.value
  yield* rest
}
