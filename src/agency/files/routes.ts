// POST /v1/desks/{desk}/import: a clerk hands in a file at the desk page. The raw body is the file; its bytes say of which
// kind. The answer is one NDJSON line for each row, as it is done, and a summary. Only the desk's own agency.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type RecordAction, whoAtDesk } from '../../access/audit.js'
import type { Keys } from '../../access/keys.js'
import type { Config } from '../../config/config.js'
import { spokenFor } from '../../dossier/agency.js'
import { readLooseTime } from '../../dossier/times.js'
import type { Wording } from '../../dossier/wording.js'
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import { preferredLanguage } from '../../web/accept-language.js'
import { readContentType } from '../../web/content-type.js'
import { sendProblem } from '../../web/problem.js'
import { BodyError, streamBody } from '../body.js'
import { emptySummary } from '../bulk.js'
import { fileTypes, importDocs } from '../docs.js'
import type { Intake } from '../intake.js'
import { limits } from '../limits.js'
import { type DateOrder, dateOrders } from './dates.js'
import { deskLimits, type OpenFile, openFile, type Reading } from './files.js'
import { readMapping } from './headings.js'
import { type ImportSummary, importRows, type RowResult, resultLine } from './import.js'
import { columnsOf, type Language, refusalText, remarkTexts } from './messages.js'
import { type SavedMaps, wishesOf } from './saved-maps.js'
import type { Wishes } from './survey.js'
import { FileRefusal } from './tables/table.js'
import { openStatusWords, readStatusMapping } from './words.js'

interface ImportRoutesDeps {
  readonly intake: Intake
  readonly keys: Pick<Keys, 'authenticate' | 'whileLive'>
  readonly config: Pick<Config, 'desks' | 'agencies'>
  readonly maps: SavedMaps
  readonly words: Wording
  readonly audit: RecordAction
  readonly log: Log
}

// Enough for a clerk's file; systems push instead.
const maxFileBytes = 16 * 1024 * 1024
// Each may take 192 MiB: two at once, a third upload is refused with Retry-After.
const maxAtOnce = 2

/** The route; one file at a time for a desk. */
export function importRoutes(deps: ImportRoutesDeps): FastifyPluginAsync {
  const { keys, config, log } = deps
  const busy = new Set<string>()

  const takeFile = async (request: FastifyRequest, reply: FastifyReply) => {
    const { desk: id } = request.params as { desk: string }
    const refuse = (status: number, code: string) =>
      sendProblem(request, reply.header('connection', 'close'), status, code)
    const identity = await keys.authenticate(request, 'desk')
    if (!identity) return refuse(401, 'unauthorized')
    const desk = config.desks.find((one) => one.id === id)
    if (identity.kind !== 'desk' || identity.desk !== id || !desk) return refuse(403, 'forbidden')
    const type = readContentType(request.headers['content-type'])?.type ?? ''
    if (!fileTypes.includes(type)) return refuse(415, 'wrong-content-type')
    if (Number(request.headers['content-length'] ?? 0) > maxFileBytes) return refuse(413, 'too-large')
    if (busy.has(id) || busy.size >= maxAtOnce)
      return sendProblem(request, reply.header('connection', 'close'), 429, 'busy', { retryAfterSeconds: 5 })
    busy.add(id)
    reply.raw.once(
      'close',
      keys.whileLive(identity.id, () => request.raw.socket.destroy()),
    )
    let file: OpenFile | undefined
    try {
      const asked = await readQuery(request.query as Query, deps)
      if (!asked) return refuse(400, 'invalid')
      const bytes = await whole(streamBody(request.raw, limits.bulkSilenceMs, limits.fileMs))
      file = await openFile({ ...asked, source: { bytes } }, deskLimits)
      log.info({ evt: 'import.started', desk: id, dryRun: asked.dryRun }, 'A file is handed in at a desk')
      const own = spokenFor(config.agencies, [desk.agency])
      const summary: ImportSummary = emptySummary()
      const run = importRows(file.rows(), {
        intake: deps.intake,
        mayWrite: (code) => own.has(code),
        dryRun: asked.dryRun,
        summary,
      })
      const language = languageOf(request)
      const lines = resultLines(run, file.reading, { words: deps.words, language }, (outcome) =>
        ended(deps, identity, summary, outcome),
      )
      const body = Readable.from(lines, { objectMode: false })
      reply.header('content-type', 'application/x-ndjson').header('cache-control', 'no-store').send(body)
      await new Promise<void>((resolve) => reply.raw.once('close', resolve))
      return reply
    } catch (error) {
      return sendFailure(error, request, reply, deps.words)
    } finally {
      busy.delete(id)
      await file?.close()
    }
  }

  return async (app: FastifyInstance) => {
    // The body is read by the handler, once it is known who sends it.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    app.setValidatorCompiler(() => () => true)
    app.setSerializerCompiler(() => (data) => JSON.stringify(data))
    app.post('/v1/desks/:desk/import', { schema: importDocs, config: { watchesBody: true } }, takeFile)
  }
}

