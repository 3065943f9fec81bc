// The operator's routes on the admin listener, for whoever is called at 3 a.m. and has curl: what the commands `smsc`,
// `printers status` and `outbox` tell, and what SIGHUP does, without a shell on the machine. An answer is what the command
// prints with --json; so a script learns one form.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Keep } from '../access/audit.js'
import type { ConfigProblem } from '../config/slice.js'
import type { Log } from '../log.js'
import { sendProblem } from './problem.js'

export interface OperatorDeps {
  readonly adminKey: string
  /** Runs a command beside this gateway, as if with --json; resolves with what it prints. */
  readonly run: Record<'smsc' | 'printers' | 'outbox', (...args: string[]) => Promise<string>>
  /** Reads the configuration again; what is wrong, or nothing. */
  reload(): Promise<readonly ConfigProblem[]>
  readonly audit: Keep
  readonly log: Log
}

// Over all addresses: few people have a reason to ask at all, and a right key passes.
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
      // Also for addresses that are none, so that without the key nothing can be told from anything.
      routes.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store')
        if (isOperator(request)) return
        const now = Date.now()
        if (now >= wrong.until) wrong = { count: 0, until: now + 60_000 }
        // Told once a minute; a key somebody guesses at is worth a look whoever it is.
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
      routes.setNotFoundHandler((request, reply) => sendProblem(request, reply, 404, 'no-such-address'))

      routes.get('/links', async (_request, reply) => sendJson(reply, await run.smsc()))
      routes.get('/printers', async (_request, reply) => sendJson(reply, await run.printers('status')))
      routes.get('/outbox', async (_request, reply) => sendJson(reply, await run.outbox('list')))

      routes.post('/outbox/:id/retry', async (request, reply) => {
        const { id } = request.params as { id: string }
        // Ids are the journal's; `--all` is a word of the command line and no id.
        if (!/^\d+-\d+$/.test(id)) return sendProblem(request, reply, 404, 'unknown')
        const said = await run.outbox('retry', id)
        const { revived } = JSON.parse(said) as { revived: number }
        const result = revived > 0 ? 'put back' : 'unknown'
        void audit({ who: 'operator', what: 'outbox.retry', on: id, result })
        return revived > 0 ? sendJson(reply, said) : sendProblem(request, reply, 404, 'unknown')
      })

      routes.post('/reload', async (request, reply) => {
        const problems = await reload()
        const ok = problems.length === 0
        void audit({ who: 'operator', what: 'reload', on: '', result: ok ? 'done' : 'refused' })
        return ok ? { ok, problems } : sendProblem(request, reply, 409, 'not-reloaded', { problems })
      })
    },
    { prefix: '/v1/operator' },
  )
}

// Digests are of one length, whatever was given.
const digest = (text: string) => createHash('sha256').update(text).digest()

const sendJson = (reply: FastifyReply, body: string) =>
  reply.header('content-type', 'application/json; charset=utf-8').send(body)
