// The agency door over HTTP: one dossier, many (NDJSON), events. What is right or wrong with an update is check.ts and
// intake.ts; here are addresses, keys, sizes and times.
import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Keep } from '../access/audit.js'
import type { Keys } from '../access/keys.js'
import type { Agency } from '../dossier/agency.js'
import type { Dossier, DossierNo } from '../dossier/dossier.js'
import type { Numbers } from '../dossier/numbers.js'
import type { DossierStore } from '../dossier/store.js'
import { writeTime } from '../dossier/times.js'
import type { Wording } from '../dossier/wording.js'
import type { KeysBelow } from '../dossier/wording-keys.js'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'
import { bulkDocs, deleteDocs, eventsDocs, getDocs, putDocs } from '../web/docs.js'
import { type ProblemMore, sendProblem } from '../web/problem.js'
import { bytesOf, sendWhole } from '../web/whole-answer.js'
import { openAccess, type Refusal, type Writer } from './access.js'
import { BodyError, readBody, streamBody } from './body.js'
import { bulk, readAbortOver, type Summary } from './bulk.js'
import type { Fault } from './check.js'
import { openEvents } from './events.js'
import { idempotencyKeyForm, type Kept, openIdempotency } from './idempotency.js'
import type { Intake, IntakeResult } from './intake.js'
import { type Limits, limits as shippedLimits } from './limits.js'
import { openSignatures } from './signature.js'

export interface AgencyDeps {
  readonly intake: Intake
  readonly numbers: Numbers
  readonly store: DossierStore
  readonly agencies: readonly Agency[]
  readonly keys: Keys
  readonly door: RedisDoor
  readonly phoneKey: string
  readonly words: Wording
  readonly log: Log
  readonly audit?: Keep
  readonly limits?: Limits
}

const json = 'application/json'
const ndjson = 'application/x-ndjson'
const oneEvent = 'application/cloudevents+json'
const manyEvents = 'application/cloudevents-batch+json'

