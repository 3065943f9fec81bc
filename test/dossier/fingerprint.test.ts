// A store remembers the keys and indexes its printed numbers depend on; a gateway with others is refused at start.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import type { Agency } from '../../src/dossier/agency.js'
import { fingerprintOf, requireFingerprint } from '../../src/dossier/store/fingerprint.js'
import { changeStream, placeOf, shardTags } from '../../src/dossier/store/places.js'
import { watchStore } from '../../src/dossier/store/same-store.js'
import { type Log, silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'
import { until } from '../sms/room.js'

const [one, other] = ['a1'.repeat(32), 'b2'.repeat(32)]
const secrets = { lookupKey: one, phoneKey: one }
const agency = (code: string, index: number, aliases: string[] = []): Agency => ({
  code,
  index,
  aliases,
  name: code,
  shortName: code,
  phone: '',
  address: '',
  patterns: [],
})

t.test('what hangs on a store is fixed once something was printed of it', async (t) => {
  const redis = await startRedis(t)
  const door = await openRedis(
    { socket: redis.socket, config: { durability: 'strict', commandTimeoutMs: 2000 } },
    silentLog,
    openMetrics(),
  )
  t.teardown(() => door.close())
  const require = (its: Partial<typeof secrets> & { lookupKeyPrevious?: string }, agencies: Agency[]) =>
    requireFingerprint(door, { secrets: { ...secrets, ...its }, agencies })
  const office = agency('H45.12', 12)

  t.same(await require({}, [office]), { lookupKey: fingerprintOf(one), phoneKey: fingerprintOf(one) })
  await require({ lookupKey: other, phoneKey: other }, [agency('H45.13', 12)])
  t.pass('nobody works on it and nothing was printed: keys and indexes may still be chosen')
  await require({}, [office])
  await door.request.set('live:0123456789ab', '1')
  await t.rejects(require({ phoneKey: other }, [office]), { code: 'config-invalid' }, 'a gateway works on it')
  await t.rejects(
    require({}, [agency('H45.13', 12)]),
    /index 12 stands for H45\.12 at a gateway that runs/,
    'two gateways would read one number as two offices',
  )
  await require({}, [office, agency('H45.13', 13)])
  await door.request.del('live:0123456789ab')

  // A dossier, as the store writes it.
  const { record, field } = placeOf({
    text: '',
    issuer: 'H45.12',
    agency: 'H45.12',
    day: 9000,
    sequence: '0001',
  })
  await door.request.hset(record, field, 'x')
  await door.request.xadd(changeStream(shardTags[0]!), '*', 'c', 'x')
  await t.rejects(require({ lookupKey: other }, [office]), /another secrets\.lookupKey/)
  await t.rejects(require({ phoneKey: other }, [office]), /another secrets\.phoneKey/)
  await t.rejects(require({}, [agency('H45.13', 12)]), /index 12 stands for H45\.12/)
  await require({}, [agency('H45.99', 12, ['H45.12'])])
  t.pass('the same office under a new code, its former one an alias')
  await require({ lookupKey: other, lookupKeyPrevious: one }, [office])
  await require({ lookupKey: other }, [office])
  t.pass('a key that was changed by way of lookupKeyPrevious')
  await t.rejects(
    require({}, [office]),
    /another secrets\.lookupKey/,
    'and the former one alone is the wrong one now',
  )
})

t.test('a Redis that comes back empty, or with the store of somebody else, is told', async (t) => {
  const redis = await startRedis(t)
  const gateway = await startGateway(t, { redis: { url: `unix://${redis.socket}` }, sms: { enabled: false } })
  const server = new Redis(redis.socket)
  t.teardown(() => server.disconnect())
  const comesBack = async (evt: string) => {
    const line = gateway.waitFor(evt)
    await server.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    return line
  }
  const prints = await server.hgetall('fingerprint:keys')
  await comesBack('redis.up')
  await server.flushall()
  t.equal((await comesBack('store.emptied')).level, 'error')
  t.same(await server.hgetall('fingerprint:keys'), prints, 'and is marked, so that no other keys come to it')
  await server.hset('fingerprint:keys', 'phoneKey', 'other')
  t.match(await comesBack('store.replaced'), { level: 'error', says: /another secrets\.phoneKey/ })
  t.equal((await server.hgetall('fingerprint:keys')).phoneKey, 'other', 'whose store stays as it is')
  t.equal(gateway.lines.filter(({ evt }) => evt.startsWith('store.')).length, 3)
})

t.test('a Redis that is emptied while it runs is told, once, and marked again', async (t) => {
  const redis = await startRedis(t)
  const door = await openRedis(
    { config: { url: redis.socket, durability: 'strict', commandTimeoutMs: 2000 } },
    silentLog,
    openMetrics(),
  )
  t.teardown(() => door.close())
  const told: string[] = []
  const log = { ...silentLog, error: ({ evt }: { evt: string }) => void told.push(evt) } as unknown as Log
  let found = ['another secrets.phoneKey']
  let looks = 0
  const marks = {
    isMarked: async () => (await door.request.exists('mark')) === 1,
    mark: () => door.request.set('mark', '1'),
    contradictions: async () => {
      looks++
      return found
    },
  }
  await marks.mark()
  const watch = watchStore(door, marks, log, 20)
  t.teardown(() => watch.close())
  const untilLooked = (more: number) => {
    const wanted = looks + more
    return until(`it looked ${more} times more`, () => looks >= wanted)
  }
  await untilLooked(3)
  t.same(told, ['store.replaced'], 'what contradicts is told when it changes')
  found = []
  await untilLooked(2)
  await door.request.flushall()
  await untilLooked(2)
  t.same(told, ['store.replaced', 'store.emptied'])
})

t.test('two data folders on one Redis are two lookup keys: the second gateway does not start', async (t) => {
  const redis = await startRedis(t)
  const config = { redis: { url: `unix://${redis.socket}` }, sms: { enabled: false } }
  const first = await startGateway(t, config)
  const told = await first.waitFor('store.fingerprint', () => true, true)
  t.match(told.lookupKey, /^[\w-]{12}$/)
  const second = startGateway(t, config)
  await t.rejects(second, /ended with 78[\s\S]*another secrets\.lookupKey/)
  const { code, stdout } = await first.command('doctor', '--json')
  t.equal(code, 0, stdout)
  writeFileSync(
    join(first.directory, 'data/secrets.json'),
    JSON.stringify({ lookupKey: other, phoneKey: one, adminKey: one }),
  )
  const { findings } = JSON.parse((await first.command('doctor', '--json')).stdout) as {
    findings: { check: string; state: string; says: string }[]
  }
  t.ok(
    findings.some(({ check, state }) => check === 'store' && state === 'fail'),
    'doctor names it',
  )
})

t.test('a stopped gateway whose secrets are gone or of another store: each tool says so', async (t) => {
  const gateway = await startGateway(t, { sms: { enabled: false } })
  const code = '000.00.15.H45'
  const put = await fetch(`${gateway.http}/v1/dossiers/${code}-190521-0003`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await gateway.agencyKey(code)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ dossierStatus: 'processing', eventTime: '2026-11-20T09:00:00+07:00' }),
  })
  t.equal(put.status, 200)
  await gateway.kill('SIGTERM')
  const file = join(gateway.directory, 'data/secrets.json')
  const kept = readFileSync(file, 'utf8')
  const failures = async () => {
    const { findings } = JSON.parse((await gateway.command('doctor', '--json')).stdout) as {
      findings: { check: string; state: string; says: string }[]
    }
    return findings.filter(({ state }) => state === 'fail')
  }
  t.same(await failures(), [], 'as long as they are its own')

  writeFileSync(file, JSON.stringify({ ...JSON.parse(kept), lookupKey: other }))
  t.match(await failures(), [{ check: 'store', says: /another secrets\.lookupKey/ }])
  await t.rejects(gateway.start(), /ended with 78/)

  rmSync(file)
  const listed = await gateway.command('keys', 'list')
  t.match(listed, { code: 78, stderr: /secrets\.json is gone: restore it from the backup/ })
  t.notOk(existsSync(file), 'no keys of nobody stand in the place of the lost ones')
  t.match(await failures(), [{ check: 'secrets', says: /is gone but there is data/ }])

  writeFileSync(file, kept, { mode: 0o600 })
  renameSync(join(gateway.directory, 'data/redis'), join(gateway.directory, 'redis'))
  writeFileSync(file, JSON.stringify({ ...JSON.parse(kept), lookupKey: other }), { mode: 0o600 })
  t.same(await failures(), [], 'a store that is moved away takes its note with it')
})

t.test('a second gateway with another retention is told of, one with the same settings is not', async (t) => {
  const redis = await startRedis(t)
  const config = {
    redis: { url: `unix://${redis.socket}` },
    sms: { enabled: false },
    secrets: { lookupKey: one, phoneKey: one },
    retention: { closedDays: 730, auditDays: 400 },
  }
  const first = await startGateway(t, config)
  const same = await startGateway(t, { ...config, retention: { auditDays: 400, closedDays: 730 } })
  const odd = await startGateway(t, {
    ...config,
    retention: { closedDays: 30 },
    office: { dayEnds: '16:30' },
  })
  const told = ({ lines }: typeof first) => lines.filter(({ evt }) => evt === 'gateway.settings-differ')
  t.same(told(first), [])
  t.same(told(same), [])
  t.match(told(odd), [{ level: 'warn', keys: ['retention', 'office'] }, { keys: ['retention', 'office'] }])
  for (const gateway of [first, same, odd]) t.equal(await gateway.kill('SIGTERM'), 0)
  await odd.start()
  t.equal(told(odd).length, 2, 'those that have ended are not compared with')
})
