// The built gateway under test, as an operator starts it: log to a file, level info, limits as shipped. Nothing is withheld or
// capped, because every simulated client sends little. Clearing a stage closes everything opened on it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stringify } from 'yaml'
import type { Teardown } from '../peers/redis.js'
import { end } from './child.js'
import type { Processes } from './measure.js'
import { agenciesYaml, secrets } from './population.js'

const root = new URL('../../', import.meta.url).pathname
const main = join(root, 'dist/main.js')

/** Collects teardowns as a test does, and runs them in reverse. */
export class Stage implements Teardown {
  private readonly undo: (() => unknown)[] = []

  teardown(fn: () => unknown): void {
    this.undo.push(fn)
  }

  folder(): string {
    const directory = mkdtempSync(join(tmpdir(), 'dgw-bench-'))
    this.teardown(() => rmSync(directory, { recursive: true, force: true }))
    return directory
  }

  async clear(): Promise<void> {
    for (const fn of this.undo.splice(0).reverse()) await fn()
  }
}

interface MeasuredOptions {
  readonly durability?: 'strict' | 'everysec'
  /** The `redis` section; left out: embedded. */
  readonly redis?: Record<string, unknown>
  /** Port of the SMSC the gateway binds to. */
  readonly smscPort?: number
  /** Agencies as YAML; left out: those of population.ts. */
  readonly agencies?: string
  /** More sections of the configuration. */
  readonly sections?: Record<string, unknown>
  /** Extra words for node, e.g. --cpu-prof. */
  readonly node?: readonly string[]
}

export interface Measured {
  readonly http: string
  readonly admin: string
  readonly pid: number
  readonly processes: Required<Processes>
  /** Of the embedded redis-server. */
  readonly socket: string
  readonly dataDir: string
  readonly configFile: string
  /** From exec to ready. */
  readonly startMs: number
  stop(): Promise<void>
  /** Restarts the stopped gateway on its data. */
  start(): Promise<void>
  agencyKey(...agencies: string[]): Promise<string>
}

export async function startMeasured(stage: Stage, options: MeasuredOptions = {}): Promise<Measured> {
  const { durability = 'everysec', redis = { durability }, smscPort, sections = {}, node = [] } = options
  const directory = stage.folder()
  const dataDir = join(directory, 'data')
  const configFile = join(directory, 'gateway.yaml')
  writeFileSync(join(directory, 'agencies.yaml'), options.agencies ?? agenciesYaml())
  const link = {
    name: 'smsc-bench',
    host: '127.0.0.1',
    port: smscPort,
    systemId: 'gateway',
    password: 'secret',
    shortCode: '8188',
    window: 100,
  }
  writeFileSync(
    configFile,
    stringify({
      // The load simulates many citizens with X-Forwarded-For, as behind a proxy.
      http: { host: '127.0.0.1', port: 0, trustProxy: '127.0.0.1' },
      admin: { host: '127.0.0.1', port: 0 },
      dataDir,
      agencies: join(directory, 'agencies.yaml'),
      secrets,
      redis,
      sms: { allowedPrefixes: ['84'], repliesPerHour: 0, links: smscPort === undefined ? [] : [link] },
      ...sections,
    }),
  )
  const log = openSync(join(directory, 'log'), 'a')
  const launch = async () => {
    const listening = join(dataDir, 'listening.json')
    rmSync(listening, { force: true })
    const started = performance.now()
    const child = spawn(process.execPath, [...node, main, 'serve', '--config', configFile], {
      cwd: root,
      stdio: ['ignore', log, log],
    })
    for (;;) {
      await delay(2)
      if (child.exitCode !== null)
        throw new Error(`the gateway ended:\n${readFileSync(join(directory, 'log'), 'utf8').slice(-2000)}`)
      const text = readIfThere(listening)
      if (!text.endsWith('\n')) continue
      const { http, admin } = JSON.parse(text) as { http: string; admin: string }
      return { child, http, admin, startMs: performance.now() - started }
    }
  }
  let running = await launch()
  const stop = () => end(running.child)
  stage.teardown(stop)

  return {
    get http() {
      return running.http
    },
    get admin() {
      return running.admin
    },
    get pid() {
      return running.child.pid!
    },
    get processes() {
      const pid = running.child.pid!
      return { pids: [pid], redisPids: childrenOf(pid) }
    },
    get startMs() {
      return running.startMs
    },
    socket: join(dataDir, 'redis/redis.sock'),
    dataDir,
    configFile,
    stop,
    async start() {
      running = await launch()
    },
    async agencyKey(...agencies) {
      const words = agencies.flatMap((code) => ['--agency', code])
      const made = spawn(
        process.execPath,
        [main, 'keys', 'create', ...words, '--json', '--config', configFile],
        { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
      )
      let said = ''
      made.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
      await once(made, 'close')
      return (JSON.parse(said) as { key: string }).key
    },
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}
