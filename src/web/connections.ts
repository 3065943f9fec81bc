// The end of a listener. Whoever is being answered gets the answer, whoever sends another request over an open line meanwhile
// is answered too and told that the line closes; a line that says nothing, half a header or half a TLS hello holds nobody up.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface DrainTimes {
  /** How long lines are kept for a request that may already be on its way. */
  readonly quietMs: number
  /** How long requests under way may take from the beginning of the drain. */
  readonly busyMs: number
}

export interface Connections {
  /** True from the beginning of the drain: answers say `connection: close`. */
  readonly isDraining: boolean
  /** Resolves when no line is open any more, or the times are up and the rest was cut. */
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
      isDraining = true
      await until(quietMs, isOver)
      for (const socket of lines.values()) if (!isAnswering(socket)) hangUp(socket)
      await until(busyMs - quietMs, isOver)
      for (const socket of lines.values()) socket.destroy()
    },
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
