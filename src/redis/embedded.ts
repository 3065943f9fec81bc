// The embedded redis-server: a child process on a Unix socket under dataDir, append-only, noeviction, restarted when it dies
// and stopped last. One gateway owns a dataDir at a time; commands that run beside it adopt its server.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { ownerOf } from '../data-owner.js'
import { GatewayError, whyRefused } from '../errors.js'
import type { Log } from '../log.js'
import { refuseDamaged } from './append-only.js'
import { type DiskGuard, openDiskGuard, readingOnly } from './disk-guard.js'
import { whyEnded } from './last-words.js'
import { storeSettings } from './store-settings.js'

export interface EmbeddedRedis {
  readonly socket: string
  /** True when this is the server of a running gateway. */
  readonly adopted: boolean
  /** False while the disk is full and the server read-only. An adopted server is watched by its owner. */
  takesWrites(): boolean
  stop(): Promise<void>
}

interface EmbeddedOptions {
  readonly dataDir: string
  readonly durability: 'strict' | 'everysec'
  /** Commands may adopt a running gateway's server; a second gateway on one dataDir is refused. */
  readonly onLive: 'adopt' | 'refuse'
  /** Ends the wait for a server that is still loading. */
  readonly stop?: AbortSignal | undefined
}

/** Starts redis-server, or adopts the live one. Throws GatewayError redis-unavailable that says what to do. */
export async function startEmbedded(
  { dataDir, durability, onLive, stop: stopOpening }: EmbeddedOptions,
  log: Log,
): Promise<EmbeddedRedis> {
  const directory = join(dataDir, 'redis')
  const user = ownerOf(dataDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (user) chownSync(directory, user.uid, user.gid)
  const socket = socketPath(directory)
  const owner = liveOwner(directory)
  if (owner !== undefined && onLive === 'adopt' && (await answers(socket)))
    return { socket, adopted: true, takesWrites: () => true, stop: async () => {} }
  if (owner !== undefined) throw alreadyRuns(owner, dataDir)

  refuseDamaged(directory)
  const release = takeLock(directory, dataDir)
  const { appendfsync } = storeSettings(durability)
  const guard = openDiskGuard({ directory, socket, appendfsync: appendfsync!, log })
  const stopping = new AbortController()
  stopOpening?.addEventListener('abort', () => stopping.abort(), { once: true })
  if (stopOpening?.aborted) stopping.abort()
  const launch = async () => {
    const child = spawn('redis-server', ['-'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: directory,
      detached: true,
      ...user,
    })
    // `detached`: Ctrl-C in a terminal reaches only the gateway, which stops its server last. The exit handler also stops it
    // when the gateway crashes, or hangs while it closes.
    const end = () => child.kill('SIGTERM')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    child.stdin?.on('error', () => {}).end(serverConfig(socket, directory, durability, guard.isFull))
    await untilReady(child, log, guard, stopping.signal)
    return child
  }
  try {
    // An orphan of a gateway that was killed: it has everything on disk, so shut it down and start our own.
    if (await answers(socket)) await shutDown(socket)
    const relaunch = async () => {
      refuseDamaged(directory)
      return launch()
    }
    const end = keepAlive(await launch(), relaunch, stopping, release, log)
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

// Restarts the server whenever it exits unexpectedly; returns a function that stops it.
function keepAlive(
  first: ChildProcess,
  launch: () => Promise<ChildProcess>,
  stopping: AbortController,
  release: () => void,
  log: Log,
): () => Promise<void> {
  let child = first
  const { signal } = stopping
  const supervised = (async () => {
    let waitMs = 100
    for (;;) {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (signal.aborted) return
      log.error(
        { evt: 'redis.ended', signal: child.signalCode, code: child.exitCode },
        'The embedded redis-server ended and is started again',
      )
      await delay(waitMs, undefined, { signal }).catch(() => {})
      waitMs = Math.min(waitMs * 2, 5000)
      if (signal.aborted) return
      try {
        child = await launch()
        waitMs = 100
      } catch (error) {
        if (signal.aborted) return
        log.error(
          { evt: 'redis.not-started', err: error },
          'The embedded redis-server does not start; it is tried again. Every channel says "unavailable" until then: doctor says why',
        )
      }
    }
  })()
  return async () => {
    stopping.abort()
    child.kill('SIGTERM')
    await supervised
    release()
  }
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
    `unixsocket ${quoted(socket)}`,
    'unixsocketperm 700',
    `dir ${quoted(directory)}`,
    'daemonize no',
    ...Object.entries(settings).map(([key, value]) => `${key} ${value}`),
    'loglevel notice',
    '',
  ].join('\n')
}

// Quotes a value for redis.conf, which uses the escapes of C.
const quoted = (path: string) => JSON.stringify(path)

// sun_path holds 108 bytes including the final zero; for a deep dataDir the socket goes to the temporary directory.
function socketPath(directory: string): string {
  const path = join(directory, 'redis.sock')
  if (Buffer.byteLength(path) < 104) return path
  return join(tmpdir(), `dossier-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}.sock`)
}

const alreadyRuns = (owner: number, dataDir: string) =>
  new GatewayError(
    'redis-unavailable',
    `process ${owner} already runs on ${dataDir}: another gateway, or a command such as export`,
    false,
  )

// The lock is a symbolic link whose target is its content. Creating one is atomic and needs no space on a full disk, where
// the server must still start so that look-ups are answered.
function takeLock(directory: string, dataDir: string): () => void {
  const file = join(directory, 'owner.pid')
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      symlinkSync(`${process.pid} ${startTicks(process.pid) ?? ''}`, file)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new GatewayError(
          'redis-unavailable',
          `cannot write in ${directory}: ${whyRefused(error)}`,
          false,
          error,
        )
      const owner = liveOwner(directory)
      if (owner !== undefined) throw alreadyRuns(owner, dataDir)
      rmSync(file, { force: true }) // a dead owner's
    }
  }
  throw new GatewayError('redis-unavailable', `cannot lock ${dataDir}`, true)
}

