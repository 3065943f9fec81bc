// The connections of a listener: how many there may be, and graceful shutdown. At shutdown, requests in flight and requests
// that still arrive on open connections are answered, the latter with `connection: close`. Idle connections, half-sent headers
// and unfinished TLS handshakes do not delay it.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { networksOf } from '../addresses.js'

// Each may hold 16 KiB of headers before they make a request: 2048 × 16 KiB = 32 MiB, twice that as strings. A province has a
// few hundred desks and kiosks, and at most 1000 event streams (streams.ts); the rest is for people, whose browsers reconnect.
const maxConnections = 2048

interface DrainTimes {
  /** How long idle connections stay open for requests already on the wire. */
  readonly quietMs: number
  /** How long requests in flight may take from the beginning of the drain. */
  readonly busyMs: number
}

interface Line {
  readonly socket: Socket
  /** The widest network of the peer. */
  readonly network: string
}

interface Connections {
  /** True from the beginning of the drain: answers say `connection: close`. */
  readonly isDraining: boolean
  /**
   * Stops listening and resolves when no connection is open any more. Requests in flight and last arrivals are still answered;
   * idle connections are closed after `quietMs`, the rest is cut after `busyMs`.
   */
  drain(times: DrainTimes): Promise<void>
}

/**
 * Watches the connections of a server from now on. Beyond `most`, the oldest idle connection of the network that has the most
 * is closed, so that a client with thousands of connections shuts out only itself.
 */
export function watchConnections(server: Server, most = maxConnections): Connections {
  const lines = new Map<string, Line>()
  const byNetwork = new Map<string, number>()
  const count = (network: string, change: 1 | -1) => {
    const now = (byNetwork.get(network) ?? 0) + change
    if (now > 0) byNetwork.set(network, now)
    else byNetwork.delete(network)
  }
  const makeRoom = () => {
    let [crowd, size] = ['', 0]
    for (const [network, here] of byNetwork) if (here > size) [crowd, size] = [network, here]
    for (const { socket, network } of lines.values())
      if (network === crowd && !isAnswering(socket)) return cut(socket)
    // None of them is idle: close the newest.
    cut([...lines.values()].findLast(({ network }) => network === crowd)!.socket)
  }
  let isDraining = false
  let onChange = () => {}
  const watch = (socket: Socket) => {
    const peer = `${socket.remoteAddress} ${socket.remotePort}`
    const network = networksOf(socket.remoteAddress ?? '').at(-1)!
    if (!lines.has(peer)) count(network, 1)
    lines.set(peer, { socket, network })
    socket.once('close', () => {
      if (lines.get(peer)?.socket === socket) {
        lines.delete(peer)
        count(network, -1)
      }
      onChange()
    })
    if (lines.size > most) makeRoom()
  }
  server.on('connection', watch)
  // With TLS, `connection` gives the raw socket. It is watched too, for handshakes that never end.
  server.on('secureConnection', watch)

  const until = (ms: number, isDone: () => boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(end, ms)
      function end() {
        clearTimeout(timer)
        onChange = () => {}
        resolve()
      }
      onChange = () => {
        if (isDone()) end()
      }
      onChange()
    })
  const isOver = () => lines.size === 0

  return {
    get isDraining() {
      return isDraining
    },
    async drain({ quietMs, busyMs }) {
      // Stop accepting first, then answer with `connection: close`. The other way round clients reconnect, and connections
      // not yet accepted at the end are reset.
      await stopListening(server)
      isDraining = true
      await until(quietMs, isOver)
      // On a busy machine the timer may fire before data that has already arrived is read.
      await turnLoop()
      for (const { socket } of lines.values()) if (!isAnswering(socket)) hangUp(socket)
      await until(busyMs - quietMs, isOver)
      for (const { socket } of lines.values()) socket.destroy()
    },
  }
}

// libuv accepts one connection a turn (since 1.45): after this many turns the pending ones are accepted and their data read.
const turns = 64
async function turnLoop(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * Stops accepting and keeps open connections. http.Server's own `close` would also cut idle ones, so only that of net.Server is
 * called, and `server.close` is replaced to wait for it.
 */
async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return
  await turnLoop()
  const closed = once(server, 'close')
  NetServer.prototype.close.call(server)
  server.close = (callback) => {
    closed.then(() => callback?.(), callback)
    return server
  }
}

// Node keeps the response in progress on its socket (`_httpMessage`, since 2010); counting requests ourselves would cost a
// listener for each.
const isAnswering = (socket: Socket) => (socket as { _httpMessage?: object | null })._httpMessage != null

/** Closes at once. Without TLS by RST: what the peer never read leaves the kernel's buffers too. */
function cut(socket: Socket): void {
  if ('encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}

/** Flushes what was written before closing; a socket that was never written to is closed at once. */
function hangUp(socket: Socket): void {
  if (socket.bytesWritten > 0) socket.destroySoon()
  else socket.destroy()
}
