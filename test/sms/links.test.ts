// Links as an operator meets them: their modes, and their behaviour when the SMSC is slow or gone.
import { execFileSync } from 'node:child_process'
import dns from 'node:dns'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTls } from 'node:tls'
import t from 'tap'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { Caller } from '../../src/sms/carriers/http/caller.js'
import { resolve } from '../../src/sms/carriers/http/resolved.js'
import type { HttpConfig } from '../../src/sms/carriers/http/settings.js'
import { testBind } from '../../src/sms/carriers/smpp/bind-probe.js'
import type { SmppConfig } from '../../src/sms/carriers/smpp/settings.js'
import { Pace } from '../../src/sms/pipeline/pace.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { startScriptedSmsc } from '../peers/scripted-smsc.js'
import { linkTo, openRoom, until } from './room.js'

const number = '000.00.15.H45-190521-0003'
const wide = { replies: 1000, perDay: 10_000, identical: 1000 }

t.test('pace follows the agreed throughput, and the SMSC when it takes less', async (t) => {
  const agreed = new Pace(100, 0)
  t.equal(agreed.available(0), 10, 'a tenth of a second at once')
  agreed.take(10)
  t.equal(agreed.available(0), 0)
  t.equal(agreed.available(50), 5)
  const free = new Pace(0, 0)
  t.equal(free.available(0), Number.POSITIVE_INFINITY)
  for (let nth = 0; nth < 1000; nth++) free.answered(nth % 10 !== 0, nth)
  t.equal(free.perSecond, Number.POSITIVE_INFINITY, 'one refusal in ten is no reason to slow down')
  for (let nth = 1000; nth < 2000; nth++) free.answered(nth % 10 === 0, nth)
  t.ok(free.perSecond < 200, `${free.perSecond} a second after 100 a second got through`)
  for (let nth = 2000; nth < 9000; nth++) free.answered(true, nth)
  t.equal(free.perSecond, Number.POSITIVE_INFINITY, 'and back')
})

