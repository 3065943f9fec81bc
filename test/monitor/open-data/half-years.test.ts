// Open data: no key is needed, no figure is about fewer than five people, and requests do not load the store.
import fastify from 'fastify'
import t from 'tap'
import { silentLog } from '../../../src/log.js'
import { openCounters } from '../../../src/monitor/counters.js'
import { noHolidays } from '../../../src/monitor/office-time.js'
import type { HalfYear } from '../../../src/monitor/open-data/contract.js'
import { openHalfYears } from '../../../src/monitor/open-data/half-years.js'
import { openDataRoute } from '../../../src/monitor/open-data/route.js'
import { agencies, openDoor } from '../../agency/harness.js'
import { ledgerOn } from '../parts.js'

const at = (text: string) => Date.parse(`${text}+07:00`)

t.test('a half-year for everybody', async (t) => {
  const side = await openDoor(t)
  let now = at('2026-03-10T10:00:00')
  const counters = openCounters({ door: side.door, log: silentLog, now: () => now })
  for (let nth = 0; nth < 40; nth++) counters.lookup('sms', 'found', 'H45.12')
  for (let nth = 0; nth < 3; nth++) counters.lookup('web', 'found', 'H45.01')
  for (let nth = 0; nth < 20; nth++) counters.lookup('kiosk', 'unknown')
  await counters.flush()
  await counters.close()
  const { key } = await side.key('H45.12', 'H45.01')
  const day = '2026-03-10T09:00:00+07:00'
  const push = (no: string, filedBy: string) =>
    side.call('PUT', `/v1/dossiers/${no}`, {
      key,
      body: { dossierStatus: 'processing', eventTime: day, receivedAt: day, filedBy },
    })
  for (let nth = 1; nth <= 9; nth++) await push(`H45.12-260310-000${nth}`, nth < 7 ? 'online' : 'counter')
  await push('H45.01-260310-0001', 'counter')

  now = at('2026-11-28T10:00:00')
  let asked = 0
  const ledger = ledgerOn(side, agencies)
  const halfYears = openHalfYears({
    door: side.door,
    log: silentLog,
    ledger: {
      closedDays: 730,
      count(what, at) {
        asked++
        return ledger.count(what, at)
      },
    },
    agencies,
    holidays: noHolidays,
    publisher: 'Sở A',
    now: () => now,
  })
  const app = fastify()
  openDataRoute(app, halfYears)
  t.teardown(async () => {
    await app.close()
    await halfYears.close()
  })
  const get = (query = '', headers = {}) => app.inject({ url: `/v1/open/half-year.json${query}`, headers })

  const first = await get()
  t.equal(first.statusCode, 200, first.body)
  const open = first.json() as HalfYear
  t.match(open, {
    period: { name: '2026H1', from: '2026-01-01', to: '2026-06-30', complete: true },
    publisher: 'Sở A',
    lookups: { total: 63, byChannel: { desk: 0 } },
    dossiers: { received: 10 },
  })
  // Three by web and one dossier of H45.01 are small counts; figures that would reveal them are withheld too.
  t.equal(open.lookups.byChannel.web, null)
  t.equal(open.dossiers.filedAtCounter, null)
  const rows = new Map(open.agencies.map((row) => [row.code, row]))
  t.match(rows.get('H45.01'), { lookupsFound: null, received: null })
  t.equal(rows.get('H45.12')!.received, null, 'ten less nine would be one')
  const counts = (value: object): number[] =>
    Object.entries(value).flatMap(([name, its]) =>
      typeof its === 'number'
        ? /Share|Percent/.test(name)
          ? []
          : [its]
        : its && typeof its === 'object'
          ? counts(its)
          : [],
    )
  t.strictSame(
    counts(open).filter((one) => one > 0 && one < 5),
    [],
  )

  for (let nth = 0; nth < 20; nth++) await get()
  t.equal(asked, 1, 'asking twenty times is one count')
  t.match(first.headers, { 'cache-control': 'public, max-age=3600', 'access-control-allow-origin': '*' })
  for (const known of [first.headers.etag, `W/${first.headers.etag}`, `"other", ${first.headers.etag}`])
    t.equal((await get('', { 'if-none-match': known })).statusCode, 304, String(known))
  t.match((await get('?period=2026H2')).json(), { period: { name: '2026H2', complete: false } })
  now = at('2026-12-31T23:50:00')
  await halfYears.read('2026H2')
  now = at('2027-01-01T00:05:00')
  const whole = { period: { name: '2026H2', complete: true }, generatedAt: '2026-12-31T17:05:00.000Z' }
  t.match(await halfYears.read('2026H2'), whole, 'the last hours of the year are in it')
  now = at('2027-01-01T12:30:00')
  const ahead = await halfYears.read('2026H1')
  now = at('2026-11-28T10:00:00')
  await halfYears.read('2026H1')
  await halfYears.close()
  const { generatedAt } = (await halfYears.read('2026H1')) as HalfYear
  t.ok(ahead && generatedAt < '2026-12', 'a count by a clock that was ahead is not kept until its time comes')
  const known = halfYears.names()
  t.strictSame(
    known,
    ['2026H2', '2026H1', '2025H2', '2025H1'],
    'of July 2024 counts and dossiers have been deleted',
  )
  const forgetful = openHalfYears({
    door: side.door,
    log: silentLog,
    ledger: { closedDays: 90, count: ledger.count },
    agencies,
    holidays: noHolidays,
    publisher: 'Sở A',
    now: () => at('2027-08-10T10:00:00'),
  })
  t.teardown(() => forgetful.close())
  t.strictSame(forgetful.names(), ['2027H2', '2027H1'])
  const partial = await forgetful.read()
  t.match(partial, { period: { name: '2027H1', complete: false } }, 'what was closed until May is gone')
  t.strictSame(await forgetful.read(), partial, 'and it is not counted again for that')
  for (const wrong of ['2020H1', '2024H2', '2026', '2027H1', '../x'])
    t.equal((await get(`?period=${wrong}`)).statusCode, 400, wrong)
})
