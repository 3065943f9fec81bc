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

t.test('an empty page before the total is a gap, and after some of them the end', async (t) => {
  const rows = numbers.map((no) => ({
    ...{ code: no, dossierNo: no, MaHoSo: no, TrangThaiHoSo: '4' },
    appliedDate: writeTime(changed),
    modifiedDate: '05/05/2026 08:00:00',
    NgayTiepNhan: '20260505080000',
  }))
  const common = { name: 'vendor', clientId: 'c', clientSecret: 's', pollSeconds: 3600 }
  const options = { pageSize: 20 }
  for (const [total, most] of [
    [60, 5],
    // Of dossiers that we may not see.
    [100_000, 7],
  ] as const)
    for (const [kind, open] of [
      [
        'igate',
        (url: string) =>
          sourceConfig({
            ...common,
            url,
            kind: 'igate',
            statuses: { '4': 'processing' },
            options: { ...options, tokenUrl: `${url}/token` },
          }),
      ],
      [
        'opencps',
        (url: string) =>
          sourceConfig({ ...common, url, kind: 'opencps', options: { ...options, groupId: '1' } }),
      ],
      [
        'dvcqg',
        (url: string) =>
          sourceConfig({ ...common, url, kind: 'dvcqg', options: { ...options, madonvi: 'X' } }),
      ],
    ] as const) {
      let pages = 0
      const peer = await startServer(t, (_request, url, body) => {
        if (url.pathname === '/token') return { json: { access_token: 't', expires_in: 300 } }
        if (url.pathname === '/login') return { json: { error_code: 0, session: 's' } }
        pages++
        const start = url.searchParams.get('start')
        const page = url.searchParams.get('page') ?? (JSON.parse(body || '{}') as { trang?: string }).trang
        const at = start === null ? (Number(page) - (kind === 'dvcqg' ? 1 : 0)) * 20 : Number(start)
        const list = rows
          .slice(at, at + 20)
          .filter((_, n) => at + n < 20 || at + n >= 40)
          .map((row) => ({ ...row, dossierStatus: kind === 'igate' ? { id: 4 } : 'processing' }))
        return { json: { error_code: 0, total, data: list } }
      })
      const side = await openGatewaySide(t)
      const sources = side.open([open(peer.url)])
      await side.events.next('source.fill.ended')
      t.equal(await side.stored(), 40, `${kind}, ${total} in all`)
      t.ok(pages <= most, `${kind}, ${total} in all: ${pages} pages`)
      await sources.close()
      await peer.stop()
    }
})

t.test('a feed whose pages go round, or on for ever, comes to an end', async (t) => {
  for (const [label, nextOf, stored] of [
    ['round', (at: number) => (at === 2 ? 1 : at + 1), 60],
    ['always another cursor', (at: number) => at + 1, 60],
  ] as const) {
    let pages = 0
    const peer = await startServer(t, (_request, url) => {
      pages++
      const at = Number(url.searchParams.get('cursor') ?? 0)
      const items = numbers.slice(at * 20, at * 20 + 20).map((no) => item(no))
      return { json: { items, next: String(nextOf(at)), asOf: writeTime(changed) } }
    })
    const side = await openGatewaySide(t)
    const clock = Math.floor((Date.now() + 7 * 3_600_000) / 86_400_000) * 86_400_000 + 20 * 3_600_000
    const sources = side.open([feed(peer.url, { pollSeconds: 3600, differenceAt: '02:30' })], {
      now: () => clock,
    })
    t.match(await side.events.next('source.difference.ended'), { missing: 0, different: 0 }, label)
    t.equal(await side.stored(), stored, label)
    t.ok(pages <= 220, `${label}: ${pages} pages for two walks`)
    await sources.close()
    await peer.stop()
  }
})

t.test('a feed answers "nothing" without a body, too', async (t) => {
  const peer = await startServer(t, () => ({ status: 204 }))
  const source = openSource(feed(peer.url))
  const { signal } = new AbortController()
  t.same(await source.page({ signal }), { records: [] })
  t.same(await source.find(numbers[0]!, signal), [])
  const erased = openSource(feed((await startServer(t, () => ({ status: 410 }))).url))
  t.same(await erased.find(numbers[0]!, signal), [], 'a dossier that is gone')
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

t.test('what is read otherwise than before is read from the beginning', async (t) => {
  const items = [item(numbers[0]!), item(numbers[1]!, { dossierStatus: 'cho-so' })]
  const asked: (string | null)[] = []
  const peer = await startServer(t, (_request, url) => {
    asked.push(url.searchParams.get('since'))
    // Nobody touches them again.
    return { json: { items: asked.at(-1) === null ? items : [], asOf: writeTime(Date.now()) } }
  })
  const side = await openGatewaySide(t)
  const fill = async (more: Omit<SourcePart<'feed'>, 'kind'>) => {
    const from = side.events.told.length
    const polls = asked.length
    const polled = new Promise<void>((resolve) => {
      peer.onRequest = (count) => count > polls + 1 && resolve()
    })
    const sources = side.open([feed(peer.url, { readThrough: false, ...more })])
    await polled
    await sources.close()
    return side.events.told.slice(from).some(({ evt }) => evt === 'source.fill.ended')
  }
  t.ok(await fill({}), 'the first time')
  t.equal(await side.stored(), 1)
  t.notOk(await fill({}), 'a restart goes on')
  t.notOk(await fill({ overlapSeconds: 30, clientSecret: 't' }), 'so do other times and keys')
  t.ok(await fill({ statuses: { 'cho-so': 'processing' } }), 'a state that is mapped now')
  t.equal(await side.stored(), 2)
  t.ok(await fill({ agencies: ['H45.12'], statuses: { 'cho-so': 'processing' } }), 'other agencies')
})
