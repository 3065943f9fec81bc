// The door of the overdue list: JSON for the page, CSV and XLSX to hand on. A leader who was let in for some agencies sees
// those alone.
import type {} from '@fastify/swagger' // gives route schemas their tags
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DossierStatus } from '../../dossier/dossier.js'
import { sendProblem } from '../../web/problem.js'
import type { OverdueList } from '../contract.js'
import { csv, xlsx } from '../download.js'
import { officeDay } from '../office-time.js'
import { furthestDays } from './collect.js'
import type { OverdueQuestion } from './overdue.js'
import { overdueSheets } from './sheets.js'

export interface OverdueRoutesDeps {
  readonly overdue: (question: OverdueQuestion) => Promise<OverdueList>
  /** Current code of a code or alias; undefined: no such agency. */
  readonly agencyOf: (code: string) => string | undefined
  readonly stateWord: (status: DossierStatus, language: 'vi' | 'en') => string
  /** Who asks, and for which agencies; undefined: every agency. Resolves with undefined for a stranger. */
  readonly monitorOf: (
    request: Pick<FastifyRequest, 'headers'>,
  ) => Promise<{ readonly agencies?: readonly string[] | undefined } | undefined>
}

/** GET /v1/monitor/overdue, .csv, .xlsx */
export function overdueRoutes(
  app: FastifyInstance,
  { overdue, agencyOf, monitorOf, stateWord }: OverdueRoutesDeps,
): void {
  const asked = async (request: FastifyRequest, reply: FastifyReply): Promise<OverdueList | undefined> => {
    reply.header('cache-control', 'no-store')
    const monitor = await monitorOf(request)
    if (!monitor) return refuse(request, reply, 401, 'unauthorized')
    const { agency, within = '1', lang } = request.query as Record<string, unknown>
    if (typeof within !== 'string' || !/^\d{1,2}$/.test(within) || Number(within) > furthestDays)
      return refuse(request, reply, 400, 'bad-period', `within is a number of days, 0 to ${furthestDays}`)
    const wanted = typeof agency === 'string' ? agencyOf(agency) : undefined
    if (agency !== undefined && wanted === undefined)
      return refuse(request, reply, 400, 'unknown-agency', 'agency is a code of the agencies file')
    const own = monitor.agencies && new Set(monitor.agencies)
    if (own && wanted !== undefined && !own.has(wanted)) return refuse(request, reply, 403, 'forbidden')
    const agencies = wanted === undefined ? own : new Set([wanted])
    const language = lang === 'en' ? 'en' : 'vi'
    return overdue({
      agencies,
      within: Number(within),
      stateWord: (status) => stateWord(status, language),
    })
  }

  app.get('/v1/monitor/overdue', { schema }, async (request, reply) => (await asked(request, reply)) ?? reply)
  app.get('/v1/monitor/overdue.csv', { schema }, async (request, reply) => {
    const found = await asked(request, reply)
    return found ? download(reply, 'csv', 'text/csv; charset=utf-8').send(csv(overdueSheets(found))) : reply
  })
  app.get('/v1/monitor/overdue.xlsx', { schema }, async (request, reply) => {
    const found = await asked(request, reply)
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    return found ? download(reply, 'xlsx', type).send(await xlsx(overdueSheets(found))) : reply
  })
}

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

const download = (reply: FastifyReply, ending: string, type: string) =>
  reply
    .header('content-disposition', `attachment; filename="ho-so-qua-han-${officeDay(Date.now())}.${ending}"`)
    .type(type)

const security: Record<string, string[]>[] = [{ bearer: [] }, { cookie: [] }]
const schema = {
  tags: ['monitor'],
  security,
  summary: 'Dossiers overdue or due soon, by number, and numbers that were never pushed',
  querystring: {
    type: 'object',
    properties: {
      agency: { type: 'string', description: 'one agency; default every one the key may see' },
      lang: { type: 'string', enum: ['vi', 'en'], description: 'language of the states; default vi' },
      within: {
        type: 'string',
        description: `also what is due within so many days, 0 to ${furthestDays}; default 1`,
      },
    },
  },
}
