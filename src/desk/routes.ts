// The desk over HTTP: requesting slips, following their outcome, and printer reports. A desk's token gives access to its
// own desk only; monitors may view.
import { fastifySSE } from '@fastify/sse'
import type {} from '@fastify/swagger' // gives route schemas their tags and 'hide'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type RecordAction, whoAtDesk } from '../access/audit.js'
import type { LookUp } from '../dossier/lookup.js'
import { problem } from '../web/docs/answers.js'
import { sendProblem } from '../web/problem.js'
import { cloudPrntRoutes } from './cloudprnt/cloudprnt.js'
import {
  DeskViewSchema,
  JobSchema,
  type PreviewQuery,
  PreviewQuerySchema,
  type PrintBody,
  PrintSchema,
  type ProveBody,
  ProveSchema,
  QueuedSchema,
  RepeatableSchema,
  SlipPreviewSchema,
} from './contract.js'
import type { Desk } from './desk.js'
import { openDeskEvents, toPage } from './desk-events.js'
import type { Desks } from './desks.js'
import { jobIdOf, type Moved, shown } from './print-queue.js'
import type { Receipt } from './slip/receipt.js'

/** The caller, by Bearer token or device cookie (access/keys.ts). Rejects while the store is away. */
type AuthenticateDesk = (
  request: Pick<FastifyRequest, 'headers'>,
  ...kinds: ('desk' | 'monitor')[]
) => Promise<Caller | undefined>
interface Caller {
  /** The id of the key. */
  readonly id: string
  readonly kind: string
  readonly desk?: string
  /** The person, when the key was made for one. */
  readonly person?: string
  /** The only agencies that a monitor's key may see; left out: all. */
  readonly agencies?: readonly string[]
}

interface DeskRoutesDeps {
  readonly desks: Desks
  readonly authenticate: AuthenticateDesk
  /** Calls `ended` when the key of that id is revoked; returns a function that stops watching. */
  readonly whileLive?: (id: string, ended: () => void) => () => void
  readonly audit?: RecordAction
  /** The one way from a number to a dossier, with the limits of every channel. */
  readonly lookUp: LookUp
}

// A disconnected page reconnects by itself; this only keeps proxies from closing an idle stream.
const heartbeatMs = 15_000

type Enter = (request: FastifyRequest, reply: FastifyReply, may: 'act' | 'look') => Promise<Desk | undefined>

/** Shared by the routes: the room, its door, and the audit log. */
interface Room {
  readonly desks: Desks
  /** The desk in the URL if the caller may use it; otherwise the refusal has been sent. */
  readonly enter: Enter
  readonly takeStream: (request: FastifyRequest, reply: FastifyReply) => boolean
  /** Audits an action at a desk, and who did it. */
  readonly audit: (
    request: FastifyRequest,
    desk: Desk,
    entry: { what: string; on: string; result: string },
  ) => void
  readonly lookUp: LookUp
  /** The id of the caller's key. */
  readonly keyOf: (request: FastifyRequest) => string
}

/** Everything under /v1/desks. */
export const deskRoutes =
  ({
    desks,
    authenticate,
    whileLive = () => () => {},
    audit = async () => {},
    lookUp,
  }: DeskRoutesDeps): FastifyPluginAsync =>
  async (app) => {
    await app.register(fastifySSE, { heartbeatInterval: heartbeatMs })
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })
    // The caller is authenticated before a body is read.
    const callers = new WeakMap<FastifyRequest, Caller>()
    const admit = async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = await authenticate(request, 'desk', 'monitor')
      if (!caller) return sendProblem(request, reply, 401, 'unauthorized')
      callers.set(request, caller)
      request.isMember = true
    }
    const enter: Enter = async (request, reply, may) => {
      const identity = callers.get(request)!
      const desk = desks.desks.get((request.params as { desk: string }).desk)
      const mayLook = identity.agencies === undefined || (desk && desks.isOf(desk, identity.agencies))
      if (identity.kind === 'desk' ? identity.desk !== desk?.id : may === 'act' || !mayLook)
        sendProblem(request, reply, 403, 'forbidden')
      else if (!desk) sendProblem(request, reply, 404, 'not-found')
      else return desk
      return undefined
    }
    /** Takes an event stream slot for as long as the key lives. False: already refused. */
    const takeStream = (request: FastifyRequest, reply: FastifyReply): boolean => {
      const { id } = callers.get(request)!
      if (!app.streams.take(id, reply)) {
        sendProblem(request, reply, 429, 'too-many-streams', { retryAfterSeconds: 30 })
        return false
      }
      reply.raw.once(
        'close',
        whileLive(id, () => reply.raw.end()),
      )
      return true
    }
    const record: Room['audit'] = (request, { id }, entry) => {
      const { person } = callers.get(request)!
      void audit({ who: whoAtDesk(id, person), ...entry })
    }
    const keyOf = (request: FastifyRequest) => callers.get(request)!.id
    const room: Room = { desks, enter, takeStream, audit: record, lookUp, keyOf }
    slipRoutes(app, room)
    actRoutes(app, room)
    proofRoutes(app, room)
    viewRoutes(app, room)
    cloudPrntRoutes(app, desks, (request, reply) => enter(request, reply, 'act'))
    app.addHook('onRequest', admit)
    // Authenticated again after the body was read: the key may have been revoked while it arrived.
    app.addHook('preValidation', async (request, reply) =>
      request.body === undefined ? undefined : admit(request, reply),
    )
  }

