// Real Kannel, from Debian's packages, configured as in the room's README: bearerbox bound to a simulated SMSC, smsbox
// calling the gateway for every text (get-url), and sendsms for a notice.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { startFakeSmsc } from '../../../peers/fake-smsc.js'
import { startGateway } from '../../../peers/gateway.js'
import type { Teardown } from '../../../peers/redis.js'
import { until } from '../../room.js'

t.setTimeout(540_000)

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
const isThere = ['bearerbox', 'smsbox'].every((box) => spawnSync('which', [box], { env }).status === 0)
const skip = isThere ? false : 'needs bearerbox and smsbox: apt-get install kannel'

const readme = readFileSync(new URL('../../../../src/sms/carriers/http/README.md', import.meta.url), 'utf8')
/** The block of README's Kannel section in this language. */
const blockOf = (language: string) =>
  new RegExp(`\`\`\`${language}\\n([^\`]*)\`\`\``).exec(readme.slice(readme.indexOf('**kannel**')))![1]!

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function startBox(t: Teardown, box: string, file: string): Promise<void> {
  const child = spawn(box, ['-v', '0', file], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.resume()
  t.teardown(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
}

const listens = (port: number) =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )

t.test('500 texts through Kannel, 500 answers, and a notice', { skip }, async (t) => {
  const smsc = await startFakeSmsc({ behaviour: { window: 20 } })
  t.teardown(() => smsc.close())
  const folder = mkdtempSync(join(tmpdir(), 'dgw-kannel-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [token, password] = ['token-of-this-test', 'the password of this test']
  writeFileSync(join(folder, 'token'), `${token}\n`)
  writeFileSync(join(folder, 'password'), `${password}\n`)
  const [admin, smsbox, sendsms] = [await freePort(), await freePort(), await freePort()]

  // The README's own link, with this machine's files and port.
  const { sms } = parse(
    blockOf('yaml')
      .replace('/etc/dossier-gateway/kannel.token', join(folder, 'token'))
      .replace('/etc/dossier-gateway/kannel.password', join(folder, 'password'))
      .replace(':13013', `:${sendsms}`),
  )
  const gateway = await startGateway(t, { sms: { ...sms, quietHours: { from: '00:00', to: '00:00' } } })
  const key = await gateway.agencyKey('000.00.15.H45')
  const numbers = Array.from(
    { length: 500 },
    (_, nth) => `000.00.15.H45-190521-${String(nth + 1).padStart(4, '0')}`,
  )
  const push = async (dossierStatus: string, eventTime: string, nos: readonly string[]) => {
    const response = await fetch(`${gateway.http}/v1/dossiers/bulk`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
      body: nos.map((dossierNo) => JSON.stringify({ dossierNo, dossierStatus, eventTime })).join('\n'),
    })
    t.equal(response.status, 200)
    await response.text()
  }
  await push('processing', '2026-01-05T08:00:00+07:00', numbers)

  // And its own groups for Kannel, with the two that every Kannel has before them.
  const file = join(folder, 'kannel.conf')
  writeFileSync(
    file,
    `group = core
admin-port = ${admin}
admin-password = test
smsbox-port = ${smsbox}
box-allow-ip = "127.0.0.1"

group = smsc
smsc = smpp
smsc-id = sim
host = 127.0.0.1
port = ${smsc.port}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""

${blockOf('text')
  .replace('sendsms-port = 13013', `sendsms-port = ${sendsms}`)
  .replace('http://127.0.0.1:8080', gateway.http)
  .replace('THE-TOKEN', token)
  .replace('THE-PASSWORD', password)}`,
  )
  await startBox(t, 'bearerbox', file)
  await until('bearerbox listens', () => listens(admin))
  await startBox(t, 'smsbox', file)
  await until('smsbox listens', () => listens(sendsms))
  await smsc.until('Kannel is bound', () => smsc.boundCount === 1)

  const phones = numbers.map((_, nth) => `8490${String(2_000_000 + nth)}`)
  numbers.forEach((number, nth) => smsc.text(phones[nth]!, `HS ${number}`))
  await smsc.until('every phone has its answer', () => smsc.received.length >= 500, 90_000)
  const answers = new Map(smsc.received.map(({ to, text }) => [to, text]))
  t.same(
    phones.filter((phone, nth) => !answers.get(phone)?.startsWith(numbers[nth]!)),
    [],
    'each with the state of its own dossier',
  )
  t.equal(smsc.received.length, 500, 'nobody twice')
  t.equal(smsc.received[0]!.from, '8188')

  const watcher = '84903000001'
  smsc.text(watcher, `DK ${numbers[0]}`)
  const ofWatcher = () => smsc.received.filter(({ to }) => to === watcher)
  await smsc.until('DK is answered', () => ofWatcher().length === 1)
  await push('finished', '2026-01-06T08:00:00+07:00', numbers.slice(0, 1))
  await smsc.until('the notice came through sendsms', () => ofWatcher().length === 2, 30_000)
  t.match(ofWatcher()[1]!.text, new RegExp(numbers[0]!))
  t.equal(ofWatcher()[1]!.from, '8188')

  await t.test('accented texts pass in both directions', async (t) => {
    const from = '84903000002'
    smsc.text('84903000005', `Cho hỏi hồ sơ ${numbers[3]} đã xong chưa ạ`)
    await smsc.until('an accented question is read', () =>
      smsc.received.some(({ to }) => to === '84903000005'),
    )
    t.ok(smsc.received.find(({ to }) => to === '84903000005')!.text.startsWith(numbers[3]!))
    smsc.text(from, `DAU ${numbers[1]}`)
    const its = () => smsc.received.filter(({ to }) => to === from)
    await smsc.until('it is answered', () => its().length > 0)
    t.match(
      its()
        .map(({ text }) => text)
        .join(''),
      /[ạảãáàơợởố]/,
    )
  })

  await t.test('what gets no reply gets none from Kannel either', async (t) => {
    const from = '84903000003'
    await smsc.text(from, 'cam on').taken
    await smsc.text('84903000004', `HS ${numbers[2]}`).taken
    await smsc.until('the next is answered', () => smsc.received.some(({ to }) => to === '84903000004'))
    t.notOk(smsc.received.some(({ to }) => to === from))
  })

  await t.test('doctor finds the link sound, and names a wrong secret', async (t) => {
    const { stdout } = await gateway.command('doctor', '--json')
    const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string; says: string }[] }
    t.match(
      findings.filter(({ check }) => check.startsWith('sms.links[0]')),
      [{ state: 'ok' }, { state: 'ok', says: /answered HTTP 400/ }],
    )
    writeFileSync(join(folder, 'password'), 'another\n')
    const again = JSON.parse((await gateway.command('doctor', '--json')).stdout) as {
      findings: typeof findings
    }
    t.match(
      again.findings.find(({ check }) => check === 'sms.links[0].send'),
      { state: 'fail', says: /refuses us \(HTTP 403\)/, cure: /secret/ },
    )
  })
})
