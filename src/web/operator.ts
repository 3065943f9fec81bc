// The operator's routes on the admin listener, for someone called at 3 a.m. who has curl but no shell on the machine: the
// commands `smsc`, `printers status` and `outbox`, and the reload of SIGHUP. An answer is what the command prints with
// --json, so scripts need only one format.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RecordAction } from '../access/audit.js'
import type { Reloaded } from '../config/slice.js'
import type { Log } from '../log.js'
import { refuseUnrouted } from './listener/unrouted.js'
import { sendProblem } from './problem.js'

interface OperatorDeps {
  readonly adminKey: string
  /** Runs a command inside this gateway, as if with --json; resolves with its output. */
  readonly run: Record<'smsc' | 'printers' | 'outbox', (...args: string[]) => Promise<string>>
  /** Reloads the configuration; resolves with the problems, none when it was applied. */
  reload(): Promise<Reloaded>
  readonly audit: RecordAction
  readonly log: Log
}

// Over all addresses: few people have a reason to call these routes, and a right key always passes.
const wrongKeysPerMinute = 30

/** Everything under /v1/operator, behind `secrets.adminKey` as a Bearer token. */
export function operatorRoutes(
  server: FastifyInstance,
  { adminKey, run, reload, audit, log }: OperatorDeps,
): void {
  let wrong = { count: 0, until: 0 }
  const wanted = digest(adminKey)
  const isOperator = ({ headers }: FastifyRequest) => {
    const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    return timingSafeEqual(digest(given), wanted)
  }

  server.register(
    async (routes) => {
      // For unknown URLs too, so that without the key nobody can tell which routes exist.
      routes.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store')
        if (isOperator(request)) return
        const now = performance.now()
        if (now >= wrong.until) wrong = { count: 0, until: now + 60_000 }
        // Logged at most once a minute.
        if (++wrong.count === 1)
          log.warn(
            { evt: 'operator.refused', requestId: request.id },
            'A request without the admin key was refused',
          )
        if (wrong.count > wrongKeysPerMinute)
          return sendProblem(request, reply, 429, 'too-many-requests', {
            retryAfterSeconds: Math.ceil((wrong.until - now) / 1000),
          })
        reply.header('www-authenticate', 'Bearer')
        return sendProblem(request, reply, 401, 'unauthorized')
      })
      routes.setNotFoundHandler(refuseUnrouted)

      routes.get('/links', async (_request, reply) => sendJson(reply, await run.smsc()))
      routes.get('/printers', async (_request, reply) => sendJson(reply, await run.printers('status')))
      routes.get('/outbox', async (_request, reply) => sendJson(reply, await run.outbox('list')))

      routes.post('/outbox/:id/retry', async (request, reply) => {
        const { id } = request.params as { id: string }
        // A journal id; this keeps out `--all`, which the command would accept.
        if (!/^\d+-\d+$/.test(id)) return sendProblem(request, reply, 404, 'unknown')
        const said = await run.outbox('retry', id)
        const { revived } = JSON.parse(said) as { revived: number }
        const result = revived > 0 ? 'put back' : 'unknown'
        void audit({ who: 'operator', what: 'outbox.retry', on: id, result })
        return revived > 0 ? sendJson(reply, said) : sendProblem(request, reply, 404, 'unknown')
      })

      routes.post('/reload', async (request, reply) => {
        const { problems, wantRestart } = await reload()
        const ok = problems.length === 0
        void audit({ who: 'operator', what: 'reload', on: '', result: ok ? 'done' : 'refused' })
        return ok
          ? { ok, problems, wantRestart }
          : sendProblem(request, reply, 409, 'not-reloaded', { problems })
      })
    },
    { prefix: '/v1/operator' },
  )
}

// timingSafeEqual needs equal lengths, which digests have.
const digest = (text: string) => createHash('sha256').update(text).digest()

const sendJson = (reply: FastifyReply, body: string) =>
  reply.header('content-type', 'application/json; charset=utf-8').send(body)
