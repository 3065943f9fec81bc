// Shared by all routes of the agency door: authentication, quotas, and problem responses. The routes themselves are
// dossiers.ts, bulk-route.ts and events-route.ts.
import { createGunzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RecordAction } from '../access/audit.js'
import type { Keys } from '../access/keys.js'
import type { DossierNo } from '../dossier/dossier.js'
import type { Wording } from '../dossier/wording.js'
import type { KeysBelow } from '../dossier/wording-keys.js'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import { preferredLanguage } from '../web/accept-language.js'
import { clientAddress } from '../web/addresses.js'
import { isUtf8Named, readContentType } from '../web/content-type.js'
import { type ProblemMore, sendProblem } from '../web/problem.js'
import { bytesOf, sendWhole } from '../web/whole-answer.js'
import type { Access, Refusal, Writer } from './access.js'
import { BodyError, decompress, isGzipped, readBody } from './body.js'
import type { Fault } from './check.js'
import { type Answer, type Idempotency, idempotencyKeyForm, type Kept } from './idempotency.js'
import type { Intake } from './intake.js'
import type { Limits } from './limits.js'

interface DoorDeps {
  readonly access: Access
  readonly idempotency: Idempotency
  readonly intake: Pick<Intake, 'number'>
  readonly limits: Limits
  readonly words: Wording
  readonly log: Log
  readonly audit: RecordAction
  readonly whileLive: Keys['whileLive']
}

export const json = 'application/json'
/** What programs call JSON; the first one is what they are told. */
export const jsonTypes = [json, 'text/json', 'application/x-json'] as const
export const ndjson = 'application/x-ndjson'

export type Door = ReturnType<typeof openDoor>

