// Idempotency-Key on POST (draft-ietf-httpapi-idempotency-key-header): a repeated request gets the same response for a
// day; one still in progress is a conflict; a different body under the same key is an error.
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type RedisDoor, throwFault } from '../redis/connection.js'

export interface Answer {
  readonly status: number
  readonly contentType: string
  /** Pieces of the whole, so that megabytes of it are never in memory at once. */
  readonly body: string | AsyncIterable<string>
}

/** An answer as it is kept for a day. */
export interface Kept extends Pick<Answer, 'status' | 'contentType'> {
  /** The body, gzipped. */
  readonly packed: Buffer
}

type Begun =
  | { kind: 'new'; finish(answer: Answer): Promise<Kept>; abandon(): Promise<void> }
  | { kind: 'kept'; answer: Kept }
  | { kind: 'under-way' }
  | { kind: 'other-body' }

export interface Idempotency {
  begin(keyId: string, idempotencyKey: string, route: string, body: Uint8Array): Promise<Begun>
}

/** What a key may look like: the draft's string, at most 255 printable characters. */
export const idempotencyKeyForm = /^[\x21-\x7e]{1,255}$/

const keptSeconds = 86_400
// The lock of a gateway that dies midway expires after this; then the sender can retry. Longer than any buffered body
// takes to apply.
const underWaySeconds = 60

/** Keys and answers are kept in Redis for a day. */
export function openIdempotency(door: RedisDoor): Idempotency {
  const redis = door.request
  return {
    async begin(keyId, idempotencyKey, route, body) {
      const place = `idem:${keyId}:${hash(idempotencyKey)}`
      const print = hash(`${route}\n`, body)
      const mark = `?${print}`
      const isNew = await redis.set(place, mark, 'EX', underWaySeconds, 'NX').catch(throwFault)
      if (isNew === 'OK')
        return {
          kind: 'new',
          async finish({ status, contentType, body }) {
            const packed = await pack(body)
            const head = Buffer.from(`=${print}${status} ${contentType}\n`)
            await redis.set(place, Buffer.concat([head, packed]), 'EX', keptSeconds).catch(throwFault)
            return { status, contentType, packed }
          },
          // Nothing began, or the outcome is unknown: the sender may retry at once.
          async abandon() {
            await redis.del(place).catch(() => {})
          },
        }
      const known = await redis.getBuffer(place).catch(throwFault)
      if (!known) return { kind: 'under-way' } // ended between the two calls
      const head = known.subarray(0, mark.length).toString('latin1')
      if (head.slice(1) !== print) return { kind: 'other-body' }
      if (head.startsWith('?')) return { kind: 'under-way' }
      return { kind: 'kept', answer: readKept(known.subarray(mark.length)) }
    },
  }
}

async function pack(body: Answer['body']): Promise<Buffer> {
  const packed: Buffer[] = []
  await pipeline(typeof body === 'string' ? [body] : body, createGzip({ level: 1 }), async (chunks) => {
    for await (const chunk of chunks) packed.push(chunk as Buffer)
  })
  return Buffer.concat(packed)
}

/** Parses a kept answer: one line with status and type, then the gzipped body. */
function readKept(kept: Buffer): Kept {
  const end = kept.indexOf(10)
  const [status, contentType] = kept.toString('latin1', 0, end).split(' ') as [string, string]
  return { status: Number(status), contentType, packed: kept.subarray(end + 1) }
}

function hash(text: string, body?: Uint8Array): string {
  const sum = createHash('sha256').update(text)
  if (body) sum.update(body)
  return sum.digest('base64url')
}
