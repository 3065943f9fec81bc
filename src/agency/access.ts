// Authentication and quotas at the agency door: a Bearer key, or the id of a signing key and the time of its signature,
// before a body is read; the signature itself afterwards.
import type { FastifyRequest } from 'fastify'
import type { Keys } from '../access/keys.js'
import { isTimely, type Signatures } from '../access/signature.js'
import { type Agency, spokenFor } from '../dossier/agency.js'
import { clientAddress, networksOf } from '../web/addresses.js'
import type { MayWrite } from './check.js'
import type { Limits } from './limits.js'

export interface Writer {
  readonly keyId: string
  readonly mayWrite: MayWrite
}

export type Refusal = { readonly status: 401 } | { readonly status: 429; readonly retryAfterSeconds: number }

interface AccessDeps {
  readonly keys: Pick<Keys, 'authenticate' | 'agencyOf'>
  readonly signatures: Signatures
  readonly agencies: readonly Agency[]
  readonly limits: Limits
  readonly now: () => number
}

export type Access = ReturnType<typeof openAccess>

/** Authentication and quotas of the agency door. Methods throw GatewayError redis-unavailable. */
export function openAccess({ keys, signatures, agencies, limits, now }: AccessDeps) {
  const wrongKeys = new Map<string, { count: number; until: number }>()
  const busy = new Map<string, number>()

  const writers = new WeakMap<object, Writer>()
  const writerOf = (identity: { id: string; agencies: readonly string[] }): Writer => {
    let writer = writers.get(identity)
    if (!writer) {
      const own = spokenFor(agencies, identity.agencies)
      writers.set(identity, (writer = { keyId: identity.id, mayWrite: (agency) => own.has(agency) }))
    }
    return writer
  }

  /** A wrong key or signature. Repeated failures are delayed; a correct key is always admitted. */
  const refuse = (request: FastifyRequest): Refusal => {
    const at = now()
    // The widest network: changing the address within it gains nothing.
    const network = networksOf(clientAddress(request)).at(-1)!
    let tries = wrongKeys.get(network)
    if (!tries || tries.until <= at) {
      if (wrongKeys.size >= 10_000) wrongKeys.clear()
      wrongKeys.set(network, (tries = { count: 0, until: at + 60_000 }))
    }
    if (++tries.count <= limits.wrongKeysPerMinute) return { status: 401 }
    return { status: 429, retryAfterSeconds: Math.ceil((tries.until - at) / 1000) }
  }

  return {
    async byKey(request: FastifyRequest): Promise<Writer | Refusal> {
      const identity = await keys.authenticate(request, 'agency')
      return identity?.kind === 'agency' ? writerOf(identity) : refuse(request)
    },

    /**
     * What can be checked of a signed request before its body: that `keyId` names a live key, and that the time is right.
     * `byBody` then checks the signature. Undefined: the request is not signed.
     */
    async bySignature(
      request: FastifyRequest,
    ): Promise<Refusal | { keyId: string; byBody(body: Uint8Array): Writer | Refusal } | undefined> {
      const { headers } = request
      if (headers['webhook-signature'] === undefined) return undefined
      const { keyId } = request.query as { keyId?: unknown }
      const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
        (name) => headers[name],
      )
      if (
        typeof keyId !== 'string' ||
        typeof id !== 'string' ||
        typeof timestamp !== 'string' ||
        typeof signature !== 'string' ||
        !isTimely(timestamp, now())
      )
        return refuse(request)
      const identity = await keys.agencyOf(keyId)
      if (!identity) return refuse(request)
      return {
        keyId,
        byBody: (body) =>
          signatures.verify(keyId, { id, timestamp, signature }, body, now())
            ? writerOf(identity)
            : refuse(request),
      }
    },

    /** Takes one of the `most` slots at `place`; false when all are taken. Release it with `leave`. */
    enter(place: string, most: number): boolean {
      const taken = busy.get(place) ?? 0
      if (taken >= most) return false
      busy.set(place, taken + 1)
      return true
    },
    leave(place: string): void {
      const taken = busy.get(place) ?? 0
      if (taken > 1) busy.set(place, taken - 1)
      else busy.delete(place)
    },
  }
}
