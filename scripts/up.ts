// The second half of `up`, in the foreground until Ctrl-C: starts simulators and gateway, creates keys, pushes samples, and
// prints where everything is. With --config it only runs `serve` with that file.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { shortSample } from '../test/fixtures/samples.js'

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    config: { type: 'string' },
    'admin-port': { type: 'string' },
    carrier: { type: 'string', default: 'smpp' },
  },
})
const carriers = ['smpp', 'http'] as const
const carrier = carriers.find((one) => one === values.carrier)
if (!carrier) {
  process.stderr.write(`--carrier: ${carriers.join(' or ')}\n`)
  process.exit(2)
}
const ports = await choosePorts()

const started = performance.now()
const say = (text: string) => process.stderr.write(`\x1b[1m▸ ${text}\x1b[0m\n`)
const children: ChildProcess[] = []
const desk = 'quay-1'
const files = {
  config: 'var/up.yaml',
  sims: 'var/sim.json',
  // In the data folder, beside the store that knows these keys, so that both are deleted together.
  keys: 'var/data/up-keys.json',
  log: 'var/gateway.log',
  slips: 'var/slips',
}

let stopping = false
async function stop(code: number): Promise<never> {
  if (!stopping) {
    stopping = true
    say('Stopping')
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    rmSync(files.sims, { force: true })
  }
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))

/**
 * The ports of both listeners; undefined: as configured. When --port is given, admin moves too: to the next port if it is
 * free, else to any free one.
 */
