// A full disk. Under `appendfsync always` a redis-server that cannot write its append-only file ends, and started again it
// ends at the next write: look-ups, which need no disk, would be refused with everything else. So while there is no room the
// embedded server takes no writes and goes on reading.
import { statfsSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Log } from '../log.js'

// What a busy second writes, many times over; of a small disk a hundredth.
const reserveBytes = 32 * 1024 * 1024
const reserveShare = 0.01
const lookEveryMs = 1000

/**
 * Directives under which a server only reads: it asks for a replica that it does not have. Every second of syncing is enough
 * for what expires meanwhile, and does not end the server when it fails.
 */
export const readingOnly = { appendfsync: 'everysec', 'min-replicas-to-write': '1' } as const

export interface DiskGuardDeps {
  readonly directory: string
  readonly socket: string
  /** What `appendfsync` is while there is room. */
  readonly appendfsync: string
  readonly log: Log
  /** Bytes free and in all. */
  readonly disk?: () => { free: number; size: number }
}

export interface DiskGuard {
  /** Whether the server takes no writes for now. */
  readonly isFull: boolean
  /** The server ended because it could not write: it is to be started reading only. */
  serverEnded(): void
  close(): void
}

export function openDiskGuard(deps: DiskGuardDeps): DiskGuard {
  const { directory, socket, log, disk = () => diskOf(directory) } = deps
  const hasRoom = (times: number) => {
    const { free, size } = disk()
    return free >= times * Math.min(reserveBytes, size * reserveShare)
  }
  let isFull = !hasRoom(1)
  const told = () => {
    if (isFull)
      log.error(
        { evt: 'disk.full', directory },
        'The disk is full: look-ups are answered, updates and texts are refused until there is room',
      )
    else log.info({ evt: 'disk.has-room', directory }, 'There is room on the disk again')
  }
  if (isFull) told()
  let isAsking = false
  /** The server does as we say, or is away and is started as we say. */
  async function set(full: boolean): Promise<void> {
    isFull = full
    told()
    const settings = full ? readingOnly : { appendfsync: deps.appendfsync, 'min-replicas-to-write': '0' }
    // Writes are let in last.
    for (const [key, value] of Object.entries(settings)) await tell(socket, `CONFIG SET ${key} ${value}`)
  }
  const timer = setInterval(() => {
    // Twice the reserve before it writes again, so that it does not go back and forth.
    const full = isFull ? !hasRoom(2) : !hasRoom(1)
    if (full === isFull || isAsking) return
    isAsking = true
    void set(full).finally(() => (isAsking = false))
  }, lookEveryMs)
  timer.unref()
  return {
    get isFull() {
      return isFull
    },
    serverEnded() {
      if (isFull) return
      isFull = true
      told()
    },
    close: () => clearInterval(timer),
  }
}

function diskOf(directory: string): { free: number; size: number } {
  const { bavail, blocks, bsize } = statfsSync(directory)
  return { free: bavail * bsize, size: blocks * bsize }
}

/** One inline command; resolves with the first line of the answer, or '' when the server is away. */
function tell(socket: string, command: string): Promise<string> {
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
