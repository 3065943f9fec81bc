// The audit trail on a real Redis: several writers make one ordered chain, and tampering is detected.
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import { type Audit, openAudit } from '../../src/access/audit.js'
import { readNotes, writeNotes } from '../../src/access/audit-notes.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { startGateway } from '../peers/gateway.js'
import { type RedisPeer, startRedis, type Teardown } from '../peers/redis.js'

const key = '0a'.repeat(32)

async function openTrail(t: Teardown, redis: RedisPeer, now?: () => number, note?: string): Promise<Audit> {
  const config = { durability: 'strict' as const, commandTimeoutMs: 2000 }
  const door = await openRedis({ socket: redis.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  return openAudit(door, key, 400, silentLog, now, note)
}

const entry = (nth: number) => ({
  who: 'desk quay-1',
  what: 'receipt.print',
  on: `job ${nth}`,
  result: 'done',
})

/** A trail of `count` entries, and a direct connection to Redis for tampering. */
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

t.test('an entry recorded while the last one is being settled is written too', async (t) => {
  const trail = await openTrail(t, await startRedis(t))
  // The second is recorded while the first's promise is being resolved; no later entry would start the writer.
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

t.test('an entry removed from the middle is detected', async (t) => {
  const { trail, hands, rows } = await filled(t, 20)
  await hands.xdel('{audit}:log', rows[4]![0])
  t.match((await trail.verify()).problems, [/entries 5 to 5 are missing/])
})

t.test('truncation of the newest entries is detected', async (t) => {
  const { trail, hands, rows } = await filled(t, 20)
  await hands.xdel('{audit}:log', rows[18]![0], rows[19]![0])
  t.match((await trail.verify()).problems, [/newest entries are missing/])
})

t.test('a truncated chain with a rewritten head contradicts a head noted earlier', async (t) => {
  const { trail, hands, rows } = await filled(t, 20)
  const { head } = await trail.verify()
  await hands.xdel('{audit}:log', rows[19]![0])
  await hands.set('{audit}:head', `19:${rows[18]![1][3]}`)
  t.match((await trail.verify(head)).problems, [/the head, .* was rewritten/, /cut, rewritten/])
})

t.test('the loss of any part of the chain is detected', async (t) => {
  type Row = [label: string, harm: (hands: Redis, ids: string[]) => Promise<unknown>, says: RegExp]
  const rows: Row[] = [
    ['the oldest', (hands, ids) => hands.xdel('{audit}:log', ids[0]!, ids[1]!), /entries 1 to 2 are missing/],
    ['all entries', (hands) => hands.del('{audit}:log'), /newest entries are missing/],
    ['all entries and the head', (hands) => hands.del('{audit}:log', '{audit}:head'), /head noted earlier/],
    [
      'the first entry, rewritten',
      async (hands, ids) => {
        const kept = await hands.xrange('{audit}:log', '-', '+')
        await hands.del('{audit}:log')
        kept[0]![1][1] = kept[0]![1][1]!.replace('job 0', 'job 9')
        for (const [nth, [, fields]] of kept.entries()) await hands.xadd('{audit}:log', ids[nth]!, ...fields)
      },
      /entry 1 .* was changed/,
    ],
    ...['y', '[1,2', '{}', 'null', '["6",1,2,3,4,5]', '[6,"","","","",{}]'].map(
      (line) =>
        [
          `${line} put behind the last`,
          (hands: Redis) => hands.xadd('{audit}:log', '*', 'e', line, 'h', 'x'),
          /what follows entry 5 is no entry/,
        ] as Row,
    ),
    [
      'everything, put back as it was earlier',
      async (hands, ids) => {
        const trail = await openTrail(t, redis)
        const { head } = await trail.verify()
        const stored = await hands.get('{audit}:head')
        await trail.record(entry(99))
        await trail.close()
        await hands.xtrim('{audit}:log', 'MAXLEN', 0)
        t.ok(head && stored && ids.length)
        await hands.del('{audit}:log')
        await hands.set('{audit}:head', '0:')
      },
      /missing|rewritten/,
    ],
  ]
  let redis!: RedisPeer
  for (const [label, harm, says] of rows) {
    redis = await startRedis(t)
    const note = join(t.testdir(), 'audit-head')
    const trail = await openTrail(t, redis, undefined, note)
    for (let nth = 0; nth < 5; nth++) await trail.record(entry(nth))
    await trail.close()
    const hands = new Redis(redis.socket)
    t.teardown(() => hands.disconnect())
    const ids = (await hands.xrange('{audit}:log', '-', '+')).map(([id]) => id)
    t.same((await trail.verify()).problems, [], label)
    await harm(hands, ids)
    t.match((await trail.verify()).problems.join('\n'), says, label)
    // A gateway is started twice on it, and each time somebody does something.
    for (const nth of [1, 2]) {
      const next = await openTrail(t, redis, undefined, note)
      for (let more = 0; more < 9; more++) await next.record(entry(nth))
      await next.close()
    }
    const { problems } = await (await openTrail(t, redis, undefined, note)).verify()
    t.not(problems.length, 0, `${label}: what is done later does not cover it up`)
  }
})

t.test('a gateway that ends after a command does not forget the head that the command noted', async (t) => {
  for (const isCut of [false, true]) {
    const redis = await startRedis(t)
    const note = join(t.testdir(), 'audit-head')
    const gateway = await openTrail(t, redis, undefined, note)
    await gateway.record(entry(1))
    const hands = new Redis(redis.socket)
    t.teardown(() => hands.disconnect())
    const before = await hands.get('{audit}:head')
    const command = await openTrail(t, redis, undefined, note)
    await command.record(entry(2))
    await command.record(entry(3))
    await command.close()
    const { head } = await command.verify()
    if (isCut) {
      // The store is put back as it was before the command, seal of the head and all.
      const [, second, third] = await hands.xrange('{audit}:log', '-', '+')
      await hands.xdel('{audit}:log', second![0], third![0])
      await hands.set('{audit}:head', before!)
      t.match((await gateway.verify()).problems, [/head noted earlier \(3\)/])
      for (const nth of [4, 5, 6]) await gateway.record(entry(nth))
    }
    await gateway.close()
    const kept = readFileSync(note, 'utf8').trim().split('\n')
    t.equal(kept[0], head)
    t.equal(kept.length, isCut ? 2 : 1)
    const { problems } = await (await openTrail(t, redis, undefined, note)).verify()
    t.match(problems, isCut ? [/head noted earlier \(3\)/] : [])
    t.equal(problems.length, isCut ? 1 : 0)
  }
})

t.test('whatever stands in the place of the chain is told, and is no crash', async (t) => {
  for (const [key, says] of [
    ['{audit}:log', /audit\}:log was replaced by a hash\n.*should end at 3/s],
    ['{audit}:head', /audit\}:head was replaced by a hash\n.*should end at 0/s],
    ['{audit}:anchor', /audit\}:anchor was replaced by a hash/],
  ] as const) {
    const { trail, hands } = await filled(t, 3)
    await hands.del(key)
    await hands.hset(key, 'a', 'b')
    t.match((await trail.verify()).problems.join('\n'), says, key)
  }
  const { trail, hands, rows } = await filled(t, 3)
  await hands.xadd('{audit}:log', '*', ...rows[1]![1])
  t.match((await trail.verify()).problems[0], /^entry 2 \(.*\) comes after entry 3: /)
})

t.test('the notes are replaced, never emptied and written anew', async (t) => {
  const file = join(t.testdir({ 'audit-head': '1:a\n' }), 'audit-head')
  const before = openSync(file, 'r')
  t.teardown(() => closeSync(before))
  writeNotes(file, ['1:a', '2:b'])
  t.equal(readFileSync(before, 'utf8'), '1:a\n', 'a power cut finds the former file or the new one')
  t.same(readNotes(file), ['1:a', '2:b'])
  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test('the anchor is sealed: the oldest kept entry cannot be cut or rewritten either', async (t) => {
  const redis = await startRedis(t)
  const trail = await openTrail(t, redis)
  for (let nth = 0; nth < 20; nth++) await trail.record(entry(nth))
  const later = await openTrail(t, redis, () => Date.now() + 401 * 86_400_000)
  await later.record(entry(20))
  const hands = new Redis(redis.socket)
  t.teardown(() => hands.disconnect())
  // By Redis's clock entry 20 is as old as the rest and is removed with them; later ones stay.
  const again = await openTrail(t, redis)
  for (let nth = 21; nth < 25; nth++) await again.record(entry(nth))
  t.same((await again.verify()).problems, [])
  const [first] = await hands.xrange('{audit}:log', '-', '+', 'COUNT', 1)
  await hands.xdel('{audit}:log', first![0])
  t.match((await again.verify()).problems, [/are missing/])
})

t.test('a chain written without the key does not verify', async (t) => {
  const { redis, hands } = await filled(t, 3)
  const config = { durability: 'strict' as const, commandTimeoutMs: 2000 }
  const door = await openRedis({ socket: redis.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  await hands.del('{audit}:log', '{audit}:head')
  const forged = openAudit(door, 'ff'.repeat(32), 400, silentLog)
  await forged.record(entry(1))
  t.match((await (await openTrail(t, redis)).verify()).problems, [
    /the head, .* rewritten/,
    /entry 1 .* was changed/,
  ])
})

t.test('entries past retention are removed, and the rest still verifies', async (t) => {
  const redis = await startRedis(t)
  const trail = await openTrail(t, redis)
  await Promise.all(Array.from({ length: 300 }, (_, nth) => trail.record(entry(nth))))
  const later = await openTrail(t, redis, () => Date.now() + 401 * 86_400_000)
  await later.record(entry(300))
  const verdict = await later.verify()
  t.ok(verdict.entries < 301, `${verdict.entries} entries are left`)
  t.same(verdict.problems, [])
})

t.test('pushes, erasures, refusals and keys are recorded; the command verifies and exports', async (t) => {
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
})
