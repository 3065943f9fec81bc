// OpenAPI responses of the public, desk and monitor routes. They are for documentation only: those routes serialize without a
// response schema, so nothing is compiled at start-up. Keyed by method and URL as Fastify knows them; docs.ts merges them
// into the routes' own schemas.

import { ComplaintListSchema } from '../../complaints/contract.js'
import { DeskViewSchema, JobSchema, QueuedSchema, SlipPreviewSchema } from '../../desk/contract.js'
import { Answer } from '../../kiosk/contract.js'
import { HalfYearSchema } from '../../monitor/open-data/contract.js'
import { Type } from '../../schema.js'
import { answer, answers, problem, withRetryAfter } from './answers.js'
import { MonitorSummary, OverdueList, PublicStatus } from './monitor-docs.js'

const optional = Type.Optional
// Error statuses of a write by a desk or an agent.
const bodyFaults = [401, 403, 408, 413, 415, 503]
const desk = { desk: Type.String({ description: 'its id in the configuration' }) }
const ofDesk = { params: Type.Object(desk) }
const ofJob = { params: Type.Object({ ...desk, jobId: Type.String() }) }
const noNumber = problem('unreadable: no dossier number; reason says what is wrong')
const queued = answer('queued', QueuedSchema)
const queueFull = withRetryAfter(problem('queue-full: too many slips are queued at this desk'))
const moved = {
  ...ofJob,
  response: answers(
    { 200: answer('its current state', JobSchema), 409: problem('wrong-state: reason is its current state') },
    401,
    403,
    404,
    503,
  ),
}
const ofTicket = { params: Type.Object({ ...desk, ticket: Type.String() }) }
const done = { 204: { description: 'done', type: 'null' } }
const gone = problem('wrong-state: reason is answered or erased')
const complaintActed = (more: object) => ({
  ...ofTicket,
  response: answers({ ...done, ...more, 409: gone }, 404, ...bodyFaults),
})
const bearer = { security: [{ bearer: [] }, { basic: [] }] }
const monitorKeys = { security: [{ monitor: [] }, { bearer: [] }] }
const summaryOf = (schema: object) => ({
  ...monitorKeys,
  response: answers({ 200: schema, 400: problem('bad-period: no days, or more than 400 of them') }, 401, 503),
})
const overdueOf = (schema: object) => ({
  ...monitorKeys,
  response: answers(
    { 200: schema, 400: problem('bad-period: within is not a number of days; bad-limit; or unknown-agency') },
    401,
    403,
    503,
  ),
})
const text = { type: 'string' }
const workbook = [
  { ...text, format: 'binary' },
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
] as const

const statusAnswers = answers({
  200: answer('where it stands', Answer),
  400: noNumber,
  404: problem('unknown; withheld and expired numbers answer the same way'),
  429: withRetryAfter(problem('withheld: too many requests from this address')),
  503: withRetryAfter(problem('unavailable: the store is away. It does not mean unknown')),
})

