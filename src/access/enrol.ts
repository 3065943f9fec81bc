// The one-time link of a device: a browser becomes that kiosk, desk or monitor by an HttpOnly cookie once a person presses the
// button of the page behind the link. Opening it uses nothing up, so previews, prefetch and HEAD do no harm.
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clientAddress, networksOf } from '../web/addresses.js'
import { isFromOwnPage, isSecure } from '../web/hardening.js'
import { sendPage, wantsPage } from '../web/pages.js'
import { sendProblem } from '../web/problem.js'
import type { Keep } from './audit.js'
import type { Keys } from './keys.js'

const pages = { kiosk: '/kiosk/', desk: '/desk/', monitor: '/monitor/', agency: '/docs' } as const

// A code has 144 bits and nobody guesses one; whoever tries is told to wait.
const wrongCodesPerMinute = 10
const networksKept = 10_000

/**
 * GET /enrol/{code}: a page with a button, or one that says the link is used up, old or invented (404). POST: 303 to the
 * device's page with its cookie.
 */
export function enrolRoute(app: FastifyInstance, keys: Keys, audit: Keep = async () => {}): void {
  const wrong = new Map<string, { count: number; until: number }>()
  /** Says that there is no such link; a network that tried too many codes is told to wait. A right code always passes. */
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    const now = Date.now()
    // The widest network: changing the address inside it gains nothing.
    const network = networksOf(clientAddress(request)).at(-1)!
    let tries = wrong.get(network)
    if (!tries || tries.until <= now) {
      if (wrong.size >= networksKept) wrong.clear()
      wrong.set(network, (tries = { count: 0, until: now + 60_000 }))
    }
    if (++tries.count > wrongCodesPerMinute) {
      const retryAfterSeconds = Math.ceil((tries.until - now) / 1000)
      return sendProblem(request, reply, 429, 'too-many-requests', { retryAfterSeconds })
    }
    return wantsPage(request)
      ? sendPage(reply, 404, 'link-used')
      : sendProblem(request, reply, 404, 'link-used')
  }
  const codeOf = (request: FastifyRequest) => (request.params as { code: string }).code

  app.register(async (routes) => {
    // The button sends an empty form.
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', (_request, _payload, done) => done(null))

    routes.get('/enrol/:code', { schema: { hide: true } }, async (request, reply) => {
      return (await keys.isRedeemable(codeOf(request)))
        ? sendPage(reply, 200, 'enrol')
        : refuse(request, reply)
    })

    routes.post('/enrol/:code', { schema: { hide: true } }, async (request, reply) => {
      // Else another site could make this browser a device of its own choosing.
      if (!isFromOwnPage(request)) return sendProblem(request, reply, 403, 'foreign-page')
      const redeemed = await keys.redeem(codeOf(request))
      if (!redeemed) return refuse(request, reply)
      const { identity, key } = redeemed
      void audit({
        who: `device ${identity.id}`,
        what: 'device.enrol',
        on: identity.id,
        result: identity.kind,
      })
      return reply
        .header('set-cookie', keys.cookie(identity.kind, key, isSecure(request)))
        .header('cache-control', 'no-store')
        .redirect(pages[identity.kind], 303)
    })
  })
}
