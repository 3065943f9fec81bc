// Binds a listener: logs the address, or explains why it cannot be bound.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../errors.js'
import type { Log } from '../log.js'

// System error → the key at fault, and why.
const reasons: Readonly<Record<string, readonly [key: 'host' | 'port', why: string]>> = {
  EADDRINUSE: ['port', 'is already in use'],
  EACCES: ['port', 'may not be used by this user'],
  EADDRNOTAVAIL: ['host', 'is not an address of this machine'],
  ENOTFOUND: ['host', 'is not a name that this machine knows'],
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
    const [key, why] = reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? ['host', 'cannot be used']
    const section = evt.split('.')[0]
    throw new GatewayError('config-invalid', `${section}.${key}: ${host}:${port} ${why}`, false, error)
  }
  const bound = server.server.address()
  const actual = typeof bound === 'object' && bound ? bound.port : port
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${actual}`
  log.info({ evt, host, port: actual, url }, 'Listening')
  return url
}

/** Writes listening.json, by which commands find this gateway. A full disk is only logged: the gateway runs without the file. */
export function noteAddresses(dataDir: string, listening: object, log: Log): void {
  const file = join(dataDir, 'listening.json')
  try {
    writeFileSync(file, `${JSON.stringify(listening)}\n`)
  } catch (error) {
    rmSync(file, { force: true })
    log.warn({ evt: 'gateway.address-not-noted', file, err: error }, 'Commands will not find this gateway')
  }
}
