// The wiring: opens the rooms in order, hands each what it needs from the others, closes them in reverse.
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance } from 'fastify'
import { enrolRoute } from './access/enrol.js'
import { importRoutes } from './agency/files/routes.js'
import { openSavedMaps } from './agency/files/saved-maps.js'
import { openIntake } from './agency/intake.js'
import { agencyRoutes } from './agency/routes.js'
import { openSources } from './agency/sources/sources.js'
import { type Closing, openClosing } from './closing.js'
import { openDailyWork } from './commands/daily-work.js'
import { commandsOverHttp } from './commands/over-http.js'
import { openSettings, type Settings } from './commands/reload.js'
import { compareSettings } from './commands/same-settings.js'
import { answerLength } from './complaints/answers.js'
import { openComplaintClock } from './complaints/clock.js'
import { openComplaintsOf } from './complaints/open.js'
import { complaintRoutes } from './complaints/routes.js'
import { holidaysOf } from './complaints/working-days.js'
import type { Config, ConfigResult } from './config/config.js'
import type { Reloaded } from './config/slice.js'
import { type Core, openCore } from './core.js'
import { openDesks } from './desk/desks.js'
import { openKioskPrinter } from './desk/kiosk-printer.js'
import { deskRoutes } from './desk/routes.js'
import type { DossierStatus } from './dossier/dossier.js'
import { openLookup } from './dossier/lookup.js'
import { openSandbox } from './dossier/sandbox.js'
import { ignoreUnreadable } from './dossier/store/record.js'
import { openRetention } from './dossier/store/retention.js'
import { openSnapshots } from './dossier/store/snapshot.js'
import { knownDossiers, walkDossiers } from './dossier/store/walk.js'
import { openTries } from './dossier/tries.js'
import { helpRoutes } from './kiosk/help.js'
import { kioskRoutes } from './kiosk/routes.js'
import { kioskSetup } from './kiosk/setup.js'
import type { Log } from './log.js'
import { openMonitor } from './monitor/monitor.js'
import { openHalfYears, publisherOf } from './monitor/open-data/half-years.js'
import { openDataRoute } from './monitor/open-data/route.js'
import { monitorRoutes } from './monitor/routes.js'
import { openInstance } from './redis/instance.js'
import { httpCarrierRoutes } from './sms/carriers/http/routes.js'
import { openSms } from './sms/sms.js'
import { version } from './version.js'
import { otherDocs } from './web/docs/api-docs.js'
import { openDocs } from './web/docs/routes.js'
import { openHealth } from './web/health.js'
import { isSecure } from './web/listener/hardening.js'
import { listen, noteAddresses } from './web/listener/listen.js'
import { openListener, renewCertificate } from './web/listener/listener.js'
import { openLoopGuard } from './web/listener/loop-guard.js'
import { operatorRoutes } from './web/operator.js'
import { rootRoute } from './web/pages.js'
import { trustsEverybody } from './web/settings.js'

interface Gateway {
  readonly http: string
  readonly admin: string
  /**
   * Reloads the configuration and applies wording and SMS settings without a restart. If anything is wrong, resolves with the
   * problems and changes nothing.
   */
  reload(): Promise<Reloaded>
  close(): Promise<void>
}

interface GatewayOptions {
  /** Reads the configuration for a reload. */
  readAgain(): ConfigResult
  /** Observes the requests of the public listener. */
  watch?: ((server: FastifyInstance) => void) | undefined
  /** Ends the wait for Redis; what is open already is closed again. */
  stop?: AbortSignal
}

