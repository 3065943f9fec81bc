// GET /v1/open/half-year.json: needs no key and gives everybody the same answer, cached in memory here and by proxies.
import { createHash } from 'node:crypto'
import type {} from '@fastify/swagger' // gives route schemas their tags
import type { FastifyInstance } from 'fastify'
import { throwFault } from '../../redis/connection.js'
import { sendProblem } from '../../web/problem.js'
import type { HalfYears } from './half-years.js'

const publicSeconds = 3600
const keptMs = 60_000
const retryAfterSeconds = 5

/** GET /v1/open/half-year.json */
export function openDataRoute(app: FastifyInstance, halfYears: Pick<HalfYears, 'read' | 'names'>): void {
  // One for each half-year that may be requested.
  const cache = new Map<string, { until: number; body: string; etag: string }>()

  app.get('/v1/open/half-year.json', { schema }, async (request, reply) => {
    const { period } = request.query as { period?: unknown }
    const name = period === undefined ? '' : String(period)
    reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
    let kept = cache.get(name)
    if (!kept || kept.until < performance.now()) {
      const found = await halfYears.read(name || undefined).catch(throwFault)
      if (found === undefined)
        return sendProblem(request, reply, 400, 'bad-period', {
          detail: `period is one of ${halfYears.names().join(', ')}`,
        })
      if (found === 'counting')
        return sendProblem(request, reply, 503, 'unavailable', {
          detail: 'the half-year is being counted for the first time',
          retryAfterSeconds,
        })
      const body = JSON.stringify(found)
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
      // The set of valid names changes once in a half-year.
      if (cache.size > halfYears.names().length + 1) cache.clear()
      cache.set(name, (kept = { until: performance.now() + keptMs, body, etag }))
    }
    reply.headers({ 'cache-control': `public, max-age=${publicSeconds}`, etag: kept.etag })
    // Among others, and weak (W/"…") behind a proxy that compresses (RFC 9110 §13.1.2).
    if (request.headers['if-none-match']?.includes(kept.etag)) return reply.code(304).send()
    return reply.type('application/json; charset=utf-8').send(kept.body)
  })
}

const schema = {
  tags: ['public'],
  summary:
    'Open data of a half-year: lookups, dossiers by agency, complaints. Counts from 1 to 4, and what would give them away, are null',
  querystring: {
    type: 'object',
    properties: {
      period: {
        type: 'string',
        description: 'a half-year as 2026H1, of the last five; default the last that has ended',
      },
    },
  },
}
