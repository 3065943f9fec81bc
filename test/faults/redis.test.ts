// Redis away, mute, slow, full, read-only, emptied, failed over: what people are told meanwhile, and that all is well
// again afterwards. The built gateway, real redis-servers, and a proxy that loses packets between them.
// REDIS_AWAY_MINUTES=30 keeps Redis away for so long while memory is watched; a moment otherwise.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startFaultProxy } from '../peers/fault-proxy.js'
import { type GatewayPeer, startGateway } from '../peers/gateway.js'
import { startCluster, startRedis, startSentinel } from '../peers/redis.js'

const awayMs = Number(process.env.REDIS_AWAY_MINUTES ?? 0) * 60_000
t.setTimeout(240_000 + awayMs)
// Each test has its own servers and mostly waits, so they run at the same time.
t.jobs = 2
const number = '000.00.15.H45-190521-0003'
const longestWaitMs = 3000

async function openOffice(t: Test, redis: Record<string, unknown>, sms: Record<string, unknown> = {}) {
  const gateway = await startGateway(t, {
    redis,
    sms,
    lookup: { freeTries: 10_000, maxTries: 10_000, maxMisses: 10_000, maxBlockMisses: 10_000 },
  })
  const key = await gateway.agencyKey('000.00.15.H45')
  let version = 0
  const put = () =>
    fetch(`${gateway.http}/v1/dossiers/${number}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        dossierStatus: 'processing',
        eventTime: new Date().toISOString(),
        version: ++version,
      }),
      signal: AbortSignal.timeout(10_000),
    })
  /** What a citizen is told; the promise is an answer within 3 s, whatever happens. */
  const ask = (no = number) =>
    fetch(`${gateway.http}/v1/status/${no}`, { signal: AbortSignal.timeout(longestWaitMs) })
  return { gateway, put, ask }
}

/** Asks until it succeeds; nobody may be told "unknown" meanwhile. */
async function untilBack(
  t: Test,
  what: string,
  ask: () => Promise<Response>,
  withinMs: number,
): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer?.status === 200) return void t.pass(`${what}: back`)
    if (answer && answer.status !== 503) return void t.fail(`${what}: told ${answer.status}`)
    if (Date.now() > deadline) return void t.fail(`${what}: not back within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const residentMiB = ({ pid }: GatewayPeer) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

t.test('a single Redis that is slow, hangs, is away or comes back', async (t) => {
  const redis = await startRedis(t)
  const line = await startFaultProxy(t, { path: redis.socket })
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const direct = new Redis(redis.socket)
  direct.on('error', () => {})
  t.teardown(() => direct.disconnect())
  const { gateway, put, ask } = await openOffice(
    t,
    { url: `redis://127.0.0.1:${line.port}` },
    { links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }] },
  )
  t.equal((await put()).status, 200)
  t.equal((await ask()).status, 200)
  await smsc.until('the link is bound', () => smsc.boundCount === 1)

  await t.test('F-04: away, every channel says so, memory is flat, and all is back', async (t) => {
    await redis.kill()
    const told = await ask()
    t.equal(told.status, 503)
    t.ok(Number(told.headers.get('retry-after')) > 0)
    t.match(await told.json(), { code: 'unavailable' })
    t.equal((await ask('000.00.15.H45-190521-0999')).status, 503, 'what was never there is not "unknown" now')
    const pushed = await put()
    t.equal(pushed.status, 503)
    t.ok(Number(pushed.headers.get('retry-after')) > 0)
    t.equal((await fetch(`${gateway.http}/readyz`)).status, 503)
    t.equal((await fetch(`${gateway.http}/livez`)).status, 200, 'the process itself lives')
    const mo = smsc.text('84901234567', `HS ${number}`)
    await smsc.until('the text was refused', () => mo.answers.length > 0)
    t.equal(mo.answers[0], 0x64, 'ESME_RX_T_APPN: the SMSC keeps it')
    const before = residentMiB(gateway)
    const until = Date.now() + awayMs
    let rounds = 0
    for (; rounds < 40 || Date.now() < until; rounds++) {
      const statuses = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const answer = await ask()
          await answer.arrayBuffer()
          return answer.status
        }),
      )
      const told = [...new Set(statuses)]
      if (told.length > 1 || told[0] !== 503) t.fail(`round ${rounds}: ${told.join()}`)
    }
    const grown = Math.round(residentMiB(gateway) - before)
    t.ok(grown < 64, `memory after ${rounds * 50} questions: ${grown} MiB more`)
    await redis.start()
    await untilBack(t, 'lookups', ask, 5000)
    await untilBack(t, 'pushes', put, 5000)
    await mo.taken
    await smsc.until('the text is answered after all', () =>
      smsc.received.some(({ to }) => to === '84901234567'),
    )
  })

  await t.test('F-04: mute, answers come within three seconds all the same', async (t) => {
    const isTold = gateway.waitFor('redis.down')
    line.set({ blackHole: true })
    t.equal((await ask()).status, 503)
    t.equal((await ask()).status, 503)
    t.equal((await put()).status, 503)
    await isTold
    const readiness = async () => (await fetch(`${gateway.http}/readyz`)).status
    t.equal(await readiness(), 503)
    const asked = Date.now()
    t.equal((await ask()).status, 503)
    t.ok(Date.now() - asked < 1000, 'nobody waits any more either')
    // Dropped packets never arrive: the connection from before the fault would stay mute for ever.
    line.set({ blackHole: false })
    await untilBack(t, 'lookups', ask, 5000)
    t.equal(await readiness(), 200)
  })

  await t.test('F-05: slow, nobody waits behind the others', async (t) => {
    line.set({ delayMs: 400 })
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await ask()).status))
    t.same([...new Set(statuses)], [200], 'a hundred at once, each in the time of one')
    line.set({ delayMs: 0 })
  })

  await t.test('F-05: two seconds slow, everybody is told in time, and nothing piles up', async (t) => {
    // A second each way; `ask` gives up after three.
    line.set({ delayMs: 1000 })
    const mo = smsc.text('84902345678', `HS ${number}`)
    const before = residentMiB(gateway)
    for (let wave = 0; wave < 3; wave++) {
      const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await ask()).status))
      t.same(
        statuses.filter((status) => status !== 200 && status !== 503),
        [],
        'a hundred at once, each answered or told "unavailable" within three seconds',
      )
    }
    t.ok([200, 503].includes((await put()).status), 'a push is taken or refused, never left hanging')
    t.equal((await fetch(`${gateway.http}/livez`)).status, 200)
    t.ok(residentMiB(gateway) - before < 64, 'memory is flat')
    line.set({ delayMs: 0 })
    await untilBack(t, 'lookups', ask, 5000)
    await untilBack(t, 'pushes', put, 5000)
    await mo.taken
    await smsc.until('the text is answered', () => smsc.received.some(({ to }) => to === '84902345678'))
    const next = smsc.replyTo('84902345679', 20_000)
    await smsc.text('84902345679', `HS ${number}`).taken
    t.ok(await next)
    t.equal(smsc.received.filter(({ to }) => to === '84902345678').length, 1, 'once')
  })

  await t.test(
    'F-06: full, read-only or without its disk, updates are refused and lookups go on',
    async (t) => {
      const troubles: Record<string, [ill: string[], well: string[]]> = {
        full: [
          ['CONFIG', 'SET', 'maxmemory', '1'],
          ['CONFIG', 'SET', 'maxmemory', '0'],
        ],
        'without replicas': [
          ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
          ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
        ],
        'read-only': [
          ['REPLICAOF', '127.0.0.1', '1'],
          ['REPLICAOF', 'NO', 'ONE'],
        ],
      }
      for (const [name, [ill, well]] of Object.entries(troubles)) {
        await direct.call(ill[0]!, ...ill.slice(1))
        await untilBack(t, `lookups while ${name}`, ask, 5000)
        const refused = await put()
        t.equal(refused.status, 503, name)
        t.match(refused.headers.get('content-type'), /problem\+json/)
        t.match(await refused.json(), { code: 'unavailable' }, name)
        // A refusal as by a former master makes the gateway look for the new one, which takes a moment.
        await untilBack(t, `lookups go on while ${name}`, ask, 2000)
        await direct.call(well[0]!, ...well.slice(1))
        await untilBack(t, `pushes after ${name}`, put, 5000)
      }
    },
  )

  await t.test('lost and empty: it fills again, and nothing has to be restarted', async (t) => {
    await direct.flushall()
    // Keys are gone with everything else, so an operator makes a new one; nothing else is done by hand.
    const key = await gateway.agencyKey('000.00.15.H45')
    const again = await fetch(`${gateway.http}/v1/dossiers/${number}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ dossierStatus: 'finished', eventTime: new Date().toISOString() }),
    })
    t.equal(again.status, 200)
    t.equal((await ask()).status, 200)
    const reply = smsc.replyTo('84907654321', 20_000)
    await smsc.text('84907654321', `HS ${number}`).taken
    t.match((await reply)?.text, /Da co ket qua/)
  })

  await t.test('X-08: a broken configuration on SIGHUP is told, and the last good one stays', async (t) => {
    const good = readFileSync(gateway.configFile, 'utf8')
    const shipped = readFileSync('config/wording.vi.yaml', 'utf8')
    const wording = join(gateway.directory, 'wording.vi.yaml')
    const withWording = `${good}wording: { vi: ${wording} }\n`
    const hup = async (file: string, evt: string) => {
      writeFileSync(gateway.configFile, file)
      const told = gateway.waitFor(evt)
      process.kill(gateway.pid, 'SIGHUP')
      return told
    }
    const label = async () => ((await (await ask()).json()) as { words: { label: string } }).words.label
    const before = await label()
    t.match(await hup('http: [', 'gateway.not-reloaded'), { level: 'error' })
    t.match(JSON.stringify(await hup(`${good}smss: {}\n`, 'gateway.not-reloaded')), /smss/)
    writeFileSync(wording, shipped.replace(/\{number\}|\{no\}|\{date\}/, '{nothing}'))
    await hup(withWording, 'gateway.not-reloaded')
    t.equal(await label(), before)
    writeFileSync(wording, shipped.replaceAll(before, 'Xong rồi nhé'))
    await hup(withWording, 'gateway.reloaded')
    t.equal(await label(), 'Xong rồi nhé', 'and a good one is taken over while it runs')
    t.equal(smsc.boundCount, 1)
    await hup(good, 'gateway.reloaded')
    t.equal(await label(), before)
  })
})

t.test(
  'F-07: a Redis that forgets or keeps nothing on disk is not started on in strict durability',
  async (t) => {
    for (const [settings, says] of [
      [['maxmemory-policy allkeys-lru'], /noeviction/],
      [['appendonly no'], /appendonly yes/],
    ] as const) {
      const redis = await startRedis(t, settings)
      const started = startGateway(t, { redis: { url: `unix://${redis.socket}`, durability: 'strict' } })
      await t.rejects(started, says, settings[0])
      await t.rejects(started, /ended with 78/)
    }
  },
)

