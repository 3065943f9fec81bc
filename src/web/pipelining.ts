// How many requests may wait on one line (HTTP pipelining). Node reads 64 KiB of a line at once, which is some two thousand short
// requests, and each is begun before anybody else's line is read. Browsers and proxies ask one thing after another.
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

// What a line begins at once then takes some 40 ms.
const mostWaiting = 128

/** Closes a line on which more wait. Before any other hook, so that what was read along with them costs next to nothing. */
export function boundPipelining(server: FastifyInstance): void {
  const waiting = new WeakMap<Socket, number>()
  server.addHook('onRequest', ({ raw: { socket } }, { raw: answer }, done) => {
    if (socket.destroyed) return
    // An answer gets its socket when those before it are out.
    if (answer.socket === null) {
      const others = waiting.get(socket) ?? 0
      if (others >= mostWaiting) return void socket.destroy()
      waiting.set(socket, others + 1)
      answer.once('close', () => waiting.set(socket, waiting.get(socket)! - 1))
    }
    done()
  })
}
