// Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, with the body's raw bytes. A key's signing secret is
// not stored: it is derived from the key's id and a secret of the gateway, so it can be shown again and ends with the key.
// (The npm package of that name takes only text, hashes in JavaScript and parses the body as JSON, which NDJSON is not.)
import { createHmac, timingSafeEqual } from 'node:crypto'

interface SignedHeaders {
  readonly id: string
  readonly timestamp: string
  /** Space-separated `v1,base64`; several during a rotation of the secret. */
  readonly signature: string
}

export interface Signatures {
  /** The signing secret of an agency key, `whsec_…`. */
  secretOf(keyId: string): string
  /** Whether one of the signatures is valid and its timestamp within five minutes of `now`. */
  verify(keyId: string, headers: SignedHeaders, body: Uint8Array, now: number): boolean
}

// The tolerance for clock skew and queues that Standard Webhooks recommends.
const toleranceSeconds = 300

/** Whether a timestamp (seconds since 1970, as text) is within five minutes of `now` (epoch ms). */
export function isTimely(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds
}

/** `gatewaySecret` is 64 hex digits (secrets.phoneKey; a label separates this use from others). */
export function openSignatures(gatewaySecret: string): Signatures {
  const master = Buffer.from(gatewaySecret, 'hex')
  const keyOf = (keyId: string) => createHmac('sha256', master).update(`webhook signing ${keyId}`).digest()
  return {
    secretOf: (keyId) => `whsec_${keyOf(keyId).toString('base64')}`,
    verify(keyId, { id, timestamp, signature }, body, now) {
      if (!isTimely(timestamp, now)) return false
      const expected = createHmac('sha256', keyOf(keyId)).update(`${id}.${timestamp}.`).update(body).digest()
      return signature
        .split(' ')
        .slice(0, 8)
        .filter((one) => one.startsWith('v1,'))
        .map((one) => Buffer.from(one.slice(3), 'base64'))
        .some((given) => given.length === expected.length && timingSafeEqual(given, expected))
    },
  }
}
