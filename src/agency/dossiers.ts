// `/v1/dossiers/{dossierNo}`: write, read and erase one dossier, by its agency.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RecordAction } from '../access/audit.js'
import type { Dossier, DossierNo } from '../dossier/dossier.js'
import { dossierJson } from '../dossier/json.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import type { DossierStore } from '../dossier/store/store.js'
import type { Log } from '../log.js'
import { closeUnread, type Door, jsonTypes, sendJson } from './door.js'
import type { Intake } from './intake.js'
import { malformed, parse } from './json.js'
import type { Limits } from './limits.js'
import type { RecordBody } from './schemas.js'

interface DossierHandlerDeps {
  readonly door: Door
  readonly intake: Intake
  readonly numbers: Numbers
  readonly store: DossierStore
  readonly limits: Limits
  readonly log: Log
  readonly audit: RecordAction
}

/** The handlers of PUT, GET and DELETE /v1/dossiers/{dossierNo}. */
export function dossierHandlers({ door, intake, numbers, store, limits, log, audit }: DossierHandlerDeps) {
  const put = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!door.accepts(request, reply, jsonTypes)) return reply
    const admitted = await door.admit(request, reply, { bytes: limits.updateBytes, signable: true })
    if (!admitted) return reply
    const { writer } = admitted
    return door.inPlace(request, reply, 'requests', writer, async () => {
      const no = door.readNumber(request, reply, writer)
      if (!no) {
        closeUnread(request, reply)
        return reply
      }
      const body = await door.body(request, admitted, limits.updateBytes)
      const raw = parse(body)
      if (raw === malformed) {
        intake.refuse(no.agency)
        return door.problem(request, reply, 400, 'malformed-json')
      }
      const checked = intake.update(raw, writer.mayWrite, intake.now(), no)
      if (!('no' in checked)) return door.invalid(request, reply, checked)
      // Otherwise a signed body could be replayed to another dossier's URL.
      if (admitted.body && (raw as { dossierNo?: string }).dossierNo === undefined)
        return door.invalid(request, reply, [{ code: 'missing', pointer: '/dossierNo' }])
      const taken = await intake.applySoon(checked)
      const result = taken.applied ? 'applied' : taken.reason
      void audit({ who: `key ${writer.keyId}`, what: 'dossier.put', on: no.text, result })
      return sendJson(reply, JSON.stringify(taken))
    })
  }

  /** Runs `work` for a request without a body: the key and the number in the URL decide. */
  const ofAddress = async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: (no: DossierNo, keyId: string) => Promise<unknown>,
  ) => {
    const admitted = await door.admit(request, reply, { bytes: 0, signable: false })
    if (!admitted) return reply
    return door.inPlace(request, reply, 'requests', admitted.writer, async () => {
      const no = door.readNumber(request, reply, admitted.writer)
      return no ? work(no, admitted.writer.keyId) : reply
    })
  }

  const get = (request: FastifyRequest, reply: FastifyReply) =>
    ofAddress(request, reply, async (no) => {
      const dossier = await store.read(no, intake.now())
      if (!dossier) return door.problem(request, reply, 404, 'unknown')
      return sendJson(reply, JSON.stringify(recordOf(dossier, numbers)))
    })

  const erase = (request: FastifyRequest, reply: FastifyReply) =>
    ofAddress(request, reply, async (no, keyId) => {
      const existed = await store.erase(no)
      log.info(
        { evt: 'dossier.erased', keyId, agency: no.agency, existed },
        'A dossier was erased at the request of its agency',
      )
      await audit({
        who: `key ${keyId}`,
        what: 'dossier.erase',
        on: no.text,
        result: existed ? 'erased' : 'unknown',
      })
      return reply.code(204).send()
    })

  return { put, get, erase }
}

/** The response of GET: everything stored except the contact's phone. */
function recordOf(dossier: Dossier, numbers: Numbers): RecordBody {
  const { dossierNo, ...rest } = dossierJson(dossier)
  return {
    dossierNo,
    lookupNumber: numbers.lookupNumberOf(dossier.dossierNo),
    ...rest,
    otherNumbers: [...dossier.otherNumbers],
  }
}
