// Star CloudPRNT (protocol guide 2.4): a printer or print agent polls, fetches a slip and reports the outcome. A fetched
// slip stays with its client until the outcome is reported: it may fetch the same token again, and is offered it again.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../../web/problem.js'
import { type Poll, PollSchema, type PrinterState } from '../contract.js'
import type { Desk } from '../desk.js'
import type { Desks } from '../desks.js'
import type { QueuedJob } from '../print-queue.js'
import { obstacles } from '../printer/printer-state.js'
import type { Profile } from '../profiles.js'
import { outcomeOfCode, pictureType, slipType, stateOfCode } from './codes.js'
import { isGiven, type Query, readPoll, readRequest } from './request.js'

type Enter = (request: FastifyRequest, reply: FastifyReply) => Promise<Desk | undefined>

// Limit of polls per desk and second that find no slip. Our agents poll once a second, at most ten times, and there may
// be two of them; one that works off a full queue always finds a slip.
const maxIdlePolls = 30

const url = '/v1/desks/:desk/cloudprnt'

/** What these routes need of the room. */
type PrintRoom = Pick<Desks, 'queue' | 'desks' | 'maker' | 'paperOf' | 'render'>

/** POST reports the printer's state and asks for work, GET fetches it, DELETE reports the outcome. */
export function cloudPrntRoutes(app: FastifyInstance, desks: PrintRoom, enter: Enter): void {
  const isOurs = ({ routeOptions }: FastifyRequest) =>
    routeOptions.url === url || routeOptions.url === `${url}/`
  app.addHook('onRequest', async (request) => {
    if (isOurs(request)) readRequest(request)
  })
  // Some firmware sends its password only after it was asked for it (RFC 7617).
  app.addHook('onSend', async (request, reply) => {
    if (isOurs(request) && reply.statusCode === 401)
      reply.header('www-authenticate', 'Basic realm="dossier-gateway", charset="UTF-8"')
  })
  // The address is typed into the printer's settings by hand, and some firmware adds the slash itself.
  for (const end of ['', '/'])
    void app.register(async (door) => {
      door.removeAllContentTypeParsers()
      door.addContentTypeParser('*', { parseAs: 'string' }, ({ method }, body, done) => {
        // The outcome is in the query of a DELETE.
        if (method === 'DELETE') return done(null, {})
        try {
          done(null, readPoll(body as string))
        } catch (error) {
          done(Object.assign(error as Error, { statusCode: 400 }))
        }
      })
      const at: Address = { url: url + end, hide: end !== '' }
      pollRoute(door, at, desks, enter)
      fetchRoute(door, at, desks, enter)
      door.delete(at.url, { schema: { ...endSchema, hide: at.hide } }, async (request, reply) => {
        const desk = await enter(request, reply)
        return desk ? settle(desks, desk, request, reply) : reply
      })
    })
}

interface Address {
  readonly url: string
  /** Left out of the API's documentation. */
  readonly hide: boolean
}

function pollRoute(app: FastifyInstance, at: Address, { queue, desks }: PrintRoom, enter: Enter): void {
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

  app.post(at.url, { schema: { ...pollSchema, hide: at.hide } }, async (request, reply) => {
    const desk = await enter(request, reply)
    if (!desk) return reply
    if (!desk.remote) return sendProblem(request, reply, 409, 'local-printer')
    const found = idleOf(desk.id)
    if (found.polls >= maxIdlePolls)
      return sendProblem(request, reply, 429, 'too-many-polls', { retryAfterSeconds: 1 })
    const { by, isAgent, state, isPrinting, canConfirm } = read(request.body as Poll)
    const key = `${desk.id} ${by}`
    const before = since.get(key)
    const at = before?.state === state ? before.at : Date.now()
    since.set(key, { state, at })
    if (since.size > 10 * desks.size + 100) since.clear()
    const printer = {
      state,
      since: at,
      profile: desk.paper.name,
      remote: true,
      canConfirm,
    }
    await queue.publish(desk.id, by, printer, isAgent ? 'known' : 'learned')
    if (isPrinting) {
      await queue.touch(desk.id, by)
      return { jobReady: false }
    }
    // A stock printer fetches again what it could not print; our agent reports the outcome of its slip.
    const trouble = obstacles[state]
    if (trouble && !isAgent) await queue.giveBack(desk.id, by, trouble)
    const job = await queue.peek(desk.id, by)
    if (!job) {
      found.polls++
      return { jobReady: false }
    }
    return {
      jobReady: true,
      mediaTypes: isAgent ? [slipType, pictureType] : [pictureType],
      jobToken: isAgent ? job.token : tokenOfCopy(job),
      deleteMethod: 'DELETE',
    }
  })
}

