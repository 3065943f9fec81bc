// What a source must do besides the fill: adapters against hostile responses, read-through, one poller among gateways, an
// emptied Redis, and the nightly difference.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { Breaker } from '../../../src/agency/sources/breaker.js'
import { openDvcqg } from '../../../src/agency/sources/dvcqg.js'
import { openFeed } from '../../../src/agency/sources/feed.js'
import { first, isEnd, noteIn, text, truth, whole } from '../../../src/agency/sources/fields.js'
import { openIgate } from '../../../src/agency/sources/igate.js'
import { openInspection } from '../../../src/agency/sources/inspect.js'
import { moment } from '../../../src/agency/sources/moments.js'
import { openOpencps } from '../../../src/agency/sources/opencps.js'
import type { SourceConfig } from '../../../src/agency/sources/settings.js'
import { openStatuses } from '../../../src/agency/sources/statuses.js'
import { GatewayError } from '../../../src/errors.js'
import { startDvcqg } from '../../peers/sources/dvcqg.js'
import { startFeed } from '../../peers/sources/feed.js'
import { agencies, openGatewaySide, type SourcePart, sourceConfig } from '../../peers/sources/gateway-side.js'
import { igateStatuses, startIgate } from '../../peers/sources/igate.js'
import { startOpencps } from '../../peers/sources/opencps.js'
import { canaries, peerAgencies, populate } from '../../peers/sources/population.js'
import { startServer } from '../../peers/sources/server.js'

const now = Date.now()
const signal = new AbortController().signal
const small = { requestTimeoutMs: 400, pageSize: 50, maxBodyBytes: 500_000 }
const peerConfig = <K extends SourceConfig['kind']>(url: string, more: SourcePart<K>) =>
  sourceConfig({
    name: 'vendor',
    url,
    agencies: peerAgencies,
    pollSeconds: 1,
    clientSecret: 'feed-token',
    readThroughMs: 400,
    options: small,
    ...more,
  } as SourcePart<K>)
const feedConfig = (url: string, more: Omit<SourcePart<'feed'>, 'kind'> = {}) =>
  peerConfig(url, { kind: 'feed', ...more })
