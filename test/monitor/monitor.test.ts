import fastify from 'fastify'
import readXlsx from 'read-excel-file/node'
import t from 'tap'
import { readHolidays } from '../../src/complaints/working-days.js'
import { type Numbers, openNumbers } from '../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../src/dossier/seal.js'
import { openSnapshots } from '../../src/dossier/store/snapshot.js'
import { type DossierStore, openStore } from '../../src/dossier/store/store.js'
import type { Update } from '../../src/dossier/store/updates.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import type { MonitorSummary } from '../../src/monitor/contract.js'
import { csv } from '../../src/monitor/download.js'
import { openHearing } from '../../src/monitor/hearing.js'
import { openMonitor } from '../../src/monitor/monitor.js'
import { noHolidays, officeDayMs, openOfficeTime } from '../../src/monitor/office-time.js'
import { monitorRoutes, period } from '../../src/monitor/routes.js'
import { share, shy } from '../../src/monitor/summary.js'
import { sheets } from '../../src/monitor/summary-sheets.js'
import { openRedis } from '../../src/redis/connection.js'
import { startRedis, type Teardown } from '../peers/redis.js'
import { monitorParts } from './parts.js'

const at = (text: string) => Date.parse(`${text}+07:00`)
const minute = 60_000
const agencies = [
  { code: '000.00.15.H45', name: 'Sở Tài nguyên và Môi trường' },
  { code: '000.00.21.H45', name: '=HYPERLINK("http://evil")' },
].map((agency, index) => ({
  ...agency,
  index,
  shortName: 'A',
  phone: '',
  address: '',
  aliases: [],
  patterns: [],
}))
/** Pushes one dossier of an agency for each of these. */
async function push(
  store: DossierStore,
  numbers: Numbers,
  updates: readonly Omit<Update, 'eventTime'>[],
  code: string,
  now: number,
): Promise<void> {
  const items = updates.map((update, nth) => {
    const reading = numbers.read(`${code}-261120-${String(nth + 1).padStart(4, '0')}`)
    if (reading.kind !== 'dossierNo') throw new Error(reading.kind)
    return { no: reading.dossierNo, update: { ...update, eventTime: now } }
  })
  for (const result of await store.applyMany(items, now)) if (result instanceof Error) throw result
}

const redisConfig = { durability: 'everysec', commandTimeoutMs: 1000 } as never

const tables = readHolidays('config/holidays.yaml')
if ('problem' in tables) throw new Error(tables.problem)
// What the shipped table has of 2027's Tết, and a Saturday worked in exchange.
const holidays = { ...tables, workdays: new Set([...tables.workdays, '2027-02-20']) }
const officeMsBetween = openOfficeTime(holidays)

t.test('nights, weekends and holidays are not silence', (t) => {
  for (const [label, from, to, minutes] of [
    ['within a morning', '2026-11-24T08:00:00', '2026-11-24T09:30:00', 90],
    ['over a night', '2026-11-24T17:00:00', '2026-11-25T08:00:00', 90],
    ['over a weekend', '2026-11-27T17:00:00', '2026-11-30T07:30:00', 60],
    ['a whole week', '2026-11-23T07:00:00', '2026-11-30T07:00:00', 5 * 630],
    ['within a night', '2026-11-24T20:00:00', '2026-11-25T03:00:00', 0],
    ['over Tết', '2027-02-04T17:00:00', '2027-02-12T07:30:00', 60],
    ['within Tết', '2027-02-08T09:00:00', '2027-02-11T12:00:00', 0],
    ['into a holiday', '2026-12-31T17:00:00', '2027-01-01T10:00:00', 30],
    ['over New Year and a weekend', '2026-12-31T17:00:00', '2027-01-04T08:00:00', 90],
    ['a Saturday worked in exchange', '2027-02-19T17:00:00', '2027-02-22T07:30:00', 60 + 630],
    ['within that Saturday', '2027-02-20T08:00:00', '2027-02-20T09:30:00', 90],
    ['backwards', '2026-11-25T08:00:00', '2026-11-24T08:00:00', 0],
  ] as const)
    t.equal(officeMsBetween(at(from), at(to)) / minute, minutes, label)
  t.end()
})

