// Guards against a full disk. Under `appendfsync always` a redis-server that cannot write its append-only file exits, and after
// a restart exits again at the next write: look-ups, which need no disk, would fail too. So while the disk is full the embedded
// server refuses writes and still serves reads.
import { statfsSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Log } from '../log.js'

// Many times what a busy second writes; on a small disk 1 % of it.
const reserveBytes = 32 * 1024 * 1024
const reserveShare = 0.01
const lookEveryMs = 1000

/**
 * Directives that make a server read-only: it requires a replica that it does not have. `everysec` suffices for the expiries
 * it still writes, and a failed fsync then does not end the server.
 */
export const readingOnly = { appendfsync: 'everysec', 'min-replicas-to-write': '1' } as const

interface DiskGuardDeps {
  readonly directory: string
  readonly socket: string
  /** What `appendfsync` is while there is room. */
  readonly appendfsync: string
  readonly log: Log
  /** Free and total bytes; undefined when the folder is gone. */
  readonly disk?: () => { free: number; size: number } | undefined
}

export interface DiskGuard {
  /** Whether the server currently refuses writes. */
  readonly isFull: boolean
  /** Report that the server ended because it could not write: it will be restarted read-only. */
  serverEnded(): void
  close(): void
}

/** Looks at the disk once a second, and makes the running server read-only or writable. */
export function openDiskGuard(deps: DiskGuardDeps): DiskGuard {
  const { directory, socket, log } = deps
  const first = idOf(directory)
  // A command may have made a new folder under this name after the folder was moved away; the server does not write to that
  // one.
  const disk = deps.disk ?? (() => (idOf(directory) === first ? diskOf(directory) : undefined))
  const hasRoom = (times: number) => {
    const found = disk()
    if (!found) return false
    const { free, size } = found
    return free >= times * Math.min(reserveBytes, size * reserveShare)
  }
  let isFull = !hasRoom(1)
  // False until the server that runs has the settings of `isFull`. One that is just being started was given the settings of
  // before, and listens too late to be told: it would refuse updates for ever.
  let isApplied = true
  const logState = () => {
    if (isFull)
      log.error(
        { evt: 'disk.full', directory },
        'The disk is full, or the folder is gone: look-ups are answered, updates and texts are refused until there is room',
      )
    else log.info({ evt: 'disk.has-room', directory }, 'There is room on the disk again')
  }
  if (isFull) logState()
  let isAsking = false
  /** Applies the state to the running server, and notes whether it took it. */
  async function apply(): Promise<void> {
    const settings = isFull ? readingOnly : { appendfsync: deps.appendfsync, 'min-replicas-to-write': '0' }
    // In this order writes are enabled last.
    for (const [key, value] of Object.entries(settings))
      if ((await sendCommand(socket, `CONFIG SET ${key} ${value}`)) !== '+OK') return
    isApplied = true
  }
  const timer = setInterval(() => {
    // Hysteresis: the server takes writes again only with twice the reserve free.
    const full = isFull ? !hasRoom(2) : !hasRoom(1)
    if (isAsking || (full === isFull && isApplied)) return
    if (full !== isFull) {
      isFull = full
      logState()
    }
    isApplied = false
    isAsking = true
    void apply().finally(() => (isAsking = false))
  }, lookEveryMs)
  timer.unref()
  return {
    get isFull() {
      return isFull
    },
    serverEnded() {
      if (isFull) return
      isFull = true
      logState()
    },
    close: () => clearInterval(timer),
  }
}

function idOf(directory: string): string | undefined {
  try {
    const { dev, ino } = statSync(directory)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

function diskOf(directory: string): { free: number; size: number } | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory)
    return { free: bavail * bsize, size: blocks * bsize }
  } catch {
    return undefined // the folder was moved, or its disk is gone
  }
}

/** One inline command; resolves with the first line of the answer, or '' when the server is away. */
function sendCommand(socket: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    const line = createConnection(socket)
    let answer = ''
    const end = () => {
      line.destroy()
      resolve(answer.split('\r\n')[0] ?? '')
    }
    line.setTimeout(5000, end)
    line.once('error', end).once('close', end)
    line.once('connect', () => line.write(`${command}\r\n`))
    line.on('data', (chunk: Buffer) => {
      answer += chunk.toString()
      if (answer.includes('\r\n')) end()
    })
  })
}
