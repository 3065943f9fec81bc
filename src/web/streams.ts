// Places for event streams. One is taken only by somebody who was let in, and counted for that key: half requests of strangers
// take none, and one device cannot take what the others need.
import type { FastifyReply } from 'fastify'

// A counter with a dozen pages open is busy; a province has some hundred desks. Beyond it a page is told to wait.
const mostPerKey = 50
const mostInAll = 1000

export interface Streams {
  /** True when the place was taken; it is given back when the answer ends. When the listener closes, the answer is ended. */
  take(keyId: string, reply: FastifyReply): boolean
}

export function openStreams(closing: AbortSignal, perKey = mostPerKey, inAll = mostInAll): Streams {
  const byKey = new Map<string, number>()
  const open = new Set<FastifyReply>()
  closing.addEventListener('abort', () => {
    for (const reply of open) reply.raw.end()
  })
  return {
    take(keyId, reply) {
      const here = byKey.get(keyId) ?? 0
      if (open.size >= inAll || here >= perKey || closing.aborted) return false
      open.add(reply)
      byKey.set(keyId, here + 1)
      reply.raw.once('close', () => {
        open.delete(reply)
        const left = (byKey.get(keyId) ?? 1) - 1
        if (left > 0) byKey.set(keyId, left)
        else byKey.delete(keyId)
      })
      return true
    },
  }
}