t.test('F-06: the disk of Redis is full', async (t) => {
  const mounted = mkdtempSync(join(tmpdir(), 'dgw-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', mounted], { stdio: 'ignore' })
  } catch {
    rmSync(mounted, { recursive: true })
    t.pass('skipped: needs root, to mount a small tmpfs', { skip: 'needs root, to mount a small tmpfs' })
    return
  }
  t.teardown(() => {
    execFileSync('umount', ['-l', mounted])
    rmSync(mounted, { recursive: true, force: true })
  })
  const place = process.env.TMPDIR
  process.env.TMPDIR = mounted
  const redis = await startRedis(t)
  if (place === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = place
  const { put, ask } = await openOffice(t, { url: `unix://${redis.socket}` })
  t.equal((await put()).status, 200)
  const filler = join(mounted, 'filler')
  try {
    writeFileSync(filler, Buffer.alloc(8_000_000))
  } catch {} // ENOSPC: as meant
  // With appendfsync always Redis ends rather than acknowledge what it could not write.
  const deadline = Date.now() + 20_000
  let status = 200
  while (status === 200 && Date.now() < deadline) ({ status } = await put())
  t.equal(status, 503, 'an update that is not on disk is not acknowledged')
  t.not((await ask()).status, 404)
  rmSync(filler)
  await redis.kill()
  await redis.start()
  await untilBack(t, 'pushes', put, 5000)
  await untilBack(t, 'lookups', ask, 5000)
})

