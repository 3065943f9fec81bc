// The system clock is set under a running gateway (libfaketime steps it, the time that passes stays what it is): an hour
// on, an hour back, over a day. Nothing may stall because of it, and no date on an answer may move.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'

const library =
  process.env.LIBFAKETIME ??
  ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`).find(existsSync)
const skip = library ? false : 'needs libfaketime: apt-get install faketime, or LIBFAKETIME=path'
const number = '000.00.15.H45-190521-0003'
const dueAt = '2030-12-05T17:00:00+07:00'

t.test('F-09: the clock is set under a running gateway', { skip, timeout: 420_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dgw-clock-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const clock = join(folder, 'offset')
  const step = (offset: string) => writeFileSync(clock, `${offset}\n`)
  step('+0s')
  const redis = await startRedis(t)
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const gateway = await startGateway(
    t,
    {
      redis: { url: `unix://${redis.socket}` },
      sms: {
        links: [
          {
            name: 'sim',
            host: '127.0.0.1',
            port: smsc.port,
            password: 'secret',
            shortCode: '8188',
            throughput: 20,
          },
        ],
      },
    },
    {
      LD_PRELOAD: library!,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  )
  const made = await gateway.command('keys', 'create', '--agency', '000.00.15.H45', '--json')
  const { id, key } = JSON.parse(made.stdout) as { id: string; key: string }
  const { stdout } = await gateway.command('keys', 'signing-secret', id, '--json')
  const webhook = new Webhook((JSON.parse(stdout) as { secret: string }).secret)
  let version = 0
  // A signature covers the body alone, so the number stands in it.
  const update = (dossierStatus: string) =>
    JSON.stringify({
      dossierNo: number,
      dossierStatus,
      eventTime: '2026-11-20T09:00:00+07:00',
      version: ++version,
      dueAt,
    })
  const put = (body: string, headers: Record<string, string>, query = '') =>
    fetch(`${gateway.http}/v1/dossiers/${number}${query}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
  /** Signed by a sender whose clock is right. */
  const putSigned = (body: string) => {
    const when = new Date()
    const msgId = `msg_${version}`
    const signed = {
      'webhook-id': msgId,
      'webhook-timestamp': String(Math.floor(when.getTime() / 1000)),
      'webhook-signature': webhook.sign(msgId, when, body),
    }
    return put(body, signed, `?keyId=${id}`)
  }
  const asked = async () => {
    const answer = await fetch(`${gateway.http}/v1/status/${number}`)
    return (await answer.json()) as { dueAt: string; overdue: boolean; asOf: string }
  }
  await smsc.until('the link is bound', () => smsc.boundCount === 1)
  t.equal((await put(update('processing'), { authorization: `Bearer ${key}` })).status, 200)
  const { asOf: _, ...before } = await asked()

  let phones = 0
  for (const [offset, ms, isSignatureGood] of [
    ['+240s', 240_000, true],
    ['+3600s', 3_600_000, false],
    ['-3600s', -3_600_000, false],
    ['+86400s', 86_400_000, false],
    ['-240s', -240_000, true],
    ['+0s', 0, true],
  ] as const) {
    await t.test(`by ${offset}`, async (t) => {
      step(offset)
      t.equal((await put(update('processing'), { authorization: `Bearer ${key}` })).status, 200, 'a push')
      const { asOf, ...answer } = await asked()
      t.ok(Math.abs(Date.parse(asOf) - Date.now() - ms) < 30_000, 'the process has the new time')
      t.same(answer, before, 'the answer is what it was, date and overdue')
      const phone = `8490600${String(phones++).padStart(4, '0')}`
      const coming = smsc.replyTo(phone, 30_000)
      smsc.text(phone, `HS ${number}`)
      t.match((await coming)?.text, /Hen tra 05\/12\/2030/, 'a text is answered')
      // More than the tokens of one moment: the pace has not stopped.
      const more = Array.from({ length: 10 }, () => `8490600${String(phones++).padStart(4, '0')}`)
      for (const one of more) smsc.text(one, `HS ${number}`)
      await smsc.until(
        'all are answered',
        () => more.every((one) => smsc.received.some((mt) => mt.to === one)),
        30_000,
      )
      t.equal(
        (await putSigned(update('processing'))).status,
        isSignatureGood ? 200 : 401,
        'a signature is good for five minutes either way',
      )
    })
  }
  const doubled = smsc.received.map(({ to }) => to).filter((to, at, all) => all.indexOf(to) !== at)
  t.same(doubled, [], 'nobody was answered twice')
})