const until = async (condition: () => boolean | Promise<boolean>, what: string) => {
  for (const end = Date.now() + 20_000; ; ) {
    if (await condition()) return
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

t.test('values of a peer become bounded clean text, numbers and truths, or nothing', async (t) => {
  t.equal(text('  Sở\u0000 Tư\n\npháp\u202e ', 50), 'Sở Tư pháp')
  t.equal(text('a'.repeat(10_000_000), 5), 'aaaaa')
  t.equal(text('👍👍👍', 2), '👍👍', 'characters are not cut in half')
  for (const nothing of [
    '',
    ' \t',
    null,
    undefined,
    {},
    [],
    true,
    'null',
    ' NULL ',
    'None',
    'undefined',
    'NaN',
  ])
    t.equal(text(nothing, 10), undefined)
  t.equal(text('Nullum', 10), 'Nullum')
  t.equal(first({ nationCode: 'null', code: 'H45.12' }, 'nationCode', 'code'), 'H45.12')
  t.equal(noteIn({ ghiChu: 'null' }, 'ghiChu'), undefined, 'nobody reads "null" as the note to them')
  t.equal(whole('0150000'), 150000)
  for (const no of [-1, 1.5, '1e9', '', 'NaN', Number.POSITIVE_INFINITY, {}]) t.equal(whole(no), undefined)
  for (const yes of [true, 'True', 'TRUE', 1, '1']) t.equal(truth(yes), true)
  for (const no of [false, 'False', 0, '0']) t.equal(truth(no), false)
  for (const neither of ['', null, 'maybe', 2]) t.equal(truth(neither), undefined)
})

t.test('times are read in every writing of peers’ systems', async (t) => {
  const [at, day] = ['2026-01-05T08:30:00+07:00', '2026-01-05T00:00:00+07:00'].map((text) => Date.parse(text))
  for (const [value, meant] of [
    ...[
      '202601050830',
      '2026/01/05 08:30:00',
      '20260105T083000',
      '2026-01-05 08:30:00+07',
      '05/01/2026 8:30 SA',
    ].map((text) => [text, at] as const),
    ...[
      [2026, 1, 5, 8, 30],
      [2026, 1, 5, 8, 30, 0, 5_000_000],
      at! / 1000,
      String(at! / 1000),
      at,
      String(at),
    ].map((value) => [value, at] as const),
    ...[
      `/Date(${at})/`,
      `/Date(${at}+0700)/`,
      { $date: '2026-01-05T01:30:00Z' },
      { $date: { $numberLong: `${at}` } },
    ].map((value) => [value, at] as const),
    ...[[2026, 1, 5], '20260105', '05/01/2026'].map((value) => [value, day] as const),
    // The first day of .NET, of Excel and of Unix, and empty ones: no date.
    ...[
      '0001-01-01T00:00:00',
      '01/01/0001 00:00:00',
      '00010101000000',
      '1900-01-01',
      '1970-01-01T00:00:00Z',
      '-',
      ' ',
    ].map((text) => [text, undefined] as const),
    ...[0, -62_135_596_800_000, '/Date(-62135596800000)/', null].map((value) => [value, undefined] as const),
    // May or January? And what is none.
    ...['1/5/2026 8:30:00 AM', 'hôm qua', '31/02/2026', {}, [], [1, 2], true, { $date: {} }].map(
      (value) => [value, 'bad'] as const,
    ),
  ] as const)
    t.equal(moment(value), meant, JSON.stringify(value))
})

t.test('a page is the last one when it is empty, or when a total that is one says so', async (t) => {
  for (const [size, requested, after, total, expected] of [
    [20, 20, 20, undefined, false],
    [0, 20, 20, undefined, true],
    [20, 20, 400, 400, true],
    [20, 20, 380, 400, false],
    [7, 20, 7, 7, true],
    // It may be the number of this page's records.
    [20, 20, 20, 20, false],
    [20, 20, 40, 20, false],
    [3, 20, 43, 3, true],
  ] as const)
    t.equal(isEnd(size, requested, after, total), expected, `${size} of ${requested}, ${after} of ${total}`)
})

t.test('statuses follow the configured table before the kind’s own', async (t) => {
  const portal = openStatuses('dvcqg', {})
  t.equal(portal('4'), 'processing')
  t.equal(portal('04'), 'processing')
  t.equal(portal(10), 'returned')
  t.equal(portal('11'), 'unknown-status')
  t.equal(portal(''), 'no-status')
  t.equal(portal('constructor'), 'unknown-status')
  for (const [theirs, ours] of [
    ['Đang xử lý (chờ ký số)', 'processing'],
    ['4 - Đang xử lý', 'processing'],
    ['Đang xử lý - Trễ hạn', 'processing'],
    ['Đã có KQ, chờ trả', 'finished'],
    ['Đã giải quyết - chờ nộp phí', 'payment'],
    // At the citizen's, or waiting for the citizen? Only the peer can say.
    ['Đã trả kết quả - nhận tại bộ phận một cửa', 'unknown-status'],
    ['Đã trả kết quả (chưa nhận)', 'unknown-status'],
    [`Đã tiếp nhận - ${'chờ ký - '.repeat(9)}từ chối`, 'unknown-status'],
  ] as const)
    t.equal(portal(theirs), ours, theirs)
  const igate = openStatuses('igate', { '16': 'refused', '17': 5, Nháp: 'ignore' })
  t.equal(igate(16), 'refused')
  t.equal(igate('17'), 'supplement')
  t.equal(igate('nháp'), 'ignored-status')
  t.equal(igate(4), 'unknown-status', 'iGate’s numbers are its own: nothing is assumed')
  const opencps = openStatuses('opencps', { done: 'finished', 'processing/paying': 6 })
  t.equal(opencps('done'), 'finished')
  t.equal(opencps('DENIED'), 'refused')
  t.equal(opencps('processing/paying'), 'payment')
})

t.test(
  'a breaker opens after failures in a row, tries one at a time, and doubles its patience',
  async (t) => {
    let clock = 0
    const breaker = new Breaker(() => clock, 2, { first: 100, longest: 250 })
    t.ok(breaker.allows())
    breaker.failed()
    t.ok(breaker.allows())
    breaker.failed()
    t.notOk(breaker.allows(), 'open')
    clock = 100
    t.ok(breaker.allows(), 'one trial')
    t.notOk(breaker.allows(), 'not two')
    breaker.failed()
    clock = 299
    t.notOk(breaker.allows(), 'twice as long')
    clock = 300
    t.ok(breaker.allows())
    breaker.failed()
    clock = 550
    t.ok(breaker.allows(), 'never longer than the longest')
    breaker.succeeded()
    t.ok(breaker.allows() && breaker.allows(), 'closed again')
    breaker.failed(1000)
    clock = 1549
    t.notOk(breaker.allows(), 'a peer that asks for a second is not asked within it')
    clock = 1550
    t.ok(breaker.allows())
  },
)

t.test('a peer that asks for some seconds gets them', async (t) => {
  const peer = await startFeed(t, populate(10, now))
  peer.server.fault = 'busy'
  const asked: number[] = []
  const twice = new Promise<void>((resolve) => {
    peer.server.onRequest = (count) => {
      asked.push(performance.now())
      if (count === 2) resolve()
    }
  })
  const side = await openGatewaySide(t)
  side.open([feedConfig(peer.url, { pollSeconds: 1 })])
  await twice
  t.ok(asked[1]! - asked[0]! >= 1990, `its two seconds are kept (${Math.round(asked[1]! - asked[0]!)} ms)`)
})

t.test('whatever a peer answers, an adapter says so and nothing worse', async (t) => {
  const peer = await startFeed(t, populate(10, now))
  const feed = openFeed(feedConfig(peer.url))
  for (const fault of ['silent', 'cut', 'html', 'endless', 'error', 'redirect'] as const) {
    peer.server.fault = fault
    await t.rejects(feed.page({ signal }), { code: 'source-unavailable', retryable: true }, fault)
  }
  peer.server.fault = 'busy'
  await t.rejects(feed.page({ signal }), { code: 'source-unavailable', retryAfterMs: 2000 }, 'busy')
  peer.server.fault = 'none'
  t.equal((await feed.page({ signal })).records.length, 10)
  await peer.server.stop()
  await t.rejects(feed.page({ signal }), { code: 'source-unavailable' }, 'nobody listens')
  await peer.server.start()
  await t.rejects(openFeed(feedConfig(peer.url, { clientSecret: 'wrong' })).page({ signal }), {
    code: 'source-refused',
    retryable: false,
  })

  const opencps = await startOpencps(t, populate(10, now))
  const ocps = { clientId: 'gateway', kind: 'opencps' as const, options: { ...small, groupId: '55301' } }
  await t.rejects(
    openOpencps(peerConfig(opencps.url, { ...ocps, clientSecret: 'wrong' })).page({ signal }),
    { code: 'source-refused', message: /203/ },
    'HTTP 203 is a refusal, not an empty list',
  )
  const one = openOpencps(peerConfig(opencps.url, { ...ocps, clientSecret: 'secret' }))
  t.same(await one.find('4711', signal), [], 'an all-digit number is not taken for an internal id')
  t.same(await one.find('H45.12-260101-9999', signal), [])

  const dvcqg = await startDvcqg(t, populate(10, now))
  const portal = { clientId: 'gateway', kind: 'dvcqg' as const }
  const unit = { ...small, madonvi: '000.00.00.H45', dstcode: 'VN:GOV:000.00.00.G22' }
  await t.rejects(
    openDvcqg(peerConfig(dvcqg.url, { ...portal, clientSecret: 'wrong', options: unit })).page({ signal }),
    { code: 'source-refused', message: /error_code/ },
  )
  await t.rejects(
    openDvcqg(
      peerConfig(dvcqg.url, { ...portal, clientSecret: 'secret', options: { ...unit, madonvi: 'wrong' } }),
    ).page({ signal }),
    { code: 'source-refused' },
    'a session that never helps is not renewed for ever',
  )
  t.ok(dvcqg.sessionsGiven <= 2)

  const igate = await startIgate(t, populate(10, now))
  const oidc = { clientId: 'gateway', kind: 'igate' as const, statuses: igateStatuses }
  await t.rejects(
    openIgate(
      peerConfig(igate.url, {
        ...oidc,
        clientSecret: 'wrong',
        options: { ...small, tokenUrl: igate.tokenUrl },
      }),
    ).page({ signal }),
    { code: 'source-refused', message: /401/ },
  )
})

t.test(
  'no JSON whatever makes an adapter fall: records are mapped or skipped, answers refused',
  async (t) => {
    const keys = [
      'dossierNo code nationCode MaHoSo dossierStatus dossierSubStatus TrangThaiHoSo eventTime updatedDate modifiedDate',
      'NgayTiepNhan NgayCapNhat TienTrinh DanhSachHoSoBoSung procedure fee otherNumbers publicNote id name translate',
      'NgayHenTraMoi ThoiDiemXuLy serviceCode MaTTHC appliedDate dueDate version receivedAt amount paid languageId',
    ].flatMap((line) => line.split(' '))
    const value = fc.oneof(
      fc.constantFrom(
        'H45.12-260105-0001',
        'processing',
        '4',
        4,
        { id: 4 },
        '20260105080000',
        '05/01/2026',
        '',
      ),
      fc.jsonValue({ maxDepth: 2 }),
    )
    const number = 'H45.12-260105-0001'
    const whole = {
      ...{ dossierNo: number, code: number, MaHoSo: number, dossierStatus: 4, TrangThaiHoSo: '4' },
      ...{ eventTime: '20260105080000', updatedDate: '20260105080000', modifiedDate: '05/01/2026' },
      NgayTiepNhan: '20260105080000',
    }
    const record = fc.oneof(
      fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 5 }).map((some) => ({ ...whole, ...some })),
      fc.jsonValue({ maxDepth: 1 }),
    )
    const items = fc.oneof(
      { weight: 5, arbitrary: fc.array(record, { maxLength: 8 }) },
      fc.jsonValue({ maxDepth: 2 }),
    )
    let body: unknown
    const server = await startServer(t, (_request, url) => {
      if (url.pathname === '/token') return { json: { access_token: 'token', expires_in: 300 } }
      if (url.pathname === '/login') return { json: { error_code: '0', session: 'session' } }
      return { json: body }
    })
    const statuses = { '4': 4, processing: 4 }
    const { inspect } = openInspection(feedConfig(server.url, { statuses }), agencies, () => undefined)
    const tokenUrl = `${server.url}/token`
    const sources = [
      openFeed(feedConfig(server.url, { statuses })),
      openIgate(peerConfig(server.url, { kind: 'igate', statuses, options: { ...small, tokenUrl } })),
      openOpencps(peerConfig(server.url, { kind: 'opencps', statuses, options: { ...small, groupId: '1' } })),
      openDvcqg(peerConfig(server.url, { kind: 'dvcqg', statuses, options: { ...small, madonvi: 'x' } })),
    ]
    let mapped = 0
    for (const source of sources) {
      await fc.assert(
        fc.asyncProperty(items, value, value, async (list, next, total) => {
          body = {
            items: list,
            content: list,
            data: list,
            next,
            total,
            totalElements: total,
            last: next,
            error_code: 0,
          }
          for (const ask of [
            () => source.page({ signal }),
            () => source.page({ signal, since: now, position: '2' }),
            () => source.find('H45.12-260105-0001', signal),
          ]) {
            try {
              const answer = await ask()
              const records = 'records' in answer ? answer.records : answer
              for (const one of records ?? []) {
                if ('skip' in one) continue
                mapped++
                if (one.update.dossierNo.length > 64 || /[\p{Cc}]/u.test(JSON.stringify(one.update)))
                  throw new Error('unbounded or unclean')
              }
              inspect(records ?? [])
            } catch (error) {
              if (!(error instanceof GatewayError)) throw error
            }
          }
        }),
        { numRuns: 50 },
      )
    }
    t.ok(mapped > 20, `some of it was meaningful (${mapped})`)
  },
)