t.test('F-03: Sentinel fails over, and lookups never say "unknown" meanwhile', async (t) => {
  const sentinel = await startSentinel(t)
  const { put, ask } = await openOffice(t, {
    sentinels: { name: sentinel.name, nodes: sentinel.nodes },
  })
  t.equal((await put()).status, 200)
  const replicaHasIt = new Redis({ sentinels: [...sentinel.nodes], name: sentinel.name })
  replicaHasIt.on('error', () => {})
  t.equal(await replicaHasIt.wait(1, 5000), 1, 'the replica is in step')
  replicaHasIt.disconnect()
  await sentinel.killMaster()
  await untilBack(t, 'lookups', ask, 30_000)
  await untilBack(t, 'pushes', put, 30_000)
})

t.test('a node of a cluster is lost: what it held is unavailable, not unknown', async (t) => {
  const cluster = await startCluster(t)
  const { put, ask } = await openOffice(t, { cluster: cluster.nodes, durability: 'everysec' })
  t.equal((await put()).status, 200)
  t.equal((await ask()).status, 200)
  await cluster.killNode(0)
  const told = new Set<number>()
  for (let nth = 0; nth < 30; nth++)
    told.add((await ask(`000.00.15.H45-1905${String(1 + nth).padStart(2, '0')}-0003`)).status)
  t.ok(told.has(503), `told ${[...told].join()}`)
  t.notOk(told.has(500))
})
