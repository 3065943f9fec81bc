// Liveness and readiness: /livez, /readyz. Readiness is per channel, so that an SMSC outage does not take the kiosk out of
// service.
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance } from 'fastify'

type ChannelState = 'pass' | 'warn' | 'fail'

interface Health {
  /**
   * Adds a named check. Only `required` ones can fail readiness; the others only make it `warn`. One that gives undefined is
   * absent.
   */
  add(name: string, check: () => ChannelState | undefined, options?: { required?: boolean }): void
  read(): { status: ChannelState; checks: Record<string, ChannelState> }
  routes(server: FastifyInstance): void
}

/** Health without any check yet. */
export function openHealth(): Health {
  const checks = new Map<string, { check: () => ChannelState | undefined; required: boolean }>()
  const read: Health['read'] = () => {
    let status: ChannelState = 'pass'
    const states: Record<string, ChannelState> = {}
    for (const [name, { check, required }] of checks) {
      const state = check()
      if (state === undefined) continue
      states[name] = state
      if (state === 'fail' && required) status = 'fail'
      else if (state !== 'pass' && status === 'pass') status = 'warn'
    }
    return { status, checks: states }
  }
  return {
    add(name, check, options = {}) {
      checks.set(name, { check, required: options.required ?? false })
    },
    read,
    routes(server) {
      server.get('/livez', { schema: { hide: true } }, async (_request, reply) =>
        reply.header('cache-control', 'no-store').send({ status: 'pass' }),
      )
      server.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
        const health = read()
        if (health.status === 'fail') reply.code(503).header('retry-after', 5)
        return reply.header('cache-control', 'no-store').send(health)
      })
    },
  }
}