/** Documentation by `METHOD url`. */
export const otherDocs: Readonly<Record<string, object>> = {
  'GET /v1/status/:number': {
    params: Type.Object({
      number: Type.String({
        description: 'dossier number or 12- or 16-digit lookup number, as typed',
        examples: ['000.00.00.X00-260101-0004', '4827 1936 0518'],
      }),
    }),
    response: statusAnswers,
  },
  'POST /v1/status': { response: statusAnswers },
  'GET /v1/open/half-year.json': {
    response: {
      200: answer('the half-year, at most twelve hours old; cacheable for an hour', HalfYearSchema),
      304: { type: 'null', description: 'unchanged: If-None-Match has its ETag' },
      400: problem('bad-period: not one of the last five half-years'),
      503: withRetryAfter(problem('unavailable: the store is away, or the half-year is being counted')),
    },
  },
  'GET /status.json': { response: { 200: answer('at most ten seconds old', PublicStatus) } },
  'POST /v1/desks/:desk/receipts': {
    ...ofDesk,
    response: answers(
      {
        202: queued,
        400: problem('unreadable (with reason), or invalid (with errors[])'),
        429: queueFull,
      },
      401,
      403,
      404,
      408,
      413,
      415,
      503,
    ),
  },
  'GET /v1/desks/:desk/preview': {
    ...ofDesk,
    response: answers(
      {
        200: answer('the slip as text', SlipPreviewSchema),
        400: problem('unreadable (with reason), or invalid (with errors[])'),
      },
      401,
      403,
      404,
      503,
    ),
  },
  'GET /v1/desks/:desk/receipts/:jobId': {
    ...ofJob,
    response: answers({ 200: answer('the state of the job', JobSchema) }, 401, 403, 404, 503),
  },
  'POST /v1/desks/:desk/receipts/:jobId/cancel': moved,
  'POST /v1/desks/:desk/receipts/:jobId/reprint': moved,
  'POST /v1/desks/:desk/receipts/:jobId/confirm': moved,
  'GET /v1/desks/:desk': {
    ...ofDesk,
    response: answers({ 200: answer('the desk', DeskViewSchema) }, 401, 403, 404, 503),
  },
  'POST /v1/desks/:desk/proof': {
    ...ofDesk,
    response: answers({ 202: queued, 429: queueFull }, 401, 403, 503),
  },
  'PUT /v1/desks/:desk/profile': {
    ...ofDesk,
    response: answers(
      {
        200: answer('the new profile', Type.Object({ profile: Type.String() })),
        400: problem('no-such-line: not on the ticket; or invalid (with errors[])'),
      },
      ...bodyFaults,
    ),
  },
  'GET /v1/desks/:desk/events': {
    ...ofDesk,
    response: answers(
      {
        200: answer('an endless stream; each data line is JSON', text, 'text/event-stream'),
        406: { description: 'the Accept header does not ask for text/event-stream' },
        429: withRetryAfter(problem('too-many-streams: for this key, or in all')),
      },
      401,
      403,
      404,
      503,
    ),
  },
  'POST /v1/desks/:desk/cloudprnt': {
    ...ofDesk,
    ...bearer,
    response: answers(
      {
        200: answer(
          'whether a slip is queued',
          Type.Object({
            jobReady: Type.Boolean(),
            mediaTypes: optional(Type.Array(Type.String())),
            jobToken: optional(Type.String()),
            deleteMethod: optional(Type.String()),
          }),
        ),
        400: problem('invalid (with errors[])'),
        409: problem("local-printer: this desk's printer is attached to the gateway"),
        429: withRetryAfter(problem('too-many-polls: within this second, and nothing is queued')),
      },
      ...bodyFaults,
    ),
  },
  'GET /v1/desks/:desk/cloudprnt': {
    ...ofDesk,
    ...bearer,
    response: answers(
      {
        200: {
          description: 'the slip',
          content: {
            'image/png': { schema: { ...text, format: 'binary' } },
            'application/vnd.dossier-gateway.escpos': { schema: { ...text, format: 'binary' } },
          },
        },
        404: problem('not-waiting: fetched by another, ended, or cancelled'),
        415: problem('unsupported-media-type: type is not one of those offered'),
      },
      401,
      403,
      503,
    ),
  },
  'DELETE /v1/desks/:desk/cloudprnt': {
    ...ofDesk,
    ...bearer,
    response: answers(
      {
        200: answer('recorded', Type.Object({ state: JobSchema.properties.state })),
        404: problem('unknown: no such token, or no token and no slip fetched'),
      },
      401,
      403,
      503,
    ),
  },
  'GET /v1/desks/:desk/complaints': {
    ...ofDesk,
    response: answers({ 200: answer('the list', ComplaintListSchema) }, 401, 403, 503),
  },
  'POST /v1/desks/:desk/complaints/:ticket/answer': complaintActed({
    400: problem('invalid: reason is empty, too-long, link or demand; or errors[]'),
  }),
  'POST /v1/desks/:desk/complaints/:ticket/hand-on': complaintActed({
    400: problem('invalid: reason unknown-agency, or errors[]'),
  }),
  'DELETE /v1/desks/:desk/complaints/:ticket': { ...ofTicket, response: answers(done, 401, 403, 404, 503) },
  'GET /v1/monitor/summary': summaryOf(answer('the period', MonitorSummary)),
  'GET /v1/monitor/summary.csv': summaryOf(answer('the period, as a table', text, 'text/csv')),
  'GET /v1/monitor/summary.xlsx': summaryOf(answer('the period, as a workbook', ...workbook)),
  'GET /v1/monitor/overdue': overdueOf(answer('the list', OverdueList)),
  'GET /v1/monitor/overdue.csv': overdueOf(answer('the list, as a table', text, 'text/csv')),
  'GET /v1/monitor/overdue.xlsx': overdueOf(answer('the list, as a workbook', ...workbook)),
}
