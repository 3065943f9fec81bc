// One HTTP link on the built program, beside one over SMPP: answers, redeliveries, late replies, misbehaving peers,
// watches, and the protection against strangers.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { startAggregator } from '../../../peers/aggregator.js'
import { startFakeSmsc } from '../../../peers/fake-smsc.js'
import { type GatewayPeer, startGateway } from '../../../peers/gateway.js'
import { startRedis } from '../../../peers/redis.js'
import { until } from '../../room.js'

t.setTimeout(540_000)

const number = '000.00.15.H45-190521-0003'
const peerSecret = 'a secret of the peer and the gateway'
// Counted before the call is answered, unlike what becomes of a reply.
const duplicates = /^gateway_sms_suppressed_total\{reason="duplicate"\} (\d+)$/m
let phones = 0
const newPhone = () => `849${String(31_000_000 + phones++)}`

const push = async (
  gateway: GatewayPeer,
  key: string,
  dossierStatus: string,
  eventTime: string,
  no = number,
) => {
  const response = await fetch(`${gateway.http}/v1/dossiers/${no}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ dossierStatus, eventTime }),
  })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
}

async function metric(gateway: GatewayPeer, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${gateway.admin}/metrics`)).text()
  return Number(pattern.exec(text)?.[1] ?? 0)
}