t.test('a number that is not in the store is asked for', async (t) => {
  const dossiers = populate(300, now)
  const peer = await startFeed(t, dossiers)
  const side = await openGatewaySide(t)
  // Polls once an hour, and the fill is blocked: everything must come by read-through.
  let hold = true
  peer.server.onRequest = () => {
    const path = peer.server.requests.at(-1)!
    peer.server.fault = hold && path === 'GET /hgw/dossiers' ? 'error' : 'none'
  }
  const sources = side.open([
    feedConfig(peer.url, { pollSeconds: 3600, agencies: ['H45.12', '000.00.15.H45'] }),
  ])
  await side.events.next('source.down')
  const no = (text: string) => side.readDossierNo(text)!

  const wanted = dossiers.find(({ no }) => no.startsWith('H45.12'))!
  t.equal(await sources.ask(no(wanted.no)), 'stored')
  t.match(await side.store.read(no(wanted.no), Date.now()), { procedure: wanted.procedure })
  t.equal(await sources.ask(no('H45.12-260101-7777')), 'none', 'the source says there is none')
  t.equal(await sources.ask(no('H45.30-260101-0001')), 'none', 'no source speaks for that agency')
  const asked = peer.server.requests.length
  t.same(
    await Promise.all(Array.from({ length: 50 }, () => sources.ask(no('H45.12-260101-8888')))),
    Array.from({ length: 50 }, () => 'none'),
  )
  t.equal(await sources.ask(no('H45.12-260101-8888')), 'none')
  t.equal(peer.server.requests.length, asked + 1, 'many who ask the same cost the peer one question')

  await peer.server.stop()
  for (let at = 0; at < 6; at++)
    t.equal(await sources.ask(no(`H45.12-260102-000${at}`)), 'unavailable', 'away is not unknown')
  t.equal(
    side.events.told.filter(({ evt }) => evt === 'source.breaker.opened').length,
    1,
    'that it is left alone is told once',
  )
  await peer.server.start()
  hold = false
  const later = dossiers.filter(({ no }) => no.startsWith('000.00.15'))[5]!
  await until(async () => (await sources.ask(no(later.no))) === 'stored', 'the breaker closes by itself')

  const silent = side.open([feedConfig(peer.url, { name: 'mute', readThrough: false, pollSeconds: 3600 })])
  peer.server.onRequest = () => {}
  await until(
    () => side.events.told.some((e) => e.evt === 'source.fill.ended' && e.source === 'mute'),
    'filled',
  )
  t.equal(await silent.ask(no('H45.12-260103-0001')), 'none', 'filled, and not to be asked: unknown is true')
  await side.door.request.flushall()
  t.equal(
    await silent.ask(no('H45.12-260103-0001')),
    'unavailable',
    'a store that was lost and is not filled again cannot say unknown',
  )
})