function fetchRoute(app: FastifyInstance, at: Address, desks: PrintRoom, enter: Enter): void {
  const { queue, maker, paperOf, render } = desks
  const schema = { ...fetchSchema, hide: at.hide }
  app.get(at.url, { schema, exposeHeadRoute: false }, async (request, reply) => {
    const desk = await enter(request, reply)
    if (!desk) return reply
    const query = request.query as Query
    // Firmware that cannot send DELETE says so with a GET.
    if (query.delete !== undefined) return settle(desks, desk, request, reply)
    const type = mediaType(query.type)
    // Plain text has no QR code and no cut between copies: it is never what a slip is.
    if (type !== slipType && type !== pictureType)
      return sendProblem(request, reply, 415, 'unsupported-media-type')
    const by = clientOf(query.mac, query.uid)
    // Firmware older than tokens asks for whatever comes next.
    const token = query.token || (await queue.peek(desk.id, by))?.token
    const lease = type === pictureType ? { leaseMs: printMs } : undefined
    const job = token === undefined ? undefined : await queue.claim(desk.id, by, partsOf(token).token, lease)
    // Claimed by another, ended, or an old token: nothing may be printed now.
    if (!job) return sendProblem(request, reply, 404, 'not-waiting')
    const paper = asWideAs(request.headers, paperOf(desk, job.proven))
    const slip = await render(desk.id, job, () =>
      type === slipType
        ? maker.bytes(job, paper)
        : maker.picture(job, partsOf(token!).copy ?? job.copy, paper),
    )
    if (slip === undefined) return sendProblem(request, reply, 500, 'internal')
    if (type === pictureType)
      return reply.header('x-star-cut', 'partial; feed=true').type(pictureType).send(slip)
    // A duration: the clocks of two computers are not compared.
    const ttlMs = Math.max(0, job.ttlMs)
    return reply.header('x-slip-mark', job.mark).header('x-slip-ttl-ms', ttlMs).type(slipType).send(slip)
  })
}

/** The outcome of a fetched slip; a late one still corrects the same job. */
async function settle({ queue }: PrintRoom, desk: Desk, request: FastifyRequest, reply: FastifyReply) {
  const query = request.query as Query
  const by = clientOf(query.mac, query.uid)
  const inHand = query.token ? undefined : await queue.peek(desk.id, by)
  // Firmware older than tokens reports the slip that it has fetched, even one that is queued again for paper (it then has a
  // reason).
  const isFetched = inHand && (inHand.state === 'claimed' || inHand.reason !== undefined)
  const given = query.token || (isFetched ? tokenOfCopy(inHand) : undefined)
  if (given === undefined) return sendProblem(request, reply, 404, 'unknown')
  const { token, copy } = partsOf(given)
  const end = outcomeOfCode(query.code ?? '')
  const fetched = await queue.read(desk.id, token.split('.')[0]!)
  // Of two printers of one desk the one that came too late may report a failed download of the other's slip.
  if (fetched && areTwo(fetched.claimer, by)) return sendProblem(request, reply, 404, 'not-waiting')
  if (copy !== undefined && end.state === 'confirmed' && fetched?.token === token) {
    // The next copy is fetched and cut separately. A repeated report of an earlier copy changes nothing.
    const isOpen = fetched.state === 'claimed' || fetched.state === 'queued'
    if (isOpen && fetched.claimer && copy < fetched.copies) {
      if (copy === fetched.copy) await queue.nextCopy(desk.id, fetched.jobId, copy + 1)
      return { state: fetched.state }
    }
  }
  const { job } = await queue.settle(desk.id, token, end.state, {
    ...(end.reason ? { reason: end.reason } : {}),
    ...(end.state === 'confirmed' ? { by: end.by ?? 'completion' } : {}),
  })
  // A decision made meanwhile stands; the client is done with this token in any case.
  if (!job) return sendProblem(request, reply, 404, 'unknown')
  return { state: job.state }
}

