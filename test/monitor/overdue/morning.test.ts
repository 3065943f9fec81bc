// The next morning's list, with an injected clock: numbers never pushed, dossiers overdue and due, complaints due soon.
// Real Redis, the product's own intake.
import fastify from 'fastify'
import t, { type Test } from 'tap'
import { openIntake } from '../../../src/agency/intake.js'
import { complaintKey, openKey } from '../../../src/complaints/keys.js'
import { openNumbers } from '../../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../../src/dossier/seal.js'
import { openSnapshots } from '../../../src/dossier/store/snapshot.js'
import { openStore } from '../../../src/dossier/store/store.js'
import { knownDossiers } from '../../../src/dossier/store/walk.js'
import { writeTime } from '../../../src/dossier/times.js'
import { silentLog } from '../../../src/log.js'
import { openMetrics } from '../../../src/metrics.js'
import type { OverdueList } from '../../../src/monitor/contract.js'
import { openMonitor } from '../../../src/monitor/monitor.js'
import { monitorRoutes } from '../../../src/monitor/routes.js'
import { openRedis } from '../../../src/redis/connection.js'
import { agencies } from '../../agency/harness.js'
import { startRedis } from '../../peers/redis.js'
import { monitorParts } from '../parts.js'

const at = (text: string) => Date.parse(`${text}+07:00`)
const stateWord = (state: string) => `state ${state}`

async function openOffice(t: Test) {
  const redis = await startRedis(t)
  const clock = { now: at('2026-11-26T15:00:00') }
  const now = () => clock.now
  const metrics = openMetrics()
  const redisConfig = { durability: 'everysec', commandTimeoutMs: 5000 } as never
  const door = await openRedis({ socket: redis.socket, config: redisConfig }, silentLog, metrics)
  const numbers = openNumbers(agencies, { lookupKey: '5a'.repeat(32) })
  const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) })
  const monitor = await openMonitor({
    door,
    log: silentLog,
    metrics,
    agencies,
    snapshots: openSnapshots({ door, store, numbers, agencies }),
    ...monitorParts,
    known: (texts) => knownDossiers(texts, numbers, store),
    now,
  })
  const app = fastify()
  await app.register(
    monitorRoutes({
      monitor,
      agencies,
      authenticate: async ({ headers }) =>
        headers.cookie === undefined
          ? undefined
          : { kind: 'monitor', ...(headers.cookie === 'all' ? {} : { agencies: [headers.cookie] }) },
      stateWord,
    }),
  )
  const intake = openIntake({ numbers, store, agencies, metrics, now })
  t.teardown(async () => {
    await app.close()
    await monitor.close()
    await door.close()
  })
  return {
    clock,
    door,
    metrics,
    monitor,
    async push(dossierNo: string, more: Record<string, unknown> = {}) {
      const [taken] = await intake.take([
        { dossierNo, dossierStatus: 'processing', eventTime: writeTime(clock.now), ...more },
      ])
      t.match(taken, { applied: true }, dossierNo)
    },
    async list(query = '', cookie = 'all'): Promise<OverdueList> {
      const { statusCode, body } = await app.inject({
        url: `/v1/monitor/overdue${query}`,
        headers: { cookie },
      })
      t.equal(statusCode, 200, body)
      return JSON.parse(body) as OverdueList
    },
    get: (ending: string, cookie: string) =>
      app.inject({ url: `/v1/monitor/overdue${ending}`, headers: { cookie } }),
    missing: async () => {
      const text = await metrics.text()
      return Number(/^gateway_agency_missing_numbers\{agency="H45.12"\} (\d+)/m.exec(text)?.[1] ?? 0)
    },
  }
}

