// The room's real plugins over lookups taken from the screens' examples.json: used by the screens' tests and the
// screenshots. The journeys in test/journeys go through the built gateway and Redis.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import type { DeskView, SlipPreview } from '../../src/desk/contract.js'
import type { LookupResult } from '../../src/dossier/lookup.js'
import { openTruth } from '../../src/dossier/truth.js'
import { openWording } from '../../src/dossier/wording.js'
import { type KioskDeps, kioskRoutes } from '../../src/kiosk/routes.js'
import type { MonitorSummary, OverdueList } from '../../src/monitor/contract.js'
import { answerHeaders } from '../../src/web/listener/hardening.js'

const root = join(import.meta.dirname, '../..')
const shipped = (language: string) => join(root, `config/wording.${language}.yaml`)

export interface Example {
  says: string
  number: string
  result: LookupResult
}

/**
 * Where the pages' own origin has the checker of barriers: their policy (rightly) refuses a foreign script, and a script of
 * half a megabyte that has an address is compiled once, not at every screen.
 */
export const checker = '/axe.js'
export const checkerFile = join(root, 'node_modules/axe-core/axe.min.js')

/** The examples of one screen, e.g. `lobby/answer`. */
export function examples<E = Example>(screen: string): E[] {
  return JSON.parse(readFileSync(join(root, 'kiosk', screen, 'examples.json'), 'utf8')) as E[]
}

let built: string | undefined

/** Builds the pages, once for each state of their sources, and returns the folder. */
export function buildScreens(): string {
  if (built) return built
  const hash = createHash('sha256')
  for (const from of ['kiosk', 'src', 'package.json', 'package-lock.json'])
    for (const file of filesOf(from)) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  const dir = join(root, 'node_modules/.cache/screens', hash.digest('hex').slice(0, 16))
  if (!existsSync(dir)) {
    // Several processes may do the same at once; the first to be done names it.
    const own = `${dir}.${process.pid}`
    execFileSync(
      join(root, 'node_modules/.bin/vite'),
      ['build', '--config', 'kiosk/vite.config.ts', '--logLevel', 'error'],
      { cwd: root, env: { ...process.env, SCREENS_DIR: own }, stdio: ['ignore', 'ignore', 'inherit'] },
    )
    try {
      renameSync(own, dir)
    } catch (error) {
      if (!existsSync(dir)) throw error
      rmSync(own, { recursive: true })
    }
  }
  return (built = dir)
}

const filesOf = (from: string): string[] =>
  statSync(join(root, from)).isFile()
    ? [from]
    : readdirSync(join(root, from), { recursive: true, encoding: 'utf8' })
        .map((name) => join(from, name))
        .filter((file) => statSync(join(root, file)).isFile())
        .sort()

export interface Preview {
  url: string
  app: FastifyInstance
  /** What the page has sent: taps, heartbeats, lookups. */
  told: { ratings: [string, string, number][]; heartbeats: [string, unknown][]; asked: string[] }
  /** What the lobby learns at start; may change between loads. */
  setup: ReturnType<KioskDeps['setup']>
  /** Which example desk and monitor show, by number; open event streams, and slips asked for. */
  office: { desk: number; monitor: number; streams: number; printed: number }
  /** Replace to make the store be away, slow, …; undefined: the examples. */
  answer?: ((number: string) => Promise<LookupResult> | LookupResult) | undefined
  close(): Promise<void>
}

