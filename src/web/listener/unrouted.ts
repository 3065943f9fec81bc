// The answer where no route takes a request: 405 with Allow where the address is known and the method is not, else 404.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../problem.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods that routes take at the address of a request. */
    methodsAt: (url: string) => readonly string[]
  }
}

/** Notes the routes that are added to a server from now on. */
export function noteMethods(server: FastifyInstance): void {
  const routes = new Map<string, { readonly form: RegExp; readonly methods: Set<string> }>()
  server.addHook('onRoute', ({ url, method }) => {
    const known = routes.get(url) ?? { form: formOf(url), methods: new Set() }
    for (const one of [method].flat()) known.methods.add(one)
    routes.set(url, known)
  })
  server.decorate('methodsAt', (url: string) => {
    const path = pathOf(url)
    const there = [...routes.values()].filter(({ form }) => form.test(path))
    return [...new Set(there.flatMap(({ methods }) => [...methods]))].sort()
  })
}

/** `/v1/desks/:desk/*` as a pattern, in which no part can match in two ways. */
const formOf = (url: string) =>
  new RegExp(
    `^${url
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:\w+/g, '[^/]+')
      .replace(/\*$/, '.*')}$`,
  )

function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

/** Answers a request that no route takes. */
export function refuseUnrouted(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const methods = request.server.methodsAt(request.raw.url ?? '')
  // A file that is not there is no matter of methods.
  if (methods.length === 0 || methods.includes(request.method))
    return sendProblem(request, reply, 404, 'no-such-address')
  return sendProblem(request, reply.header('allow', methods.join(', ')), 405, 'method-not-allowed')
}
