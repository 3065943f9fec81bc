// The monitor's HTTP routes: the summary and its downloads for monitor keys, the coarse public status for anyone.

import type {} from '@fastify/swagger' // gives route schemas their tags and 'hide'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Agency } from '../dossier/agency.js'
import { dayMs, isDay, localDate } from '../dossier/times.js'
import { sendProblem } from '../web/problem.js'
import { type Authenticate, openAskers } from './asker.js'
import type { MonitorSummary, PublicStatus } from './contract.js'
import type { Monitor } from './monitor.js'
import { type OverdueRoutesDeps, overdueRoutes } from './overdue/routes.js'
import { daysOf } from './report/period.js'
import { sendTables } from './send-tables.js'
import { sheets } from './summary-sheets.js'

interface MonitorRoutesDeps extends Pick<OverdueRoutesDeps, 'stateWord'> {
  readonly monitor: Monitor
  readonly agencies: readonly Agency[]
  readonly authenticate: Authenticate
}

const longestDays = 400
const publicSeconds = 10

/** /v1/monitor/… and /status.json */
export const monitorRoutes =
  ({ monitor, authenticate, agencies, stateWord }: MonitorRoutesDeps): FastifyPluginAsync =>
  async (app) => {
    const askerOf = openAskers(authenticate, agencies)
    overdueRoutes(app, { overdue: monitor.overdue, agencies, stateWord, askerOf })
    const summary = async (
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<MonitorSummary | undefined> => {
      reply.header('cache-control', 'no-store')
      const asker = await askerOf(request)
      if (!asker) {
        sendProblem(request, reply, 401, 'unauthorized')
        return undefined
      }
      const days = period(request.query as { from?: unknown; to?: unknown })
      if (days) return monitor.summary(days, asker.agencies)
      sendProblem(request, reply, 400, 'bad-period', {
        detail: `from and to are days (YYYY-MM-DD), at most ${longestDays} of them, from not after to`,
      })
      return undefined
    }

    app.get('/v1/monitor/summary', { schema: summarySchema }, async (request, reply) => {
      return (await summary(request, reply)) ?? reply
    })
    for (const format of ['csv', 'xlsx'] as const)
      app.get(`/v1/monitor/summary.${format}`, { schema: summarySchema }, async (request, reply) => {
        const found = await summary(request, reply)
        if (!found) return reply
        return sendTables(reply, `tra-cuu-ho-so-${found.from}-${found.to}`, format, async () => sheets(found))
      })

    // Anonymous, so it must be cheap: one reading serves everybody for ten seconds.
    let cached: { at: number; status: PublicStatus } | undefined
    app.get('/status.json', { schema: statusSchema }, async (_request, reply) => {
      const now = Date.now()
      if (!cached || now - cached.at > publicSeconds * 1000)
        cached = { at: now, status: monitor.publicStatus() }
      reply.header('cache-control', `public, max-age=${publicSeconds}`)
      return cached.status
    })
  }

/** The requested days; default: the last 30. Undefined when they are invalid. */
export function period(
  { from, to }: { from?: unknown; to?: unknown },
  now = Date.now(),
): string[] | undefined {
  const last = to ?? localDate(now)
  const first = from ?? localDate(now - 29 * dayMs)
  if (!isDay(first) || !isDay(last)) return undefined
  const count = (Date.parse(last) - Date.parse(first)) / dayMs + 1
  return count < 1 || count > longestDays ? undefined : daysOf({ from: first, to: last })
}

const security: Record<string, string[]>[] = [{ bearer: [] }, { cookie: [] }]
const summarySchema = {
  tags: ['monitor'],
  security,
  summary:
    'Lookups, agencies, ratings and devices over a period, of the agencies the key may see; counts from 1 to 4 are withheld',
  querystring: {
    type: 'object',
    properties: {
      from: { type: 'string', description: 'first day, YYYY-MM-DD; default 30 days ago' },
      to: { type: 'string', description: 'last day, YYYY-MM-DD; default today' },
    },
  },
}
const statusSchema = { tags: ['public'], summary: 'Which channels answer and how old the data is' }
