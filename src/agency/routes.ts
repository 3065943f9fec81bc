// The agency door over HTTP: its addresses and their handlers. check.ts and intake.ts decide what is wrong with an update.

import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { RecordAction } from '../access/audit.js'
import type { Keys } from '../access/keys.js'
import { openSignatures } from '../access/signature.js'
import type { Agency } from '../dossier/agency.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import type { DossierStore } from '../dossier/store/store.js'
import type { Wording } from '../dossier/wording.js'
import type { Log } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'
import { openAccess } from './access.js'
import { bulkHandler } from './bulk-route.js'
import { bulkDocs, deleteDocs, eventsDocs, getDocs, putDocs } from './docs.js'
import { openDoor } from './door.js'
import { dossierHandlers } from './dossiers.js'
import { openEvents } from './events.js'
import { eventsHandler } from './events-route.js'
import { openIdempotency } from './idempotency.js'
import type { Intake } from './intake.js'
import { type Limits, limits as shippedLimits } from './limits.js'

interface AgencyDeps {
  readonly intake: Intake
  readonly numbers: Numbers
  readonly store: DossierStore
  readonly agencies: readonly Agency[]
  readonly keys: Keys
  readonly door: RedisDoor
  readonly phoneKey: string
  readonly words: Wording
  readonly log: Log
  readonly audit?: RecordAction
  readonly limits?: Limits
}

/** Routes of `/v1/dossiers` and `/v1/events`. */
export function agencyRoutes(deps: AgencyDeps): FastifyPluginAsync {
  const { intake, numbers, store, agencies, keys, words, log } = deps
  const { limits = shippedLimits, audit = async () => {} } = deps
  const signatures = openSignatures(deps.phoneKey)
  const access = openAccess({ keys, agencies, limits, signatures, now: intake.now })
  const idempotency = openIdempotency(deps.door)
  const { whileLive } = keys
  const door = openDoor({ access, idempotency, intake, limits, words, log, audit, whileLive })
  let isStopping = false

  const { put, get, erase } = dossierHandlers({ door, intake, numbers, store, limits, log, audit })
  const bulkUpload = bulkHandler({
    door,
    intake,
    limits,
    log,
    audit,
    whileLive,
    isStopping: () => isStopping,
  })
  const takeEvents = eventsHandler({ door, events: openEvents(intake, deps.door), numbers, limits, audit })

  return async (app: FastifyInstance) => {
    // Bodies are read by the handlers, once it is known who sends them.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    // Checked by check.ts, written as text: the schemas of these routes are documentation.
    app.setValidatorCompiler(() => () => true)
    app.setSerializerCompiler(() => (data) => JSON.stringify(data))
    app.closing.addEventListener('abort', () => {
      isStopping = true
    })
    app.setErrorHandler((error, request, reply) => door.broken(request, reply, error))
    const config = { watchesBody: true, unpacksGzip: true }
    app.put('/v1/dossiers/:dossierNo', { schema: putDocs, config }, put)
    app.get('/v1/dossiers/:dossierNo', { schema: getDocs, config }, get)
    app.delete('/v1/dossiers/:dossierNo', { schema: deleteDocs, config }, erase)
    app.post('/v1/dossiers/bulk', { schema: bulkDocs, config }, bulkUpload)
    app.post('/v1/events', { schema: eventsDocs, config }, takeEvents)
  }
}
