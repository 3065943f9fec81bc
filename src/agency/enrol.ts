// The one-time link of a device: a browser that opens it becomes that kiosk, desk or monitor by an HttpOnly cookie.
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../problem.js'
import type { Keys } from './keys.js'

const pages = { kiosk: '/kiosk/', desk: '/desk/', monitor: '/monitor/', agency: '/docs' } as const

/** GET /enrol/{code}: 303 to the device's page with its cookie, or 404 for a code that is used up, old or invented. */
export function enrolRoute(app: FastifyInstance, keys: Keys): void {
  app.get('/enrol/:code', { schema: { hide: true } }, async (request, reply) => {
    const redeemed = await keys.redeem((request.params as { code: string }).code)
    if (!redeemed) return sendProblem(request, reply, 404, 'link-used')
    const { identity, key } = redeemed
    return reply
      .header('set-cookie', keys.cookie(identity.kind, key, request.protocol === 'https'))
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .redirect(pages[identity.kind], 303)
  })
}
