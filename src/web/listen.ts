// Binds a listener: logs the address, or explains why it cannot be bound.
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is already in use',
  EACCES: 'may not be used by this user',
}

// For `localhost` Fastify opens a second server on the other family's address, without our limits and outside the drain at
// shutdown. Clients of localhost try both families.
const addressOf = (host: string) => (host === 'localhost' ? '127.0.0.1' : host)

/** Binds `server` and resolves with its address; port 0 takes any free one. Throws GatewayError config-invalid. */
export async function listen(
  server: FastifyInstance,
  { host, port }: { host: string; port: number },
  log: Log,
  evt: string,
  scheme: 'http' | 'https',
): Promise<string> {
  try {
    await server.listen({ host: addressOf(host), port })
  } catch (error) {
    const why = reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? 'cannot be used'
    throw new GatewayError('config-invalid', `${host}:${port} ${why}`, false, error)
  }
  const bound = server.server.address()
  const actual = typeof bound === 'object' && bound ? bound.port : port
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${actual}`
  log.info({ evt, host, port: actual, url }, 'Listening')
  return url
}
