// Walks through a peer's pages that do not end where they should, have gaps, or begin again because they are read
// otherwise. The peer is a real HTTP server.
import t from 'tap'
import { openSource } from '../../../src/agency/sources/kinds.js'
import type { SourceConfig } from '../../../src/agency/sources/settings.js'
import { writeTime } from '../../../src/dossier/times.js'
import { openGatewaySide, type SourcePart, sourceConfig } from '../../peers/sources/gateway-side.js'
import { startServer } from '../../peers/sources/server.js'

const changed = Date.parse('2026-05-05T08:00:00+07:00')
const numbers = Array.from({ length: 60 }, (_, n) => `H45.12-260505-${String(n + 1).padStart(4, '0')}`)

const feed = (url: string, more: Omit<SourcePart<'feed'>, 'kind'> = {}): SourceConfig =>
  sourceConfig({
    name: 'vendor',
    kind: 'feed',
    url,
    pollSeconds: 1,
    readThroughMs: 5000,
    clientSecret: 's',
    options: { pageSize: 20 },
    ...more,
  })

const item = (dossierNo: string, more: object = {}) => ({
  dossierNo,
  dossierStatus: 'processing',
  eventTime: writeTime(changed),
  ...more,
})

t.test('a feed answers "nothing" without a body, too', async (t) => {
  const peer = await startServer(t, () => ({ status: 204 }))
  const source = openSource(feed(peer.url))
  const { signal } = new AbortController()
  t.same(await source.page({ signal }), { records: [] })
  t.same(await source.find(numbers[0]!, signal), [])
})

t.test('a feed whose clock is behind and that does not tell it loses no change', async (t) => {
  const behind = 15 * 60_000
  const items = [item(numbers[0]!, { eventTime: writeTime(Date.now() - behind - 3_600_000) })]
  const peer = await startServer(t, (_request, url) => {
    const since = Date.parse(url.searchParams.get('since') ?? '1970-01-01T00:00:00Z')
    return { json: { items: items.filter(({ eventTime }) => Date.parse(eventTime) >= since) } }
  })
  const side = await openGatewaySide(t)
  const sources = side.open([feed(peer.url, { readThrough: false })])
  await side.events.next('source.fill.ended')
  items.push(item(numbers[1]!, { eventTime: writeTime(Date.now() - behind) }))
  const from = peer.requests.length
  // The second request after the change comes when the answer to the first one is stored.
  await new Promise<void>((resolve) => {
    peer.onRequest = (count) => count >= from + 2 && resolve()
  })
  t.equal(await side.stored(), 2)
  await sources.close()
})

t.test(
  'a note that holds the number of a card is left out of what a feed says, not the dossier',
  async (t) => {
    const peer = await startServer(t, () => ({
      json: item(numbers[0]!, { publicNote: 'CCCD 045099012345' }),
    }))
    const side = await openGatewaySide(t)
    const sources = side.open([feed(peer.url)])
    const no = side.readDossierNo(numbers[0]!)!
    t.equal(await sources.ask(no), 'stored')
    t.equal((await side.store.read(no, Date.now()))?.publicNote, undefined)
    await sources.close()
  },
)
