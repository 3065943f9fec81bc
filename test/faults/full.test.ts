// A Redis that is out of memory, or whose disk is full: updates are refused temporarily, texts stay with the SMSC, questions
// are answered, nothing acknowledged is lost, and once there is room everything recovers by itself.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'
import { until } from '../sms/room.js'
import { openUpdateLedger } from './update-ledger.js'

t.test('a store that is full refuses, and loses nothing', { timeout: 360_000 }, async (t) => {
  const redis = await startRedis(t)
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    redis: { url: `unix://${redis.socket}` },
    sms: {
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
  })
  const key = await gateway.agencyKey('H45.12')
  const direct = new Redis(redis.socket)
  t.teardown(() => direct.disconnect())
  const ledger = openUpdateLedger(gateway, key)
  await until('some are acknowledged', () => ledger.acknowledged > 300, 30_000)
  await smsc.until('the link is bound', () => smsc.boundCount === 1)

  await direct.config('SET', 'maxmemory', '1mb')
  const put = () =>
    fetch(`${gateway.http}/v1/dossiers/H45.12-260630-0001`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ dossierStatus: 'processing', eventTime: '2026-06-30T09:00:00+07:00' }),
    })
  const refused = await put()
  t.equal(refused.status, 503)
  t.ok(refused.headers.get('retry-after'), 'the sender is told to come again')
  const found = await fetch(`${gateway.http}/v1/status/H45.12-260501-00020`)
  t.equal(found.status, 200, 'a question is answered')
  const phone = '84901234567'
  const coming = smsc.replyTo(phone, 60_000)
  const text = smsc.text(phone, 'HS H45.12-260501-00040')
  await until('the text was refused for now', () => text.answers.length > 0)
  t.notOk(text.answers.includes(0), 'a text that cannot be kept is not acknowledged')
  const acknowledged = ledger.acknowledged
  t.equal((await put()).status, 503)
  t.equal(ledger.acknowledged, acknowledged, 'nothing is acknowledged meanwhile')

  await direct.config('SET', 'maxmemory', '0')
  await until('updates are acknowledged again', () => ledger.acknowledged > acknowledged + 100, 30_000)
  t.equal((await put()).status, 200)
  t.ok((await coming)?.text, 'the text was brought again and has its answer')
  const { lost, gapMs, acknowledged: all } = await ledger.end()
  t.comment(`${all} acknowledged, ${lost.length} lost, at most ${gapMs} ms without acknowledgement`)
  t.same(lost, [])
  t.notMatch(gateway.output, /"level":"fatal"/)
})

const mounted = mkdtempSync(join(tmpdir(), 'dgw-ledger-'))
t.teardown(() => rmSync(mounted, { recursive: true, force: true }))
const mount = ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', mounted]
let skip: string | false = false
try {
  execFileSync('mount', mount, { stdio: 'ignore' })
  t.teardown(() => execFileSync('umount', ['-l', mounted]))
} catch {
  skip = 'needs root, to mount a small tmpfs'
}

t.test('a full disk loses nothing that was acknowledged', { skip, timeout: 360_000 }, async (t) => {
  const gateway = await startGateway(t, { dataDir: join(mounted, 'data'), sms: { enabled: false } })
  const ledger = openUpdateLedger(gateway, await gateway.agencyKey('H45.12'))
  await until('some are acknowledged', () => ledger.acknowledged > 300, 30_000)
  const filler = join(mounted, 'filler')
  const full = gateway.waitFor('disk.full')
  try {
    writeFileSync(filler, Buffer.alloc(50_000_000))
  } catch {} // ENOSPC: intended
  await full
  const found = await fetch(`${gateway.http}/v1/status/H45.12-260501-00020`)
  t.ok([200, 503].includes(found.status), `${found.status}: never "unknown"`)
  const room = gateway.waitFor('disk.has-room')
  rmSync(filler)
  await room
  const then = ledger.acknowledged
  await until('updates are acknowledged again', () => ledger.acknowledged > then + 100, 30_000)
  await gateway.kill('SIGKILL')
  await gateway.start()
  const { lost, gapMs, acknowledged } = await ledger.end()
  t.comment(`${acknowledged} acknowledged, ${lost.length} lost, at most ${gapMs} ms without acknowledgement`)
  t.same(lost, [])
})
