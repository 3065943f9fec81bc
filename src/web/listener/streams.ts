// Slots for event streams. Only authenticated requests take one, counted by key: unauthenticated connections take none, and
// one device cannot starve the others.
import type { FastifyReply } from 'fastify'

// A desk with a dozen pages open is busy; a province has some hundred desks. Beyond that a page must wait.
const maxPerKey = 50
const maxInAll = 1000

export interface Streams {
  /** True when a slot was free; it is released when the answer ends. When the listener closes, the answer is ended. */
  take(keyId: string, reply: FastifyReply): boolean
}

/** `closing` ends every stream. */
export function openStreams(closing: AbortSignal, perKey = maxPerKey, inAll = maxInAll): Streams {
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
