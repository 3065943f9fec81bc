// Against SMSCs that are not ours: the server of the `smpp` package (its own session, framing and codec), Perl's Net::SMPP
// (Debian's libnet-smpp-perl, with and without socat's TLS in front), and Kannel's drive_smpp from Debian's kannel-extras
// where it is installed (/usr/lib/kannel/test/drive_smpp).
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import smpp from 'smpp'
import t from 'tap'
import { startRedis, type Teardown } from '../peers/redis.js'
import { linkTo, openRoom, until } from './room.js'

// biome-ignore lint/suspicious/noExplicitAny: the package's sessions carry no types
type Session = any

t.test('the server of the smpp package gets a reply for each text', async (t) => {
  const redis = await startRedis(t)
  const replies: string[] = []
  let acknowledged = 0
  const sessions: Session[] = []
  // biome-ignore lint/suspicious/noExplicitAny: createServer is not in our own types of the package
  const server = (smpp as any).createServer((session: Session) => {
    sessions.push(session)
    session.on('error', () => session.destroy())
    session.on('bind_transceiver', (pdu: Session) => {
      session.send(pdu.response())
      for (let nth = 0; nth < 50; nth++)
        session.deliver_sm(
          {
            source_addr_ton: 1,
            source_addr: `8490000${1000 + nth}`,
            destination_addr: '8188',
            short_message: 'HS 000.00.15.H45-190521-0003',
          },
          (answer: Session) => {
            if (answer.command_status === 0) acknowledged++
          },
        )
    })
    session.on('submit_sm', (pdu: Session) => {
      session.send(pdu.response({ message_id: String(replies.length) }))
      replies.push(pdu.short_message.message)
    })
    session.on('enquire_link', (pdu: Session) => session.send(pdu.response()))
    session.on('unbind', (pdu: Session) => {
      session.send(pdu.response())
      session.close()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const room = await openRoom(t, redis, { links: [linkTo({ port })] })
  await room.dossier('000.00.15.H45-190521-0003')
  const deadline = Date.now() + 15_000
  while (replies.length < 50 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
  t.equal(acknowledged, 50)
  t.equal(replies.length, 50)
  // Texts may have come before the dossier was stored: those are told so.
  t.ok(
    replies.every((text) =>
      /^000\.00\.15\.H45-190521-0003: (Dang xu ly|chua co du lieu|Chua co du lieu)/.test(text),
    ),
    String(replies[0]),
  )
})

const perl = spawnSync('perl', ['-MNet::SMPP', '-e', '1']).status === 0
for (const isTls of [false, true])
  t.test(
    `Net::SMPP${isTls ? ' behind TLS' : ''}: a refused bind, texts, receipts, unbind`,
    { skip: perl ? false : 'needs Net::SMPP: apt-get install libnet-smpp-perl' },
    async (t) => {
      const redis = await startRedis(t)
      const script = new URL('../peers/net-smpp.pl', import.meta.url).pathname
      const peer = spawn('perl', [script, '1', '50', 'HS 000.00.15.H45-190521-0003'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      t.teardown(() => peer.kill('SIGKILL'))
      const said: string[] = []
      createInterface({ input: peer.stdout }).on('line', (line) => said.push(line))
      const count = (word: string) => said.filter((line) => line.startsWith(word)).length
      await until('it listens', () => count('port') === 1)
      const plain = Number(said[0]!.slice('port '.length))
      const tls = isTls ? await tlsInFront(t, plain) : undefined
      const room = await openRoom(t, redis, {
        links: [linkTo({ port: plain }, { systemId: 'gateway', deliveryReceipts: true, ...tls })],
      })
      await room.dossier('000.00.15.H45-190521-0003')
      await until('every reply has its receipt', () => count('acknowledged 0') === 100)
      t.same(
        said.filter((line) => /^(refused|bound)/.test(line)),
        ['refused', 'bound gateway secret'],
      )
      const replies = said.filter((line) => line.startsWith('submit '))
      t.equal(new Set(replies.map((line) => line.split(' ')[1])).size, 50, 'one for each phone')
      t.equal(replies.length, 50)
      t.same(
        replies.filter((line) => !/ 000\.00\.15\.H45-190521-0003: Dang xu ly/.test(line)),
        [],
      )
      await until(
        'the receipts are counted',
        async () =>
          (await room.counted('gateway_sms_receipts_total', { matched: 'yes', stat: 'DELIVRD' })) === 50,
      )
      await room.close()
      await until('it was unbound', () => count('unbound') === 1)
    },
  )

/** socat speaks TLS in front of a port, with a certificate of its own making. */
async function tlsInFront(t: Teardown, plain: number) {
  const folder = mkdtempSync(join(tmpdir(), 'dgw-tls-'))
  const pem = join(folder, 'both.pem')
  const tlsCa = join(folder, 'cert.pem')
  const openssl = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  execFileSync('openssl', [...openssl, '-keyout', pem, '-out', tlsCa], { stdio: 'ignore' })
  appendFileSync(pem, readFileSync(tlsCa))
  const port = await freePort()
  const child = spawn(
    'socat',
    [`OPENSSL-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork,cert=${pem},verify=0`, `TCP:127.0.0.1:${plain}`],
    { stdio: 'ignore' },
  )
  t.teardown(() => {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  return { port, host: 'localhost', tls: true, tlsCa }
}

const driver = process.env.DRIVE_SMPP ?? '/usr/lib/kannel/test/drive_smpp'
const skip = existsSync(driver)
  ? false
  : `needs Kannel's SMPP driver: apt-get install kannel-extras (${driver})`
t.test('Kannel’s drive_smpp binds, delivers 300 texts and is unbound', { skip }, async (t) => {
  const redis = await startRedis(t)
  const port = await freePort()
  // The driver also wants the smsbox port of a bearerbox beside it, for the counting at its other end.
  const bearerbox = createServer((socket) => void socket.resume().on('error', () => undefined))
  await new Promise<void>((resolve) => bearerbox.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'dgw-kannel-'))
  const file = join(folder, 'drive.conf')
  const smsboxPort = (bearerbox.address() as AddressInfo).port
  writeFileSync(
    file,
    `group = core\nadmin-port = ${await freePort()}\nsmsbox-port = ${smsboxPort}\nadmin-password = x\n\n` +
      `group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = ${await freePort()}\n\n` +
      'group = sms-service\nkeyword = default\ntext = x\n',
  )
  const child = spawn(driver, ['-v', '1', '-p', String(port), '-m', '300', '-c', file], {
    cwd: folder,
    stdio: 'ignore',
  })
  t.teardown(() => {
    child.kill('SIGKILL')
    bearerbox.close()
  })
  const room = await openRoom(t, redis, {
    links: [linkTo({ port }, { systemId: 'foo', password: 'bar', systemType: 'VMA', bindMode: 'split' })],
  })
  const binds = () => room.views()[0]?.binds.map(({ mode, state }) => `${mode} ${state}`) ?? []
  await until(
    'all texts are in and both sessions are bound',
    () => room.views()[0]?.received === 300 && binds().every((bind) => bind.endsWith(' bound')),
  )
  t.equal(room.views()[0]!.received, 300)
  t.same(binds(), ['transmitter bound', 'receiver bound'])
  // Its sender is a three-digit service number: taken, and by rule not answered.
  await until('that is written down', async () => (await room.ended('prefix')) > 0)
  await room.close()
  child.kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}
