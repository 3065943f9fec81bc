// Who may use the kiosks' own routes: browsers with the device cookie of a kiosk.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type {} from '../web/listener/listener.js' // gives requests their marks
import { sendDeviceProblem } from './problem.js'

/** What a browser is enrolled as, by its device cookie (access/keys.ts). Throws when the store is away. */
export type Authenticate = (
  request: Pick<FastifyRequest, 'headers'>,
  ...kinds: ('kiosk' | 'desk' | 'monitor')[]
) => Promise<{ kind: string; name?: string; desk?: string } | undefined>

/** The kiosk's name when the request carries a kiosk's cookie; a request without any cookie costs nothing. */
export const kioskName = async (authenticate: Authenticate, request: FastifyRequest) =>
  request.headers.cookie === undefined ? undefined : (await authenticate(request, 'kiosk'))?.name

export type KioskDoor = ReturnType<typeof openKioskDoor>

/** Makes the hooks that admit kiosks alone. */
export function openKioskDoor(authenticate: Authenticate) {
  const callers = new WeakMap<FastifyRequest, string>()
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store')
    const name = await kioskName(authenticate, request)
    if (name === undefined)
      return sendDeviceProblem(reply, 401, 'not-a-kiosk', 'This address is for kiosks that were let in.')
    callers.set(request, name)
    request.isMember = true
    return undefined
  }
  return {
    /** For a route without a body. */
    hooks: { onRequest },
    /** For a route with a body: the key is checked again after it, because it may have been revoked while the body arrived. */
    bodyHooks: { onRequest, preValidation: onRequest },
    /** The kiosk whose request was admitted. */
    nameOf: (request: FastifyRequest): string => callers.get(request)!,
  }
}