t.test('a link', async (t) => {
  const redis = await startRedis(t)

  await t.test('binds a transmitter and a receiver, several times, and unbinds when it closes', async (t) => {
    const fake = await startFakeSmsc()
    t.teardown(() => fake.close())
    const room = await openRoom(t, redis, {
      links: [linkTo(fake, { bindMode: 'split', binds: 2 })],
      perSender: wide,
    })
    await room.dossier(number)
    await fake.until('four sessions are bound', () => fake.boundCount === 4)
    const reply = fake.replyTo('84901234567')
    fake.text('84901234567', `HS ${number}`)
    t.match((await reply)?.text, /Dang xu ly/)
    await room.close()
    t.equal(fake.counts.unbinds, 4)
  })

  await t.test('speaks TLS and checks the certificate', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'dgw-tls-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    )
    const fake = await startFakeSmsc()
    t.teardown(() => fake.close())
    const lines = new Set<Socket>()
    const front = createTls({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
      const back = connect(fake.port, '127.0.0.1')
      for (const one of [socket, back]) one.on('error', () => undefined)
      socket.pipe(back).pipe(socket)
      lines.add(socket)
      t.teardown(() => socket.destroy())
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    t.teardown(() => front.close())
    const { port } = front.address() as { port: number }
    const room = await openRoom(t, redis, {
      links: [
        linkTo({ port }, { host: 'localhost', tls: true, tlsCa: cert }),
        linkTo({ port }, { name: 'untrusting', host: 'localhost', tls: true }),
      ],
    })
    await until(
      'the link that knows the certificate is bound',
      () => room.views()[0]!.binds[0]!.state === 'bound',
    )
    await until('the other says why not', () => room.views()[1]!.binds[0]!.lastError === 'connect-failed')
    t.equal(fake.boundCount, 1)

    const kept = readFileSync(cert)
    rmSync(cert)
    for (const line of lines) line.destroy()
    const bind = () => room.views()[0]!.binds[0]!
    await until('the missing file is told', () => bind().lastError === 'connect-failed')
    t.match(await testBind({ ...room.config.sms.links[0], tlsCa: cert } as SmppConfig), {
      kind: 'failed',
      reason: 'ENOENT',
    })
    writeFileSync(cert, kept)
    await until('it is bound again', () => bind().state === 'bound')
  })

  await t.test('keeps to what the SMSC takes, answers all in the end, and loses nothing', async (t) => {
    const fake = await startFakeSmsc({ behaviour: { submitsPerSecond: 100 } })
    t.teardown(() => fake.close())
    const room = await openRoom(t, redis, { links: [linkTo(fake, { name: 'slow' })], perSender: wide })
    for (let nth = 0; nth < 300; nth++) fake.text(`849100${String(nth).padStart(5, '0')}`, `HS ${number}`)
    await until('all are answered', () => fake.received.length === 300, 30_000)
    t.equal(new Set(fake.received.map((mt) => mt.to)).size, 300)
    t.ok(room.views()[0]!.throttled > 0)
  })

  await t.test('notices an SMSC that has gone silent, and one that takes and never answers', async (t) => {
    const fake = await startFakeSmsc()
    t.teardown(() => fake.close())
    const room = await openRoom(t, redis, {
      links: [linkTo(fake, { name: 'silent', enquireLinkIntervalMs: 200, responseTimeoutMs: 300 })],
      perSender: wide,
    })
    await fake.until('it is bound', () => fake.boundCount === 1)
    fake.behave({ blackHole: true })
    await until('the link is given up', () =>
      /silent|mute|bind-timeout/.test(room.views()[0]!.binds[0]!.lastError ?? ''),
    )
    t.equal(room.state(), 'fail')
    fake.behave({ blackHole: false })
    await until('it is back', () => room.state() === 'pass')
    const reply = fake.replyTo('84901230000')
    fake.text('84901230000', `HS ${number}`)
    t.match((await reply)?.text, /Dang xu ly/)
  })

  await t.test(
    'refuses texts for a time while Redis is away, and answers them when it is back',
    async (t) => {
      const fake = await startFakeSmsc({ behaviour: { redeliverAfterMs: 200 } })
      t.teardown(() => fake.close())
      const own = await startRedis(t)
      const room = await openRoom(t, own, { links: [linkTo(fake, { name: 'away' })] })
      await room.dossier(number)
      await fake.until('it is bound', () => fake.boundCount === 1)
      await own.kill()
      await until('the gateway knows', () => !room.door.isReady())
      const mo = fake.text('84901239999', `HS ${number}`)
      await until('it was refused', () => mo.answers.length > 1)
      t.ok(
        mo.answers.every((status) => status === 0x64),
        'ESME_RX_T_APPN',
      )
      t.equal(fake.boundCount, 1, 'the link stays up')
      const reply = fake.replyTo('84901239999')
      await own.start()
      t.match((await reply)?.text, /Dang xu ly/)
    },
  )

  await t.test('answers the fresh questions of a backlog first and drops the old ones', async (t) => {
    const fake = await startFakeSmsc({ behaviour: { refuseWith: 0x58 } })
    t.teardown(() => fake.close())
    const room = await openRoom(t, redis, {
      links: [linkTo(fake, { name: 'late' })],
      replyMaxAgeSeconds: 1,
      perSender: wide,
    })
    await fake.text('84901110001', `HS ${number}`).taken
    await until('it is too old', async () => (await room.ended('expired', 'late')) === 1)
    fake.behave({ refuseWith: 0 })
    const reply = fake.replyTo('84901110002')
    fake.text('84901110002', `HS ${number}`)
    t.match((await reply)?.text, /Dang xu ly/)
    t.equal(fake.received.length, 1, 'the old one is never sent')
  })
})

t.test('of several addresses of a host name each has its turn', async (t) => {
  const redis = await startRedis(t)
  const peer = await startScriptedSmsc(t)
  // As a proxy whose own peer is away: it accepts the connection, so that no other address is tried.
  const dead = createServer((line) => void line.on('error', () => undefined).end())
  await new Promise<void>((resolve) => dead.listen(peer.port, '127.0.0.2', resolve))
  t.teardown(() => dead.close())
  const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.1'].map((address) => ({ address, family: 4 }))
  const { lookup } = dns
  t.teardown(() => Object.assign(dns, { lookup }))
  Object.assign(dns, {
    lookup: (_name: string, _options: object, done: (error: null, found: object[]) => void) =>
      done(null, addresses),
  })
  const room = await openRoom(t, redis, { links: [linkTo(peer, { host: 'smsc.example' })] })
  await until('it is bound', () => room.views()[0]!.binds[0]!.state === 'bound')
  const { send } = resolve({
    ...{ name: 'peer', kind: 'http', preset: 'generic', shortCode: '8188', deliveryReceipts: false },
    send: { url: `http://peer.example:${peer.port}/`, timeoutMs: 500 },
  } as unknown as HttpConfig)
  const called: string[] = []
  const caller = new Caller(send!, { name: 'peer', log: silentLog, metrics: openMetrics(), room() {} })
  t.teardown(() => caller.close())
  dead.on('connection', () => called.push('dead'))
  await caller.call(send!.reply, {})
  t.same(called, ['dead'])
  await caller.call(send!.reply, {})
  t.same(called, ['dead'], 'over HTTP, too')
})

t.test('a port where nobody listens is tried again and again without a flood of lines', async (t) => {
  const redis = await startRedis(t)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise<void>((resolve) => server.close(() => resolve()))
  const lines: string[] = []
  const log = {
    trace() {},
    debug() {},
    info() {},
    error() {},
    fatal() {},
    warn: ({ evt, err }: { evt: string; err?: { code: string } }) => void lines.push(`${evt} ${err?.code}`),
  }
  const room = await openRoom(t, redis, { links: [linkTo({ port })] }, { log })
  await until('it was tried', () => room.views()[0]!.binds[0]!.lastError === 'connect-failed')
  await until('and again', async () => (await room.counted('gateway_smpp_reconnects_total')) >= 2)
  t.same(lines, ['smsc.lost ECONNREFUSED'])
  const busy = createServer((line) => void line.resetAndDestroy())
  await new Promise<void>((resolve) => busy.listen(port, '127.0.0.1', resolve))
  await until('another reason is told', () => lines.length > 1)
  await new Promise<void>((resolve) => busy.close(() => resolve()))
  const tried = await room.counted('gateway_smpp_reconnects_total')
  await until('the first is back', async () => (await room.counted('gateway_smpp_reconnects_total')) > tried)
  t.same(lines, ['smsc.lost ECONNREFUSED', 'smsc.lost ECONNRESET'], 'and is known')
})
