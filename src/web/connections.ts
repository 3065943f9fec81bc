// Graceful shutdown of a listener. Requests in flight are answered; requests that still arrive on open connections are
// answered with `connection: close`. Idle connections, half-sent headers and unfinished TLS handshakes do not delay it.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'

export interface DrainTimes {
  /** How long idle connections stay open for requests already on the wire. */
  readonly quietMs: number
  /** How long requests in flight may take from the beginning of the drain. */
  readonly busyMs: number
}

export interface Connections {
  /** True from the beginning of the drain: answers say `connection: close`. */
  readonly isDraining: boolean
  /**
   * Stops listening and resolves when no connection is open any more. Requests in flight and last arrivals are still answered;
   * idle connections are closed after `quietMs`, the rest is cut after `busyMs`.
   */
  drain(times: DrainTimes): Promise<void>
}

/** Watches the connections of a server from now on. */
export function watchConnections(server: Server): Connections {
  const lines = new Map<string, Socket>()
  let isDraining = false
  let onChange = () => {}
  const watch = (socket: Socket) => {
    const peer = `${socket.remoteAddress} ${socket.remotePort}`
    lines.set(peer, socket)
    socket.once('close', () => {
      if (lines.get(peer) === socket) lines.delete(peer)
      onChange()
    })
  }
  server.on('connection', watch)
  // With TLS, `connection` gives the raw socket; one whose handshake never ends is known only by that.
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
      // On a busy machine the time may be up before the data that has arrived is read.
      await turnLoop()
      for (const socket of lines.values()) if (!isAnswering(socket)) hangUp(socket)
      await until(busyMs - quietMs, isOver)
      for (const socket of lines.values()) socket.destroy()
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

/** Flushes what was written before closing; a socket that was never written to is closed at once. */
function hangUp(socket: Socket): void {
  if (socket.bytesWritten > 0) socket.destroySoon()
  else socket.destroy()
}
