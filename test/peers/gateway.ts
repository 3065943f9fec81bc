// The built gateway as a child process, started as an operator does: its own data folder, free ports, its log read line by
// line.
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import type { Teardown } from './redis.js'

const root = new URL('../../', import.meta.url).pathname
const main = join(root, 'dist/main.js')

type LogLine = Record<string, unknown> & { evt: string; level: string }

export interface GatewayPeer {
  /** Addresses of the running gateway, e.g. http://127.0.0.1:41234. New after each start. */
  readonly http: string
  readonly admin: string
  readonly directory: string
  readonly configFile: string
  readonly pid: number
  /** Everything it wrote on both streams since the first start. */
  readonly output: string
  readonly lines: readonly LogLine[]
  /** The next (or an earlier, with `past`) log line of an event. */
  waitFor(evt: string, matches?: (line: LogLine) => boolean, past?: boolean): Promise<LogLine>
  /** Runs a command of the same program beside it. */
  command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
  /** An agency key for these codes. */
  agencyKey(...agencies: string[]): Promise<string>
  kill(signal: NodeJS.Signals): Promise<number | null>
  start(): Promise<void>
}

/** Writes the configuration and starts the gateway; stopped and removed with the test. `env` is added to its environment. */
export async function startGateway(
  t: Teardown,
  config: Record<string, unknown> = {},
  env: Record<string, string> = {},
): Promise<GatewayPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'dgw-'))
  const configFile = join(directory, 'gateway.yaml')
  writeFileSync(
    configFile,
    stringify({
      http: { host: '127.0.0.1', port: 0 },
      admin: { host: '127.0.0.1', port: 0 },
      dataDir: join(directory, 'data'),
      ...config,
    }),
  )
  const events = new EventEmitter().setMaxListeners(100)
  const lines: LogLine[] = []
  let output = ''
  let child: ChildProcess | undefined
  let http = ''
  let admin = ''

  const waitFor: GatewayPeer['waitFor'] = (evt, matches = () => true, past = false) => {
    const earlier = past ? lines.find((line) => line.evt === evt && matches(line)) : undefined
    if (earlier) return Promise.resolve(earlier)
    return new Promise((resolve) => {
      const listen = (line: LogLine) => {
        if (line.evt !== evt || !matches(line)) return
        events.off('line', listen)
        resolve(line)
      }
      events.on('line', listen)
    })
  }

  const start = async () => {
    child = spawn(process.execPath, [main, 'serve', '--config', configFile], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    createInterface({ input: child.stderr! }).on('line', (text) => {
      output += `${text}\n`
      try {
        const line = JSON.parse(text) as LogLine
        lines.push(line)
        events.emit('line', line)
      } catch {} // a stack trace of a crash; it is in `output`
    })
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the gateway ended with ${code}:\n${output.slice(-4000)}`)
    })
    ended.catch(() => {})
    const listening = Promise.all([
      waitFor('http.listening'),
      waitFor('admin.listening'),
      waitFor('gateway.ready'),
    ])
    const [ofHttp, ofAdmin] = await Promise.race([listening, ended])
    http = String(ofHttp.url)
    admin = String(ofAdmin.url)
  }

  const kill = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number | null]
    return code
  }

  const command: GatewayPeer['command'] = async (...args) => {
    const run = spawn(process.execPath, [main, ...args, '--config', configFile], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    run.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    run.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    const [code] = (await once(run, 'close')) as [number]
    return { code, stdout, stderr }
  }

  t.teardown(async () => {
    await kill('SIGTERM')
    stopEmbedded(join(directory, 'data'))
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  await start()

  return {
    get http() {
      return http
    },
    get admin() {
      return admin
    },
    get pid() {
      return child!.pid!
    },
    get output() {
      return output
    },
    directory,
    configFile,
    lines,
    waitFor,
    command,
    async agencyKey(...agencies) {
      const made = await command(
        'keys',
        'create',
        ...agencies.flatMap((code) => ['--agency', code]),
        '--json',
      )
      if (made.code !== 0) throw new Error(made.stderr)
      return (JSON.parse(made.stdout) as { key: string }).key
    },
    kill,
    start,
  }
}

// A gateway killed by SIGKILL leaves its redis-server for the next start; at the end of a test there is none, so stop it here.
function stopEmbedded(dataDir: string): void {
  const socket = join(dataDir, 'redis/redis.sock')
  if (existsSync(socket)) spawn('redis-cli', ['-s', socket, 'shutdown', 'nosave'], { stdio: 'ignore' })
}
