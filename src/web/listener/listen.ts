// Binds a listener: logs the address, or explains why it cannot be bound.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { ownerOf } from '../../data-owner.js'
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import { putFile } from '../../replace-file.js'

// System error → the key at fault, and why. `mayPass`: after a power cut the network may come minutes later than we do, and
// another program may still be ending; the service manager then has to start us again (69, not 78).
const reasons: Readonly<Record<string, readonly [key: 'host' | 'port', why: string, mayPass?: 'may pass']>> =
  {
    EADDRINUSE: ['port', 'is already in use', 'may pass'],
    EACCES: ['port', 'may not be used by this user'],
    EADDRNOTAVAIL: ['host', 'is not an address of this machine', 'may pass'],
    ENOTFOUND: ['host', 'is not a name that this machine knows', 'may pass'],
    EAI_AGAIN: ['host', 'is a name that cannot be looked up now', 'may pass'],
  }

// For `localhost` Fastify opens a second server on the other family's address, without our limits and outside the drain at
// shutdown. Clients of localhost try both families.
const addressOf = (host: string) => (host === 'localhost' ? '127.0.0.1' : host)

/**
 * Binds `server` and resolves with its address; port 0 takes any free one. Throws GatewayError address-unavailable where it may
 * be had later, else config-invalid.
 */
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
    const { code = '' } = error as NodeJS.ErrnoException
    const [key, why, mayPass] = reasons[code] ?? ['host', 'cannot be used']
    const says = `${evt.split('.')[0]}.${key}: ${host}:${port} ${why}`
    throw new GatewayError(mayPass ? 'address-unavailable' : 'config-invalid', says, false, error)
  }
  const bound = server.server.address()
  const actual = typeof bound === 'object' && bound ? bound.port : port
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${actual}`
  log.info({ evt, host, port: actual, url }, 'Listening')
  return url
}

/**
 * Writes listening.json, by which commands find this gateway. A full disk is only logged: the gateway runs without the file.
 */
export function noteAddresses(dataDir: string, listening: object, log: Log): void {
  const file = join(dataDir, 'listening.json')
  try {
    // Replaced instead of overwritten: a run as root may have left one that we may not write.
    putFile(file, `${JSON.stringify(listening)}\n`, { mode: 0o644, ...ownerOf(dataDir) })
  } catch (error) {
    rmSync(file, { force: true })
    log.warn(
      { evt: 'gateway.address-not-noted', file, err: error },
      'The address of this gateway could not be written to dataDir: commands and doctor will not find it',
    )
  }
}
