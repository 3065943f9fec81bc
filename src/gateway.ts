// The wiring: opens the rooms in order, hands each what it needs from the others, closes them in reverse.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance } from 'fastify'
import { enrolRoute } from './access/enrol.js'
import { openExtract } from './agency/files/extract.js'
import { importRoutes } from './agency/files/routes.js'
import { openIntake } from './agency/intake.js'
import { agencyRoutes } from './agency/routes.js'
import { openSources } from './agency/sources/sources.js'
import { everyProblem } from './commands/check-config.js'
import type { CoreCommand } from './commands/command.js'
import type { Config, ConfigResult } from './config/config.js'
import type { ConfigProblem } from './config/slice.js'
import { openCore } from './core.js'
import { openDesks } from './desk/desks.js'
import { openKioskPrinter } from './desk/kiosk-printer.js'
import { printersCommand } from './desk/printers-command.js'
import { deskRoutes } from './desk/routes.js'
import { sandboxAgency } from './dossier/agency.js'
import { openLookup } from './dossier/lookup.js'
import { openRetention } from './dossier/retention.js'
import { openSandbox } from './dossier/sandbox.js'
import { openTries } from './dossier/tries.js'
import { walkDossiers } from './dossier/walk.js'
import { loadWording, openWording } from './dossier/wording.js'
import { GatewayError } from './errors.js'
import type { KioskSetup } from './kiosk/contract.js'
import { helpRoutes } from './kiosk/help.js'
import { kioskRoutes } from './kiosk/routes.js'
import type { Log } from './log.js'
import { openMonitor } from './monitor/monitor.js'
import { monitorRoutes } from './monitor/routes.js'
import { openInstance } from './redis/instance.js'
import { requireSettings } from './redis/server-settings.js'
import { outboxCommand, smscCommand } from './sms/commands.js'
import { openSms } from './sms/sms.js'
import { version } from './version.js'
import { otherDocs } from './web/api-docs.js'
import { openDocs } from './web/docs.js'
import { openHealth } from './web/health.js'
import { openListener } from './web/listener.js'
import { operatorRoutes } from './web/operator.js'

export interface Gateway {
  readonly http: string
  readonly admin: string
  /**
   * Reads the configuration again and takes over wording and SMS settings while running; says what is wrong and changes
   * nothing when something is.
   */
  reload(): Promise<readonly ConfigProblem[]>
  close(): Promise<void>
}

// Shutdown must end within 10 s: HTTP 3 s, SMS window 3 s, slip 2 s, Redis 1 s, and 1 s to spare.
const closeBudgetMs = 10_000

export interface GatewayOptions {
  /** What a reload reads. */
  readAgain(): ConfigResult
  /** Looks on at the requests of the public listener. */
  watch?: ((server: FastifyInstance) => void) | undefined
}