t.test('beside a link over SMPP', async (t) => {
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const peer = await startAggregator()
  t.teardown(() => peer.close())
  const links = [
    { name: 'smsc-a', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8100' },
    peer.link(),
  ]
  const gateway = await startGateway(t, {
    sms: { links, quietHours: { from: '00:00', to: '00:00' } },
  })
  peer.attach(gateway.http)
  const key = await gateway.agencyKey('000.00.15.H45')
  await push(gateway, key, 'processing', '2026-01-05T08:00:00+07:00')
  await smsc.until('the link is bound', () => smsc.boundCount === 1)

  await t.test('a watch asked for by one is told by the same', async (t) => {
    const [byHttp, bySmpp] = [newPhone(), newPhone()]
    const started = await peer.text(byHttp, `DK ${number}`)
    t.ok(started.reply, 'DK is answered in the answer')
    await smsc.text(bySmpp, `DK ${number}`).taken
    await smsc.until('DK is answered', () => smsc.received.some(({ to }) => to === bySmpp))
    await push(gateway, key, 'finished', '2026-01-06T08:00:00+07:00')
    const called = await peer.callTo(byHttp, 20_000)
    t.match(called?.text, new RegExp(number))
    await smsc.until('the other is told', () => smsc.received.filter(({ to }) => to === bySmpp).length === 2)
    t.notOk(smsc.received.some(({ to }) => to === byHttp))
    t.notOk(peer.calls.some(({ to }) => to === bySmpp))
    t.equal(smsc.received.at(-1)!.from, '8100')
  })

  await t.test('several numbers in one text travel in one answer', async (t) => {
    const other = number.replace('0003', '0004')
    const { reply } = await peer.text(newPhone(), `HS ${number} ${other}`)
    t.same(
      reply?.split('\n').map((line) => line.slice(0, number.length)),
      [number, other],
    )
  })

  await t.test('without an id the same words in the same second are one text', async (t) => {
    const from = newPhone()
    const bring = (at: string) =>
      fetch(
        `${gateway.http}/v1/sms/aggregator?${new URLSearchParams({ from, text: `HS ${number}`, at, token: peerSecret })}`,
      )
    const now = Math.floor(Date.now() / 1000)
    const before = await metric(gateway, duplicates)
    const texts = [String(now), String(now), String(now - 1)]
    for (const at of texts) {
      const response = await bring(at)
      t.equal(response.status, 200)
      t.ok((await response.text()).startsWith(number))
    }
    t.equal((await metric(gateway, duplicates)) - before, 1)
  })

  await t.test('a body of any type is read for what is in it', async (t) => {
    const text = `hồ sơ ${number}`
    const multipart = new FormData()
    for (const [name, value] of Object.entries({ from: newPhone(), text })) multipart.append(name, value)
    for (const [label, body, type] of [
      ['a form in parts', multipart, undefined],
      ['JSON of a type that is none', JSON.stringify({ from: newPhone(), text }), 'json'],
      ['a form of no type', `from=${newPhone()}&text=${encodeURIComponent(text)}`, ''],
      [
        'a form called multipart',
        `from=${newPhone()}&text=${encodeURIComponent(text)}`,
        'multipart/form-data',
      ],
    ] as const) {
      const response = await fetch(`${gateway.http}/v1/sms/aggregator?token=${peerSecret}`, {
        method: 'POST',
        body,
        ...(type !== undefined && { headers: { 'content-type': type } }),
      })
      t.equal(response.status, 200, label)
      t.ok((await response.text()).startsWith(number), label)
    }
    const packed = (body: Buffer) =>
      fetch(`${gateway.http}/v1/sms/aggregator?token=${peerSecret}`, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      })
    for (const [label, pack] of [
      ['gzip', gzipSync],
      ['unpacked on the way', Buffer.from],
    ] as const) {
      const response = await packed(pack(JSON.stringify({ from: newPhone(), text })))
      t.equal(response.status, 200, label)
      t.ok((await response.text()).startsWith(number), label)
    }
    t.equal((await packed(gzipSync(Buffer.alloc(33 * 1024, 'x')))).status, 413)
    t.equal((await packed(gzipSync(text).subarray(0, 20))).status, 400)
    const broken = {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    }
    t.equal((await fetch(`${gateway.http}/v1/sms/aggregator?token=${peerSecret}`, broken)).status, 400)
  })

  await t.test('what gets no reply says nothing', async (t) => {
    for (const [from, text] of [
      [newPhone(), 'cam on'],
      ['12025550123', `HS ${number}`],
      ['VIETTEL', `HS ${number}`],
      ['8188', `HS ${number}`],
    ] as const) {
      const brought = await peer.text(from, text)
      t.same(brought.statuses, [202], from)
      t.equal(brought.reply, undefined)
      const again = await peer.text(from, text, { id: brought.id })
      t.same([again.statuses, again.reply], [[202], undefined], 'the second time too')
    }
  })

  await t.test('a long text in parts is answered once, by the part that makes it whole', async (t) => {
    const from = newPhone()
    const text = `HS xin cho hỏi ${'và '.repeat(60)}${number}`
    const parts = [text.slice(0, 70), text.slice(70, 140), text.slice(140)]
    const bring = async (nth: number, id = `p${nth}`, ref = 'r1') => {
      const response = await fetch(`${gateway.http}/v1/sms/parted`, {
        method: 'POST',
        headers: { authorization: `Bearer ${peerSecret}`, 'content-type': 'application/json' },
        body: JSON.stringify({ from, text: parts[nth], id, ref, part: nth + 1, parts: 3 }),
      })
      return [response.status, await response.text()] as const
    }
    const config = parse(readFileSync(gateway.configFile, 'utf8'))
    const fields = { partOf: 'ref', part: 'part', parts: 'parts' }
    config.sms.links.push({
      name: 'parted',
      kind: 'http',
      shortCode: '8101',
      receive: { secret: peerSecret, fields },
    })
    writeFileSync(gateway.configFile, stringify(config))
    process.kill(gateway.pid, 'SIGHUP')
    await gateway.waitFor('http-link.open', ({ link }) => link === 'parted', true)
    t.same(await bring(2), [202, ''])
    t.same(await bring(0), [202, ''])
    const [status, body] = await bring(1)
    t.equal(status, 200)
    t.ok(body.startsWith(number), body)
    t.same(await bring(1), [200, body], 'again')
    t.same(await bring(2), [202, ''])
    for (const nth of [0, 1, 0]) t.same(await bring(nth, 'one', 'r2'), [202, ''])
    const [, ofOneId] = await bring(2, 'one', 'r2')
    t.ok(ofOneId.startsWith(number), 'parts that share an id')
    t.same(await bring(2, 'one', 'r2'), [200, ofOneId], 'and again')
  })

  await t.test('strangers', async (t) => {
    const at = (path: string, init: RequestInit = {}) =>
      fetch(`${gateway.http}${path}`, init).then(({ status }) => status)
    t.equal(await at('/v1/sms/nobody?from=1&text=x'), 404)
    t.equal(await at('/v1/sms/smsc-a?from=1&text=x'), 404, 'a link over SMPP has no address')
    t.equal(await at('/v1/sms/aggregator?from=84901&text=x'), 401)
    t.equal(await at(`/v1/sms/aggregator?token=${peerSecret}`, { method: 'HEAD' }), 405)
    t.equal(await at(`/v1/sms/aggregator?token=${peerSecret}`, { method: 'PUT' }), 405)
    t.equal(await at(`/v1/sms/aggregator?token=${peerSecret}&text=x`), 400)
    await gateway.waitFor('http-link.unreadable', ({ missing }) => missing === 'from', true)
    const large = {
      method: 'POST',
      body: 'x'.repeat(40_000),
      headers: { authorization: `Bearer ${peerSecret}` },
    }
    t.equal(await at('/v1/sms/aggregator', large), 413)
    // Refused on its headers: the body never comes, and is not waited for.
    const { port } = new URL(gateway.http)
    const said = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
      socket.write(
        'POST /v1/sms/aggregator HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 30000\r\n\r\n',
      )
    })
    t.match(said, /^HTTP\/1\.1 401 /)
    t.notMatch(said, new RegExp(peerSecret))
  })

  await t.test('is named by smsc and on the monitor as any link', async (t) => {
    let said = ''
    // A gateway tells of its links once a second; the one above has just been added.
    await until('every link is told', async () => {
      const { stdout, code } = await gateway.command('smsc', '--json')
      said = stdout
      return code === 0
    })
    t.match(
      JSON.parse(said).links.find(({ link }: { link: string }) => link === 'aggregator'),
      { kind: 'http', shortCode: '8188', binds: [{ state: 'bound' }] },
    )
  })
})

