// Slips for people at a kiosk: print, follow, cancel, and the test slip of the morning.
import type { FastifyInstance } from 'fastify'
import type { Job } from '../desk/contract.js'
import type { LookUp } from '../dossier/lookup.js'
import { SlipRequest } from './contract.js'
import type { KioskDoor } from './door.js'
import { sendDeviceProblem } from './problem.js'

export interface SlipDeps {
  lookUp: LookUp
  /** Printing for a kiosk that has a printer. */
  printer: {
    has(kiosk: string): boolean
    print(kiosk: string, dossierNo: string): Promise<Job | undefined>
    test(kiosk: string): Promise<Job | undefined>
    job(kiosk: string, jobId: string): Promise<Job | undefined>
    cancel(kiosk: string, jobId: string): Promise<void>
  }
}

/** /v1/kiosk/receipts and /v1/kiosk/printer-test, for kiosks that `door` admits. */
export function slipRoutes(app: FastifyInstance, { lookUp, printer }: SlipDeps, door: KioskDoor): void {
  const { hooks, bodyHooks, nameOf } = door

  // A slip carries the lookup number, which opens the fuller answer. So only someone who already has that number gets
  // one; otherwise enumerating dossier numbers at a kiosk would print the keys to all of them.
  app.post(
    '/v1/kiosk/receipts',
    { ...bodyHooks, schema: { hide: true, body: SlipRequest } },
    async (request, reply) => {
      const name = nameOf(request)
      if (!printer.has(name)) return sendDeviceProblem(reply, 404, 'no-printer', 'This kiosk has no printer.')
      const { number } = request.body as SlipRequest
      const found = await lookUp(number, {
        channel: 'kiosk',
        subject: `kiosk:${name}`,
        place: `kiosk:${name}`,
      })
      if (found.kind === 'unavailable') {
        reply.header('retry-after', 5)
        return sendDeviceProblem(reply, 503, 'unavailable', 'The store is away.')
      }
      if (found.kind !== 'found' || found.level !== 'full')
        return sendDeviceProblem(reply, 404, 'unknown', 'No slip for this number.')
      const job = await printer.print(name, found.dossier.dossierNo.text)
      if (!job) return sendDeviceProblem(reply, 503, 'unavailable', 'The printer cannot be asked now.')
      return reply.code(202).send(stateOf(job))
    },
  )

  // The morning self-test includes the printer; its slip is about no dossier.
  app.post('/v1/kiosk/printer-test', { ...hooks, schema: { hide: true } }, async (request, reply) => {
    const name = nameOf(request)
    if (!printer.has(name)) return sendDeviceProblem(reply, 404, 'no-printer', 'This kiosk has no printer.')
    const job = await printer.test(name)
    if (!job) return sendDeviceProblem(reply, 503, 'unavailable', 'The printer cannot be asked now.')
    return reply.code(202).send(stateOf(job))
  })

  app.get('/v1/kiosk/receipts/:jobId', { ...hooks, schema: { hide: true } }, async (request, reply) => {
    const name = nameOf(request)
    const { jobId } = request.params as { jobId: string }
    const job = await printer.job(name, jobId)
    if (!job) return sendDeviceProblem(reply, 404, 'unknown', 'No such slip.')
    return stateOf(job)
  })

  // The visit has ended: a slip that still waits must not print for the next person.
  app.post(
    '/v1/kiosk/receipts/:jobId/cancel',
    { ...hooks, schema: { hide: true } },
    async (request, reply) => {
      const name = nameOf(request)
      await printer.cancel(name, (request.params as { jobId: string }).jobId)
      return reply.code(204).send()
    },
  )
}

const stateOf = ({ jobId, state, reason }: Job) => ({ jobId, state, ...(reason ? { reason } : {}) })