t.test('a small count is never shown, nor a figure that would reveal it', (t) => {
  t.strictSame([0, 1, 4, 5].map(shy), [0, null, null, 5])
  t.equal(share(1, 3), null)
  t.equal(share(3, 20), null, '3 of 20 late would be told by the share')
  t.equal(share(18, 20), null, 'and so would 2')
  t.equal(share(10, 20), 0.5)
  t.equal(share(997, 1000), 0.997, 'what is not all is not a hundred percent')
  t.end()
})

t.test('a period is days in order, or nothing', (t) => {
  const now = at('2026-11-24T10:00:00')
  t.equal(period({}, now)?.length, 30)
  t.equal(period({}, now)?.at(-1), '2026-11-24')
  t.strictSame(period({ from: '2026-02-27', to: '2026-03-01' }), ['2026-02-27', '2026-02-28', '2026-03-01'])
  for (const bad of [
    { from: '2026-03-01', to: '2026-02-01' },
    { from: '2026-02-30', to: '2026-03-02' },
    { from: '2020-01-01', to: '2026-01-01' },
    { from: ['2026-01-01'], to: '2026-01-02' },
  ])
    t.equal(period(bad, now), undefined, JSON.stringify(bad))
  t.end()
})

t.test('counts are there on another gateway and after an outage of Redis', async (t) => {
  const redis = await startRedis(t)
  let now = at('2026-11-24T10:00:00')
  const kinds: { count: number; update: Omit<Update, 'eventTime'> }[] = [
    { count: 60, update: { dossierStatus: 'processing', dueAt: now + 3000 } },
    { count: 40, update: { dossierStatus: 'processing', dueAt: now - 2000 } },
    { count: 90, update: { dossierStatus: 'finished', dueAt: now, finishedAt: now - minute } },
    {
      count: 10,
      update: { dossierStatus: 'returned', dueAt: now - 2 * minute, returnedAt: now - minute },
    },
    { count: 1, update: { dossierStatus: 'supplement', dueAt: now - 1000 } },
  ]
  const numbers = openNumbers(agencies, { lookupKey: '5a'.repeat(32) })
  const open = async () => {
    const door = await openRedis({ socket: redis.socket, config: redisConfig }, silentLog, openMetrics())
    const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) })
    const monitor = await openMonitor({
      door,
      log: silentLog,
      metrics: openMetrics(),
      agencies,
      snapshots: openSnapshots({ door, store, numbers, agencies }),
      ...monitorParts,
      now: () => now,
    })
    t.teardown(async () => {
      await monitor.close()
      await door.close()
    })
    return { door, store, monitor }
  }
  const one = await open()
  const other = await open()
  await push(
    one.store,
    numbers,
    kinds.flatMap(({ count, update }) => Array.from({ length: count }, () => update)),
    agencies[0]!.code,
    now,
  )
  const today = ['2026-11-24']

  for (let n = 0; n < 8; n++) one.monitor.counted('kiosk', 'found')
  for (let n = 0; n < 7; n++) other.monitor.counted('sms', 'found')
  for (let n = 0; n < 5; n++) other.monitor.counted('sms', 'unknown')
  for (let n = 0; n < 3; n++) other.monitor.counted('web', 'withheld')
  for (let n = 0; n < 6; n++) one.monitor.rated(agencies[0]!.code, 'lobby-1', 3)
  one.monitor.rated(agencies[0]!.code, 'lobby-1', 1)
  one.monitor.heard(agencies[0]!.code, { applied: 9, stale: 1, duplicate: 2, lateMs: [] }, now)
  await one.monitor.kioskHeard('lobby-1', { version: '0.1.0', selftest: { sound: 'failed', touch: 'ok' } })
  await one.monitor.kioskHeard('lobby-1', { version: '0.1.0' })
  await other.monitor.flush()
  const summary = await one.monitor.summary(today)

  t.match(summary.lookups, {
    total: 23,
    found: 15,
    hitRatio: 0.75,
    byDay: [{ kiosk: 8, sms: 12, web: null, desk: 0 }],
  })
  t.strictSame(
    summary.lookups.byResult.map(({ count }) => count),
    [15, 5, 0, null, 0],
  )
  t.match(summary.agencies[0], {
    updates: 12,
    open: 101,
    overdue: 40,
    overdueRatio: 0.4,
    onTimeRatio: 1,
    lastHeard: '2026-11-24T03:00:00.000Z',
  })
  t.notOk('lastHeard' in summary.agencies[1]!, 'of an agency never heard of nothing is claimed')
  t.strictSame(
    summary.ratings.map(({ kiosk, good, notGood }) => [kiosk, good, notGood]),
    [
      [undefined, 6, null],
      ['lobby-1', 6, null],
    ],
  )
  t.match(
    summary.live.kiosks,
    [{ name: 'lobby-1', up: true, failed: ['sound'] }],
    'a beat keeps the self-test',
  )

  await redis.kill()
  for (let n = 0; n < 5; n++) one.monitor.counted('kiosk', 'unavailable')
  await t.rejects(one.monitor.summary(today), { code: 'redis-unavailable' })
  t.equal(one.monitor.publicStatus().agencies.length, 2, 'the public status needs no Redis')
  await redis.start()
  await new Promise<void>((ready) => {
    const stop = one.door.onReadyChange((is) => {
      if (is) {
        stop()
        ready()
      }
    })
    if (one.door.isReady()) ready()
  })
  t.equal(
    (await one.monitor.summary(today)).lookups.byResult.at(-1)?.count,
    5,
    'what was counted meanwhile is added',
  )

  now = at('2026-11-25T00:10:00')
  one.monitor.counted('sms', 'found')
  await one.monitor.flush()
  const days = (await one.monitor.summary(['2026-11-24', '2026-11-25'])).lookups.byDay
  t.equal(days[0]!.kiosk, 13)
  t.equal(days[1]!.sms, null, 'what is counted after midnight belongs to the new day')
  for (let n = 0; n < 4; n++) one.monitor.counted('sms', 'found')
  now = at('2026-11-26T00:00:01')
  for (let n = 0; n < 6; n++) one.monitor.counted('sms', 'found')
  await one.monitor.flush()
  const next = (await one.monitor.summary(['2026-11-25', '2026-11-26'])).lookups.byDay
  t.strictSame([next[0]!.sms, next[1]!.sms], [5, 6], 'also what still waited then')
})

