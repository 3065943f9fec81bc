// Whatever bytes an SMSC sends, the link still answers afterwards or is rebound, and nothing grows.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import smpp from 'smpp'
import t from 'tap'
import { header, hostilePdus } from '../peers/hostile-pdus.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, openRoom } from './room.js'

/** A bare SMPP server: accepts binds, hands out what it reads, and writes whatever bytes a test wants. */
async function rawSmsc() {
  let socket: Socket | undefined
  let binds = 0
  const waiting = new Map<number, () => void>()
  const server = createServer((peer) => {
    peer.setNoDelay(true)
    peer.on('error', () => undefined)
    let rest = Buffer.alloc(0)
    peer.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 16 && rest.length >= rest.readUInt32BE(0)) {
        const frame = rest.subarray(0, rest.readUInt32BE(0))
        rest = rest.subarray(frame.length)
        const pdu = new smpp.PDU(frame)
        if (pdu.command === 'bind_transceiver') {
          binds++
          socket = peer
          peer.write(
            new smpp.PDU('bind_transceiver_resp', { sequence_number: pdu.sequence_number }).toBuffer(),
          )
        }
        if (pdu.command === 'enquire_link')
          peer.write(new smpp.PDU('enquire_link_resp', { sequence_number: pdu.sequence_number }).toBuffer())
        if (pdu.command === 'deliver_sm_resp') waiting.get(pdu.sequence_number)?.()
        if (pdu.command === 'submit_sm')
          peer.write(new smpp.PDU('submit_sm_resp', { sequence_number: pdu.sequence_number }).toBuffer())
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let sequence = 1_000_000
  return {
    port: (server.address() as AddressInfo).port,
    get binds() {
      return binds
    },
    get isUp() {
      return socket !== undefined && !socket.destroyed && socket.writable
    },
    write: (bytes: Buffer) => void socket?.write(bytes),
    /** True when a text is acknowledged on any connection within `ms`. */
    async takes(ms: number): Promise<boolean> {
      const deadline = Date.now() + ms
      while (Date.now() < deadline) {
        const mine = ++sequence
        const answered = new Promise<boolean>((resolve) => {
          waiting.set(mine, () => resolve(true))
          setTimeout(() => resolve(false), 100)
        })
        const text = { source_addr: `8490${mine}`, destination_addr: '8188', short_message: 'HELP' }
        if (socket?.writable)
          socket.write(new smpp.PDU('deliver_sm', { ...text, sequence_number: mine }).toBuffer())
        if (await answered) return true
        waiting.delete(mine)
      }
      return false
    },
    close: () => {
      socket?.destroy()
      server.close()
    },
  }
}

t.test('500 malformed or hostile PDUs', { timeout: 360_000 }, async (t) => {
  const redis = await startRedis(t)
  const peer = await rawSmsc()
  t.teardown(() => peer.close())
  const room = await openRoom(t, redis, {
    links: [linkTo(peer, { enquireLinkIntervalMs: 30_000 })],
    perSender: { replies: 5 },
  })
  t.ok(await peer.takes(3000), 'the link is bound')
  const all = hostilePdus()
  t.equal(all.length, 500)
  const failed: string[] = []
  const slow: string[] = []
  const before = process.memoryUsage().rss
  for (const [at, [label, bytes, losesFraming]] of all.entries()) {
    const binds = peer.binds
    // Every third one byte by byte.
    if (at % 3 === 0 && bytes.length < 400) for (const byte of bytes) peer.write(Buffer.from([byte]))
    else peer.write(bytes)
    if (losesFraming) {
      const since = Date.now()
      while (peer.binds === binds && Date.now() - since < 2000)
        await new Promise((resolve) => setTimeout(resolve, 5))
      if (peer.binds === binds) slow.push(label)
    }
    if (!(await peer.takes(2000))) failed.push(label)
  }
  t.same(failed, [], 'after each the link takes a text')
  t.same(slow, [], 'a link whose framing is lost is bound anew within 2 s')
  const grown = (process.memoryUsage().rss - before) / 2 ** 20
  t.ok(grown < 100, `memory is flat (grew by ${Math.round(grown)} MiB)`)
  t.equal(room.views()[0]!.binds[0]!.state, 'bound')
})

t.test('a half PDU, a mute peer and a peer that never answers enquire_link are left', async (t) => {
  const redis = await startRedis(t)
  const peer = await rawSmsc()
  t.teardown(() => peer.close())
  await openRoom(t, redis, { links: [linkTo(peer, { responseTimeoutMs: 300, enquireLinkIntervalMs: 200 })] })
  t.ok(await peer.takes(3000))
  const rows: [label: string, begins: Buffer, meanwhile: Buffer | undefined][] = [
    ['half a PDU', header(200, 5), undefined],
    ['a length that is wrong, and what comes behind it', header(60_000, 5), header(16, 0x15)],
    ['a shorter one', header(15_000, 5), header(16, 0x15)],
  ]
  for (const [label, begins, meanwhile] of rows) {
    const binds = peer.binds
    peer.write(begins)
    const deadline = Date.now() + 5000
    while (peer.binds === binds && Date.now() < deadline) {
      // The pace of a peer that goes on with its enquire_links.
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (meanwhile && peer.binds === binds) peer.write(meanwhile)
    }
    t.equal(peer.binds, binds + 1, `${label}: bound anew`)
    t.ok(await peer.takes(3000))
  }
})
