// A lobby page's requests besides lookups: its setup, heartbeat, ratings, slips. Only a browser with a kiosk's device
// cookie may do more than read the setup.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Job } from '../desk/contract.js'
import type { LookUp } from '../dossier/lookup.js'
import type {} from '../web/listener.js' // gives requests their marks
import { Heartbeat, type KioskSetup, Rating, SlipRequest } from './contract.js'
import { problemType } from './problem.js'
import { pageHeader } from './screens.js'
import { openRatings, visitOf } from './visit.js'

/** What a browser is enrolled as, by its device cookie (access/keys.ts). Throws when the store is away. */
export type Authenticate = (
  request: Pick<FastifyRequest, 'headers'>,
  ...kinds: ('kiosk' | 'desk' | 'monitor')[]
) => Promise<{ kind: string; name?: string; desk?: string } | undefined>

/** The kiosk's name when the request carries a kiosk's cookie; a request without any cookie costs nothing. */
export const kioskName = async (authenticate: Authenticate, request: FastifyRequest) =>
  request.headers.cookie === undefined ? undefined : (await authenticate(request, 'kiosk'))?.name

export interface DeviceDeps {
  lookUp: LookUp
  setup: Omit<KioskSetup, 'kiosk' | 'page'>
  /** The build of the pages that are served. */
  page: string
  authenticate: Authenticate
  /** The Set-Cookie that renews a device's cookie. */
  renewal?: (request: FastifyRequest, kind: 'kiosk' | 'desk' | 'monitor') => string | undefined
  /** Printing for a kiosk that has a printer. */
  printer: {
    has(kiosk: string): boolean
    print(kiosk: string, dossierNo: string): Promise<Job | undefined>
    test(kiosk: string): Promise<Job | undefined>
    job(kiosk: string, jobId: string): Promise<Job | undefined>
    cancel(kiosk: string, jobId: string): Promise<void>
  }
  /** Counts one tap: 3 good, 2 fine, 1 not good. */
  rated(agency: string, kiosk: string, mood: 1 | 2 | 3): void
  /** A kiosk's heartbeat, with the result of its morning self-test. */
  heard(kiosk: string, heartbeat: Heartbeat): Promise<void>
}