t.test(
  '1, 2 and 5 of a day: the next morning 3 and 4 are missing, and once they came they are not',
  async (t) => {
    const { clock, push, list, missing, monitor } = await openOffice(t)
    const day = 'H45.12-261126'
    for (const nth of [1, 2, 5]) {
      clock.now += 60_000
      await push(`${day}-000${nth}`)
    }
    t.strictSame((await list()).gaps, [], 'the day is not over')

    clock.now = at('2026-11-27T06:10:00')
    await monitor.look()
    t.match((await list()).gaps, [
      {
        series: day,
        agency: 'H45.12',
        seen: 3,
        highest: 5,
        missingCount: 2,
        missing: ['0003–0004'],
        around: [
          {
            missing: '0003–0004',
            before: {
              dossierNo: `${day}-0002`,
              state: 'state processing',
              heard: '2026-11-26T08:02:00.000Z',
            },
            after: { dossierNo: `${day}-0005` },
          },
        ],
      },
    ])
    t.equal(await missing(), 2, 'the alert looks at this')

    await push(`${day}-0003`)
    t.match((await list()).gaps, [{ missing: ['0004'], missingCount: 1, around: [{ missing: '0004' }] }])
    await push(`${day}-0004`)
    const after = await list()
    t.strictSame(after.gaps, [], 'at once, before anything is counted again')
    t.equal(after.totals.missing, 0)
    await monitor.look()
    t.equal(await missing(), 0)
  },
)

t.test('overdue and due soon, by days; one row each, and at most `limit`', async (t) => {
  const { clock, push, list } = await openOffice(t)
  for (const [nth, due] of ['2026-11-20', '2026-11-27', '2026-11-28', '2026-11-30'].entries())
    await push(`H45.12-261101-000${nth + 1}`, { dueAt: `${due}T00:00:00+07:00` })
  clock.now = at('2026-11-27T08:00:00')
  const numbers = async (query: string) =>
    (await list(query)).dossiers.map(({ dossierNo }) => dossierNo.slice(-1))
  t.strictSame(await numbers('?within=0'), ['1'], 'a day lasts until the office closes')
  t.strictSame(await numbers('?within=1'), ['1', '2', '3'], 'today and tomorrow, whatever the hour')
  t.strictSame(await numbers('?within=3'), ['1', '2', '3', '4'])
  const short = await list('?within=3&limit=1')
  t.match(short, { totals: { overdue: 1, near: 3 }, notListed: 3 })
  t.match(short.dossiers, [
    { dossierNo: 'H45.12-261101-0001', days: 7, overdue: true, state: 'state processing' },
  ])
})

t.test('an agency sees its own, with complaints due soon, in every format', async (t) => {
  const { clock, door, push, list, get } = await openOffice(t)
  for (const code of ['H45.12', 'H45.01'])
    await push(`${code}-261101-0001`, { dueAt: '2026-11-20T00:00:00+07:00' })
  // As complaints/take-1.lua stores them, without the encrypted content.
  for (const [ticket, agency, dueDay] of [
    ['261120-001', 'H45.12', '2026-11-25'],
    ['261124-002', 'H45.12', '2026-11-28'],
    ['261126-003', 'H45.12', '2026-12-01'],
    ['261124-004', 'H45.01', '2026-11-27'],
  ] as const) {
    const due = at(`${dueDay}T00:00:00`) + 86_400_000
    await door.request.hset(complaintKey(ticket), {
      agency,
      state: 'open',
      received: at('2026-11-24T09:00:00'),
      due,
    })
    await door.request.zadd(openKey, due, ticket)
  }
  clock.now = at('2026-11-27T08:00:00')
  const own = await list('?within=1', 'H45.12')
  t.match(own.dossiers, [{ agency: 'H45.12' }])
  t.match(own.complaints, [
    { ticket: '261120-001', overdue: true, days: 2, due: '2026-11-25' },
    { ticket: '261124-002', overdue: false, days: -1 },
  ])
  t.equal((await list('?within=1')).complaints.length, 3)
  for (const ending of ['.csv?within=1', '.xlsx?within=1']) {
    const { statusCode, body } = await get(ending, 'H45.12')
    t.equal(statusCode, 200)
    t.notMatch(body, /H45\.01-261101/, 'nothing of another agency')
  }
  t.match((await get('.csv?within=1', 'H45.12')).body, /261124-002,H45\.12/)
  t.equal((await get('?agency=H45.01', 'H45.12')).statusCode, 403)
})