t.test('four overdue in each of twelve agencies are forty-eight in total, and `few` for each', async (t) => {
  const redis = await startRedis(t)
  const now = at('2026-11-24T10:00:00')
  const twelve = Array.from({ length: 12 }, (_, nth) => ({
    ...agencies[0]!,
    index: nth,
    code: `H45.${30 + nth}`,
  }))
  const door = await openRedis({ socket: redis.socket, config: redisConfig }, silentLog, openMetrics())
  const numbers = openNumbers(twelve, { lookupKey: '5a'.repeat(32) })
  const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) })
  const updates = Array.from({ length: 24 }, (_, nth) => ({
    dossierStatus: 'processing' as const,
    dueAt: nth < 4 ? now - 1000 : now + minute,
  }))
  for (const { code } of twelve) await push(store, numbers, updates, code, now)
  const monitor = await openMonitor({
    door,
    log: silentLog,
    metrics: openMetrics(),
    agencies: twelve,
    snapshots: openSnapshots({ door, store, numbers, agencies: twelve }),
    ...monitorParts,
    now: () => now,
  })
  t.teardown(async () => {
    await monitor.close()
    await door.close()
  })
  const summary = await monitor.summary(['2026-11-24'])
  t.same(summary.dossiers, { open: 288, overdue: 48 })
  t.same(
    summary.agencies.map(({ open, overdue }) => [open, overdue]),
    twelve.map(() => [24, null]),
  )
})

