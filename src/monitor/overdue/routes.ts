// HTTP routes of the overdue list: JSON for the page, CSV and XLSX to hand on. A leader admitted for some agencies sees
// those alone.

import type {} from '@fastify/swagger' // gives route schemas their tags
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Agency, agencyNamed, spokenFor } from '../../dossier/agency.js'
import type { DossierStatus } from '../../dossier/dossier.js'
import { localDate } from '../../dossier/times.js'
import { sendProblem } from '../../web/problem.js'
import type { AskerOf } from '../asker.js'
import type { OverdueList } from '../contract.js'
import { sendTables } from '../send-tables.js'
import { furthestDays } from './collect.js'
import type { OverdueQuestion } from './overdue.js'
import { overdueSheets } from './sheets.js'

export interface OverdueRoutesDeps {
  readonly overdue: (question: OverdueQuestion) => Promise<OverdueList>
  readonly agencies: readonly Agency[]
  readonly stateWord: (status: DossierStatus, language: 'vi' | 'en') => string
  readonly askerOf: AskerOf
}

/** GET /v1/monitor/overdue, .csv, .xlsx */
export function overdueRoutes(
  app: FastifyInstance,
  { overdue, agencies, askerOf, stateWord }: OverdueRoutesDeps,
): void {
  const questionOf = async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<OverdueQuestion | undefined> => {
    reply.header('cache-control', 'no-store')
    const asker = await askerOf(request)
    if (!asker) return refuse(request, reply, 401, 'unauthorized')
    const { agency, within = '1', lang, limit } = request.query as Record<string, unknown>
    if (!isWithin(within))
      return refuse(request, reply, 400, 'bad-period', `within is a number of days, 0 to ${furthestDays}`)
    if (limit !== undefined && !isLimit(limit))
      return refuse(request, reply, 400, 'bad-limit', 'limit is a number of rows, 1 to 999999')
    const wanted = typeof agency === 'string' ? agencyNamed(agency, agencies)?.code : undefined
    if (agency !== undefined && wanted === undefined)
      return refuse(request, reply, 400, 'unknown-agency', 'agency is a code of the agencies file')
    const own = asker.agencies
    if (own && wanted !== undefined && !own.has(wanted)) return refuse(request, reply, 403, 'forbidden')
    const language = lang === 'en' ? 'en' : 'vi'
    return {
      agencies: wanted === undefined ? own : spokenFor(agencies, [wanted]),
      within: Number(within),
      limit: limit === undefined ? undefined : Number(limit),
      stateWord: (status) => stateWord(status, language),
    }
  }

  app.get('/v1/monitor/overdue', { schema }, async (request, reply) => {
    const question = await questionOf(request, reply)
    return question ? overdue(question) : reply
  })
  for (const format of ['csv', 'xlsx'] as const)
    app.get(`/v1/monitor/overdue.${format}`, { schema }, async (request, reply) => {
      const question = await questionOf(request, reply)
      if (!question) return reply
      const name = `ho-so-qua-han-${localDate(Date.now())}`
      return sendTables(reply, name, format, async () => overdueSheets(await overdue(question)))
    })
}

const isWithin = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{1,2}$/.test(value) && Number(value) <= furthestDays
const isLimit = (value: unknown): value is string => typeof value === 'string' && /^[1-9]\d{0,5}$/.test(value)

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: Parameters<typeof sendProblem>[3],
  detail?: string,
): undefined {
  sendProblem(request, reply, status, code, detail === undefined ? {} : { detail })
  return undefined
}

const security: Record<string, string[]>[] = [{ bearer: [] }, { cookie: [] }]
const schema = {
  tags: ['monitor'],
  security,
  summary:
    'Dossiers overdue or due soon by number, numbers that were never pushed, and complaints near their day',
  querystring: {
    type: 'object',
    properties: {
      agency: { type: 'string', description: 'one agency; default every one the key may see' },
      lang: { type: 'string', enum: ['vi', 'en'], description: 'language of the states; default vi' },
      limit: { type: 'string', description: 'at most so many dossiers and so many gaps; default all' },
      within: {
        type: 'string',
        description: `also what is due within so many days, 0 to ${furthestDays}; default 1`,
      },
    },
  },
}