function read(poll: Poll) {
  return {
    by: clientOf(poll.printerMAC, poll.uniqueID),
    isAgent: typeof poll.printerState === 'string',
    state: poll.printerState ?? stateOfCode(String(poll.statusCode ?? '')),
    isPrinting: /^(true|1)$/i.test(String(poll.printingInProgress)),
    canConfirm: poll.canConfirm ?? true,
  }
}

// Star's advice: a printer that has not reported after about a minute is gone.
const printMs = 60_000

// From paper with 48 printable mm, the narrowest that a slip is laid out for, to 104 mm at 12 dots/mm, the widest that Star
// makes.
const [fewestDots, maxDots] = [384, 1248]
const usualDotsPerMm = 8
const dotsPerColumn = 12

/**
 * The paper with the width that the printer reports (guide 2.4, "Client HTTP Request Headers": mm, and dots per mm), because
 * only the printer knows that a paper guide for 58 mm was put into a model for 80 mm. Without a report, as the desk's profile
 * has it.
 */
function asWideAs(headers: FastifyRequest['headers'], paper: Profile): Profile {
  const said = (name: string) => Number.parseFloat(String(headers[name] ?? ''))
  const dotsPerMm = said('x-star-horizontal-resolution') || usualDotsPerMm
  const widthDots = Math.floor(said('x-star-print-width') * dotsPerMm)
  if (!(widthDots >= fewestDots && widthDots <= maxDots)) return paper
  return { ...paper, widthDots, columns: Math.floor(widthDots / dotsPerColumn) }
}

/** A stock printer fetches each copy by itself, under a token of its own. */
const tokenOfCopy = ({ token, copies, copy }: QueuedJob) => (copies > 1 ? `${token}.${copy}` : token)

function partsOf(token: string): { token: string; copy: number | undefined } {
  const [id, reprint, copy] = token.split('.')
  return { token: `${id}.${reprint}`, copy: copy === undefined ? undefined : Number(copy) }
}

/** One printer by any spelling of its address: 00:11:62:0A:BC:DE in a poll may be 0011620abcde in a GET. */
function clientOf(mac: Poll['printerMAC'], uid: Poll['uniqueID']): string {
  const id = [mac, uid].map((one) => String(one ?? '').slice(0, 64)).find(isGiven) ?? 'unnamed'
  // Colons encoded twice are still written as %3A here.
  const hex = id.replace(/%3a|[^0-9a-z]/gi, '').toLowerCase()
  return `cloudprnt:${/^[0-9a-f]{12}$/.test(hex) ? hex : id}`
}

/** Whether these are surely two printers: each has given a hardware address. A client without one may have two names. */
const areTwo = (one: string | undefined, other: string) =>
  one !== other && [one, other].every((name) => /^cloudprnt:[0-9a-f]{12}$/.test(name ?? ''))

// image/png in capitals, with parameters, in a list, or "anything" is a picture.
function mediaType(type = ''): string {
  const names = type
    .toLowerCase()
    .split(/[;,]/)
    .map((name) => name.trim())
  return names.some((name) => ['', '*/*', 'image/*', pictureType].includes(name)) ? pictureType : names[0]!
}

const text = { type: 'string', maxLength: 300 }
const pollSchema = {
  tags: ['desk'],
  summary: 'CloudPRNT: how the printer is; answers whether a slip waits',
  body: PollSchema,
}
const query = (properties: Record<string, unknown>) => ({ type: 'object', properties })
const fetchSchema = {
  tags: ['desk'],
  summary: 'CloudPRNT: fetch the slip of a token',
  querystring: query({ mac: text, uid: text, type: text, token: text, code: text, delete: text }),
}
const endSchema = {
  tags: ['desk'],
  summary: 'CloudPRNT: how the slip of a token ended',
  querystring: query({ mac: text, uid: text, code: text, token: text }),
}