// Clerks read Vietnamese; a person's tool may ask for English.
function languageOf(request: FastifyRequest): Language {
  return preferredLanguage(request.headers['accept-language'], ['vi', 'en'], 'vi')
}

/** Answers an error thrown before the first row was reported. */
function sendFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  words: Wording,
): FastifyReply {
  const answer = reply.header('connection', 'close')
  if (error instanceof FileRefusal)
    return sendProblem(request, answer, 400, 'unreadable-file', {
      detail: refusalText(error, words, languageOf(request)),
      reason: error.code,
      ...(error.choices.length > 0
        ? { errors: error.choices.map((choice) => ({ code: 'choice', detail: choice })) }
        : {}),
    })
  if (error instanceof BodyError) {
    if (error.fault === 'too-large') return sendProblem(request, answer, 413, 'too-large')
    return error.fault === 'too-slow' ? sendProblem(request, answer, 408, 'too-slow') : reply
  }
  if (!(error instanceof GatewayError)) throw error
  return sendProblem(request, answer, 503, 'unavailable')
}

type Query = Readonly<Record<string, unknown>>

/** The query's options on how to read the file; undefined when they are invalid. */
async function readQuery(query: Query, { intake, maps, words }: ImportRoutesDeps) {
  const many = (name: string) => [query[name] ?? []].flat().map(String)
  const columns = many('map').map(readMapping)
  const statuses = many('status').map(readStatusMapping)
  const { sheet, dates } = query
  const saved = await maps.all()
  const named = query.useMap === undefined ? undefined : saved.find(({ name }) => name === query.useMap)
  if (columns.includes(undefined) || statuses.includes(undefined)) return undefined
  if (dates !== undefined && !dateOrders.includes(dates as DateOrder)) return undefined
  if (query.useMap !== undefined && !named) return undefined
  const base = named ? wishesOf(named) : undefined
  const wishes: Wishes = {
    ...base,
    map: new Map([...(base?.map ?? []), ...columns.map((one) => one!)]),
    statuses: new Map([...(base?.statuses ?? []), ...statuses.map((one) => one!)]),
    ...(typeof sheet === 'string' ? { sheet } : {}),
    ...(dates === undefined ? {} : { dates: dates as DateOrder }),
  }
  const now = intake.now()
  return {
    wishes,
    saved,
    words: openStatusWords(words),
    now,
    // A file saved in the future comes from a wrong clock.
    asOf: Math.min(readLooseTime(query.asOf) ?? now, now),
    dryRun: String(query.dryRun) === 'true',
  }
}

/** `complete`, or why rows were left out: the clerk's page is gone, the store is away, the file cannot be read on. */
type Outcome = 'complete' | 'gone' | 'unavailable' | 'unreadable-file' | GatewayError['code']

function ended(
  { audit, log }: ImportRoutesDeps,
  { desk, person }: { desk: string; person?: string },
  summary: ImportSummary,
  outcome: Outcome,
): void {
  const { applied, lines, dryRun } = summary
  log.info({ evt: 'import.ended', desk, ...summary, outcome }, 'A file was taken in')
  if (dryRun) return
  const result = `${outcome}: ${applied} of ${lines} applied`
  void audit({ who: whoAtDesk(desk, person), what: 'import', on: '', result })
}

async function* resultLines(
  run: AsyncGenerator<RowResult[], ImportSummary>,
  reading: Reading | undefined,
  { words, language }: { words: Wording; language: Language },
  ended: (outcome: Outcome) => void,
): AsyncGenerator<string> {
  let outcome: Outcome = 'gone'
  try {
    for (;;) {
      const { done, value } = await run.next()
      if (!done) {
        yield value.map(resultLine).join('')
        continue
      }
      outcome = value.aborted ?? 'complete'
      const file = reading
        ? { file: { ...columnsOf(reading), told: remarkTexts(reading, words, language) } }
        : {}
      yield `${JSON.stringify({ summary: value, ...file })}\n`
      return
    }
  } catch (error) {
    // The rows before were reported one by one; an error from here on ends the response.
    if (!(error instanceof FileRefusal || error instanceof GatewayError)) throw error
    outcome = error instanceof FileRefusal ? 'unreadable-file' : error.code
    yield `${JSON.stringify({ error: { code: outcome } })}\n`
  } finally {
    ended(outcome)
  }
}

async function whole(chunks: AsyncIterable<Buffer>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maxFileBytes) throw new BodyError('too-large')
    parts.push(chunk)
  }
  // One buffer that nothing else uses: it is transferred to the worker.
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
