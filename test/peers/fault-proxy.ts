// A bad network between two real peers: forwards bytes, and on demand cuts, delays, throttles or drops them. In front of
// Redis, an SMSC or a source, on TCP or Unix sockets.
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type NetConnectOpts, type Socket } from 'node:net'
import type { Teardown } from './redis.js'

interface Weather {
  /** Delay of every chunk, in each direction; order is kept. */
  delayMs: number
  /** Bytes a second in each direction of a connection, 0 = as they come. */
  bytesPerSecond: number
  /** Connections are accepted but nothing gets through, without an error. */
  blackHole: boolean
  /** New connections are refused at once, as by a closed port. */
  refuses: boolean
  /** After these bytes pass, the response and the connection are lost. Once: then it is '' again. */
  losesReplyTo: string
  /** After these bytes pass, the response comes `holdMs` late, and all behind it. Once: then it is '' again. */
  holdsReplyTo: string
  holdMs: number
}

const fair: Weather = {
  delayMs: 0,
  bytesPerSecond: 0,
  blackHole: false,
  refuses: false,
  losesReplyTo: '',
  holdsReplyTo: '',
  holdMs: 0,
}

interface FaultProxy {
  readonly host: string
  readonly port: number
  /** Changes the faults of existing and future connections. */
  set(change: Partial<Weather>): void
  /** Resets every connection. */
  cut(): void
  /** Connections made through it so far. */
  readonly connections: number
  close(): Promise<void>
}

/** Listens on a free port of 127.0.0.1, or on a Unix socket at `path`, and passes on to `target`. */
export async function startFaultProxy(
  t: Teardown,
  target: NetConnectOpts,
  path?: string,
): Promise<FaultProxy> {
  const weather: Weather = { ...fair }
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer((near) => {
    if (weather.refuses) {
      reset(near)
      return
    }
    connections++
    const far = createConnection(target)
    for (const socket of [near, far]) {
      open.add(socket)
      socket.setNoDelay(true).on('error', () => {})
      socket.once('close', () => open.delete(socket))
    }
    let isReplyLost = false
    pass(near, far, weather, (chunk) => {
      if (weather.losesReplyTo !== '' && chunk.includes(weather.losesReplyTo)) {
        weather.losesReplyTo = ''
        isReplyLost = true
      }
      if (weather.holdsReplyTo !== '' && chunk.includes(weather.holdsReplyTo)) {
        weather.holdsReplyTo = ''
        far.pause()
        setTimeout(() => far.resume(), weather.holdMs)
      }
      return true
    })
    pass(far, near, weather, () => {
      if (isReplyLost) reset(near)
      return !isReplyLost
    })
  })
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  const port = path === undefined ? (server.address() as AddressInfo).port : 0
  const cut = () => {
    for (const socket of open) reset(socket)
  }
  const close = async () => {
    cut()
    await new Promise((resolve) => server.close(resolve))
  }
  t.teardown(close)
  return {
    host: '127.0.0.1',
    port,
    set: (change) => void Object.assign(weather, change),
    cut,
    get connections() {
      return connections
    },
    close,
  }
}

// Only TCP has a reset; a Unix socket just ends.
const reset = (socket: Socket) => (socket.remoteAddress ? socket.resetAndDestroy() : socket.destroy())

// Bytes are never reordered, as in TCP. `mayPass` is called for each chunk.
function pass(from: Socket, to: Socket, weather: Weather, mayPass: (chunk: Buffer) => boolean): void {
  const waiting: { chunk: Buffer; due: number }[] = []
  let timer: NodeJS.Timeout | undefined
  let due = 0
  const move = () => {
    timer = undefined
    for (let next = waiting[0]; next && next.due <= Date.now(); next = waiting[0]) {
      waiting.shift()
      if (to.writable && !to.write(next.chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    }
    if (waiting[0]) timer = setTimeout(move, Math.max(1, waiting[0].due - Date.now()))
  }
  from.on('data', (chunk: Buffer) => {
    if (weather.blackHole) isHoled = true
    // After a gap a stream cannot continue.
    if (isHoled || !mayPass(chunk)) return
    const paceMs = weather.bytesPerSecond > 0 ? (chunk.length / weather.bytesPerSecond) * 1000 : 0
    due = Math.max(due, Date.now() + weather.delayMs) + paceMs
    waiting.push({ chunk, due })
    if (!timer) move()
  })
  let isHoled = false
  // A black hole also drops the end of a stream.
  from.once('close', () => {
    clearTimeout(timer)
    if (!weather.blackHole) to.destroy()
  })
}
