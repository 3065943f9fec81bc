// Bounds HTTP pipelining. Node reads up to 64 KiB from a connection at once, some two thousand short requests, and starts all
// of them before it reads any other connection. Browsers and proxies do not pipeline.
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

// Requests of one connection that wait for an earlier answer; starting this many takes some 40 ms.
const maxWaiting = 128

/** Closes a connection with more waiting requests. Added before any other hook, so that the excess costs next to nothing. */
export function boundPipelining(server: FastifyInstance): void {
  const waiting = new WeakMap<Socket, number>()
  server.addHook('onRequest', ({ raw: { socket } }, { raw: answer }, done) => {
    if (socket.destroyed) return
    // Node gives a response its socket when the responses before it have been sent.
    if (answer.socket === null) {
      const others = waiting.get(socket) ?? 0
      if (others >= maxWaiting) return void socket.destroy()
      waiting.set(socket, others + 1)
      answer.once('close', () => waiting.set(socket, waiting.get(socket)! - 1))
    }
    done()
  })
}
