// The one-time link of a device: when a person presses the button on its page, the browser gets an HttpOnly cookie and becomes
// that kiosk, desk or monitor. Opening the page does not consume the link, so previews, prefetch and HEAD do no harm.
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../errors.js'
import { clientAddress, networksOf } from '../web/addresses.js'
import { isFromOwnPage, isSecure } from '../web/listener/hardening.js'
import { sendPage, wantsPage } from '../web/pages.js'
import { sendProblem } from '../web/problem.js'
import type { RecordAction } from './audit.js'
import type { Keys } from './keys.js'

const pages = { kiosk: '/kiosk/', desk: '/desk/', monitor: '/monitor/', agency: '/docs' } as const

// A code has 144 bits and cannot be guessed; the limit only keeps attempts cheap.
const wrongCodesPerMinute = 10
const networksKept = 10_000

/** Says to try again after `retryAfterSeconds`: to a browser with a page, to a program with problem details. */
const askLater = (
  request: FastifyRequest,
  reply: FastifyReply,
  status: 429 | 503,
  code: string,
  retryAfterSeconds = 5,
) =>
  wantsPage(request)
    ? sendPage(reply.header('retry-after', retryAfterSeconds), status, 'later')
    : sendProblem(request, reply, status, code, { retryAfterSeconds })

/**
 * GET /enrol/{code}: a page with a button, or 404 with a page that says the link is used, expired or wrong. POST: sets the
 * cookie and redirects (303) to the device's page.
 */
export function enrolRoute(app: FastifyInstance, keys: Keys, audit: RecordAction = async () => {}): void {
  const wrong = new Map<string, { count: number; until: number }>()
  /** 404, or 429 for a network that tried too many codes. A right code is never refused. */
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    const now = performance.now()
    // The widest network, so that changing the address inside it gains nothing.
    const network = networksOf(clientAddress(request)).at(-1)!
    let tries = wrong.get(network)
    if (!tries || tries.until <= now) {
      if (wrong.size >= networksKept) wrong.clear()
      wrong.set(network, (tries = { count: 0, until: now + 60_000 }))
    }
    if (++tries.count > wrongCodesPerMinute) {
      return askLater(request, reply, 429, 'too-many-requests', Math.ceil((tries.until - now) / 1000))
    }
    return wantsPage(request)
      ? sendPage(reply, 404, 'link-used')
      : sendProblem(request, reply, 404, 'link-used')
  }
  const codeOf = (request: FastifyRequest) => (request.params as { code: string }).code

  app.register(async (routes) => {
    routes.setErrorHandler((error, request, reply) => {
      if (!(error instanceof GatewayError && error.retryable)) throw error
      return askLater(request, reply, 503, 'unavailable')
    })
    // The button sends an empty form.
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', (_request, _payload, done) => done(null))

    routes.get('/enrol/:code', { schema: { hide: true } }, async (request, reply) => {
      return (await keys.isRedeemable(codeOf(request)))
        ? sendPage(reply, 200, 'enrol')
        : refuse(request, reply)
    })

    routes.post('/enrol/:code', { schema: { hide: true } }, async (request, reply) => {
      // Login CSRF: another site must not be able to enrol this browser as a device of its choosing.
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
