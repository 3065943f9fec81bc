// A desk's complaints over HTTP: the list of its agency, answering, handing on, erasing. Content goes to that desk alone; the
// audit trail has the ticket and never the words.
import type {} from '@fastify/swagger' // gives route schemas their tags
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type RecordAction, whoAtDesk } from '../access/audit.js'
import type { Agency } from '../dossier/agency.js'
import { localDate } from '../dossier/times.js'
import { sendProblem } from '../web/problem.js'
import { type AnswerProblem, problemOf, tidy } from './answers.js'
import { AnswerBodySchema, ComplaintListSchema, type ComplaintView, HandOnBodySchema } from './contract.js'
import type { Complaint, Complaints, Moved } from './store.js'

interface ComplaintRoutesDeps {
  readonly complaints: Complaints
  readonly desks: readonly { readonly id: string; readonly agency: string }[]
  readonly agencies: readonly Agency[]
  /** The maximum length of an answer, characters: it goes out as one text. */
  readonly answerLength: () => number
  readonly authenticate: (
    request: Pick<FastifyRequest, 'headers'>,
    ...kinds: 'desk'[]
  ) => Promise<{ kind: string; desk?: string; person?: string } | undefined>
  readonly audit?: RecordAction
}

/** Everything under /v1/desks/{desk}/complaints. */
export const complaintRoutes =
  (deps: ComplaintRoutesDeps): FastifyPluginAsync =>
  async (app) => {
    const { complaints, agencies, audit = async () => {} } = deps
    const codeOf = new Map(
      agencies.flatMap(({ code, aliases }) => [code, ...aliases].map((one) => [one, code] as const)),
    )
    // Authenticated before a body is read; a caller may access only its own desk.
    const callers = new WeakMap<FastifyRequest, { readonly agency: string; readonly who: string }>()
    const admit = async (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('cache-control', 'no-store')
      const identity = await deps.authenticate(request, 'desk')
      const { desk: id } = request.params as { desk: string }
      const desk = deps.desks.find((one) => one.id === id)
      if (!identity) return sendProblem(request, reply, 401, 'unauthorized')
      if (identity.desk !== id) return sendProblem(request, reply, 403, 'forbidden')
      if (!desk) return sendProblem(request, reply, 404, 'not-found')
      const { code: agency } = complaints.officeFor(desk.agency)
      callers.set(request, { agency, who: whoAtDesk(id, identity.person) })
      request.isMember = true
      return undefined
    }
    app.addHook('onRequest', admit)
    // Authenticated again after the body was read: the key may have been revoked while it arrived.
    app.addHook('preValidation', async (request, reply) =>
      request.body === undefined ? undefined : admit(request, reply),
    )
    const caller = (request: FastifyRequest) => callers.get(request)!

    const moved = (request: FastifyRequest, reply: FastifyReply, result: Moved): FastifyReply => {
      if (result === 'done') return reply.code(204).send()
      if (result === 'unknown') return sendProblem(request, reply, 404, 'unknown')
      return sendProblem(request, reply, 409, 'wrong-state', { reason: result })
    }

    app.get('/v1/desks/:desk/complaints', { schema: listSchema }, async (request) => {
      const desk = caller(request)
      const list = await complaints.list(desk.agency)
      return { complaints: list.map(shown), answerLength: deps.answerLength() }
    })

    const ticketOf = (request: FastifyRequest) => (request.params as { ticket: string }).ticket

    app.post(
      '/v1/desks/:desk/complaints/:ticket/answer',
      { schema: answerSchema },
      async (request, reply) => {
        const desk = caller(request)
        const { answer } = request.body as { answer: string }
        const most = deps.answerLength()
        const problem = problemOf(answer, most)
        if (problem)
          return sendProblem(request, reply, 400, 'invalid', {
            reason: problem,
            detail: explain(problem, most),
          })
        const result = await complaints.answer(ticketOf(request), desk.agency, tidy(answer))
        void audit({ who: desk.who, what: 'complaint.answer', on: known(ticketOf(request), result), result })
        return moved(request, reply, result)
      },
    )

    app.post(
      '/v1/desks/:desk/complaints/:ticket/hand-on',
      { schema: handOnSchema },
      async (request, reply) => {
        const desk = caller(request)
        const to = codeOf.get((request.body as { agency: string }).agency)
        if (!to) return sendProblem(request, reply, 400, 'invalid', { reason: 'unknown-agency' })
        const result = await complaints.handOn(ticketOf(request), desk.agency, to)
        void audit({
          who: desk.who,
          what: 'complaint.hand-on',
          on: known(ticketOf(request), result),
          result: `${result} ${to}`,
        })
        return moved(request, reply, result)
      },
    )

    app.delete('/v1/desks/:desk/complaints/:ticket', { schema: eraseSchema }, async (request, reply) => {
      const desk = caller(request)
      const result = await complaints.erase(ticketOf(request), desk.agency)
      void audit({ who: desk.who, what: 'complaint.erase', on: known(ticketOf(request), result), result })
      return moved(request, reply, result)
    })
  }

// A ticket in the URL may be any text: only existing ones go into the audit trail.
const known = (ticket: string, result: Moved) => (result === 'unknown' ? '' : ticket)

/** A complaint as shown to staff, without the phone. */
export function shown(complaint: Complaint): ComplaintView {
  const { ticket, agency, state, isOverdue, words, dossierNo, handedOnFrom, answer } = complaint
  return {
    ticket,
    agency,
    state,
    receivedAt: new Date(complaint.receivedAt).toISOString(),
    dueDay: localDate(complaint.dueAt - 1),
    overdue: isOverdue,
    ...(words === undefined ? {} : { words }),
    ...(dossierNo === undefined ? {} : { dossierNo }),
    ...(handedOnFrom === undefined ? {} : { handedOnFrom }),
    ...(complaint.answeredAt === undefined
      ? {}
      : { answeredAt: new Date(complaint.answeredAt).toISOString() }),
    ...(answer === undefined ? {} : { answer }),
  }
}

/** An AnswerProblem in words. */
export function explain(problem: AnswerProblem, most: number): string {
  switch (problem) {
    case 'empty':
      return 'the answer is empty'
    case 'too-long':
      return `the answer goes out as one text: ${most} characters at most`
    case 'link':
      return 'an answer by SMS must not contain a link'
    case 'demand':
      return 'an answer by SMS must not mention a PIN, an OTP, a password or a bank transfer'
    case 'identity':
      return 'an answer by SMS must not contain an identity number'
  }
}

const security: Record<string, string[]>[] = [{ bearer: [] }, { cookie: [] }]
const tags = ['desk']
const done = { 204: { type: 'null', description: 'Done' } }
const listSchema = {
  tags,
  security,
  summary: "Complaints about the desk's agency: open ones by due day, then those answered within 30 days",
  response: { 200: ComplaintListSchema },
}
const answerSchema = {
  tags,
  security,
  summary: 'Answer a complaint; the answer goes out by SMS, in one text',
  body: AnswerBodySchema,
  response: done,
}
const handOnSchema = {
  tags,
  security,
  summary: 'Hand a complaint on to another agency; its due day stays',
  body: HandOnBodySchema,
  response: done,
}
const eraseSchema = {
  tags,
  security,
  summary: 'Erase the content; the figures stay',
  response: done,
}