// The content of the lock; '' when the file is missing, unreachable or no link.
function linkedBy(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}

/** The process that owns the embedded server, if it is alive and really the one that wrote the file. */
function liveOwner(directory: string): number | undefined {
  const [pid = 0, ticks] = linkedBy(join(directory, 'owner.pid')).split(' ').map(Number)
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  // Process ids are reused, in containers at every start: the start time tells two processes with one id apart.
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
 * for a zombie or dead process (state Z or X): it owns nothing any more.
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

/** Resolves when the server answers. When `stop` is aborted before, ends the server, and rejects once it has ended. */
function untilReady(child: ChildProcess, log: Log, guard: DiskGuard, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines: string[] = []
    let errors = ''
    child.stderr?.on('data', (chunk) => {
      if (errors.length < 4096) errors += chunk
    })
    const fail = (message: string, cause?: unknown) =>
      reject(new GatewayError('redis-unavailable', message, false, cause))
    child.once('error', (error) =>
      fail(
        'redis-server cannot be started; install it (apt-get install redis-server) or set redis.url',
        error,
      ),
    )
    const onStop = () => child.kill('SIGTERM')
    const onExit = () => {
      stop.removeEventListener('abort', onStop)
      fail(
        stop.aborted
          ? 'stopped before redis-server was ready'
          : `redis-server ended at once: ${whyEnded(lines, errors)}`,
      )
    }
    // `close`, unlike `exit`, comes only after all of its output has been read.
    child.once('close', onExit)
    stop.addEventListener('abort', onStop, { once: true })
    if (stop.aborted) onStop()
    createInterface({ input: child.stdout! }).on('line', (line) => {
      // "pid:role day month year time level message", level one of . - * #
      const [, level, message] = /^\d+:\w \S+ \S+ \S+ \S+ ([.\-*#]) (.*)$/.exec(line) ?? []
      if (!message) return
      if (lines.push(message) > 50) lines.shift()
      // The last line it logs before it exits under `appendfsync always`.
      if (message.includes('AOF write error') && message.includes("'always'")) guard.serverEnded()
      if (level === '#' && /warning|error|fail|corrupt|truncat|bad/i.test(message))
        log.warn({ evt: 'redis.said', said: message }, 'The embedded redis-server says this in its log')
      if (/ready to accept connections/i.test(message)) {
        if (stop.aborted) return // it ends
        child.off('close', onExit)
        stop.removeEventListener('abort', onStop)
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
