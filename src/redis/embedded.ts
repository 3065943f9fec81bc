// Our own redis-server: a real one, started as a child on a Unix socket under dataDir, append-only, noeviction, and
// started again when it dies, stopped after us. One gateway owns a dataDir at a time; commands that come beside a running gateway adopt its server.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'
import { type DiskGuard, openDiskGuard, readingOnly } from './disk-guard.js'
import { storeSettings } from './store-settings.js'

export interface EmbeddedRedis {
  readonly socket: string
  /** True when the live server of a running gateway is used as it is. */
  readonly adopted: boolean
  /** False while the disk is full: look-ups go on, nothing is kept. An adopted server is watched by its owner. */
  takesWrites(): boolean
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  readonly dataDir: string
  readonly durability: 'strict' | 'everysec'
  /** Commands may use the server of a gateway that runs; a second gateway on one dataDir is refused. */
  readonly onLive: 'adopt' | 'refuse'
}

/** Starts redis-server, or adopts the live one. Throws GatewayError redis-unavailable that says what to do. */
export async function startEmbedded(
  { dataDir, durability, onLive }: EmbeddedOptions,
  log: Log,
): Promise<EmbeddedRedis> {
  const directory = join(dataDir, 'redis')
  const keeper = keeperOf(dataDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (keeper) chownSync(directory, keeper.uid, keeper.gid)
  const socket = socketPath(directory)
  const owner = liveOwner(directory)
  if (owner !== undefined && onLive === 'adopt' && (await answers(socket)))
    return { socket, adopted: true, takesWrites: () => true, stop: async () => {} }
  if (owner !== undefined) throw alreadyRuns(owner, dataDir)

  const release = takeLock(directory, dataDir)
  const { appendfsync } = storeSettings(durability)
  const guard = openDiskGuard({ directory, socket, appendfsync: appendfsync!, log })
  const launch = async () => {
    const child = spawn('redis-server', ['-'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      cwd: directory,
      detached: true,
      ...keeper,
    })
    // `detached`: Ctrl-C in a terminal reaches the gateway alone, which stops its server last.
    child.stdin?.on('error', () => {}).end(serverConfig(socket, directory, durability, guard.isFull))
    await untilReady(child, log, guard)
    return child
  }
  try {
    // The child outlives a gateway that was killed: its server is alive, its owner is not. It has everything on disk.
    if (await answers(socket)) await shutDown(socket)
    const end = keepAlive(await launch(), launch, release, log)
    const stop = () => {
      guard.close()
      return end()
    }
    return { socket, adopted: false, takesWrites: () => !guard.isFull, stop }
  } catch (error) {
    guard.close()
    release()
    throw error
  }
}

/** The socket of the server that a running gateway owns on this dataDir; undefined when none runs. Starts nothing. */
export async function findEmbedded(dataDir: string): Promise<string | undefined> {
  const directory = join(dataDir, 'redis')
  const socket = socketPath(directory)
  return liveOwner(directory) !== undefined && (await answers(socket)) ? socket : undefined
}

// Starts the server again whenever it ends unasked; returns the way to end it for good.
function keepAlive(
  first: ChildProcess,
  launch: () => Promise<ChildProcess>,
  release: () => void,
  log: Log,
): () => Promise<void> {
  let child = first
  let stopping = false
  const supervised = (async () => {
    let waitMs = 100
    for (;;) {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (stopping) return
      log.error(
        { evt: 'redis.ended', signal: child.signalCode, code: child.exitCode },
        'The embedded redis-server ended and is started again',
      )
      await delay(waitMs)
      waitMs = Math.min(waitMs * 2, 5000)
      if (stopping) return
      try {
        child = await launch()
        waitMs = 100
      } catch (error) {
        log.error({ evt: 'redis.not-started', err: error }, 'The embedded redis-server does not start')
      }
    }
  })()
  return async () => {
    stopping = true
    child.kill('SIGTERM')
    await supervised
    release()
  }
}

/**
 * Whose the data is, when root works on it: a command of root's must leave nothing behind that the gateway's own user cannot
 * read. Undefined: ours.
 */
export function keeperOf(dataDir: string): { uid: number; gid: number } | undefined {
  const { uid, gid } = statSync(dataDir)
  return process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined
}

function serverConfig(
  socket: string,
  directory: string,
  durability: EmbeddedOptions['durability'],
  isDiskFull: boolean,
): string {
  const settings = { ...storeSettings(durability), ...(isDiskFull ? readingOnly : {}) }
  return [
    'port 0',
    `unixsocket "${socket}"`,
    'unixsocketperm 700',
    `dir "${directory}"`,
    'daemonize no',
    ...Object.entries(settings).map(([key, value]) => `${key} ${value}`),
    'loglevel notice',
    '',
  ].join('\n')
}

// sun_path holds 108 bytes with its final zero; a deep dataDir gets a short path in the system's own place.
function socketPath(directory: string): string {
  const path = join(directory, 'redis.sock')
  if (Buffer.byteLength(path) < 104) return path
  return join(tmpdir(), `dossier-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}.sock`)
}

const alreadyRuns = (owner: number, dataDir: string) =>
  new GatewayError(
    'redis-unavailable',
    `another gateway (process ${owner}) already runs on ${dataDir}`,
    false,
  )

function takeLock(directory: string, dataDir: string): () => void {
  const file = join(directory, 'owner.pid')
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o644) // a number; the folder is nobody else's
      writeSync(handle, `${process.pid} ${startTicks(process.pid) ?? ''}`)
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new GatewayError('redis-unavailable', `cannot write in ${directory}`, false, error)
      const owner = liveOwner(directory)
      if (owner !== undefined) throw alreadyRuns(owner, dataDir)
      rmSync(file, { force: true }) // a dead owner's
    }
  }
  throw new GatewayError('redis-unavailable', `cannot lock ${dataDir}`, true)
}