export function deviceRoutes(app: FastifyInstance, deps: DeviceDeps): void {
  const { authenticate, printer } = deps
  const mayRate = openRatings()
  const agencies = new Set(deps.setup.agencies.map(({ code }) => code))

  // The caller is authenticated before a body is read, and again after it: the key may have been revoked while it arrived.
  const callers = new WeakMap<FastifyRequest, string>()
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store')
    const name = await kioskName(authenticate, request)
    if (name === undefined)
      return problem(reply, 401, 'not-a-kiosk', 'This address is for kiosks that were let in.')
    callers.set(request, name)
    request.isMember = true
    return undefined
  }
  const kiosk = (request: FastifyRequest): string => callers.get(request)!

  // A cookie in use does not expire.
  const renew = (request: FastifyRequest, reply: FastifyReply, kind: 'kiosk' | 'desk' | 'monitor') => {
    const cookie = deps.renewal?.(request, kind)
    if (cookie !== undefined) reply.header('set-cookie', cookie)
  }

  app.get('/v1/kiosk/setup', { schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const name = await kioskName(authenticate, request)
    if (name !== undefined) renew(request, reply, 'kiosk')
    return {
      ...deps.setup,
      page: deps.page,
      ...(name === undefined ? {} : { kiosk: { name, hasPrinter: printer.has(name) } }),
    } satisfies KioskSetup
  })

  // What this browser is enrolled as: the cookie itself is hidden from the page.
  app.get('/v1/device', { schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    reply.header(pageHeader, deps.page)
    const { kind } = request.query as { kind?: unknown }
    if (kind !== 'kiosk' && kind !== 'desk' && kind !== 'monitor')
      return problem(reply, 400, 'unknown-kind', 'kind is kiosk, desk or monitor.')
    const device = await authenticate(request, kind)
    if (!device) return problem(reply, 401, 'not-let-in', 'This browser was not let in.')
    renew(request, reply, kind)
    return { kind, name: device.name ?? device.desk }
  })

  app.post(
    '/v1/kiosk/satisfaction',
    { onRequest, preValidation: onRequest, schema: { hide: true, body: Rating } },
    async (request, reply) => {
      const name = kiosk(request)
      const { agency, mood } = request.body as Rating
      if (!agencies.has(agency)) return problem(reply, 400, 'unknown-agency', 'No such agency.')
      const rating = mayRate(name, visitOf(request), agency)
      if (rating === 'too-many') {
        reply.header('retry-after', 5)
        return problem(reply, 429, 'too-many-requests', 'More taps than people can come to a kiosk.')
      }
      if (rating === 'counts') deps.rated(agency, name, mood)
      return reply.code(204).send()
    },
  )

  app.post(
    '/v1/kiosk/heartbeat',
    { onRequest, preValidation: onRequest, schema: { hide: true, body: Heartbeat } },
    async (request, reply) => {
      const name = kiosk(request)
      await deps.heard(name, request.body as Heartbeat)
      renew(request, reply, 'kiosk')
      return reply.code(204).header(pageHeader, deps.page).send()
    },
  )

  // A slip carries the lookup number, which opens the fuller answer. So only someone who already has that number gets
  // one; otherwise enumerating dossier numbers at a kiosk would print the keys to all of them.
  app.post(
    '/v1/kiosk/receipts',
    { onRequest, preValidation: onRequest, schema: { hide: true, body: SlipRequest } },
    async (request, reply) => {
      const name = kiosk(request)
      if (!printer.has(name)) return problem(reply, 404, 'no-printer', 'This kiosk has no printer.')
      const { number } = request.body as SlipRequest
      const found = await deps.lookUp(number, {
        channel: 'kiosk',
        subject: `kiosk:${name}`,
        place: `kiosk:${name}`,
      })
      if (found.kind === 'unavailable') {
        reply.header('retry-after', 5)
        return problem(reply, 503, 'unavailable', 'The store is away.')
      }
      if (found.kind !== 'found' || found.level !== 'full')
        return problem(reply, 404, 'unknown', 'No slip for this number.')
      const job = await printer.print(name, found.dossier.dossierNo.text)
      if (!job) return problem(reply, 503, 'unavailable', 'The printer cannot be asked now.')
      return reply.code(202).send(told(job))
    },
  )

  // The morning self-test includes the printer; its slip is about no dossier.
  app.post('/v1/kiosk/printer-test', { onRequest, schema: { hide: true } }, async (request, reply) => {
    const name = kiosk(request)
    if (!printer.has(name)) return problem(reply, 404, 'no-printer', 'This kiosk has no printer.')
    const job = await printer.test(name)
    if (!job) return problem(reply, 503, 'unavailable', 'The printer cannot be asked now.')
    return reply.code(202).send(told(job))
  })

  app.get('/v1/kiosk/receipts/:jobId', { onRequest, schema: { hide: true } }, async (request, reply) => {
    const name = kiosk(request)
    const { jobId } = request.params as { jobId: string }
    const job = await printer.job(name, jobId)
    if (!job) return problem(reply, 404, 'unknown', 'No such slip.')
    return told(job)
  })

  // The visit has ended: a slip that still waits must not print for the next person.
  app.post(
    '/v1/kiosk/receipts/:jobId/cancel',
    { onRequest, schema: { hide: true } },
    async (request, reply) => {
      const name = kiosk(request)
      await printer.cancel(name, (request.params as { jobId: string }).jobId)
      return reply.code(204).send()
    },
  )
}

const told = ({ jobId, state, reason }: Job) => ({ jobId, state, ...(reason ? { reason } : {}) })

function problem(reply: FastifyReply, status: number, code: string, title: string): FastifyReply {
  return reply
    .code(status)
    .type(problemType)
    .send(JSON.stringify({ type: `urn:dossier-gateway:problem:${code}`, title, status, code }))
}