/** Opens the door. `admit`, `accepts` and `readNumber` answer refusals themselves. */
export function openDoor({ access, idempotency, intake, limits, words, log, audit, whileLive }: DoorDeps) {
  const problem = (
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    code: KeysBelow<'problem'>,
    more: ProblemMore = {},
  ) => {
    // Machines read English; a person's tool may ask for Vietnamese.
    const language = preferredLanguage(request.headers['accept-language'], ['vi', 'en'], 'en')
    const detail = words[language].text(`problem.${code}`)
    return sendProblem(request, reply, status, code, { detail, ...more })
  }

  const invalid = (request: FastifyRequest, reply: FastifyReply, faults: readonly Fault[]) =>
    faults[0]!.code === 'forbidden'
      ? problem(request, reply, 403, 'forbidden')
      : problem(request, reply, 400, 'invalid', { errors: faults })

  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) => {
    closeUnread(request, reply)
    if (refusal.status === 429)
      return problem(request, reply, 429, 'too-many-requests', {
        retryAfterSeconds: refusal.retryAfterSeconds,
      })
    log.info({ evt: 'agency.refused', requestId: request.id }, 'A request without a valid key was refused')
    return problem(request, reply.header('www-authenticate', 'Bearer'), 401, 'unauthorized')
  }

  const forbid = (request: FastifyRequest, reply: FastifyReply, writer: Writer, agency: string) => {
    log.warn(
      { evt: 'agency.forbidden', keyId: writer.keyId, agency },
      "A key asked for another agency's dossier",
    )
    void audit({ who: `key ${writer.keyId}`, what: 'dossier.forbidden', on: agency, result: 'refused' })
    return problem(request, reply, 403, 'forbidden')
  }

  /** Reads a body; when its key is revoked meanwhile, the connection is closed and nothing of it is applied. */
  const readWhileLive = async (request: FastifyRequest, keyId: string, maxBytes: number) => {
    const release = whileLive(keyId, () => request.raw.socket.destroy())
    try {
      return await readBody(request.raw, maxBytes, limits.bodyMs)
    } finally {
      release()
    }
  }

  /** The body of a caller not yet authenticated; undefined when too many of those are buffered already. */
  const readUnproven = async (request: FastifyRequest, keyId: string, maxBytes: number) => {
    const bytes = Number(request.headers['content-length'] ?? maxBytes)
    if (bytes > maxBytes) throw new BodyError('too-large')
    const release = request.server.heldBytes.hold(clientAddress(request), bytes, request.raw, () =>
      request.raw.socket.destroy(),
    )
    try {
      return release && (await readWhileLive(request, keyId, maxBytes))
    } finally {
      release?.()
    }
  }

  return {
    problem,
    invalid,

    /** Answers errors caused by the peer or the store. Rethrows our own mistakes. */
    broken(request: FastifyRequest, reply: FastifyReply, error: unknown) {
      if (error instanceof BodyError) {
        closeUnread(request, reply, true)
        if (error.fault === 'too-slow') return problem(request, reply, 408, 'too-slow')
        if (error.fault === 'not-gzip') return invalid(request, reply, [{ code: 'not-gzip' }])
        return problem(request, reply, 413, 'too-large')
      }
      if (error instanceof GatewayError && error.retryable) return problem(request, reply, 503, 'unavailable')
      throw error
    },

    /** The sender, and the body if it had to be read for that. Undefined: already answered. */
    async admit(
      request: FastifyRequest,
      reply: FastifyReply,
      most: { bytes: number; signable: boolean },
    ): Promise<{ writer: Writer; body?: Buffer } | undefined> {
      const signed = most.signable ? await access.bySignature(request) : undefined
      const known = signed ?? (await access.byKey(request))
      if (!('byBody' in known)) {
        if (!('status' in known)) return { writer: known }
        refuse(request, reply, known)
        return undefined
      }
      const body = await readUnproven(request, known.keyId, most.bytes)
      if (!body) {
        refuse(request, reply, { status: 429, retryAfterSeconds: 5 })
        return undefined
      }
      const writer = known.byBody(body)
      if (!('status' in writer)) return { writer, body }
      refuse(request, reply, writer)
      return undefined
    },

    /** The whole body, decompressed; `held` is what authentication had to read. Rejects with BodyError. */
    async body(
      request: FastifyRequest,
      { writer, body: held }: { writer: Writer; body?: Buffer },
      maxBytes: number,
    ): Promise<Buffer> {
      const raw = held ?? (await readWhileLive(request, writer.keyId, maxBytes))
      return isGzipped(request.raw) ? decompress(raw, maxBytes) : raw
    },

    /** Runs `work` in one of the key's slots; answers 429 when all are taken. */
    async inPlace(
      request: FastifyRequest,
      reply: FastifyReply,
      kind: 'bulk' | 'requests',
      { keyId }: Writer,
      work: () => Promise<unknown>,
    ) {
      const place = `${kind} ${keyId}`
      if (!access.enter(place, kind === 'bulk' ? limits.bulkPerKey : limits.requestsPerKey)) {
        closeUnread(request, reply)
        return problem(request, reply, 429, 'too-many-requests', { retryAfterSeconds: 1 })
      }
      try {
        return await work()
      } finally {
        access.leave(place)
      }
    },

    /** Whether the body is of one of `types`, in UTF-8. False: already answered. */
    accepts(request: FastifyRequest, reply: FastifyReply, types: readonly string[]): boolean {
      const given = readContentType(request.headers['content-type'])
      if (given !== undefined && types.includes(given.type) && isUtf8Named(given.charset)) return true
      closeUnread(request, reply)
      problem(request, reply.header('accept', types.join(', ')), 415, 'wrong-content-type')
      return false
    },

    /** The number in the URL, if the sender may write it. Undefined: already answered. */
    readNumber(request: FastifyRequest, reply: FastifyReply, writer: Writer): DossierNo | undefined {
      const read = intake.number((request.params as { dossierNo: string }).dossierNo)
      if ('fault' in read) {
        const { reason, suggestion } = read.fault
        problem(request, reply, 400, 'unreadable', { reason: reason!, ...(suggestion ? { suggestion } : {}) })
        return undefined
      }
      if (writer.mayWrite(read.no.agency)) return read.no
      forbid(request, reply, writer, read.no.agency)
      return undefined
    },

    /** Answers a repeated request the same way; `work` runs only for a new one. */
    async once(
      request: FastifyRequest,
      reply: FastifyReply,
      { keyId }: Writer,
      key: string,
      body: Buffer,
      work: () => Promise<Answer>,
    ) {
      if (!idempotencyKeyForm.test(key))
        return problem(request, reply, 400, 'invalid', { errors: [{ code: 'idempotency-key' }] })
      const begun = await idempotency.begin(keyId, key, request.url, body)
      switch (begun.kind) {
        case 'under-way':
          return problem(request, reply, 409, 'under-way', { retryAfterSeconds: 1 })
        case 'other-body':
          return problem(request, reply, 422, 'key-reused')
        case 'kept':
          return sendKept(reply.header('idempotent-replayed', 'true'), begun.answer)
        case 'new':
          try {
            return sendKept(reply, await begun.finish(await work()))
          } catch (error) {
            await begun.abandon()
            throw error
          }
      }
    },
  }
}

/** Sends JSON that is text already. */
export function sendJson(reply: FastifyReply, body: string): FastifyReply {
  return sendWhole(reply.header('cache-control', 'no-store'), 200, json, bytesOf(body))
}

/** Sends a kept answer, decompressed at the pace of its reader. */
function sendKept(reply: FastifyReply, { status, contentType, packed }: Kept): FastifyReply {
  const body = createGunzip()
  body.end(packed)
  return reply.code(status).header('content-type', contentType).header('cache-control', 'no-store').send(body)
}

/**
 * A response sent before the body was read: a small body is drained, so that the connection can be reused; a large one is
 * not worth it.
 */
export function closeUnread(request: FastifyRequest, reply: FastifyReply, always = false): void {
  const length = request.headers['content-length']
  if (request.method === 'GET' || request.raw.readableEnded) return
  if (always || length === undefined || Number(length) > 65_536) reply.header('connection', 'close')
}