async function choosePorts(): Promise<{ http?: number; admin?: number }> {
  const admin = values['admin-port'] === undefined ? {} : { admin: Number(values['admin-port']) }
  if (values.port === undefined) return admin
  const http = Number(values.port)
  const next = http > 0 && http < 65_535 && (await isFree(http + 1)) ? http + 1 : 0
  return { http, admin: next, ...admin }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/**
 * Starts a child in its own process group (so that Ctrl-C reaches only us) and resolves with the first line that `pick`
 * accepts.
 */
async function launch<T>(
  name: string,
  words: string[],
  out: 'stdout' | 'stderr',
  pick: (line: string) => T | undefined,
): Promise<T> {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  children.push(child)
  const errors: string[] = []
  return new Promise((resolve, reject) => {
    for (const stream of ['stdout', 'stderr'] as const)
      createInterface({ input: child[stream]! }).on('line', (line) => {
        if (stream === 'stderr') errors.push(line)
        if (name === 'gateway') appendLog(line)
        const picked = stream === out ? pick(line) : undefined
        if (picked !== undefined) resolve(picked)
      })
    child.once('exit', (code) => {
      reject(new Error(`${name} ended with ${code}\n${errors.slice(-8).join('\n')}`))
      if (!stopping) {
        say(`${name} ended; stopping the rest`)
        process.stderr.write(`${errors.slice(-8).join('\n')}\n`)
        void stop(1)
      }
    })
  })
}

let logged = ''
function appendLog(line: string): void {
  logged += `${line}\n`
  if (logged.length > 0) setImmediate(flushLog)
}
function flushLog(): void {
  if (logged === '') return
  writeFileSync(files.log, logged, { flag: 'a' })
  logged = ''
}

const json = <T>(line: string): T | undefined => {
  try {
    return JSON.parse(line) as T
  } catch {
    return undefined
  }
}

async function command<T>(config: string, ...words: string[]): Promise<T> {
  const child = spawn(process.execPath, ['dist/main.js', ...words, '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`)
  return JSON.parse(out) as T
}

async function startGateway(config: string): Promise<{ http: string; admin: string }> {
  let [http, admin] = ['', '']
  if (ports.http !== undefined) process.env.HTTP__PORT = String(ports.http)
  if (ports.admin !== undefined) process.env.ADMIN__PORT = String(ports.admin)
  return launch('gateway', ['dist/main.js', 'serve', '--config', config], 'stderr', (text) => {
    const line = json<{ evt: string; url?: string }>(text)
    if (line?.evt === 'http.listening') http = line.url!
    if (line?.evt === 'admin.listening') admin = line.url!
    return line?.evt === 'gateway.ready' ? { http, admin } : undefined
  })
}

interface Carrier {
  /** URL of its control API, which sends texts. */
  readonly control: string
  /** The link of the gateway that it serves. */
  readonly link: Record<string, unknown>
  /** Called when the gateway answers. */
  attach(gateway: string): Promise<unknown>
}

async function startSmsc(): Promise<Carrier> {
  const words = ['--import=tsx', 'scripts/sim-smsc.ts', '--port', '0', '--control-port', '0']
  const { smsc } = await launch('smsc', words, 'stdout', (line) =>
    json<{ smsc: { port: number; control: string } }>(line),
  )
  const link = {
    name: 'smsc-sim',
    host: '127.0.0.1',
    port: smsc.port,
    systemId: 'gateway',
    password: 'secret',
    shortCode: '8188',
  }
  return { control: smsc.control, link, attach: async () => undefined }
}

async function startAggregator(): Promise<Carrier> {
  const { aggregator } = await launch(
    'aggregator',
    ['--import=tsx', 'scripts/sim-http.ts'],
    'stdout',
    (line) => json<{ aggregator: { control: string; link: Record<string, unknown> } }>(line),
  )
  const { control, link } = aggregator
  const attach = (gateway: string) =>
    fetch(new URL('/attach', control), { method: 'POST', body: JSON.stringify({ gateway }) })
  return { control, link, attach }
}

async function withSimulators(): Promise<void> {
  rmSync(files.log, { force: true })
  mkdirSync(files.slips, { recursive: true })
  say(`Starting a simulated ${carrier === 'http' ? 'aggregator' : 'SMSC'} and a simulated printer`)
  const [texts, { printer }] = await Promise.all([
    carrier === 'http' ? startAggregator() : startSmsc(),
    launch('printer', ['--import=tsx', 'scripts/sim-printer.ts', '--dir', files.slips], 'stdout', (line) =>
      json<{ printer: { path: string; control: string; slips: string } }>(line),
    ),
  ])
  writeFileSync(
    files.sims,
    `${JSON.stringify({ smscControl: texts.control, printerControl: printer.control })}\n`,
  )
  writeFileSync(
    files.config,
    stringify({
      dataDir: './var/data',
      sandbox: true,
      secrets: { lookupKey: shortSample.lookupKey },
      sms: { links: [texts.link] },
      desks: [
        {
          id: desk,
          agency: 'H15.50',
          name: 'Quầy 1',
          printer: { path: printer.path, baudRate: 38_400, profile: 'epson-tm-t82+tcvn3:30/31' },
        },
      ],
      kiosk: { printers: { lobby: desk } },
    }),
  )
  say('Starting the gateway')
  const gatewayStarted = performance.now()
  const { http, admin } = await startGateway(files.config)
  await texts.attach(http)
  const ownSeconds = (performance.now() - gatewayStarted) / 1000

  const before = existsSync(files.keys)
    ? (JSON.parse(readFileSync(files.keys, 'utf8')) as { agency: string; devices: string[] })
    : undefined
  await Promise.all((before?.devices ?? []).map((id) => command(files.config, 'keys', 'revoke', id)))
  let agency = before?.agency
  if (!agency) {
    const codes = [
      ...readFileSync('config/agencies.yaml', 'utf8').matchAll(/^- code: *["']?([^\s"'#]+)/gm),
    ].map((match) => match[1]!)
    agency = (
      await command<{ key: string }>(
        files.config,
        'keys',
        'create',
        ...codes.flatMap((code) => ['--agency', code]),
      )
    ).key
    say('Pushing sample dossiers')
    const push = spawn(
      process.execPath,
      ['--import=tsx', 'scripts/sim-push.ts', '--url', http, '--key', agency],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
    const [code] = (await once(push, 'close')) as [number]
    if (code !== 0) throw new Error('the sample dossiers could not be pushed')
  }
  type Made = { id: string; link: string }
  const [deskLink, monitorLink, kioskLink] = (await Promise.all(
    [
      ['--desk', desk],
      ['--monitor', 'sample'],
      ['--kiosk', 'lobby'],
    ].map((grant) => command<Made>(files.config, 'keys', 'create', ...grant)),
  )) as [Made, Made, Made]
  writeFileSync(
    files.keys,
    `${JSON.stringify({ agency, devices: [deskLink.id, monitorLink.id, kioskLink.id] })}\n`,
    { mode: 0o600 },
  )
  chmodSync(files.keys, 0o600)

  const { lookupNumber, dossierNo } = shortSample
  process.stdout.write(`
  The gateway is ready (it started in ${ownSeconds.toFixed(1)} s, everything in ${((performance.now() - started) / 1000).toFixed(0)} s).

  Text it     ./scripts/text "HS ${lookupNumber}"
              → one SMS: the state of that sample dossier, its date, and whom to call
  Kiosk       ${http}/kiosk/           tap ${lookupNumber}
              (as a device that may print: ${kioskLink.link})
  Desk        ${deskLink.link}           type ${dossierNo}
  Monitor     ${monitorLink.link}
              each link works once, in the browser that is to become that device
  API         ${http}/docs
  Operators   ${admin}/metrics
  Push        curl -X PUT ${http}/v1/dossiers/${dossierNo} \\
                -H 'authorization: Bearer ${agency}' -H 'content-type: application/json' \\
                -d '{"dossierStatus":"finished","eventTime":"'$(date +%FT%T%:z)'"}'
  Commands    node dist/main.js keys list --config ${files.config}
              every other command with the same --config, too
  Slips       ${files.slips}/          (a picture and a text of each)
  Log         ${files.log}

  Ctrl-C stops everything; the next start finds its data again.
`)
}

try {
  if (values.config) {
    const { http, admin } = await startGateway(values.config)
    process.stdout.write(
      `\n  The gateway is ready: ${http}\n  Operators: ${admin}\n  Log: ${files.log}\n  Ctrl-C stops it.\n`,
    )
  } else await withSimulators()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  await stop(1)
}