/** Serves the pages on a free port. A browser with the cookie `kiosk=NAME` is that kiosk. */
export async function openPreview(over: Partial<KioskDeps> = {}, port = 0): Promise<Preview> {
  const known = new Map<string, LookupResult>()
  for (const screen of ['lobby/answer', 'lobby/notice'])
    for (const { number, result } of examples(screen)) known.set(number, withTruth(result))
  const app = Fastify()
  const preview: Preview = {
    url: '',
    app,
    told: { ratings: [], heartbeats: [], asked: [] },
    office: { desk: 0, monitor: 0, streams: 0, printed: 0 },
    setup: {
      version: '0.1.0',
      idleSeconds: 45,
      warnSeconds: 20,
      sms: { shortCode: '8188', keywordPrefix: '' },
      office: { name: '', province: '', hotline: '' },
      agencies: agencies(),
      languages: ['vi', 'en'],
    },
    async close() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
  app.addHook('onRequest', async (_, reply) => void reply.headers(answerHeaders))
  app.get('/livez', async () => ({ status: 'pass' }))
  app.get(checker, (_, reply) =>
    reply
      .headers({ 'content-type': 'text/javascript', 'cache-control': 'max-age=3600' })
      .send(readFileSync(checkerFile)),
  )
  await app.register(
    kioskRoutes({
      screensDir: buildScreens(),
      words: { ...openWording({ vi: shipped('vi'), en: shipped('en') }) },
      setup: () => preview.setup,
      authenticate: async (request, ...kinds) => {
        const [, kind = '', name = ''] =
          /(kiosk|desk|monitor)=([\w-]+)/.exec(request.headers.cookie ?? '') ?? []
        return kinds.some((wanted) => wanted === kind) ? { kind, name, desk: name } : undefined
      },
      lookUp: async (number) => {
        preview.told.asked.push(number)
        const replaced = await preview.answer?.(number)
        return replaced ? withTruth(replaced) : (known.get(number) ?? { kind: 'unknown' })
      },
      printer: {
        has: () => true,
        print: async () => undefined,
        test: async () => undefined,
        job: async () => undefined,
        cancel: async () => {},
      },
      rated: (agency, kiosk, mood) => preview.told.ratings.push([agency, kiosk, mood]),
      heard: async (kiosk, heartbeat) => void preview.told.heartbeats.push([kiosk, heartbeat]),
      ...over,
    }),
  )
  officeRoutes(app, preview)
  preview.url = await app.listen({ port, host: '127.0.0.1' })
  return preview
}

// An example states explicitly whether its date has passed: as seen long after, or when it was last updated.
const truthOf = openTruth({ dayEnds: '17:00' })
function withTruth(result: LookupResult & { overdue?: boolean }): LookupResult {
  if (result.kind !== 'found') return result
  const { dossier, overdue } = result
  return { ...result, truth: truthOf(dossier, overdue ? Date.UTC(2100, 0) : dossier.asOf) }
}

function agencies(): { code: string; name: string }[] {
  const seen = new Map<string, string>()
  for (const { result } of examples('lobby/answer'))
    if (result.kind === 'found') seen.set(result.agency.code, result.agency.name)
  return [...seen].map(([code, name]) => ({ code, name }))
}

/** A desk as its page sees it. */
export interface DeskExample {
  says: string
  view: DeskView
  typed?: string
  preview?: SlipPreview
  open?: string
}

// What the desk and monitor rooms would answer, from the examples. Printing is proven in test/journeys on a real printer.
function officeRoutes(app: FastifyInstance, preview: Preview): void {
  const desk = () => examples<DeskExample>('desk/counter')[preview.office.desk]!
  app.get('/v1/desks/:desk', async () => desk().view)
  app.get('/v1/desks/:desk/preview', async (_, reply) => desk().preview ?? reply.code(404).send({}))
  app.get('/v1/desks/:desk/events', (_, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
    })
    reply.raw.write(`event: desk\ndata: ${JSON.stringify(desk().view)}\n\n`)
    preview.office.streams++
    const beat = setInterval(() => reply.raw.write('event: beat\ndata: {}\n\n'), 1000)
    reply.raw.once('close', () => {
      clearInterval(beat)
      preview.office.streams--
    })
  })
  app.post('/v1/desks/:desk/receipts', (_, reply) => {
    preview.office.printed++
    return reply.code(202).send({ jobId: 'j3', state: 'queued' })
  })
  app.get(
    '/v1/monitor/overdue',
    async () =>
      examples<{ overdue?: OverdueList }>('monitor/board')[preview.office.monitor]!.overdue ?? {
        within: 1,
        totals: { overdue: 0, near: 0, missing: 0 },
        dossiers: [],
        notListed: 0,
        gaps: [],
        gapsNotListed: 0,
        complaints: [],
      },
  )
  app.get(
    '/v1/monitor/summary',
    async () => examples<{ summary: MonitorSummary }>('monitor/board')[preview.office.monitor]!.summary,
  )
}