/** Opens the whole gateway and resolves when it answers. */
export async function openGateway(
  config: Config,
  log: Log,
  { readAgain, watch }: GatewayOptions,
): Promise<Gateway> {
  const started = performance.now()
  const closers: { name: string; close: () => unknown }[] = []
  const opened = <T>(name: string, room: T, close: (room: T) => unknown): T => {
    closers.push({ name, close: () => close(room) })
    return room
  }
  const close = async () => {
    const watchdog = setTimeout(() => {
      log.error(
        { evt: 'gateway.stuck' },
        'Shutdown took too long; what is journalled is taken up at the next start',
      )
      process.exit(1)
    }, closeBudgetMs)
    for (const { name, close } of closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        log.warn({ evt: 'gateway.close-failed', room: name, err: error }, 'A room did not close cleanly')
      }
    }
    clearTimeout(watchdog)
  }

  try {
    const core = opened('core', await openCore(config, log, 'refuse'), (core) => core.close())
    const { door, metrics, numbers, store, keys, audit } = core
    await requireSettings(door, config.redis.durability, log)
    const health = openHealth()
    health.add('redis', () => (door.isReady() ? 'pass' : 'fail'), { required: true })
    const instance = opened('instance', await openInstance(door, log), (instance) => instance.close())
    const tries = opened('tries', openTries(config.lookup, door, log, metrics), (tries) => tries.close())
    const monitor = opened(
      'monitor',
      await openMonitor({
        door,
        log,
        metrics,
        agencies: config.agencies,
        walk: () => walkDossiers(store, config.agencies),
      }),
      (monitor) => monitor.close(),
    )
    const intake = openIntake({
      numbers,
      store,
      agencies: config.agencies,
      metrics,
      heard: monitor.heard,
      refused: monitor.refused,
    })
    const sources = opened(
      'sources',
      openSources({
        sources: config.sources,
        agencies: config.agencies,
        door,
        instance: instance.id,
        readDossierNo: (text) => {
          const reading = numbers.read(text)
          return reading.kind === 'dossierNo' ? reading.dossierNo : undefined
        },
        intake: intake.take,
        readStored: (no) => store.read(no, Date.now()),
        listStored: () => walkDossiers(store, config.agencies),
        dataDir: config.dataDir,
        log,
        metrics,
      }),
      (sources) => sources.close(),
    )
    const lookups = openLookup({
      numbers,
      store,
      tries,
      agencies: config.agencies,
      metrics,
      ...(config.sources.length > 0 ? { askSources: sources.ask } : {}),
      silentSince: monitor.silentSince,
      counted: monitor.counted,
    })
    const { lookUp, begin } = config.sandbox ? openSandbox(numbers, lookups) : lookups
    opened('retention', openRetention({ door, store, log, metrics }), (retention) => retention.close())
    if (config.extract) {
      const walk = () => walkDossiers(store, config.agencies)
      const { extract, dataDir } = config
      opened(
        'extract',
        openExtract({ config: extract, dataDir, door, instance: instance.id, walk, log, metrics }),
        (extract) => extract.close(),
      )
    }
    const words = openWording(config.wording)
    const reworded: (() => void)[] = []
    let current = config
    const takeOver = async (): Promise<readonly ConfigProblem[]> => {
      const read = readAgain()
      if (!read.ok) return everyProblem(read)
      const wording = loadWording(read.config.wording)
      if (!wording.ok) return wording.problems
      current = read.config
      // In place: every room holds these two and asks them at each answer.
      Object.assign(words.vi, wording.wording.vi)
      Object.assign(words.en, wording.wording.en)
      for (const listener of reworded) listener()
      await sms.reload(current.sms)
      return []
    }
    let reloading: Promise<unknown> = Promise.resolve()
    const reload = () => {
      const result = reloading.then(takeOver)
      reloading = result.catch(() => {})
      return result.then((problems) => {
        if (problems.length === 0) log.info({ evt: 'gateway.reloaded' }, 'The configuration was read again')
        else
          log.error(
            { evt: 'gateway.not-reloaded', problems },
            'The configuration was changed into one that cannot be used; the last good one stays',
          )
        return problems
      })
    }
    const sms = opened(
      'sms',
      await openSms({
        config: config.sms,
        door,
        instance,
        log,
        metrics,
        beginLookup: begin,
        numbers,
        store,
        agencies: config.agencies,
        words,
        messageTextHours: config.retention.messageTextHours,
        phoneKey: core.secrets.phoneKey,
      }),
      (sms) => sms.close(),
    )
    if (config.sms.enabled && config.sms.links.length > 0) health.add('sms', sms.state)

    const desks = opened(
      'desks',
      openDesks({ config, door, numbers, store, words: words.vi, instance: instance.id, log, metrics }),
      (desks) => desks.close(),
    )
    if (config.desks.some(({ printer }) => printer)) health.add('print', desks.state)

    const server = opened('http', openListener(config, log), (server) => server.close())
    watch?.(server)
    await openDocs(server, version, otherDocs)
    health.routes(server)
    enrolRoute(server, keys)
    helpRoutes(server)
    await server.register(
      agencyRoutes({
        intake,
        numbers,
        store,
        agencies: config.agencies,
        keys,
        door,
        phoneKey: core.secrets.phoneKey,
        words,
        log,
        audit: audit.record,
      }),
    )
    await server.register(importRoutes({ intake, keys, config, log }))
    await server.register(
      kioskRoutes({
        lookUp,
        words: { ...words },
        onReworded: (listener) => void reworded.push(listener),
        authenticate: keys.authenticate,
        renewal: (request, kind) => keys.renewal(request, kind, request.protocol === 'https'),
        setup: kioskSetup(config),
        printer: openKioskPrinter(desks, config.kiosk.printers),
        rated: monitor.rated,
        heard: monitor.kioskHeard,
      }),
    )
    await server.register(
      deskRoutes({
        desks,
        authenticate: keys.authenticate,
        whileLive: keys.whileLive,
        audit: audit.record,
      }),
    )
    monitor.watch({
      links: sms.views,
      desks: () => desks.desks.keys(),
      desk: desks.view,
      checks: health.read,
    })
    await server.register(monitorRoutes({ monitor, authenticate: keys.authenticate }))
    const http = await listen(server, config.http, log, 'http.listening', config.http.tls ? 'https' : 'http')

    const admin = opened('admin', openListener({ http: { ...config.http, tls: undefined } }, log), (server) =>
      server.close(),
    )
    health.routes(admin)
    admin.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
      reply.header('content-type', metrics.contentType).send(await metrics.text()),
    )
    const asCommand =
      (command: CoreCommand) =>
      async (...args: string[]) => {
        let printed = ''
        const print = (text: string) => {
          printed += text
        }
        await command({
          args,
          config: current,
          notices: [],
          env: {},
          log,
          readAgain,
          json: true,
          print,
          core,
        })
        return printed
      }
    operatorRoutes(admin, {
      adminKey: core.secrets.adminKey,
      run: {
        smsc: asCommand(smscCommand),
        outbox: asCommand(outboxCommand),
        printers: asCommand((context) => printersCommand({ ...context, withCore: (run) => run(context) })),
      },
      reload,
      audit: audit.record,
    })
    const adminUrl = await listen(admin, config.admin, log, 'admin.listening', 'http')

    metrics.gauge('gateway_build_info', 'version of this gateway', ['version']).set({ version }, 1)
    writeFileSync(
      join(config.dataDir, 'listening.json'),
      `${JSON.stringify({ http, admin: adminUrl, pid: process.pid })}\n`,
    )
    log.info(
      { evt: 'gateway.ready', version, tookMs: Math.round(performance.now() - started) },
      'The gateway is ready',
    )
    return { http, admin: adminUrl, reload, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What the lobby page must know at start. */
function kioskSetup({ kiosk, sms, agencies }: Config): Omit<KioskSetup, 'kiosk' | 'page'> {
  const link = sms.enabled ? sms.links[0] : undefined
  return {
    version,
    idleSeconds: kiosk.idleSeconds,
    warnSeconds: kiosk.warnSeconds,
    ...(link ? { sms: { shortCode: link.shortCode, keywordPrefix: link.keywordPrefix } } : {}),
    agencies: agencies.filter((agency) => agency !== sandboxAgency).map(({ code, name }) => ({ code, name })),
    languages: ['vi', 'en'],
  }
}

async function listen(
  server: FastifyInstance,
  { host, port }: { host: string; port: number },
  log: Log,
  evt: string,
  scheme: string,
): Promise<string> {
  try {
    await server.listen({ host, port })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why =
      code === 'EADDRINUSE'
        ? 'is already in use'
        : code === 'EACCES'
          ? 'may not be used by this user'
          : 'cannot be used'
    throw new GatewayError('config-invalid', `${host}:${port} ${why}`, false, error)
  }
  const bound = server.server.address()
  const actual = typeof bound === 'object' && bound ? bound.port : port
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${actual}`
  log.info({ evt, host, port: actual, url }, 'Listening')
  return url
}
