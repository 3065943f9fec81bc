// Idempotency-Key on POST (draft-ietf-httpapi-idempotency-key-header): a repeated request gets the same response for a
// day; one still in progress is a conflict; a different body under the same key is an error.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { asFault, type RedisDoor } from '../redis/connection.js'

export interface Kept {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export type Begun =
  | { kind: 'new'; finish(answer: Kept): Promise<void>; abandon(): Promise<void> }
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

export function openIdempotency(door: RedisDoor): Idempotency {
  const redis = door.request
  const fail = (error: unknown): never => {
    throw asFault(error)
  }
  return {
    async begin(keyId, idempotencyKey, route, body) {
      const place = `idem:${keyId}:${hash(idempotencyKey)}`
      const print = hash(`${route}\n`, body)
      const mark = `?${print}`
      const isNew = await redis.set(place, mark, 'EX', underWaySeconds, 'NX').catch(fail)
      if (isNew === 'OK')
        return {
          kind: 'new',
          async finish({ status, contentType, body }) {
            const packed = await promisify(gzip)(`${status} ${contentType}\n${body}`, { level: 1 })
            const value = Buffer.concat([Buffer.from(`=${print}`), packed])
            await redis.set(place, value, 'EX', keptSeconds).catch(fail)
          },
          // Nothing began, or the outcome is unknown: the sender may retry at once.
          async abandon() {
            await redis.del(place).catch(() => {})
          },
        }
      const known = await redis.getBuffer(place).catch(fail)
      if (!known) return { kind: 'under-way' } // ended between the two calls
      const head = known.subarray(0, mark.length).toString('latin1')
      if (head.slice(1) !== print) return { kind: 'other-body' }
      if (head.startsWith('?')) return { kind: 'under-way' }
      return {
        kind: 'kept',
        answer: unpacked(await promisify(gunzip)(known.subarray(mark.length))),
      }
    },
  }
}

// A line that says what it is, and the answer as it was: of megabytes of it nothing is parsed again.
function unpacked(kept: Buffer): Kept {
  const end = kept.indexOf(10)
  const [status, contentType] = kept.toString('latin1', 0, end).split(' ') as [string, string]
  return { status: Number(status), contentType, body: kept.toString('utf8', end + 1) }
}

function hash(text: string, body?: Uint8Array): string {
  const sum = createHash('sha256').update(text)
  if (body) sum.update(body)
  return sum.digest('base64url')
}