t.test('two gateways: the same text brought to the other has the same answer', async (t) => {
  const redis = await startRedis(t)
  const link = { name: 'both', kind: 'http', shortCode: '8188', receive: { secret: peerSecret } }
  const config = {
    redis: { url: `unix://${redis.socket}` },
    secrets: {
      lookupKey: '07'.repeat(32),
      phoneKey: '09'.repeat(32),
      adminKey: 'a key of the operator of this test',
    },
    sandbox: true,
    sms: { links: [link] },
  }
  const [one, other] = [await startGateway(t, config), await startGateway(t, config)]
  const from = newPhone()
  const ask = async (gateway: GatewayPeer, text: string, id: string) => {
    const query = new URLSearchParams({ from, text, id, token: peerSecret })
    const response = await fetch(`${gateway.http}/v1/sms/both?${query}`)
    return [response.status, await response.text()] as const
  }
  const text = 'HS 000.00.00.X00-260101-0004'
  const first = await ask(one, text, 'a')
  t.match(first, [200, /X00-260101-0004/])
  t.same(await ask(other, text, 'a'), first)
  // The sandbox' slow number: while the one is still at it, the other is asked.
  const slow = 'HS 000.00.00.X00-260101-0200'
  const [here, there] = await Promise.all([ask(one, slow, 'b'), ask(other, slow, 'b')])
  t.match(here, [200, /X00-260101-0200/])
  t.same(there, here)
  const { stdout } = await one.command('outbox', 'list', '--json')
  t.equal(JSON.parse(stdout).links[0].ended.answered, 2, 'each is counted once')
})