t.test('every gateway reports when an agency was heard of, whichever gateway heard it', async (t) => {
  const redis = await startRedis(t)
  let now = at('2026-11-24T10:00:00')
  const open = async () => {
    const metrics = openMetrics()
    const door = await openRedis({ socket: redis.socket, config: redisConfig }, silentLog, metrics)
    const hearing = await openHearing({
      door,
      log: silentLog,
      metrics,
      agencies,
      holidays: noHolidays,
      now: () => now,
    })
    t.teardown(async () => {
      await hearing.close()
      await door.close()
    })
    return { metrics, hearing }
  }
  const one = await open()
  const other = await open()
  const code = agencies[0]!.code
  one.hearing.heard(code, { applied: 1, stale: 0, duplicate: 0, lateMs: [0] }, now)
  await one.hearing.freshness.sync()
  await other.hearing.freshness.sync()
  now += 90_000
  for (const { metrics } of [one, other]) {
    const text = await metrics.text()
    t.ok(
      text.includes(
        `gateway_agency_last_push_timestamp_seconds{agency="${code}"} ${(now - 90_000) / 1000}\n`,
      ),
    )
    t.ok(text.includes(`gateway_data_age_seconds{agency="${code}"} 90\n`), 'and how old its data is by now')
    t.notMatch(text, new RegExp(`agency="${agencies[1]!.code}"`), 'of one never heard of nothing')
    t.match(text, /gateway_redis_command_duration_seconds_count [0-9]/)
  }
})

async function freshnessAt(t: Teardown, socket: string, now: () => number) {
  const door = await openRedis({ socket, config: redisConfig }, silentLog, openMetrics())
  const { openFreshness } = await import('../../src/monitor/freshness.js')
  const freshness = await openFreshness({ door, log: silentLog, holidays, now })
  t.teardown(async () => {
    await freshness.close()
    await door.close()
  })
  return freshness
}

t.test('an agency is silent well beyond its usual gap, not before', async (t) => {
  const redis = await startRedis(t)
  let now = at('2026-11-23T08:00:00')
  const freshness = await freshnessAt(t, redis.socket, () => now)
  const code = agencies[0]!.code
  t.equal(freshness.silentSince(code), undefined)
  freshness.heard(code)
  await freshness.sync()
  now += 7 * 86_400_000
  t.ok(freshness.silentSince(code), 'two office days are the limit while its rhythm is not known')

  for (let word = 0; word < 30; word++) {
    now += 60 * minute
    freshness.heard(code)
    await freshness.sync()
  }
  const last = now
  t.equal(freshness.read(code).usualGapMs, 60 * minute, 'nights between them do not count')
  const until = (officeMinutes: number) => {
    for (now = last; officeMsBetween(last, now) < officeMinutes * minute; ) now += minute
  }
  until(150)
  t.equal(freshness.silentSince(code), undefined, 'two and a half times its rhythm is a pause')
  until(200)
  t.equal(freshness.silentSince(code), last, 'more than three times is silence, since its last word')
  freshness.heard(code)
  t.equal(freshness.silentSince(code), undefined, 'a word ends it at once')
  t.ok(officeDayMs > 0)

  const other = agencies[1]!.code
  const eve = (now = at('2027-02-04T17:00:00'))
  freshness.heard(other)
  now = at('2027-02-12T12:00:00')
  t.equal(freshness.silentSince(other), undefined, 'the week of Tết is not silence')
  now = at('2027-02-15T17:30:00')
  t.equal(freshness.silentSince(other), eve, 'two office days after it are')
})

t.test(
  'what was heard while the clock was years ahead does not keep an agency from being silent',
  async (t) => {
    const redis = await startRedis(t)
    let now = at('2036-11-24T08:00:00')
    const freshness = await freshnessAt(t, redis.socket, () => now)
    const [code, other] = [agencies[0]!.code, agencies[1]!.code]
    freshness.heard(code)
    freshness.heard(other)
    await freshness.sync()
    now = at('2026-11-23T08:00:00')
    t.same(freshness.read(other), {}, 'it was heard of at no time that there has been')
    const heardAt = now
    freshness.heard(code)
    await freshness.sync()
    t.equal(freshness.read(code).lastHeard, heardAt)
    now += 7 * 86_400_000
    t.equal(freshness.silentSince(code), heardAt)
  },
)

