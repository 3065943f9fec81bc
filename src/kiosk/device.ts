// A lobby page's requests besides lookups and slips: its setup, heartbeat, ratings. Only a browser with a kiosk's device
// cookie may do more than read the setup.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Heartbeat, type KioskSetup, Rating } from './contract.js'
import { type Authenticate, type KioskDoor, kioskName, openKioskDoor } from './door.js'
import { sendDeviceProblem } from './problem.js'
import { pageHeader } from './screens.js'
import { type SlipDeps, slipRoutes } from './slips.js'
import { openRatings, visitOf } from './visit.js'

export interface DeviceDeps extends SlipDeps {
  /** As it is now: the links may change at run time. */
  setup(): Omit<KioskSetup, 'kiosk' | 'page'>
  /** The build of the pages that are served. */
  page: string
  authenticate: Authenticate
  /** The Set-Cookie that renews a device's cookie. */
  renewal?: (request: FastifyRequest, kind: 'kiosk' | 'desk' | 'monitor') => string | undefined
  /** Counts one tap: 3 good, 2 fine, 1 not good. */
  rated(agency: string, kiosk: string, mood: 1 | 2 | 3): void
  /** A kiosk's heartbeat, with the result of its morning self-test. */
  heard(kiosk: string, heartbeat: Heartbeat): Promise<void>
}

/** /v1/device and everything under /v1/kiosk. */
export function deviceRoutes(app: FastifyInstance, deps: DeviceDeps): void {
  const door = openKioskDoor(deps.authenticate)
  // A cookie in use does not expire.
  const renew: Renew = (request, reply, kind) => {
    const cookie = deps.renewal?.(request, kind)
    if (cookie !== undefined) reply.header('set-cookie', cookie)
  }
  setupRoutes(app, deps, renew)
  ratingRoute(app, deps, door)
  heartbeatRoute(app, deps, door, renew)
  slipRoutes(app, deps, door)
}

type Renew = (request: FastifyRequest, reply: FastifyReply, kind: 'kiosk' | 'desk' | 'monitor') => void

/** What the page must know at start, and what this browser is enrolled as. */
function setupRoutes(
  app: FastifyInstance,
  { authenticate, setup, page, printer }: DeviceDeps,
  renew: Renew,
): void {
  app.get('/v1/kiosk/setup', { schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const name = await kioskName(authenticate, request)
    if (name !== undefined) renew(request, reply, 'kiosk')
    return {
      ...setup(),
      page,
      ...(name === undefined ? {} : { kiosk: { name, hasPrinter: printer.has(name) } }),
    } satisfies KioskSetup
  })

  // What this browser is enrolled as: the cookie itself is hidden from the page.
  app.get('/v1/device', { schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    reply.header(pageHeader, page)
    const { kind } = request.query as { kind?: unknown }
    if (kind !== 'kiosk' && kind !== 'desk' && kind !== 'monitor')
      return sendDeviceProblem(reply, 400, 'unknown-kind', 'kind is kiosk, desk or monitor.')
    const device = await authenticate(request, kind)
    if (!device) return sendDeviceProblem(reply, 401, 'not-let-in', 'This browser was not let in.')
    renew(request, reply, kind)
    return { kind, name: device.name ?? device.desk }
  })
}

function ratingRoute(app: FastifyInstance, { setup, rated }: DeviceDeps, door: KioskDoor): void {
  const mayRate = openRatings()
  const agencies = new Set(setup().agencies.map(({ code }) => code))
  app.post(
    '/v1/kiosk/satisfaction',
    { ...door.bodyHooks, schema: { hide: true, body: Rating } },
    async (request, reply) => {
      const name = door.nameOf(request)
      const { agency, mood } = request.body as Rating
      if (!agencies.has(agency)) return sendDeviceProblem(reply, 400, 'unknown-agency', 'No such agency.')
      const rating = mayRate(name, visitOf(request), agency)
      if (rating === 'too-many') {
        reply.header('retry-after', 5)
        return sendDeviceProblem(
          reply,
          429,
          'too-many-requests',
          'More taps than people can come to a kiosk.',
        )
      }
      if (rating === 'counts') rated(agency, name, mood)
      return reply.code(204).send()
    },
  )
}

function heartbeatRoute(app: FastifyInstance, { heard }: DeviceDeps, door: KioskDoor, renew: Renew): void {
  app.post(
    '/v1/kiosk/heartbeat',
    { ...door.bodyHooks, schema: { hide: true, body: Heartbeat } },
    async (request, reply) => {
      const name = door.nameOf(request)
      await heard(name, request.body as Heartbeat)
      renew(request, reply, 'kiosk')
      return reply.code(204).send()
    },
  )
}