/** Routes of `/v1/dossiers` and `/v1/events`. */
export function agencyRoutes(deps: AgencyDeps): FastifyPluginAsync {
  const {
    intake,
    numbers,
    store,
    agencies,
    keys,
    door,
    words,
    log,
    limits = shippedLimits,
    audit = async () => {},
  } = deps
  const access = openAccess({
    keys,
    agencies,
    limits,
    signatures: openSignatures(deps.phoneKey),
    now: intake.now,
  })
  const idempotency = openIdempotency(door)
  const events = openEvents(intake, door)
  let isStopping = false

  const problem = (
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    code: KeysBelow<'problem'>,
    more: ProblemMore = {},
  ) => {
    // Machines read English; a person's tool may ask for Vietnamese.
    const inVietnamese = /^\s*vi\b/i.test(request.headers['accept-language'] ?? '')
    const detail = (inVietnamese ? words.vi : words.en).text(`problem.${code}`)
    return sendProblem(request, reply, status, code, { detail, ...more })
  }

  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) => {
    closeUnread(request, reply)
    if (refusal.status === 429)
      return problem(request, reply, 429, 'too-many-requests', {
        retryAfterSeconds: refusal.retryAfterSeconds,
      })
    log.info({ evt: 'agency.refused', requestId: request.id }, 'A request without a valid key was refused')
    return problem(request, reply.header('www-authenticate', 'Bearer'), 401, 'unauthorized')
  }

  const forbid = (request: FastifyRequest, reply: FastifyReply, writer: Writer, agency: string) => {
    log.warn(
      { evt: 'agency.forbidden', keyId: writer.keyId, agency },
      "A key asked for another agency's dossier",
    )
    audit({ who: `key ${writer.keyId}`, what: 'dossier.forbidden', on: agency, result: 'refused' })
    return problem(request, reply, 403, 'forbidden')
  }

  const broken = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    if (error instanceof BodyError) {
      closeUnread(request, reply, true)
      if (error.fault === 'too-slow') return problem(request, reply, 408, 'too-slow')
      return problem(request, reply, 413, 'too-large')
    }
    if (error instanceof GatewayError && error.retryable) return problem(request, reply, 503, 'unavailable')
    throw error
  }

  /** Who sends this, and the body when it had to be read for that. Undefined: already answered. */
  const admit = async (
    request: FastifyRequest,
    reply: FastifyReply,
    most: { bytes: number; signable: boolean },
  ): Promise<{ writer: Writer; body?: Buffer } | undefined> => {
    if (!access.isSigned(request) || !most.signable) {
      const writer = await access.byKey(request)
      if (!('status' in writer)) return { writer }
      refuse(request, reply, writer)
      return undefined
    }
    const body = await readBody(request.raw, most.bytes, limits.bodyMs)
    const writer = await access.bySignature(request, body)
    if (!('status' in writer)) return { writer, body }
    refuse(request, reply, writer)
    return undefined
  }

  /** Runs `work` in one of the key's places. */
  const inPlace = async (
    request: FastifyRequest,
    reply: FastifyReply,
    kind: 'bulk' | 'requests',
    { keyId }: Writer,
    work: () => Promise<unknown>,
  ) => {
    const place = `${kind} ${keyId}`
    if (!access.enter(place, kind === 'bulk' ? limits.bulkPerKey : limits.requestsPerKey)) {
      closeUnread(request, reply)
      return problem(request, reply, 429, 'too-many-requests', { retryAfterSeconds: 1 })
    }
    try {
      return await work()
    } finally {
      access.leave(place)
    }
  }

  const accepts = (request: FastifyRequest, reply: FastifyReply, types: readonly string[]) => {
    const [type, ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';')
    const charset = parameters.map((one) => /^\s*charset="?([^"]*)"?\s*$/.exec(one)?.[1]).find(Boolean)
    const fits =
      types.includes(type!.trim()) && (charset === undefined || charset === 'utf-8' || charset === 'utf8')
    if (fits) return true
    closeUnread(request, reply)
    problem(request, reply.header('accept', types.join(', ')), 415, 'wrong-content-type')
    return false
  }

  const readNumber = (
    request: FastifyRequest,
    reply: FastifyReply,
    writer: Writer,
  ): DossierNo | undefined => {
    const read = intake.number((request.params as { dossierNo: string }).dossierNo)
    if ('fault' in read) {
      const { reason, suggestion } = read.fault
      problem(request, reply, 400, 'unreadable', { reason: reason!, ...(suggestion ? { suggestion } : {}) })
      return undefined
    }
    if (writer.mayWrite(read.no.agency)) return read.no
    forbid(request, reply, writer, read.no.agency)
    return undefined
  }

  const outcome = (result: Exclude<IntakeResult, { error: unknown }>, no: DossierNo): string =>
    JSON.stringify({ ...result, lookupNumber: numbers.lookupNumberOf(no) })

  const put = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!accepts(request, reply, [json])) return reply
    const admitted = await admit(request, reply, { bytes: limits.updateBytes, signable: true })
    if (!admitted) return reply
    const { writer } = admitted
    return inPlace(request, reply, 'requests', writer, async () => {
      const no = readNumber(request, reply, writer)
      if (!no) {
        closeUnread(request, reply)
        return reply
      }
      const body = admitted.body ?? (await readBody(request.raw, limits.updateBytes, limits.bodyMs))
      const raw = parse(body)
      if (raw === malformed) {
        intake.refuse(no.agency)
        return problem(request, reply, 400, 'malformed-json')
      }
      const checked = intake.update(raw, writer.mayWrite, intake.now(), no)
      if (!('no' in checked)) return invalid(request, reply, checked)
      // Else a signed body could be sent again to the address of another dossier.
      if (admitted.body && (raw as { dossierNo?: string }).dossierNo === undefined)
        return invalid(request, reply, [{ code: 'missing', pointer: '/dossierNo' }])
      const result = await intake.applySoon(checked)
      const told = 'error' in result ? 'failed' : result.applied ? 'applied' : result.reason
      audit({ who: `key ${writer.keyId}`, what: 'dossier.put', on: no.text, result: told })
      return 'error' in result
        ? problem(request, reply, 500, 'internal')
        : sendJson(reply, outcome(result, no))
    })
  }

  const invalid = (request: FastifyRequest, reply: FastifyReply, faults: readonly Fault[]) => {
    if (faults[0]!.code === 'forbidden') return problem(request, reply, 403, 'forbidden')
    return problem(request, reply, 400, 'invalid', { errors: faults })
  }

  const get = async (request: FastifyRequest, reply: FastifyReply) => {
    const admitted = await admit(request, reply, { bytes: 0, signable: false })
    if (!admitted) return reply
    return inPlace(request, reply, 'requests', admitted.writer, async () => {
      const no = readNumber(request, reply, admitted.writer)
      if (!no) return reply
      const dossier = await store.read(no, intake.now())
      if (!dossier) return problem(request, reply, 404, 'unknown')
      return sendJson(reply, JSON.stringify(recordOf(dossier, numbers)))
    })
  }

  const erase = async (request: FastifyRequest, reply: FastifyReply) => {
    const admitted = await admit(request, reply, { bytes: 0, signable: false })
    if (!admitted) return reply
    return inPlace(request, reply, 'requests', admitted.writer, async () => {
      const no = readNumber(request, reply, admitted.writer)
      if (!no) return reply
      const existed = await store.erase(no)
      log.info(
        { evt: 'dossier.erased', keyId: admitted.writer.keyId, agency: no.agency, existed },
        'A dossier was erased at the word of its agency',
      )
      const result = existed ? 'erased' : 'unknown'
      await audit({ who: `key ${admitted.writer.keyId}`, what: 'dossier.erase', on: no.text, result })
      return reply.code(204).send()
    })
  }

  /** Answers the same request the same way; `work` runs only for a new one. */
  const once = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { keyId }: Writer,
    key: string,
    body: Buffer,
    work: () => Promise<Kept>,
  ) => {
    if (!idempotencyKeyForm.test(key))
      return problem(request, reply, 400, 'invalid', { errors: [{ code: 'idempotency-key' }] })
    const begun = await idempotency.begin(keyId, key, request.url, body)
    switch (begun.kind) {
      case 'under-way':
        return problem(request, reply, 409, 'under-way', { retryAfterSeconds: 1 })
      case 'other-body':
        return problem(request, reply, 422, 'key-reused')
      case 'kept':
        return sendKept(reply.header('idempotent-replayed', 'true'), begun.answer)
      case 'new':
        try {
          const answer = await work()
          await begun.finish(answer)
          return sendKept(reply, answer)
        } catch (error) {
          await begun.abandon()
          throw error
        }
    }
  }

  const bulkUpload = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!accepts(request, reply, [ndjson, 'application/ndjson', 'application/jsonl'])) return reply
    const admitted = await admit(request, reply, { bytes: limits.heldBulkBytes, signable: true })
    if (!admitted) return reply
    const { writer } = admitted
    const abortOver = readAbortOver((request.query as { abortOver?: unknown }).abortOver)
    if (abortOver === 'invalid') {
      closeUnread(request, reply)
      return problem(request, reply, 400, 'invalid', { errors: [{ code: 'abort-over' }] })
    }
    const run = (chunks: AsyncIterable<Buffer>) =>
      logged(
        writer,
        bulk(chunks, { intake, mayWrite: writer.mayWrite, abortOver, isStopping: () => isStopping }),
      )
    const key = request.headers['idempotency-key']
    return inPlace(request, reply, 'bulk', writer, async () => {
      if (admitted.body || typeof key === 'string') {
        const body = admitted.body ?? (await readBody(request.raw, limits.heldBulkBytes, limits.bodyMs))
        if (typeof key === 'string')
          return once(request, reply, writer, key, body, async () => {
            let told = ''
            for await (const lines of run(slices(body))) told += lines
            return { status: 200, contentType: ndjson, body: told }
          })
        return stream(reply, run(slices(body)))
      }
      const chunks = streamBody(request.raw, limits.bulkSilenceMs)
      // Until the first bytes are there, a problem can still be told as one.
      const first = await chunks.next()
      await stream(reply, run(rejoin(first, chunks)))
      // A sender that was cut short may still be writing: it must be able to read why before the line goes dead.
      if (!request.raw.readableEnded) {
        const timer = setTimeout(() => request.raw.destroy(), 5000).unref()
        request.raw.once('end', () => clearTimeout(timer)).resume()
      }
      return reply
    })
  }

  /** Bulk uploads are a pair of events in the log, with counts and nothing else. */
  async function* logged(writer: Writer, lines: AsyncGenerator<string, Summary>): AsyncGenerator<string> {
    const started = performance.now()
    log.info({ evt: 'bulk.started', keyId: writer.keyId }, 'Bulk upload started')
    let outcome = 'gone'
    let summary: Partial<Summary> = {}
    try {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) {
          summary = value
          outcome = value.aborted ?? 'complete'
          return
        }
        yield value
      }
    } catch (error) {
      // The peer hung up: what was read is applied, nobody is there to be told.
      if (!(error instanceof BodyError)) throw error
    } finally {
      const tookMs = Math.round(performance.now() - started)
      log.info({ evt: 'bulk.ended', keyId: writer.keyId, ...summary, outcome, tookMs }, 'Bulk upload ended')
      const result = `${outcome}: ${summary.applied ?? 0} of ${summary.lines ?? 0} applied`
      audit({ who: `key ${writer.keyId}`, what: 'bulk', on: '', result })
    }
  }

  const takeEvents = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!accepts(request, reply, [oneEvent, manyEvents])) return reply
    const admitted = await admit(request, reply, { bytes: limits.eventsBytes, signable: true })
    if (!admitted) return reply
    const { writer } = admitted
    return inPlace(request, reply, 'requests', writer, async () => {
      const body = admitted.body ?? (await readBody(request.raw, limits.eventsBytes, limits.bodyMs))
      const raw = parse(body)
      if (raw === malformed) return problem(request, reply, 400, 'malformed-json')
      const isBatch = request.headers['content-type']!.toLowerCase().startsWith(manyEvents)
      if (isBatch && !Array.isArray(raw)) return invalid(request, reply, [{ code: 'invalid', pointer: '' }])
      if (isBatch && (raw as unknown[]).length > 1000) return problem(request, reply, 413, 'too-large')
      const taken = async () => (isBatch ? tellMany(raw as unknown[], writer) : tellOne(raw, writer))
      const key = request.headers['idempotency-key']
      if (typeof key !== 'string') {
        const told = await taken()
        return 'faults' in told ? invalid(request, reply, told.faults) : sendKept(reply, told)
      }
      return once(request, reply, writer, key, body, async () => {
        const told = await taken()
        if ('faults' in told) throw new Refused(told.faults)
        return told
      }).catch((error) => {
        if (error instanceof Refused) return invalid(request, reply, error.faults)
        throw error
      })
    })
  }

  const tellOne = async (raw: unknown, writer: Writer): Promise<Kept | { faults: readonly Fault[] }> => {
    const [one] = await events.take([raw], writer.mayWrite)
    const { result, item } = one!
    if ('error' in result) {
      if (result.error.code === 'unavailable' || result.error.code === 'internal') throw away(result.error)
      return { faults: [result.error] }
    }
    return { status: 200, contentType: json, body: outcome(result, item!.no) }
  }

  const tellMany = async (raw: unknown[], writer: Writer): Promise<Kept> => {
    const taken = await events.take(raw, writer.mayWrite)
    const summary = { events: taken.length, applied: 0, stale: 0, duplicate: 0, failed: 0 }
    const results = taken.map(({ result }, at) => {
      if ('error' in result) {
        if (result.error.code === 'unavailable' || result.error.code === 'internal') throw away(result.error)
        summary.failed++
      } else if (result.applied) summary.applied++
      else summary[result.reason]++
      return { event: at + 1, ...result }
    })
    return { status: 200, contentType: json, body: JSON.stringify({ results, summary }) }
  }

  return async (app: FastifyInstance) => {
    // Bodies are read by the handlers, once it is known who sends them.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    // Checked by check.ts, written as text: the schemas of these routes are documentation.
    app.setValidatorCompiler(() => () => true)
    app.setSerializerCompiler(() => (data) => JSON.stringify(data))
    app.addHook('preClose', async () => {
      isStopping = true
    })
    app.setErrorHandler((error, request, reply) => broken(request, reply, error))
    const config = { watchesBody: true }
    app.put('/v1/dossiers/:dossierNo', { schema: putDocs, config }, put)
    app.get('/v1/dossiers/:dossierNo', { schema: getDocs, config }, get)
    app.delete('/v1/dossiers/:dossierNo', { schema: deleteDocs, config }, erase)
    app.post('/v1/dossiers/bulk', { schema: bulkDocs, config }, bulkUpload)
    app.post('/v1/events', { schema: eventsDocs, config }, takeEvents)
  }
}