function slipRoutes(app: FastifyInstance, { desks, enter, audit, lookUp, keyOf }: Room): void {
  /**
   * The dossier that a desk typed or scanned, through the limits of every channel, audited by its number only; other
   * input is not stored. Undefined: already answered.
   */
  const find = async (request: FastifyRequest, reply: FastifyReply, desk: Desk, typed: string) => {
    const found = await lookUp(typed, { channel: 'desk', subject: `desk:${desk.id}` })
    switch (found.kind) {
      case 'found':
        return found.dossier.dossierNo.text
      case 'unknown':
        audit(request, desk, { what: 'dossier.look', on: found.dossierNo?.text ?? '', result: 'unknown' })
        sendProblem(request, reply, 404, 'unknown')
        return undefined
      case 'unreadable':
        refuse(request, reply, found)
        return undefined
      case 'withheld':
        audit(request, desk, { what: 'dossier.look', on: '', result: 'withheld' })
        sendProblem(request, reply, 429, 'withheld', { retryAfterSeconds: found.retryAfterSeconds })
        return undefined
      case 'unavailable':
        sendProblem(request, reply, 503, 'unavailable')
        return undefined
    }
  }

  app.post('/v1/desks/:desk/receipts', { schema: printSchema }, async (request, reply) => {
    const desk = await enter(request, reply, 'act')
    if (!desk) return reply
    const { dossierNo, copies = 1 } = request.body as PrintBody
    const no = await find(request, reply, desk, dossierNo)
    if (no === undefined) return reply
    const repeatable = request.headers['idempotency-key']
    const jobId = typeof repeatable === 'string' ? jobIdOf(keyOf(request), repeatable) : undefined
    const answer = await desks.print(desk.id, no, copies, desk.jobExpirySeconds, jobId)
    switch (answer.kind) {
      case 'queued':
        if (answer.job.dossierNo !== no || answer.job.copies !== copies)
          return sendProblem(request, reply, 422, 'key-reused')
        audit(request, desk, { what: 'receipt.print', on: no, result: answer.job.jobId })
        return reply.code(202).send({ jobId: answer.job.jobId, state: answer.job.state })
      case 'full':
        return sendProblem(request, reply, 429, 'queue-full', { retryAfterSeconds: 30 })
      default:
        return refuse(request, reply, answer)
    }
  })

  app.get('/v1/desks/:desk/preview', { schema: previewSchema }, async (request, reply) => {
    const desk = await enter(request, reply, 'act')
    if (!desk) return reply
    const no = await find(request, reply, desk, (request.query as PreviewQuery).number)
    if (no === undefined) return reply
    audit(request, desk, { what: 'dossier.look', on: no, result: 'found' })
    const found = await desks.read(no)
    if (found.kind !== 'found') return refuse(request, reply, found)
    const paper = await desks.paper(desk.id)
    // A preview grants no access: the lookup number opens the fuller answer, so only paper carries it.
    const receipt = hidden(found.receipt)
    const text = desks.maker.text({ receipt, copies: 1, reprint: 0 }, paper)
    return { dossierNo: no, text, columns: paper.columns }
  })

  app.get('/v1/desks/:desk/receipts/:jobId', { schema: jobSchema }, async (request, reply) => {
    const desk = await enter(request, reply, 'look')
    if (!desk) return reply
    const job = await desks.job(desk.id, (request.params as { jobId: string }).jobId)
    return job ?? sendProblem(request, reply, 404, 'unknown')
  })
}

/** What a person may do with a requested slip. */
function actRoutes(app: FastifyInstance, { desks, enter, audit }: Room): void {
  const acts: Record<Act, (desk: Desk, jobId: string) => Promise<Moved>> = {
    cancel: (desk, jobId) => desks.queue.cancel(desk.id, jobId),
    reprint: (desk, jobId) => desks.reprint(desk.id, jobId),
    confirm: (desk, jobId) => desks.queue.confirm(desk.id, jobId),
  }
  for (const act of Object.keys(acts) as Act[])
    app.post(`/v1/desks/:desk/receipts/:jobId/${act}`, { schema: actSchema(act) }, async (request, reply) => {
      const desk = await enter(request, reply, 'act')
      if (!desk) return reply
      const { moved, job } = await acts[act](desk, (request.params as { jobId: string }).jobId)
      if (!job) return sendProblem(request, reply, 404, 'unknown')
      const result = moved ? 'done' : `refused: ${job.state}`
      audit(request, desk, { what: `receipt.${act}`, on: job.jobId, result })
      // Not possible in this state any more, for instance cancelling a slip that is being printed.
      if (!moved) return sendProblem(request, reply, 409, 'wrong-state', { reason: job.state })
      return shown(job)
    })
}