/** The process that owns the embedded server, if it lives and is the one that wrote its name. */
function liveOwner(directory: string): number | undefined {
  const file = join(directory, 'owner.pid')
  if (!existsSync(file)) return undefined
  const [pid = 0, ticks] = readFileSync(file, 'utf8').split(' ').map(Number)
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  // Process numbers come back, in containers at every start: the start time tells two bearers of one number apart.
  const now = startTicks(pid)
  if (now !== undefined) return now === ticks ? pid : undefined
  try {
    process.kill(pid, 0)
    return pid === process.pid ? undefined : pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined
  }
}

/**
 * Field 22 of /proc/PID/stat: when the process started, in clock ticks since boot. Undefined where there is no /proc, and 0
 * for a process that has ended and waits for its parent to notice (state Z or X): it owns nothing any more.
 */
function startTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return /^[ZX]$/.test(fields[0]!) ? 0 : Number(fields[19])
  } catch {
    return undefined
  }
}

function untilReady(child: ChildProcess, log: Log, guard: DiskGuard): Promise<void> {
  return new Promise((resolve, reject) => {
    let lastLine = ''
    const fail = (message: string, cause?: unknown) =>
      reject(new GatewayError('redis-unavailable', message, false, cause))
    child.once('error', (error) =>
      fail(
        'redis-server cannot be started; install it (apt-get install redis-server) or set redis.url',
        error,
      ),
    )
    const onExit = () => fail(`redis-server ended at once: ${lastLine}`)
    child.once('exit', onExit)
    createInterface({ input: child.stdout! }).on('line', (line) => {
      // "pid:role day month year time level message", level one of . - * #
      const [, level, message] = /^\d+:\w \S+ \S+ \S+ \S+ ([.\-*#]) (.*)$/.exec(line) ?? []
      if (!message) return
      lastLine = message
      // Its last words before it ends under `appendfsync always`.
      if (message.includes('AOF write error') && message.includes("'always'")) guard.serverEnded()
      if (level === '#' && /warning|error|fail|corrupt|truncat|bad/i.test(message))
        log.warn({ evt: 'redis.said', said: message }, 'redis-server has a warning')
      if (/ready to accept connections/i.test(message)) {
        child.off('exit', onExit)
        resolve()
      }
    })
  })
}

function answers(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return Promise.resolve(false)
  return new Promise((resolve) => {
    const probe = createConnection(socket)
    const end = (alive: boolean) => {
      probe.destroy()
      resolve(alive)
    }
    probe.setTimeout(2000, () => end(true)) // accepted, yet busy: alive
    probe.once('error', () => end(false))
    probe.once('data', () => end(true))
    probe.once('connect', () => probe.write('PING\r\n'))
  })
}

function shutDown(socket: string): Promise<void> {
  return new Promise((resolve) => {
    const line = createConnection(socket)
    line.once('close', () => resolve())
    line.once('error', () => resolve())
    line.once('connect', () => line.write('SHUTDOWN NOSAVE\r\n'))
    line.resume()
  })
}
