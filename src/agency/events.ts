// CloudEvents 1.0: each (source, id) of a key counts once. The mark is set after the update is durable, so that an event
// cut off by a crash is accepted on redelivery; updates are idempotent.
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { shardCount, shardTags } from '../dossier/store/places.js'
import { asFault, type RedisDoor } from '../redis/connection.js'
import { compile } from '../validator.js'
import type { Writer } from './access.js'
import type { Fault, Item } from './check.js'
import type { Intake, IntakeResult } from './intake.js'
import { malformed, parse } from './json.js'
import { CloudEvent } from './schemas.js'

// A sender that repeats an event after a month gets "stale" or "duplicate" from the store itself.
const rememberedSeconds = 30 * 86_400

// Finding no number in 256 characters takes most of a millisecond: after this many events, yield to other requests.
const maxAtOnce = 100

export interface Events {
  /** One result for each event, in order. Rejects when the store is away. */
  take(events: readonly unknown[], writer: Writer): Promise<{ result: IntakeResult; item?: Item }[]>
}

type Envelope = { id: string; source: string; subject: string; data: unknown }

const { data: _data, ...envelopeFields } = CloudEvent.properties
// Only that the data are present: they are checked separately, with better messages.
const isEnvelope = compile<Envelope>({
  type: 'object',
  properties: JSON.parse(JSON.stringify(envelopeFields)),
  required: CloudEvent.required.filter((name) => (name as string) !== 'data'),
})

/** Opens the intake of events, whose marks are in Redis. */
export function openEvents(intake: Intake, door: RedisDoor): Events {
  return {
    async take(events, writer) {
      const now = intake.now()
      const outcomes: { result?: IntakeResult; item?: Item; mark?: string }[] = []
      for (const [at, event] of events.entries()) {
        if (at > 0 && at % maxAtOnce === 0) await setImmediate()
        const checked = checkEvent(event, intake, writer, now)
        outcomes.push('code' in checked ? { result: { error: checked } } : checked)
      }
      const asked = outcomes.filter(({ mark }) => mark !== undefined)
      const known = await exec(door, asked, (batch, mark) => batch.add(() => door.request.exists(mark)))
      const seen = new Set<string>()
      asked.forEach((outcome, at) => {
        if (known[at] === 1 || seen.has(outcome.mark!))
          outcome.result = { applied: false, reason: 'duplicate' }
        seen.add(outcome.mark!)
      })
      const fresh = asked.filter(({ result }) => result === undefined)
      const results = await intake.apply(fresh.map(({ item }) => item!))
      fresh.forEach((outcome, at) => (outcome.result = results[at]!))
      const done = fresh.filter(({ result }) => !('error' in result!))
      await exec(door, done, (batch, mark) =>
        batch.add(() => door.request.set(mark, '', 'EX', rememberedSeconds)),
      )
      return outcomes.map(({ result, item }) => ({ result: result!, ...(item ? { item } : {}) }))
    },
  }
}

/** Checks one event; the mark is what makes it count once. */
export function checkEvent(
  given: unknown,
  intake: Pick<Intake, 'number' | 'update' | 'refuse'>,
  { keyId, mayWrite }: Writer,
  now: number,
): Fault | { item: Item; mark: string } {
  const refused = (fault: Fault) => {
    intake.refuse()
    return fault
  }
  const event = withData(given)
  if (event === undefined) return refused({ code: 'malformed-json', pointer: '/data_base64' })
  if (!isEnvelope(event)) {
    const [error] = isEnvelope.errors ?? []
    const missing = (error?.params as { missingProperty?: string } | undefined)?.missingProperty
    return refused(
      missing
        ? { code: 'missing', pointer: `/${missing}` }
        : { code: 'invalid', pointer: error?.instancePath ?? '' },
    )
  }
  if (event.data === undefined) return refused({ code: 'missing', pointer: '/data' })
  const read = intake.number(event.subject)
  if ('fault' in read) return refused({ code: 'unreadable', pointer: '/subject', reason: read.fault.reason! })
  if (!mayWrite(read.no.agency)) return refused({ code: 'forbidden', pointer: '/subject' })
  const checked = intake.update(event.data, mayWrite, now, read.no)
  if (!('no' in checked)) return { ...checked[0]!, pointer: `/data${checked[0]!.pointer ?? ''}` }
  return { item: checked, mark: markOf(event, keyId) }
}

/** The event with its data parsed: `data_base64` holds JSON as bytes. undefined when that is not JSON. */
function withData(event: unknown): unknown {
  if (typeof event !== 'object' || event === null || !('data_base64' in event)) return event
  const { data_base64: bytes, ...rest } = event as Record<string, unknown>
  if (typeof bytes !== 'string' || 'data' in rest || !/^[A-Za-z0-9+/]*={0,2}$/.test(bytes)) return undefined
  const data = parse(Buffer.from(bytes, 'base64'))
  return data === malformed ? undefined : { ...rest, data }
}

// Two offices may use the same source name, so events are per key. Length-prefixed, or ("a", "bc") and ("ab", "c") would
// be one event.
function markOf({ source, id }: Envelope, keyId: string): string {
  const sum = createHash('sha256').update(`${keyId}\n${source.length}:${source}${id}`).digest()
  return `ce:${shardTags[sum[0]! % shardCount]}:${sum.toString('base64url')}`
}

async function exec(
  door: RedisDoor,
  outcomes: readonly { mark?: string }[],
  queue: (batch: ReturnType<RedisDoor['batch']>, mark: string) => void,
): Promise<unknown[]> {
  if (outcomes.length === 0) return []
  const batch = door.batch()
  for (const { mark } of outcomes) queue(batch, mark!)
  return (await batch.exec()).map(([error, value]) => {
    if (error) throw asFault(error)
    return value
  })
}
