// Star CloudPRNT (protocol guide 2.4): a printer or print agent polls outward, fetches one slip, reports its end. A token
// is handed out once: fetching claims the slip, and an end that comes late still mends the same job.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../web/problem.js'
import { outcomeOfCode, slipType, stateOfCode } from './cloudprnt-codes.js'
import { type Poll, PollSchema, type PrinterState } from './contract.js'
import type { Desk } from './desk.js'
import type { Desks } from './desks.js'

type Enter = (request: FastifyRequest, reply: FastifyReply) => Promise<Desk | undefined>

// Polls of one desk that may find nothing within a second. Our agents ask once a second, at their fastest ten times, and there may
// be two of them; one that works off a full queue always finds something.
const mostIdlePolls = 30

/** POST says how the printer is and asks for work, GET fetches it, DELETE tells how it ended. */
export function cloudPrntRoutes(
  app: FastifyInstance,
  { queue, maker, desks, paperOf, set }: Desks,
  enter: Enter,
): void {
  const url = '/v1/desks/:desk/cloudprnt'
  const since = new Map<string, { state: PrinterState; at: number }>()
  const idle = new Map<string, { second: number; polls: number }>()
  const idleOf = (desk: string) => {
    const second = Math.floor(performance.now() / 1000)
    const known = idle.get(desk)
    if (known?.second === second) return known
    const fresh = { second, polls: 0 }
    idle.set(desk, fresh)
    return fresh
  }

  // Stock devices know Basic only: the desk's key is the password, whatever the user name.
  app.addHook('onRequest', async (request) => {
    const [, basic] = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (!basic || !request.routeOptions.url?.endsWith('/cloudprnt')) return
    const password = Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':')
    request.headers.authorization = `Bearer ${password}`
  })

  app.post(url, { schema: pollSchema }, async (request, reply) => {
    const desk = await enter(request, reply)
    if (!desk) return reply
    if (!desk.remote) return sendProblem(request, reply, 409, 'local-printer')
    const found = idleOf(desk.id)
    if (found.polls >= mostIdlePolls)
      return sendProblem(request, reply, 429, 'too-many-polls', { retryAfterSeconds: 1 })
    const poll = request.body as Poll
    const by = clientOf(poll.printerMAC ?? poll.uniqueID)
    const state = poll.printerState ?? stateOfCode(poll.statusCode ?? '')
    const before = since.get(by)
    const at = before?.state === state ? before.at : Date.now()
    since.set(by, { state, at })
    if (since.size > 10 * desks.size + 100) since.clear()
    const canConfirm = poll.canConfirm ?? true
    const profile = desk.paper.name
    await queue.publish(desk.id, by, { state, since: at, profile, remote: true, canConfirm })
    if (poll.printingInProgress) await queue.touch(desk.id, by)
    const job = poll.printingInProgress ? undefined : await queue.peek(desk.id)
    if (!job) {
      found.polls++
      return { jobReady: false }
    }
    return {
      jobReady: true,
      mediaTypes: [slipType, 'text/plain'],
      jobToken: job.token,
      deleteMethod: 'DELETE',
    }
  })

  app.get(url, { schema: fetchSchema }, async (request, reply) => {
    const desk = await enter(request, reply)
    if (!desk) return reply
    const query = request.query as Query
    const type = query.type ?? 'text/plain'
    if (type !== slipType && type !== 'text/plain')
      return sendProblem(request, reply, 415, 'unsupported-media-type')
    const by = clientOf(query.mac ?? query.uid)
    // Clients older than tokens ask for whatever comes next.
    const token = query.token ?? (await queue.peek(desk.id))?.token
    const job = token === undefined ? undefined : await queue.claim(desk.id, by, token)
    // Claimed before, by this client or another: never a second time.
    if (!job) return sendProblem(request, reply, 404, 'not-waiting')
    reply.header('x-slip-mark', job.mark).header('x-slip-expires', job.expiresAt)
    const paper = paperOf(desk, job.proven)
    const slip = await set(desk.id, job, () =>
      type === slipType ? maker.bytes(job, paper) : maker.text(job, paper),
    )
    if (slip === undefined) return sendProblem(request, reply, 500, 'internal')
    return reply.type(type === slipType ? slipType : 'text/plain; charset=utf-8').send(slip)
  })

  app.delete(url, { schema: endSchema }, async (request, reply) => {
    const desk = await enter(request, reply)
    if (!desk) return reply
    const { token, code } = request.query as Query
    if (token === undefined) return sendProblem(request, reply, 400, 'invalid')
    const end = outcomeOfCode(code ?? '')
    const { job } = await queue.settle(desk.id, token, end.state, {
      ...(end.reason ? { reason: end.reason } : {}),
      ...(end.state === 'confirmed' ? { by: end.by ?? 'completion' } : {}),
    })
    // Whatever was decided meanwhile stands; the client is done with this token in any case.
    if (!job) return sendProblem(request, reply, 404, 'unknown')
    return { state: job.state }
  })
}

interface Query {
  mac?: string
  uid?: string
  type?: string
  token?: string
  code?: string
}

const clientOf = (id: string | undefined) => `cloudprnt:${(id ?? 'unnamed').slice(0, 64)}`

const text = { type: 'string', maxLength: 300 }
const pollSchema = {
  tags: ['desk'],
  summary: 'CloudPRNT: how the printer is; answers whether a slip waits',
  body: PollSchema,
}
const query = (properties: Record<string, unknown>) => ({ type: 'object', properties })
const fetchSchema = {
  tags: ['desk'],
  summary: 'CloudPRNT: fetch the slip of a token, once',
  querystring: query({ mac: text, uid: text, type: text, token: text }),
}
const endSchema = {
  tags: ['desk'],
  summary: 'CloudPRNT: how the slip of a token ended',
  querystring: query({ mac: text, uid: text, code: text, token: text }),
}
