// `POST /v1/events`: CloudEvents 1.0 over HTTP, structured, batch, or binary (attributes in headers). events.ts sees to it that
// an event counts once.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RecordAction } from '../access/audit.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import { GatewayError } from '../errors.js'
import { readContentType } from '../web/content-type.js'
import type { Writer } from './access.js'
import type { Fault } from './check.js'
import { type Door, json, sendJson } from './door.js'
import type { Events } from './events.js'
import { malformed, parse } from './json.js'
import type { Limits } from './limits.js'
import type { EventOutcomesBody } from './schemas.js'

interface EventsHandlerDeps {
  readonly door: Door
  readonly events: Events
  readonly numbers: Numbers
  readonly limits: Limits
  readonly audit: RecordAction
}

const oneEvent = 'application/cloudevents+json'
const manyEvents = 'application/cloudevents-batch+json'
const maxInBatch = 1000

/** The handler of POST /v1/events. */
export function eventsHandler({ door, events, numbers, limits, audit }: EventsHandlerDeps) {
  const takeOne = async (raw: unknown, writer: Writer): Promise<string> => {
    const [one] = await events.take([raw], writer)
    const { result, item } = one!
    if ('error' in result && isOurs(result.error)) throw away(result.error)
    void audit({
      who: `key ${writer.keyId}`,
      what: 'dossier.event',
      on: item?.no.text ?? '',
      result:
        'error' in result ? `refused: ${result.error.code}` : result.applied ? 'applied' : result.reason,
    })
    if ('error' in result) throw new Refused([result.error])
    return JSON.stringify({ ...result, lookupNumber: numbers.lookupNumberOf(item!.no) })
  }

  const takeMany = async (raw: unknown[], writer: Writer): Promise<string> => {
    const taken = await events.take(raw, writer)
    const summary = { events: taken.length, applied: 0, stale: 0, duplicate: 0, failed: 0 }
    const results = taken.map(({ result }, at) => {
      if ('error' in result) {
        if (isOurs(result.error)) throw away(result.error)
        summary.failed++
      } else if (result.applied) summary.applied++
      else summary[result.reason]++
      return { event: at + 1, ...result }
    })
    const { applied } = summary
    const result = `${applied} of ${summary.events} applied`
    void audit({ who: `key ${writer.keyId}`, what: 'events', on: '', result })
    const outcomes: EventOutcomesBody = { results, summary }
    return JSON.stringify(outcomes)
  }

  return async (request: FastifyRequest, reply: FastifyReply) => {
    const inHeaders = eventInHeaders(request)
    const types = inHeaders ? [json, oneEvent, manyEvents, ...otherJson(request)] : [oneEvent, manyEvents]
    if (!door.accepts(request, reply, types)) return reply
    const admitted = await door.admit(request, reply, { bytes: limits.eventsBytes, signable: true })
    if (!admitted) return reply
    const { writer } = admitted
    return door.inPlace(request, reply, 'requests', writer, async () => {
      const body = await door.body(request, admitted, limits.eventsBytes)
      const parsed = parse(body)
      if (parsed === malformed) return door.problem(request, reply, 400, 'malformed-json')
      const raw = inHeaders ? { ...inHeaders, data: parsed } : parsed
      const isBatch = readContentType(request.headers['content-type'])?.type === manyEvents
      if (isBatch && !Array.isArray(raw))
        return door.invalid(request, reply, [{ code: 'invalid', pointer: '' }])
      if (isBatch && (raw as unknown[]).length > maxInBatch)
        return door.problem(request, reply, 413, 'too-large')
      const work = () => (isBatch ? takeMany(raw as unknown[], writer) : takeOne(raw, writer))
      const key = request.headers['idempotency-key']
      try {
        return typeof key === 'string'
          ? await door.once(request, reply, writer, key, body, async () => ({
              status: 200,
              contentType: json,
              body: await work(),
            }))
          : sendJson(reply, await work())
      } catch (error) {
        if (error instanceof Refused) return door.invalid(request, reply, error.faults)
        throw error
      }
    })
  }
}

/**
 * The attributes of an event in binary mode (CloudEvents HTTP binding 3.1): one header each, the body is the data. Undefined:
 * the event is in the body.
 */
function eventInHeaders(request: FastifyRequest): Record<string, string> | undefined {
  const { headers } = request
  if (headers['ce-specversion'] === undefined && headers['ce-id'] === undefined) return undefined
  const attributes: Record<string, string> = {}
  for (const name of ['specversion', 'id', 'source', 'type', 'subject', 'time']) {
    const value = headers[`ce-${name}`]
    if (typeof value === 'string') attributes[name] = decoded(value)
  }
  return attributes
}

/**
 * The Content-Type of a binary event whose data is JSON of a vendor's own type (RFC 6839), such as
 * application/vnd.office.v1+json.
 */
function otherJson({ headers }: FastifyRequest): string[] {
  const type = readContentType(headers['content-type'])?.type
  return type !== undefined && /^(?:application\/[^/]{1,100}\+json|text\/json)$/.test(type) ? [type] : []
}

// Values beyond printable ASCII are percent-encoded UTF-8.
function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
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
