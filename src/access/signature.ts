// Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, the body as the bytes that came. The secret of a key
// is not kept anywhere: it follows from the key's id and a secret of the gateway, so it can be shown again and ends with
// the key. (The package of that name wants text, hashes in JavaScript and parses the body as JSON; NDJSON is none.)
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface SignedHeaders {
  readonly id: string
  readonly timestamp: string
  /** Space-separated `v1,base64`; several while a secret is being changed. */
  readonly signature: string
}

export interface Signatures {
  /** The signing secret of an agency key, `whsec_…`. */
  secretOf(keyId: string): string
  /** Whether one of the signatures is right and no older or newer than five minutes. */
  verify(keyId: string, headers: SignedHeaders, body: Uint8Array, now: number): boolean
}

// Standard Webhooks: the recommended tolerance for clocks and queues.
const toleranceSeconds = 300

/** Whether a signature of this time (seconds since 1970, as text) is neither older nor newer than five minutes. */
export function isTimely(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds
}

/** `gatewaySecret` is 64 hex digits (secrets.phoneKey; this use is kept apart from others by its label). */
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