/** Printing the proof ticket, and accepting the line of it that is right. */
function proofRoutes(app: FastifyInstance, { desks, enter, audit }: Room): void {
  app.post('/v1/desks/:desk/proof', { schema: proofSchema }, async (request, reply) => {
    const desk = await enter(request, reply, 'act')
    if (!desk) return reply
    const job = await desks.printTicket(desk.id, 'proof')
    if (!job) return sendProblem(request, reply, 429, 'queue-full', { retryAfterSeconds: 30 })
    audit(request, desk, { what: 'printer.proof', on: desk.id, result: job.jobId })
    return reply.code(202).send({ jobId: job.jobId, state: job.state })
  })

  app.put('/v1/desks/:desk/profile', { schema: proveSchema }, async (request, reply) => {
    const desk = await enter(request, reply, 'act')
    if (!desk) return reply
    const { line } = request.body as ProveBody
    const paper = await desks.prove(desk.id, line)
    if (!paper) return sendProblem(request, reply, 400, 'no-such-line')
    audit(request, desk, { what: 'printer.profile', on: desk.id, result: paper.name })
    return { profile: paper.name }
  })
}

function viewRoutes(app: FastifyInstance, { desks, enter, takeStream }: Room): void {
  const watch = openDeskEvents(desks)
  app.get('/v1/desks/:desk', { schema: viewSchema }, async (request, reply) => {
    const desk = await enter(request, reply, 'look')
    return desk ? desks.view(desk.id) : reply
  })

  // No HEAD: its answer would never end.
  const options = { schema: eventsSchema, sse: 'only', exposeHeadRoute: false } as const
  app.get('/v1/desks/:desk/events', options, async (request, reply) => {
    const desk = await enter(request, reply, 'look')
    if (!desk || !takeStream(request, reply)) return reply
    reply.sse.keepAlive()
    reply.sse.onClose(watch(desk.id, toPage(reply)))
    return reply
  })
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: { kind: 'unreadable'; reason: string; suggestion?: string | undefined } | { kind: 'unknown' },
): FastifyReply {
  if (answer.kind === 'unknown') return sendProblem(request, reply, 404, 'unknown')
  const { reason, suggestion } = answer
  return sendProblem(request, reply, 400, 'unreadable', {
    reason,
    ...(suggestion === undefined ? {} : { suggestion }),
  })
}

/** A receipt for preview: zeros in place of the lookup number, which never begins with 0. */
const hidden = (receipt: Receipt): Receipt =>
  receipt.lookupNumber === undefined
    ? receipt
    : { ...receipt, lookupNumber: '0'.repeat(receipt.lookupNumber.length) }

type Act = 'cancel' | 'reprint' | 'confirm'
const security: Record<string, string[]>[] = [{ bearer: [] }, { cookie: [] }]
const tags = ['desk']
const printSchema = {
  tags,
  security,
  summary: 'Ask for a slip',
  headers: RepeatableSchema,
  body: PrintSchema,
  response: {
    202: QueuedSchema,
    422: problem('key-reused: the Idempotency-Key was used for another slip'),
  },
}
const proofSchema = {
  tags,
  security,
  summary: 'Print every way of Vietnamese, numbered',
  response: { 202: QueuedSchema },
}
const proveSchema = {
  tags,
  security,
  summary: 'The line of the proof ticket that is right; slips are printed that way from now on',
  body: ProveSchema,
  response: { 200: { type: 'object', properties: { profile: { type: 'string' } } } },
}
const previewSchema = {
  tags,
  security,
  summary: 'The slip as text, before it is printed',
  querystring: PreviewQuerySchema,
  response: { 200: SlipPreviewSchema },
}
const jobSchema = { tags, security, summary: 'What became of a slip', response: { 200: JobSchema } }
const actSummaries: Record<Act, string> = {
  cancel: 'Take back a slip that is still waiting',
  reprint: 'Print the slip once more; it says so',
  confirm: 'A person has the paper in hand',
}
const actSchema = (act: Act) => ({
  tags,
  security,
  summary: actSummaries[act],
  response: { 200: JobSchema },
})
const viewSchema = {
  tags,
  security,
  summary: "A desk: its printer's state and today's slips",
  response: { 200: DeskViewSchema },
}
const eventsSchema = {
  tags,
  security,
  summary: 'Server-sent events: `desk` with the whole view, `job` with each slip that changed',
}