t.test('downloads have the same numbers, and no text becomes a formula', async (t) => {
  const redis = await startRedis(t)
  const door = await openRedis({ socket: redis.socket, config: redisConfig }, silentLog, openMetrics())
  const monitor = await openMonitor({
    door,
    log: silentLog,
    metrics: openMetrics(),
    agencies,
    snapshots: openSnapshots({
      door,
      store: openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) }),
      numbers: openNumbers(agencies, { lookupKey: '5a'.repeat(32) }),
      agencies,
    }),
    ...monitorParts,
  })
  const app = fastify()
  await app.register(
    monitorRoutes({
      monitor,
      authenticate: async ({ headers }) =>
        headers.cookie === 'm'
          ? { kind: 'monitor' }
          : headers.cookie === 'own'
            ? { kind: 'monitor', agencies: [agencies[0]!.code] }
            : undefined,
      agencies,
      stateWord: (status) => status,
    }),
  )
  t.teardown(async () => {
    await app.close()
    await monitor.close()
    await door.close()
  })
  monitor.rated('000.00.21.H45', '@SUM(1)', 2)
  for (let n = 0; n < 9; n++) monitor.counted('kiosk', 'found')
  const get = (url: string, cookie = 'm') => app.inject({ url, headers: { cookie } })

  t.equal((await get('/v1/monitor/summary', 'x')).statusCode, 401)
  t.equal((await get('/v1/monitor/summary?from=x&to=y')).statusCode, 400)
  const summary = (await get('/v1/monitor/summary')).json() as MonitorSummary
  t.equal(summary.lookups.total, 9)
  t.equal(summary.lookups.byDay.length, 30)

  const text = await get('/v1/monitor/summary.csv')
  t.match(text.headers['content-disposition'], /^attachment; filename="tra-cuu-ho-so-[\d-]+\.csv"$/)
  t.match(text.body, /^\u{feff}Mã,Cơ quan/u, 'Excel reads it as UTF-8')
  t.match(text.body, /000\.00\.15\.H45,Sở Tài nguyên và Môi trường/)
  t.match(text.body, /"'=HYPERLINK\(""http:\/\/evil""\)"/)
  t.match(text.body, /'@SUM\(1\)/)
  t.match(text.body, /,dưới 5,/, 'a single tap is not told')
  t.equal(csv(sheets(summary)).split('\n').length, text.body.split('\n').length)

  const book = await get('/v1/monitor/summary.xlsx')
  const rows = await readXlsx(book.rawPayload, { sheet: 'Cơ quan' } as never)
  const cells = JSON.stringify(rows)
  t.match(cells, /Sở Tài nguyên/)
  t.match(cells, /=HYPERLINK/, 'as a text cell')

  // A reader admitted for one agency sees only that one, in every format.
  for (let n = 0; n < 7; n++) monitor.counted('web', 'found', agencies[0]!.code)
  for (let n = 0; n < 6; n++) monitor.counted('web', 'found', agencies[1]!.code)
  const own = (await get('/v1/monitor/summary', 'own')).json() as MonitorSummary
  t.match(own, {
    only: [agencies[0]!.code],
    agencies: [{ code: agencies[0]!.code }],
    ratings: [],
    lookups: { total: 7, found: 7, hitRatio: null, byResult: [{ result: 'found', count: 7 }] },
    live: { kiosks: [], printers: [] },
  })
  t.equal(own.agencies.length, 1)
  for (const ending of ['', '.csv', '.xlsx'])
    t.notMatch((await get(`/v1/monitor/summary${ending}`, 'own')).body, /000\.00\.21\.H45/)
  t.equal((await get('/v1/monitor/overdue?agency=000.00.21.H45', 'own')).statusCode, 403)
  t.equal((await get('/v1/monitor/overdue?limit=0')).statusCode, 400)

  const status = await app.inject({ url: '/status.json' })
  t.match(status.json(), { status: 'pass', agencies: [{ name: agencies[0]!.name, silent: false }, {}] })
  t.notMatch(status.body, /total|found|count/, 'no counts in public')
})
