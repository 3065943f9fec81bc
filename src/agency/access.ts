// Who may speak at the agency door, and how much at once: Bearer keys before a body is read, signatures after.
import type { FastifyRequest } from 'fastify'
import type { Keys } from '../access/keys.js'
import type { Signatures } from '../access/signature.js'
import type { Agency } from '../dossier/agency.js'
import type { MayWrite } from './check.js'
import type { Limits } from './limits.js'

export interface Writer {
  readonly keyId: string
  readonly mayWrite: MayWrite
}

export type Refusal = { readonly status: 401 } | { readonly status: 429; readonly retryAfterSeconds: number }

export interface AccessDeps {
  readonly keys: Pick<Keys, 'authenticate' | 'agencyOf'>
  readonly signatures: Signatures
  readonly agencies: readonly Agency[]
  readonly limits: Limits
  readonly now: () => number
}

export type Access = ReturnType<typeof openAccess>

export function openAccess({ keys, signatures, agencies, limits, now }: AccessDeps) {
  const currentCode = new Map(
    agencies.flatMap(({ code, aliases }) => [code, ...aliases].map((known) => [known, code] as const)),
  )
  const wrongKeys = new Map<string, { count: number; until: number }>()
  const busy = new Map<string, number>()

  const writers = new WeakMap<object, Writer>()
  const writerOf = (identity: { id: string; agencies: readonly string[] }): Writer => {
    let writer = writers.get(identity)
    if (!writer) {
      const own = new Set(identity.agencies.map((code) => currentCode.get(code) ?? code))
      writers.set(identity, (writer = { keyId: identity.id, mayWrite: (agency) => own.has(agency) }))
    }
    return writer
  }

  const refuse = (address: string): Refusal => {
    const at = now()
    let tries = wrongKeys.get(address)
    if (!tries || tries.until <= at) {
      if (wrongKeys.size >= 10_000) wrongKeys.clear()
      wrongKeys.set(address, (tries = { count: 0, until: at + 60_000 }))
    }
    tries.count++
    return { status: 401 }
  }

  /** Addresses that guess keys wait, also with a right one: a guess must not be told from a hit. */
  const throttled = (address: string): Refusal | undefined => {
    const tries = wrongKeys.get(address)
    if (!tries || tries.count < limits.wrongKeysPerMinute || tries.until <= now()) return undefined
    return { status: 429, retryAfterSeconds: Math.ceil((tries.until - now()) / 1000) }
  }

  return {
    /** A request that carries signature headers is judged by `bySignature`, when its body is there. */
    isSigned: (request: FastifyRequest) => request.headers['webhook-signature'] !== undefined,

    async byKey(request: FastifyRequest): Promise<Writer | Refusal> {
      const identity = throttled(request.ip) ?? (await keys.authenticate(request, 'agency'))
      if (identity && 'status' in identity) return identity
      return identity?.kind === 'agency' ? writerOf(identity) : refuse(request.ip)
    },

    /** The key is named by the query `keyId`; the signature covers the body alone. */
    async bySignature(request: FastifyRequest, body: Uint8Array): Promise<Writer | Refusal> {
      const keyId = (request.query as { keyId?: unknown }).keyId
      const { headers } = request
      const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
        (name) => headers[name],
      )
      const waits = throttled(request.ip)
      if (waits) return waits
      if (
        typeof keyId !== 'string' ||
        typeof id !== 'string' ||
        typeof timestamp !== 'string' ||
        typeof signature !== 'string'
      )
        return refuse(request.ip)
      // Verified for unknown ids too: how long a refusal takes says nothing.
      const isRight = signatures.verify(keyId, { id, timestamp, signature }, body, now())
      const identity = await keys.agencyOf(keyId)
      return isRight && identity ? writerOf(identity) : refuse(request.ip)
    },

    /** Takes one of the places a key has; false when all are taken. Give it back with `leave`. */
    enter(place: string, most: number): boolean {
      const now = busy.get(place) ?? 0
      if (now >= most) return false
      busy.set(place, now + 1)
      return true
    },
    leave(place: string): void {
      const now = busy.get(place) ?? 0
      if (now > 1) busy.set(place, now - 1)
      else busy.delete(place)
    },
  }
}