t.test('one gateway polls; another takes over; a lost store is filled again', async (t) => {
  const dossiers = populate(500, now)
  const peer = await startFeed(t, dossiers)
  const side = await openGatewaySide(t)
  const polls = new Set<string>()
  const logOf = (name: string) => {
    const record = (fields: Record<string, unknown> & { evt: string }, sentence: string) => {
      if (fields.evt === 'source.fill.ended') polls.add(name)
      side.events.log.info(fields, sentence)
    }
    return { ...side.events.log, info: record }
  }
  const first = side.open([feedConfig(peer.url)], { log: logOf('first') })
  await side.events.next('source.fill.ended')
  side.open([feedConfig(peer.url)], { log: logOf('second') })
  t.equal(await side.stored(), 500)

  let from = side.events.told.length
  await side.door.request.flushall()
  await side.events.next('source.fill.ended', from)
  await until(async () => (await side.stored()) === 500, 'filled again')
  t.ok(polls.has('first'))

  await first.close()
  from = side.events.told.length
  await side.door.request.flushall()
  await side.events.next('source.fill.ended', from)
  t.ok(polls.has('second'), 'whoever is left takes the lease')
  t.equal(await side.stored(), 500)
})

t.test('Redis away during a fill: nothing falls, and the fill goes on where it was', async (t) => {
  const peer = await startFeed(t, populate(3000, now))
  const side = await openGatewaySide(t)
  let killed = false
  peer.server.onRequest = (count) => {
    if (count === 20 && !killed) {
      killed = true
      void side.redis.kill().then(() => side.redis.start())
    }
  }
  side.open([feedConfig(peer.url)])
  const ended = await side.events.next('source.fill.ended')
  t.match(ended, { outcome: 'ok', seen: 3000 })
  t.equal(await side.stored(), 3000)
  t.ok(
    side.events.told.some((event) => event.evt === 'source.fill.started' && Number(event.resumedAt) > 0),
    'resumed, not begun again',
  )
})

