// POST /v1/desks/{desk}/import: a clerk hands in a file at the desk page. The raw body is the file, the content type its
// kind; the answer is one NDJSON line for each row, as it is done, and a summary. Only the desk's own agency.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Keys } from '../../access/keys.js'
import type { Config } from '../../config/config.js'
import { readLooseTime } from '../../dossier/times.js'
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import { readContentType } from '../../web/content-type.js'
import { importDocs } from '../../web/docs.js'
import { sendProblem } from '../../web/problem.js'
import { BodyError, streamBody } from '../body.js'
import type { Intake } from '../intake.js'
import { limits } from '../limits.js'
import { type ImportSummary, importRows, type RowResult, resultLine } from './import.js'
import { currentCodes } from './import-command.js'
import { type FileFormat, readRows } from './rows.js'

export interface ImportRoutesDeps {
  readonly intake: Intake
  readonly keys: Pick<Keys, 'authenticate' | 'whileLive'>
  readonly config: Pick<Config, 'desks' | 'agencies'>
  readonly log: Log
}

const formats: Record<string, FileFormat> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
}

// What a clerk's file may hold; whole systems push.
const maxFileBytes = 16 * 1024 * 1024

/** The route; one file at a time for a desk. */
export function importRoutes({ intake, keys, config, log }: ImportRoutesDeps): FastifyPluginAsync {
  const busy = new Set<string>()

  const takeFile = async (request: FastifyRequest, reply: FastifyReply) => {
    const { desk: id } = request.params as { desk: string }
    const refuse = (status: number, code: string, detail?: string) =>
      sendProblem(request, reply.header('connection', 'close'), status, code, detail ? { detail } : {})
    const identity = await keys.authenticate(request, 'desk')
    if (!identity) return refuse(401, 'unauthorized')
    const desk = config.desks.find((one) => one.id === id)
    if (identity.kind !== 'desk' || identity.desk !== id || !desk) return refuse(403, 'forbidden')
    // A form of another site cannot send these content types without asking first; a header of ours is not needed.
    const format = formats[readContentType(request.headers['content-type'])?.type ?? '']
    if (!format) return refuse(415, 'wrong-content-type')
    if (Number(request.headers['content-length'] ?? 0) > maxFileBytes) return refuse(413, 'too-large')
    if (busy.has(id))
      return sendProblem(request, reply.header('connection', 'close'), 429, 'busy', { retryAfterSeconds: 5 })
    busy.add(id)
    reply.raw.once(
      'close',
      keys.whileLive(identity.id, () => request.raw.socket.destroy()),
    )
    try {
      const query = request.query as { dryRun?: unknown; asOf?: unknown }
      const dryRun = String(query.dryRun) === 'true'
      // A file that was saved tomorrow comes from a clock that is wrong.
      const asOf = Math.min(readLooseTime(query.asOf) ?? intake.now(), intake.now())
      const [agency] = currentCodes([desk.agency], config)
      const rows = readRows(format, bounded(streamBody(request.raw, limits.bulkSilenceMs)), {
        map: new Map(),
        asOf,
      })
      const run = importRows(rows, { intake, mayWrite: (code) => code === agency, dryRun })
      log.info({ evt: 'import.started', desk: id, format, dryRun }, 'A file is handed in at a desk')
      // What is wrong with the file as a whole shows before its first row is told.
      const first = await run.next()
      const lines = Readable.from(
        tell(first, run, (summary) => ended(id, summary)),
        { objectMode: false },
      )
      reply.header('content-type', 'application/x-ndjson').header('cache-control', 'no-store').send(lines)
      await new Promise<void>((resolve) => reply.raw.once('close', resolve))
      return reply
    } catch (error) {
      if (error instanceof BodyError)
        return error.fault === 'too-large'
          ? refuse(413, 'too-large')
          : error.fault === 'too-slow'
            ? refuse(408, 'too-slow')
            : reply
      if (!(error instanceof GatewayError)) throw error
      if (error.code === 'usage') return refuse(400, 'unreadable-file', error.message)
      return refuse(503, 'unavailable')
    } finally {
      busy.delete(id)
    }
  }

  const ended = (desk: string, summary: ImportSummary) =>
    log.info(
      { evt: 'import.ended', desk, ...summary, outcome: summary.aborted ?? 'ok' },
      'A file was taken in',
    )

  return async (app: FastifyInstance) => {
    // The body is read by the handler, once it is known who sends it.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    app.setValidatorCompiler(() => () => true)
    app.setSerializerCompiler(() => (data) => JSON.stringify(data))
    app.post('/v1/desks/:desk/import', { schema: importDocs, config: { watchesBody: true } }, takeFile)
  }
}

async function* tell(
  first: IteratorResult<RowResult[], ImportSummary>,
  run: AsyncGenerator<RowResult[], ImportSummary>,
  ended: (summary: ImportSummary) => void,
): AsyncGenerator<string> {
  let step = first
  try {
    while (!step.done) {
      yield step.value.map(resultLine).join('')
      step = await run.next()
    }
  } catch (error) {
    // Rows before were told one by one; what is wrong from here on ends the answer.
    if (!(error instanceof BodyError || error instanceof GatewayError)) throw error
    const code =
      error instanceof BodyError ? error.fault : error.code === 'usage' ? 'unreadable-file' : error.code
    yield `${JSON.stringify({ error: { code } })}\n`
    return
  }
  ended(step.value)
  yield `${JSON.stringify({ summary: step.value })}\n`
}

async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maxFileBytes) throw new BodyError('too-large')
    yield chunk
  }
}
