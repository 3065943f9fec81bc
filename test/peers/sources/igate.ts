// A simulator of VNPT iGate: Keycloak's token endpoint (realm digo) and the dossier search.
import { randomBytes } from 'node:crypto'
import type { Teardown } from '../redis.js'
import { igateTime, type PeerDossier } from './population.js'
import { type PeerServer, startServer } from './server.js'

interface IgatePeer {
  readonly server: PeerServer
  readonly url: string
  readonly tokenUrl: string
  readonly dossiers: PeerDossier[]
  /** Raw records inserted between the good ones. */
  readonly malformed: unknown[]
  tokenSeconds: number
  tokensGiven: number
  /** Invalidates every token issued so far. */
  forgetTokens(): void
}

export async function startIgate(t: Teardown, dossiers: PeerDossier[]): Promise<IgatePeer> {
  const tokens = new Map<string, number>()
  const server = await startServer(t, (request, url, body) => {
    if (url.pathname === '/auth/realms/digo/protocol/openid-connect/token') {
      const form = new URLSearchParams(body)
      if (form.get('client_id') !== 'gateway' || form.get('client_secret') !== 'secret')
        return { status: 401, json: { error: 'unauthorized_client' } }
      const token = randomBytes(200).toString('base64url')
      tokens.set(token, Date.now() + peer.tokenSeconds * 1000)
      peer.tokensGiven++
      return { json: { access_token: token, expires_in: peer.tokenSeconds, token_type: 'bearer' } }
    }
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if ((tokens.get(bearer) ?? 0) <= Date.now()) return { status: 401, json: { error: 'invalid_token' } }
    if (url.pathname !== '/pa/dossier/search') return { status: 404 }
    const code = url.searchParams.get('code') ?? ''
    const page = Number(url.searchParams.get('page') ?? 0)
    const size = Number(url.searchParams.get('size') ?? 20)
    if (code !== '') {
      const content = dossiers.filter((dossier) => dossier.no.includes(code)).map(record)
      return { json: { content, last: true } }
    }
    dossiers.sort((a, b) => b.changed - a.changed)
    const all: unknown[] = [...peer.malformed, ...dossiers]
    const content = all
      .slice(page * size, (page + 1) * size)
      .map((item) => (isDossier(item) ? record(item) : item))
    const sliceOnly = url.searchParams.get('spec') === 'slice'
    return {
      json: {
        content,
        last: (page + 1) * size >= all.length,
        number: page,
        ...(sliceOnly ? {} : { totalElements: all.length }),
      },
    }
  })
  const peer: IgatePeer = {
    server,
    url: server.url,
    tokenUrl: `${server.url}/auth/realms/digo/protocol/openid-connect/token`,
    dossiers,
    malformed: [],
    tokenSeconds: 300,
    tokensGiven: 0,
    forgetTokens: () => tokens.clear(),
  }
  server.onRestart = () => tokens.clear()
  return peer
}

/** iGate's own numbers (invented here: real ones go beyond 10 and differ between provinces). */
export const igateStatuses: Record<string, number> = {
  '0': 1,
  '2': 2,
  '16': 3,
  '3': 4,
  '17': 5,
  '18': 6,
  '12': 7,
  '13': 8,
  '4': 9,
  '5': 10,
}
const ownNumber = new Map(Object.entries(igateStatuses).map(([theirs, ours]) => [ours, Number(theirs)]))

function isDossier(item: unknown): item is PeerDossier {
  return typeof item === 'object' && item !== null && 'person' in item
}

function record(dossier: PeerDossier): object {
  return {
    id: '64f1c0ffee000000000000aa',
    code: dossier.no,
    nationCode: null,
    appliedDate: igateTime(dossier.submitted),
    acceptedDate: igateTime(dossier.received),
    appointmentDate: igateTime(dossier.extended ?? dossier.due),
    completedDate: dossier.finished ? igateTime(dossier.finished) : null,
    returnedDate: dossier.returned ? igateTime(dossier.returned) : null,
    updatedDate: igateTime(dossier.changed),
    applicant: {
      data: {
        fullname: dossier.person.name,
        phoneNumber: dossier.person.phone,
        identityNumber: dossier.person.idNo,
        noidungyeucaugiaiquyet: dossier.person.remark,
      },
    },
    accepter: { fullname: dossier.person.name },
    procedure: { code: dossier.procedure.code, name: [{ languageId: 228, name: dossier.procedure.name }] },
    dossierStatus: {
      id: ownNumber.get(dossier.code),
      name: [{ languageId: 228, name: 'Tên trạng thái' }],
      comment: dossier.person.remark,
    },
    currentTask: [{ assignee: { fullname: dossier.person.name } }],
  }
}
