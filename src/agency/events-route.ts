// `POST /v1/events`: CloudEvents 1.0 over HTTP, one or a batch. That an event counts once is events.ts.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Numbers } from '../dossier/numbers.js'
import { GatewayError } from '../errors.js'
import { readContentType } from '../web/content-type.js'
import type { Writer } from './access.js'
import { readBody } from './body.js'
import type { Fault } from './check.js'
import { type Door, json, malformed, parse, sendKept } from './door.js'
import { outcomeOf } from './dossiers.js'
import type { Events } from './events.js'
import type { Kept } from './idempotency.js'
import type { Limits } from './limits.js'
import type { EventOutcomesBody } from './schemas.js'

export interface EventsHandlerDeps {
  readonly door: Door
  readonly events: Events
  readonly numbers: Numbers
  readonly limits: Limits
}

const oneEvent = 'application/cloudevents+json'
const manyEvents = 'application/cloudevents-batch+json'
const mostInBatch = 1000

export function eventsHandler({ door, events, numbers, limits }: EventsHandlerDeps) {
  const tellOne = async (raw: unknown, writer: Writer): Promise<Kept> => {
    const [one] = await events.take([raw], writer.mayWrite)
    const { result, item } = one!
    if ('error' in result) throw isOurs(result.error) ? away(result.error) : new Refused([result.error])
    return { status: 200, contentType: json, body: outcomeOf(result, item!.no, numbers) }
  }

  const tellMany = async (raw: unknown[], writer: Writer): Promise<Kept> => {
    const taken = await events.take(raw, writer.mayWrite)
    const summary = { events: taken.length, applied: 0, stale: 0, duplicate: 0, failed: 0 }
    const results = taken.map(({ result }, at) => {
      if ('error' in result) {
        if (isOurs(result.error)) throw away(result.error)
        summary.failed++
      } else if (result.applied) summary.applied++
      else summary[result.reason]++
      return { event: at + 1, ...result }
    })
    const told: EventOutcomesBody = { results, summary }
    return { status: 200, contentType: json, body: JSON.stringify(told) }
  }

  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (!door.accepts(request, reply, [oneEvent, manyEvents])) return reply
    const admitted = await door.admit(request, reply, { bytes: limits.eventsBytes, signable: true })
    if (!admitted) return reply
    const { writer } = admitted
    return door.inPlace(request, reply, 'requests', writer, async () => {
      const body = admitted.body ?? (await readBody(request.raw, limits.eventsBytes, limits.bodyMs))
      const raw = parse(body)
      if (raw === malformed) return door.problem(request, reply, 400, 'malformed-json')
      const isBatch = readContentType(request.headers['content-type'])?.type === manyEvents
      if (isBatch && !Array.isArray(raw))
        return door.invalid(request, reply, [{ code: 'invalid', pointer: '' }])
      if (isBatch && (raw as unknown[]).length > mostInBatch)
        return door.problem(request, reply, 413, 'too-large')
      const work = () => (isBatch ? tellMany(raw as unknown[], writer) : tellOne(raw, writer))
      const key = request.headers['idempotency-key']
      try {
        return typeof key === 'string'
          ? await door.once(request, reply, writer, key, body, work)
          : sendKept(reply, await work())
      } catch (error) {
        if (error instanceof Refused) return door.invalid(request, reply, error.faults)
        throw error
      }
    })
  }
}

class Refused extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super('refused')
  }
}

function isOurs({ code }: Fault): boolean {
  return code === 'unavailable' || code === 'internal'
}

function away(fault: Fault): GatewayError {
  return new GatewayError('redis-unavailable', 'the store did not answer', fault.code === 'unavailable')
}
