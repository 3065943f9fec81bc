// The one-time link of a device: a browser that opens it becomes that kiosk, desk or monitor by an HttpOnly cookie.
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../web/problem.js'
import type { Keys } from './keys.js'

const pages = { kiosk: '/kiosk/', desk: '/desk/', monitor: '/monitor/', agency: '/docs' } as const

// A code has 144 bits and nobody guesses one; this keeps whoever tries from keeping Redis and the log busy.
const wrongCodesPerMinute = 10
const addressesKept = 10_000

/** GET /enrol/{code}: 303 to the device's page with its cookie, or 404 for a code that is used up, old or invented. */
export function enrolRoute(app: FastifyInstance, keys: Keys): void {
  const wrong = new Map<string, { count: number; until: number }>()

  const countWrong = (address: string, now: number) => {
    const tries = wrong.get(address)
    if (tries && tries.until > now) tries.count++
    else {
      if (wrong.size >= addressesKept) wrong.clear()
      wrong.set(address, { count: 1, until: now + 60_000 })
    }
  }

  app.get('/enrol/:code', { schema: { hide: true } }, async (request, reply) => {
    const now = Date.now()
    const tries = wrong.get(request.ip)
    if (tries && tries.until > now && tries.count >= wrongCodesPerMinute)
      return sendProblem(request, reply, 429, 'too-many-requests', {
        retryAfterSeconds: Math.ceil((tries.until - now) / 1000),
      })
    const redeemed = await keys.redeem((request.params as { code: string }).code)
    if (!redeemed) {
      countWrong(request.ip, now)
      return sendProblem(request, reply, 404, 'link-used')
    }
    const { identity, key } = redeemed
    return reply
      .header('set-cookie', keys.cookie(identity.kind, key, request.protocol === 'https'))
      .header('cache-control', 'no-store')
      .redirect(pages[identity.kind], 303)
  })
}