t.test(
  'the nightly difference tells what is missing, different, extra and left out, and mends it',
  async (t) => {
    const dossiers = populate(120, now)
    const peer = await startFeed(t, dossiers)
    const side = await openGatewaySide(t)
    // One in the morning of today: after all that the peer changed, before the difference is due.
    const localDay = Math.floor((now + 7 * 3_600_000) / 86_400_000) * 86_400_000
    let clock = localDay - 6 * 3_600_000
    const config = feedConfig(peer.url, { differenceAt: '02:30' })
    side.open([config], { now: () => clock })
    await side.events.next('source.fill.ended')
    t.notOk(
      side.events.told.some(({ evt }) => evt === 'source.difference.started'),
      'not before its time',
    )

    const [missing, different] = [dossiers[3]!, dossiers[4]!]
    await side.store.erase(side.readDossierNo(missing.no)!)
    // Changed without a new date of change: no poll with a short overlap can see it.
    different.due += 86_400_000
    const extra = 'H45.12-260101-0999'
    await side.intake([
      { dossierNo: extra, dossierStatus: 'processing', eventTime: '2026-01-01T08:00:00+07:00' },
    ])
    peer.malformed.push({ dossierNo: canaries[0], dossierStatus: 4, eventTime: '2026-01-01T08:00:00+07:00' })

    clock = Date.now() + 120_000
    clock += 24 * 3_600_000 - ((clock + 7 * 3_600_000) % 86_400_000) + 3 * 3_600_000
    const ended = await side.events.next('source.difference.ended')
    t.match(ended, { outcome: 'ok', missing: 1, different: 1, extra: 1, skipped: 1, same: 118 })
    const [file] = readdirSync(join(side.dataDir, 'differences'))
    const lines = readFileSync(join(side.dataDir, 'differences', file!), 'utf8')
    t.notOk(lines.includes(canaries[0]!), 'what is no number is not repeated')
    const told = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const of = (kind: string) => told.find((line) => line.kind === kind)
    t.match(of('missing'), { dossierNo: missing.no, reason: 'not-in-store', mended: true })
    t.match(of('different'), { dossierNo: different.no, reason: /dueAt/, mended: true })
    t.match(of('extra'), { dossierNo: extra, reason: 'not-in-source' })
    t.match(of('skipped'), { reason: 'unreadable-number' })
    t.match(told.at(-1), { summary: { missing: 1 } })
    t.ok(await side.store.read(side.readDossierNo(missing.no)!, Date.now()), 'the missing one is back')
  },
)