class Refused extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super('refused')
  }
}

const malformed = Symbol('malformed')

function parse(body: Buffer): unknown {
  if (!isUtf8(body)) return malformed
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return malformed
  }
}

function sendJson(reply: FastifyReply, body: string): FastifyReply {
  return sendWhole(reply.header('cache-control', 'no-store'), 200, json, bytesOf(body))
}

function sendKept(reply: FastifyReply, { status, contentType, body }: Kept): FastifyReply {
  return reply.code(status).header('content-type', contentType).header('cache-control', 'no-store').send(body)
}

// Results that nobody reads yet are held up to this size: senders that write everything before they read anything are
// common, and some 500,000 lines of theirs fit. Beyond it the body waits for the reader.
const heldResultBytes = 16 * 1024 * 1024

async function stream(reply: FastifyReply, lines: AsyncGenerator<string>): Promise<FastifyReply> {
  const source = Readable.from(lines, { objectMode: false, highWaterMark: heldResultBytes })
  reply.header('content-type', ndjson).header('cache-control', 'no-store').send(source)
  await new Promise<void>((resolve) => reply.raw.once('close', resolve))
  return reply
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

// An answer given before the body was read: a small body is read and dropped, so that the connection can be used again; a
// large one is not worth it.
function closeUnread(request: FastifyRequest, reply: FastifyReply, always = false): void {
  const length = request.headers['content-length']
  if (request.method === 'GET' || request.raw.readableEnded) return
  if (always || length === undefined || Number(length) > 65_536) reply.header('connection', 'close')
}

function away(fault: Fault): GatewayError {
  return new GatewayError('redis-unavailable', 'the store did not answer', fault.code === 'unavailable')
}

/** What GET tells: everything that is kept, but the telephone of the contact. */
function recordOf(dossier: Dossier, numbers: Numbers) {
  const { dossierNo, dossierStatus, eventTime, version, asOf, procedure, publicNote, fee } = dossier
  const time = (at: number | undefined) => (at === undefined ? undefined : writeTime(at))
  return {
    dossierNo: dossierNo.text,
    lookupNumber: numbers.lookupNumberOf(dossierNo),
    agency: dossierNo.agency,
    dossierStatus,
    eventTime: writeTime(eventTime),
    version,
    asOf: writeTime(asOf),
    procedure,
    receivedAt: time(dossier.receivedAt),
    dueAt: time(dossier.dueAt),
    extendedDueAt: time(dossier.extendedDueAt),
    finishedAt: time(dossier.finishedAt),
    returnedAt: time(dossier.returnedAt),
    publicNote,
    fee,
    otherNumbers: dossier.otherNumbers,
    history: dossier.history.map(({ dossierStatus, at }) => ({ dossierStatus, at: writeTime(at) })),
  }
}