/** Opens the whole gateway and resolves when it answers. */
export async function openGateway(
  config: Config,
  log: Log,
  { readAgain, watch, stop }: GatewayOptions,
): Promise<Gateway> {
  const started = performance.now()
  const closing = openClosing(log)
  try {
    const core = closing.opened('core', await openCore(config, log, 'refuse', stop))
    closing.opened('loop guard', openLoopGuard(core.metrics, log))
    const settings = openSettings(config, log, readAgain)
    const answers = await openAnswers(core, closing)
    const shared = { config, door: core.door, instance: answers.instance, log }
    closing.opened('shared settings', await compareSettings(shared))
    const channels = await openChannels(core, answers, settings, closing)

    const server = closing.opened('http', openListener(config, log))
    watch?.(server)
    settings.config.onChange((now) => renewCertificate(server, now.http))
    await publicRoutes(server, core, answers, channels, settings)
    const http = await listen(server, config.http, log, 'http.listening', config.http.tls ? 'https' : 'http')

    const { tls: _, ...plain } = config.http
    const adminServer = closing.opened('admin', openListener({ http: plain }, log))
    operatorDoor(adminServer, core, channels, settings, readAgain)
    const admin = await listen(adminServer, config.admin, log, 'admin.listening', 'http')

    core.metrics.gauge('gateway_build_info', 'version of this gateway', ['version']).set({ version }, 1)
    const listening = { http, admin, pid: process.pid }
    noteAddresses(config.dataDir, listening, log)
    const tookMs = Math.round(performance.now() - started)
    log.info({ evt: 'gateway.ready', version, tookMs }, 'The gateway is ready')
    return { http, admin, reload: settings.reload, close: closing.close }
  } catch (error) {
    await closing.close()
    throw error
  }
}

/** From agency to store, and from store to answer: what every channel uses. */
async function openAnswers(core: Core, { opened }: Closing) {
  const { config, log, door, metrics, numbers, store, truthOf } = core
  const { agencies, dataDir } = config
  const holidays = holidaysOf(config)
  const walk = () => walkDossiers(store, agencies)
  const known = (texts: readonly string[]) => knownDossiers(texts, numbers, store)
  const snapshots = openSnapshots({ door, store, numbers, agencies })
  const instance = opened('instance', await openInstance(door, log, metrics))
  const tries = opened('tries', openTries(config.lookup, door, log, metrics))
  const monitor = opened(
    'monitor',
    await openMonitor({
      door,
      log,
      metrics,
      agencies,
      snapshots,
      truthOf,
      known,
      settings: config.monitor,
      holidays,
    }),
  )
  const halfYears = opened(
    'half-years',
    openHalfYears({ door, log, ledger: monitor.ledger, agencies, holidays, publisher: publisherOf(config) }),
  )
  const { heard, refused, silentSince, counted } = monitor
  const intake = openIntake({ numbers, store, agencies, metrics, heard, refused })
  const sources = opened(
    'sources',
    openSources({
      sources: config.sources,
      agencies,
      door,
      instance: instance.id,
      readDossierNo: (text) => {
        const reading = numbers.read(text)
        return reading.kind === 'dossierNo' ? reading.dossierNo : undefined
      },
      intake: intake.take,
      spellingsOf: numbers.spellingsOf,
      readStored: (no) => store.read(no, Date.now()).catch(ignoreUnreadable),
      listStored: walk,
      dataDir,
      log,
      metrics,
    }),
  )
  const askSources = config.sources.length > 0 ? { askSources: sources.ask } : {}
  const lookups = openLookup({
    numbers,
    store,
    tries,
    agencies,
    hotline: config.office.hotline,
    truthOf,
    metrics,
    ...askSources,
    silentSince,
    counted,
  })
  opened('retention', openRetention({ door, store, log, metrics }))
  const extract = openDailyWork(core, instance.id, opened)
  return {
    instance,
    monitor,
    halfYears,
    intake,
    extract,
    lookups: config.sandbox ? openSandbox(numbers, lookups) : lookups,
  }
}

type Answers = Awaited<ReturnType<typeof openAnswers>>