t.test('addresses, as a trusted proxy tells them', async (t) => {
  const receive = { allowedAddresses: ['203.0.113.0/24'] }
  const link = { name: 'here', kind: 'http', shortCode: '8188', receive }
  const [trusting, not] = await Promise.all(
    ['127.0.0.1', false].map((trustProxy) =>
      startGateway(t, { http: { host: '127.0.0.1', port: 0, trustProxy }, sms: { links: [link] } }),
    ),
  )
  const from = (gateway: GatewayPeer, address: string, text = 'HD') =>
    fetch(`${gateway.http}/v1/sms/here?${new URLSearchParams({ from: newPhone(), text })}`, {
      headers: { 'x-forwarded-for': address },
    }).then(({ status }) => status)
  t.equal(await from(trusting!, '203.0.113.9'), 200)
  t.equal(await from(trusting!, '203.0.114.9'), 403)
  t.equal(await from(trusting!, '203.0.113.9, 198.51.100.1'), 403, 'the last hop counts')
  t.equal(await from(not!, '203.0.113.9'), 403, 'nobody can say so himself')
})

t.test('a peer that misbehaves', async (t) => {
  const peer = await startAggregator()
  t.teardown(() => peer.close())
  const link = peer.link({
    receive: { secret: peerSecret, answer: 'call' },
    send: { ...peer.link().send, timeoutMs: 1000 },
  })
  const gateway = await startGateway(t, { sms: { links: [link] } })
  peer.attach(gateway.http)
  await push(gateway, await gateway.agencyKey('000.00.15.H45'), 'processing', '2026-01-05T08:00:00+07:00')
  const asks = async (
    changes: Parameters<typeof peer.behave>[0],
    then: Parameters<typeof peer.behave>[0] = {},
  ) => {
    const from = newPhone()
    peer.behave(changes)
    const brought = await peer.text(from, `HS ${number}`)
    t.same(brought.statuses.at(-1), 202)
    if (Object.keys(then).length > 0) {
      await gateway.waitFor('http-link.lost', () => true, true).catch(() => undefined)
      peer.behave(then)
    }
    const call = await peer.callTo(from, 30_000)
    const calls = peer.calls.filter(({ to }) => to === from)
    return { text: call?.text, times: calls.length }
  }
  const well = { times: 1 }
  t.match(await asks({}), well)
  t.match(await asks({ loseResponses: 1 }), well, 'a lost response is asked for again, under the same id')
  t.match(await asks({ throttleShare: 0.5 }), well, 'too fast')
  peer.behave({ throttleShare: 0 })
  t.match(await asks({ delayMs: 3000 }, { delayMs: 0 }), well, 'a slow one')

  await t.test(
    'several texts in one call are answered each, and what cannot be read holds up none',
    async (t) => {
      const config = parse(readFileSync(gateway.configFile, 'utf8'))
      const receive = { ...link.receive, each: '/results' }
      config.sms.links.push({ ...link, name: 'several', shortCode: '8103', receive })
      writeFileSync(gateway.configFile, stringify(config))
      process.kill(gateway.pid, 'SIGHUP')
      await gateway.waitFor('http-link.open', (line) => line.link === 'several', true)
      const from = [newPhone(), newPhone()]
      const results = from.map((one, nth) => ({ from: one, text: `HS ${number}`, id: `s${nth}` }))
      const bring = (all: unknown[]) =>
        fetch(`${gateway.http}/v1/sms/several?token=${peerSecret}`, {
          method: 'POST',
          body: JSON.stringify({ results: all }),
        }).then(({ status }) => status)
      t.equal(await bring([results[0], { text: 'nobody' }, results[1]]), 202)
      t.equal(await bring(results), 202, 'again')
      for (const one of from) t.ok(await peer.callTo(one, 30_000))
      t.same(
        from.map((one) => peer.calls.filter(({ to }) => to === one).length),
        [1, 1],
      )
      t.same([await bring([]), await bring([{ text: 'nobody' }])], [202, 400])
    },
  )

  await t.test('redirects are not followed, rubbish is no answer, refusals end', async (t) => {
    let visited = 0
    const other = createServer((_request, response) => {
      visited++
      response.end('0')
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    t.teardown(() => other.close())
    const { port } = other.address() as { port: number }
    const from = newPhone()
    peer.behave({ redirectTo: `http://127.0.0.1:${port}/` })
    await peer.text(from, `HS ${number}`)
    await until(
      'it was refused',
      async () =>
        (await metric(gateway, /^gateway_sms_sent_total\{bind="aggregator",result="retry"\} (\d+)$/m)) > 0,
    )
    peer.behave({ redirectTo: '' })
    t.ok(await peer.callTo(from, 30_000), 'it goes where it should when it can')
    t.equal(visited, 0)
    peer.behave({ refuseWith: '400' })
    await peer.text(newPhone(), `HS ${number}`)
    const listed = async () => JSON.parse((await gateway.command('outbox', 'list', '--json')).stdout)
    await until('it is put aside', async () => (await listed()).dead.length > 0)
    t.match(await listed(), { dead: [{ reason: 'rejected' }] })
  })
})

t.test('a reply that takes longer than the peer waits goes by a call of ours', async (t) => {
  const peer = await startAggregator()
  t.teardown(() => peer.close())
  const link = peer.link({ receive: { secret: peerSecret, deadlineMs: 300 } })
  const alone = {
    name: 'alone',
    kind: 'http',
    shortCode: '8102',
    receive: { secret: peerSecret, deadlineMs: 300 },
  }
  const gateway = await startGateway(t, {
    sandbox: true,
    sms: { links: [link, alone], quietHours: { from: '00:00', to: '00:00' } },
  })
  peer.attach(gateway.http)
  // The sandbox' slow number: two seconds.
  const slow = 'HS 000.00.00.X00-260101-0200'
  const from = newPhone()
  const { statuses, reply, id } = await peer.text(from, slow)
  t.same([statuses, reply], [[202], undefined])
  const called = await peer.callTo(from, 10_000)
  t.match(called?.text, /X00-260101-0200/)
  t.same((await peer.text(from, slow, { id })).reply, undefined, 'and is not said again in an answer')
  t.equal(peer.calls.filter(({ to }) => to === from).length, 1)

  await t.test('or is there when the peer comes again, where there are no calls of ours', async (t) => {
    const ask = () =>
      fetch(
        `${gateway.http}/v1/sms/alone?${new URLSearchParams({ from: newPhoneOnce, text: slow, id: 's1', token: peerSecret })}`,
      )
    const newPhoneOnce = newPhone()
    const first = await ask()
    t.equal(first.status, 503)
    t.ok(first.headers.get('retry-after'))
    await first.text()
    let said = ''
    await until('the peer has its answer', async () => {
      const response = await ask()
      said = await response.text()
      return response.status === 200
    })
    t.match(said, /X00-260101-0200/)
  })

  await t.test(
    'a watch asked for where nothing can be sent unasked is told by a link that sends',
    async (t) => {
      const key = await gateway.agencyKey('000.00.15.H45')
      await push(gateway, key, 'processing', '2026-01-05T08:00:00+07:00')
      const phone = newPhone()
      const asked = new URLSearchParams({ from: phone, text: `DK ${number}`, id: 'w1', token: peerSecret })
      await until('DK is answered', async () => {
        const response = await fetch(`${gateway.http}/v1/sms/alone?${asked}`)
        return /se bao khi/i.test(await response.text())
      })
      await push(gateway, key, 'finished', '2026-01-06T08:00:00+07:00')
      t.match((await peer.callTo(phone, 20_000))?.text, new RegExp(number))
    },
  )
})
