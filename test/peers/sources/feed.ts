// A simulator of the `feed` kind as src/agency/sources/README.md describes it.
import { writeTime } from '../../../src/dossier/times.js'
import type { Teardown } from '../redis.js'
import type { PeerDossier } from './population.js'
import { type PeerServer, startServer } from './server.js'

interface FeedPeer {
  readonly server: PeerServer
  readonly url: string
  readonly dossiers: PeerDossier[]
  readonly malformed: unknown[]
  token: string
}

export async function startFeed(t: Teardown, dossiers: PeerDossier[]): Promise<FeedPeer> {
  let epoch = 0
  const server = await startServer(t, (request, url) => {
    if (request.headers.authorization !== `Bearer ${peer.token}`) return { status: 401, json: {} }
    const one = /^\/hgw\/dossiers\/(.+)$/.exec(url.pathname)
    if (one) {
      const dossier = dossiers.find(({ no }) => no === decodeURIComponent(one[1]!))
      return dossier ? { json: record(dossier) } : { status: 404, json: {} }
    }
    if (url.pathname !== '/hgw/dossiers') return { status: 404 }
    dossiers.sort((a, b) => a.changed - b.changed)
    const all: unknown[] = [...peer.malformed, ...dossiers]
    const limit = Number(url.searchParams.get('limit'))
    const cursor = url.searchParams.get('cursor')
    const [of, at, from] = (cursor ?? '').split('.')
    // A restart loses its cursors.
    if (cursor && Number(of) !== epoch) return { status: 410, json: { error: 'cursor gone' } }
    const since = cursor
      ? Number(from)
      : url.searchParams.get('since')
        ? Date.parse(url.searchParams.get('since')!)
        : 0
    const changed = since === 0 ? all : all.filter((item) => !isDossier(item) || item.changed >= since)
    const start = Number(at ?? 0)
    const end = start + limit
    return {
      json: {
        items: changed.slice(start, end).map((item) => (isDossier(item) ? record(item) : item)),
        total: changed.length,
        asOf: writeTime(Date.now()),
        ...(end < changed.length ? { next: `${epoch}.${end}.${since}` } : {}),
      },
    }
  })
  server.onRestart = () => epoch++
  const peer: FeedPeer = { server, url: `${server.url}/hgw`, dossiers, malformed: [], token: 'feed-token' }
  return peer
}

function isDossier(item: unknown): item is PeerDossier {
  return typeof item === 'object' && item !== null && 'person' in item
}

const names = [
  'submitted',
  'accepted',
  'refused',
  'processing',
  'supplement',
  'payment',
  'withdrawn',
  'stopped',
  'finished',
  'returned',
]

function record(dossier: PeerDossier): object {
  return {
    dossierNo: dossier.no,
    dossierStatus: names[dossier.code - 1],
    eventTime: writeTime(dossier.changed),
    procedure: dossier.procedure,
    receivedAt: writeTime(dossier.received),
    dueAt: writeTime(dossier.due),
    extendedDueAt: dossier.extended ? writeTime(dossier.extended) : null,
    finishedAt: dossier.finished ? writeTime(dossier.finished) : '',
    returnedAt: dossier.returned ? writeTime(dossier.returned) : undefined,
    fee: { amount: '150000', paid: 'True' },
    // A careless vendor sends more than was requested.
    applicantName: dossier.person.name,
    phone: dossier.person.phone,
  }
}