/** The channels without an HTTP listener (texts and printers), and the health of all. */
async function openChannels(
  { config, log, door, embedded, metrics, numbers, store, truthOf, seal, secrets }: Core,
  { instance, lookups, monitor, extract }: Answers,
  settings: Settings,
  { opened }: Closing,
) {
  const health = openHealth()
  // Without a lease it has taken no write for some seconds; look-ups go on.
  const redis = () => (door.isReady() ? (instance.lease() === undefined ? 'warn' : 'pass') : 'fail')
  health.add('redis', redis, { required: true })
  if (embedded) health.add('disk', () => (embedded.takesWrites() ? 'pass' : 'fail'))
  if (extract) health.add('extract', extract.state)
  const { words } = settings
  const complaints = await openComplaintsOf({ config, door, seal, secrets }, instance)
  opened('complaints', openComplaintClock({ complaints, metrics, log }))
  const sms = opened(
    'sms',
    await openSms({
      config: config.sms,
      door,
      instance,
      log,
      metrics,
      beginLookup: lookups.begin,
      numbers,
      store,
      agencies: config.agencies,
      hotline: config.office.hotline,
      complaints,
      truthOf,
      words,
      messageTextHours: config.retention.messageTextHours,
      phoneKey: secrets.phoneKey,
      publicUrl: config.http.publicUrl,
    }),
  )
  settings.config.onChange((now) => sms.reload(now.sms))
  health.add('sms', sms.state)
  const desks = opened(
    'desks',
    openDesks({
      config: settings.inEffect,
      door,
      numbers,
      store,
      truthOf,
      words: words.vi,
      instance: instance.id,
      log,
      metrics,
    }),
  )
  if (config.desks.some(({ printer }) => printer)) health.add('print', desks.state)
  monitor.watch({
    links: sms.views,
    desks: () => desks.desks.keys(),
    desk: desks.view,
    checks: health.read,
  })
  return { health, sms, desks, complaints }
}

type Channels = Awaited<ReturnType<typeof openChannels>>

/** Everything the public listener serves. */
async function publicRoutes(
  server: FastifyInstance,
  { config, log, keys, audit, numbers, store, door, secrets }: Core,
  { intake, lookups, monitor, halfYears }: Answers,
  { health, sms, desks, complaints }: Channels,
  { inEffect, words, wording }: Settings,
): Promise<void> {
  const { authenticate } = keys
  const { agencies } = config
  const { phoneKey } = secrets
  if (trustsEverybody(config.http.trustProxy))
    log.warn(
      { evt: 'http.trusts-everybody' },
      'http.trustProxy trusts every address: anyone who sends X-Forwarded-For escapes the rate limits',
    )
  await openDocs(server, version, otherDocs)
  health.routes(server)
  rootRoute(server)
  enrolRoute(server, keys, audit.record)
  helpRoutes(server, inEffect, words.vi)
  await server.register(
    agencyRoutes({ intake, numbers, store, agencies, keys, door, phoneKey, words, log, audit: audit.record }),
  )
  await server.register(httpCarrierRoutes(sms.httpLink))
  await server.register(
    importRoutes({ intake, keys, config, maps: openSavedMaps(door), words, audit: audit.record, log }),
  )
  await server.register(
    kioskRoutes({
      lookUp: lookups.lookUp,
      words: { ...words },
      onReworded: wording.onChange,
      authenticate,
      renewal: (request, kind) => keys.renewal(request, kind, isSecure(request)),
      setup: () => kioskSetup(inEffect),
      printer: openKioskPrinter(desks, config.kiosk.printers),
      rated: monitor.rated,
      heard: monitor.kioskHeard,
    }),
  )
  await server.register(
    deskRoutes({
      desks,
      authenticate,
      whileLive: keys.whileLive,
      audit: audit.record,
      lookUp: lookups.lookUp,
    }),
  )
  await server.register(
    complaintRoutes({
      complaints,
      desks: config.desks,
      agencies,
      answerLength: () => answerLength([words.vi, words.en]),
      authenticate,
      audit: audit.record,
    }),
  )
  const stateWord = (status: DossierStatus, language: 'vi' | 'en') => words[language].states[status].label
  await server.register(monitorRoutes({ monitor, authenticate, agencies, stateWord }))
  openDataRoute(server, halfYears)
}

/** Everything the operator's listener serves. */
function operatorDoor(
  server: FastifyInstance,
  core: Core,
  { health }: Channels,
  { config, reload }: Settings,
  readAgain: () => ConfigResult,
): void {
  const { log, metrics, secrets, audit } = core
  health.routes(server)
  server.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.text()),
  )
  operatorRoutes(server, {
    adminKey: secrets.adminKey,
    run: commandsOverHttp({ core, config, readAgain }),
    reload,
    audit: audit.record,
    log,
  })
}
