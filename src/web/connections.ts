// The end of a listener. Whoever is being answered gets the answer, whoever sends another request over an open line meanwhile
// is answered too and told that the line closes; a line that says nothing, half a header or half a TLS hello holds nobody up.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'

export interface DrainTimes {
  /** How long lines are kept for a request that may already be on its way. */
  readonly quietMs: number
  /** How long requests under way may take from the beginning of the drain. */
  readonly busyMs: number
}

export interface Connections {
  /** True from the beginning of the drain: answers say `connection: close`. */
  readonly isDraining: boolean
  /**
   * Stops listening and resolves when no line is open any more. Lines that say nothing are closed; what is under way, and
   * whoever came last, is still answered; when the times are up the rest is cut.
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
  // Of TLS the line is first seen as it is under the TLS: one whose hello never ends is known by that alone.
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
      // First no new lines, then `connection: close` on the open ones: the other way round everybody whose line is closed
      // comes back by a new one, and those not yet accepted at the end are reset.
      await stopListening(server)
      isDraining = true
      await until(quietMs, isOver)
      // On a busy machine the time may be up before what has arrived meanwhile is read.
      await turnLoop()
      for (const socket of lines.values()) if (!isAnswering(socket)) hangUp(socket)
      await until(busyMs - quietMs, isOver)
      for (const socket of lines.values()) socket.destroy()
    },
  }
}

// libuv accepts one line a turn (since 1.45): after so many turns those that wait already are in, and what came is read.
const turns = 64
async function turnLoop(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * No new line is taken; the open ones stay. Node's own `close` would cut lines that have not asked yet, so it is left to wait
 * for the end of them all.
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

// Node keeps the answer under way on its line (`_httpMessage`, since 2010); to count requests ourselves would cost every one
// of them a listener.
const isAnswering = (socket: Socket) => (socket as { _httpMessage?: object | null })._httpMessage != null

/** What was said to it still arrives; a line that was never answered has nothing to wait for. */
function hangUp(socket: Socket): void {
  if (socket.bytesWritten > 0) socket.destroySoon()
  else socket.destroy()
}
