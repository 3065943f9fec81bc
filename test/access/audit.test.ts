// The audit trail on a real Redis: who did what, kept in order by several writers, and what was tampered with is noticed.
import { Redis } from 'ioredis'
import t from 'tap'
import { type Audit, openAudit } from '../../src/access/audit.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { startGateway } from '../peers/gateway.js'
import { type RedisPeer, startRedis, type Teardown } from '../peers/redis.js'

const key = '0a'.repeat(32)

async function openTrail(t: Teardown, redis: RedisPeer, now?: () => number): Promise<Audit> {
  const config = { durability: 'strict' as const, commandTimeoutMs: 2000 }
  const door = await openRedis({ socket: redis.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  return openAudit(door, key, 400, silentLog, now)
}

const entry = (nth: number) => ({
  who: 'desk quay-1',
  what: 'receipt.print',
  on: `job ${nth}`,
  result: 'done',
})

/** A trail of `count` entries, and the server's own hands on it. */
async function filled(t: Teardown, count: number) {
  const redis = await startRedis(t)
  const trail = await openTrail(t, redis)
  await Promise.all(Array.from({ length: count }, (_, nth) => trail.record(entry(nth))))
  const hands = new Redis(redis.socket)
  t.teardown(() => hands.disconnect())
  const rows = await hands.xrange('{audit}:log', '-', '+')
  return { redis, trail, hands, rows }
}

t.test('several writers make one chain', async (t) => {
  const redis = await startRedis(t)
  const trails = await Promise.all([1, 2, 3].map(() => openTrail(t, redis)))
  await Promise.all(
    trails.flatMap((trail, nth) =>
      Array.from({ length: 400 }, (_, at) => trail.record(entry(nth * 1000 + at))),
    ),
  )
  const verdict = await trails[0]!.verify()
  t.match(verdict, { entries: 1200, problems: [] })
  t.match(await trails[1]!.verify(verdict.head), { problems: [] }, 'a head noted earlier is in it')
})

t.test('an entry that comes in the breath in which the last one is settled is written too', async (t) => {
  const trail = await openTrail(t, await startRedis(t))
  // The second is handed over while the first's promise is being resolved: nobody comes after it to wake the writer.
  await trail.record(entry(1))
  await trail.record(entry(2))
  t.match(await trail.verify(), { entries: 2, problems: [] })
})

t.test('an entry that was changed is named', async (t) => {
  const { trail, hands, rows } = await filled(t, 20)
  const all = rows.map(([, fields]) => fields)
  all[7]![1] = all[7]![1]!.replace('job 7', 'job 8')
  await hands.del('{audit}:log')
  for (const fields of all) await hands.xadd('{audit}:log', '*', ...fields)
  t.match(await trail.verify(), { entries: 20, problems: [/entry 8 .* was changed/] })
})

t.test('an entry that was taken out of the middle is missed', async (t) => {
  const { trail, hands, rows } = await filled(t, 20)
  await hands.xdel('{audit}:log', rows[4]![0])
  t.match((await trail.verify()).problems, [/entries 5 to 5 are missing/])
})

t.test('newest entries that were cut off are missed', async (t) => {
  const { trail, hands, rows } = await filled(t, 20)
  await hands.xdel('{audit}:log', rows[18]![0], rows[19]![0])
  t.match((await trail.verify()).problems, [/newest entries are missing/])
})

t.test('a chain cut with its end rewritten is betrayed by a head that was noted', async (t) => {
  const { trail, hands, rows } = await filled(t, 20)
  const { head } = await trail.verify()
  await hands.xdel('{audit}:log', rows[19]![0])
  await hands.set('{audit}:head', `19:${rows[18]![1][3]}`)
  t.match((await trail.verify(head)).problems, [/cut or rewritten/])
})

t.test('a chain written without the key does not verify', async (t) => {
  const { redis, hands } = await filled(t, 3)
  const config = { durability: 'strict' as const, commandTimeoutMs: 2000 }
  const door = await openRedis({ socket: redis.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  await hands.del('{audit}:log', '{audit}:head')
  const forged = openAudit(door, 'ff'.repeat(32), 400, silentLog)
  await forged.record(entry(1))
  t.match((await (await openTrail(t, redis)).verify()).problems, [/entry 1 .* was changed/])
})

t.test('what is older than retention goes, and the rest still verifies', async (t) => {
  const redis = await startRedis(t)
  const trail = await openTrail(t, redis)
  await Promise.all(Array.from({ length: 300 }, (_, nth) => trail.record(entry(nth))))
  const later = await openTrail(t, redis, () => Date.now() + 401 * 86_400_000)
  await later.record(entry(300))
  const verdict = await later.verify()
  t.ok(verdict.entries < 301, `${verdict.entries} entries are left`)
  t.same(verdict.problems, [])
})

t.test(
  'pushes, erasures, refusals and keys leave their entry; the command verifies and exports',
  async (t) => {
    const gateway = await startGateway(t)
    const agencyKey = await gateway.agencyKey('H45.12')
    const ask = (method: string, dossierNo: string, body?: unknown) =>
      fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, {
        method,
        headers: {
          authorization: `Bearer ${agencyKey}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    const update = { dossierStatus: 'processing', eventTime: '2024-08-23T09:00:00+07:00' }
    t.equal((await ask('PUT', 'H45.12-240823-0001', update)).status, 200)
    t.equal((await ask('PUT', 'H45.12-240823-0001', update)).status, 200)
    t.equal((await ask('PUT', 'H45.01-240823-0001', update)).status, 403)
    t.equal((await ask('DELETE', 'H45.12-240823-0001')).status, 204)
    const id = agencyKey.split('_')[1]!
    t.equal((await gateway.command('keys', 'revoke', id)).code, 0)

    const exported = await gateway.command('audit', 'export')
    const entries = exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
    t.match(
      entries.map(({ who, what, on, result }) => [who!.replace(/operator .*/, 'operator'), what, on, result]),
      [
        ['operator', 'keys.create', id, 'agency H45.12'],
        [`key ${id}`, 'dossier.put', 'H45.12-240823-0001', 'applied'],
        [`key ${id}`, 'dossier.put', 'H45.12-240823-0001', 'duplicate'],
        [`key ${id}`, 'dossier.forbidden', 'H45.01', 'refused'],
        [`key ${id}`, 'dossier.erase', 'H45.12-240823-0001', 'erased'],
        ['operator', 'keys.revoke', id, 'revoked'],
      ],
    )
    const verified = await gateway.command('audit', 'verify', '--json')
    t.equal(verified.code, 0)
    t.match(JSON.parse(verified.stdout), { ok: true, entries: 6, problems: [] })
  },
)
