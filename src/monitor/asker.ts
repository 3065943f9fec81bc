// Who reads the monitor, and what they may see: the key of an agency's leader opens that agency alone.
import type { FastifyRequest } from 'fastify'
import { type Agency, spokenFor } from '../dossier/agency.js'

export type Authenticate = (
  request: Pick<FastifyRequest, 'headers'>,
  ...kinds: 'monitor'[]
) => Promise<{ kind: string; agencies?: readonly string[] } | undefined>

/** `agencies`: codes they may see, including closed offices those agencies answer for; left out: all. */
interface Asker {
  readonly agencies?: ReadonlySet<string>
}

/** Resolves with undefined for a stranger. */
export type AskerOf = (request: Pick<FastifyRequest, 'headers'>) => Promise<Asker | undefined>

export const openAskers =
  (authenticate: Authenticate, agencies: readonly Agency[]): AskerOf =>
  async (request) => {
    const identity = await authenticate(request, 'monitor')
    if (!identity) return undefined
    return identity.agencies ? { agencies: spokenFor(agencies, identity.agencies) } : {}
  }
