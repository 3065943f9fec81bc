// What SMSCs should not do: statuses that blame the session, sessions that break at a certain point, quotas and random
// refusals, half of a pair that stays down. No answer is lost, and none is sent twice.
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import smpp from 'smpp'
import t, { type Test } from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startFaultProxy } from '../peers/fault-proxy.js'
import { startRedis } from '../peers/redis.js'
import { type ScriptedSmsc, startScriptedSmsc } from '../peers/scripted-smsc.js'
import { linkTo, openRoom, type SmsRoom, until } from './room.js'

t.setTimeout(840_000)
// Each test has its own servers and mostly waits, so they run at the same time.
t.jobs = 3
const number = '000.00.15.H45-190521-0003'
const question = `HS ${number}`
const noCaps = { replies: 100_000, perDay: 100_000, identical: 100_000 }
const phone = (nth: number) => `8491${String(1_000_000 + nth)}`

/** How many replies each of the first `count` phones was sent, as far as the SMSC answered them. */
const repliesOf = (peer: ScriptedSmsc, count: number, from = 0) =>
  Array.from({ length: count }, (_, nth) => peer.to(phone(from + nth)).length)

const ask = (peer: ScriptedSmsc, count: number, from = 0) =>
  Promise.all(Array.from({ length: count }, (_, nth) => peer.text(phone(from + nth), question)))

t.test('a status about one reply never costs another its own', async (t) => {
  t.jobs = 2
  for (const status of [0x04, 0x05, 0x0d, 0x0e, 0x0f, 0x53])
    t.test(`0x${status.toString(16)}`, async (t) => {
      const redis = await startRedis(t)
      const peer = await startScriptedSmsc(t, {
        submit: ({ to, answer }) => {
          if (to === phone(0)) answer(status)
          else setTimeout(() => answer(0), 200)
        },
      })
      const name = `l${status}`
      const room = await openRoom(t, redis, { links: [linkTo(peer, { name })], perSender: noCaps })
      await room.dossier(number)
      await ask(peer, 20)
      await until('the others are answered', async () => (await room.ended('answered', name)) === 19)
      await ask(peer, 5, 20)
      await until('and those that come later', async () => (await room.ended('answered', name)) === 24)
      await until(
        'its own is refused for good',
        async () => (await room.ended('rejected', name)) === 1,
        30_000,
      )
      t.same(repliesOf(peer, 24, 1), Array(24).fill(1), 'each of them once')
      t.ok(peer.bindsAt.length <= 2, `${peer.bindsAt.length} binds`)
    })
})

t.test('phones for which the peer never has room cost others nothing', async (t) => {
  t.jobs = 2
  for (const status of [0x14, 0x58])
    t.test(`0x${status.toString(16)}`, async (t) => {
      const redis = await startRedis(t)
      const stuck = new Set(Array.from({ length: 5 }, (_, nth) => phone(nth)))
      const peer = await startScriptedSmsc(t, {
        submit: ({ to, answer }) => answer(stuck.has(to) ? status : 0),
      })
      const name = `stuck${status}`
      const room = await openRoom(t, redis, { links: [linkTo(peer, { name })], perSender: noCaps })
      await room.dossier(number)
      await ask(peer, stuck.size)
      await until('each was refused six times', () => [...stuck].every((one) => peer.to(one).length >= 6))
      for (let nth = 0; nth < 20; nth++) {
        await ask(peer, 1, 100 + nth)
        await delay(200)
      }
      await until('the others are answered', async () => (await room.ended('answered', name)) === 20, 15_000)
      t.same(repliesOf(peer, 20, 100), Array(20).fill(1))
    })
})

t.test('a session that refuses everything leaves the replies to the others', async (t) => {
  t.jobs = 2
  for (const status of [0x04, 0x08])
    t.test(`0x${status.toString(16)}`, async (t) => {
      const redis = await startRedis(t)
      const sessions: Socket[] = []
      const peer = await startScriptedSmsc(t, {
        bind: (_mode, _nth, socket) => {
          sessions.push(socket)
          return 0
        },
        submit: ({ socket, answer }) =>
          socket === sessions[1] ? setTimeout(() => answer(0), 100) : answer(status),
      })
      const name = `ill${status}`
      const room = await openRoom(t, redis, { links: [linkTo(peer, { name, binds: 2 })], perSender: noCaps })
      await room.dossier(number)
      await until('both are bound', () => peer.boundCount === 2)
      for (let nth = 0; nth < 30; nth++) {
        await ask(peer, 1, nth)
        await delay(50)
      }
      await until('all are answered', async () => (await room.ended('answered', name)) === 30, 15_000)
      t.ok(peer.submits.length < 60, `${peer.submits.length} submits`)
    })
})

t.test('a session that ceases to be bound is bound anew, and costs no reply', async (t) => {
  t.jobs = 2
  for (const [status, at] of [
    [0x04, 1],
    [0x04, 9],
    [0x0d, 20],
  ] as const)
    t.test(`0x${status.toString(16)} from submit ${at} on`, async (t) => {
      const redis = await startRedis(t)
      let first: unknown
      const peer = await startScriptedSmsc(t, {
        submit: ({ nthOfSession, socket, answer }) => {
          first ??= socket
          answer(socket === first && nthOfSession >= at ? status : 0)
        },
      })
      const name = `ceases${at}`
      const room = await openRoom(t, redis, { links: [linkTo(peer, { name })], perSender: noCaps })
      await room.dossier(number)
      await ask(peer, 30)
      await until('all are answered', async () => (await room.ended('answered', name)) === 30, 40_000)
      t.equal(peer.bindsAt.length, 2)
    })
})

t.test('a session that the peer has forgotten is bound anew by what enquire_link is answered', async (t) => {
  for (const command of ['enquire_link_resp', 'generic_nack'])
    await t.test(command, async (t) => {
      const redis = await startRedis(t)
      let first: Socket | undefined
      const peer = await startScriptedSmsc(t, {
        enquire: (socket) => {
          first ??= socket
          return { status: socket === first ? 0x04 : 0, command }
        },
      })
      const room = await openRoom(t, redis, {
        links: [linkTo(peer, { name: command, enquireLinkIntervalMs: 200 })],
        perSender: noCaps,
      })
      await room.dossier(number)
      await until('it is bound anew', () => peer.bindsAt.length === 2 && peer.boundCount === 1)
      await ask(peer, 1)
      await until('a text is answered', async () => (await room.ended('answered', command)) === 1)
      t.equal(peer.bindsAt.length, 2)
    })
  await t.test('once a minute at most, where the status means nothing', async (t) => {
    const redis = await startRedis(t)
    let asked = 0
    const peer = await startScriptedSmsc(t, {
      enquire: () => {
        asked++
        return { status: 0x04 }
      },
    })
    await openRoom(t, redis, { links: [linkTo(peer, { name: 'always', enquireLinkIntervalMs: 100 })] })
    await until('it was asked ten times', () => asked >= 10)
    t.ok(peer.bindsAt.length <= 2, `${peer.bindsAt.length} binds`)
  })
  await t.test('a peer that does not know enquire_link is left alone', async (t) => {
    const redis = await startRedis(t)
    let asked = 0
    const peer = await startScriptedSmsc(t, {
      enquire: () => {
        asked++
        return { status: 0x03, command: 'generic_nack' }
      },
    })
    await openRoom(t, redis, { links: [linkTo(peer, { name: 'unknown', enquireLinkIntervalMs: 100 })] })
    await until('it was asked five times', () => asked >= 5)
    t.equal(peer.bindsAt.length, 1)
  })
})

t.test('a session that breaks at a certain submit_sm gives back what it has not answered', async (t) => {
  t.jobs = 3
  const rows = [1, 5, 50].flatMap((at) => (['reset', 'end'] as const).map((how) => ({ at, how })))
  for (const { at, how } of rows)
    t.test(`${how} at submit ${at} of a session, for 4 s`, async (t) => {
      const redis = await startRedis(t)
      const until_ = Date.now() + 4000
      const peer = await startScriptedSmsc(t, {
        submit: ({ nthOfSession, socket, answer }) => {
          if (Date.now() > until_ || nthOfSession < at) answer(0)
          else if (how === 'end') socket.destroy()
          else socket.resetAndDestroy()
        },
      })
      const name = `b${at}${how}`
      const room = await openRoom(t, redis, { links: [linkTo(peer, { name })], perSender: noCaps })
      await room.dossier(number)
      await ask(peer, 60)
      await until('all are answered', async () => (await room.ended('answered', name)) === 60, 40_000)
      t.match(await room.ledger(name).ends(), { answered: 60, 'outcome-unknown': undefined })
    })
})

t.test(
  'binds that lead to nothing become rarer, and a session that carries something ends that',
  async (t) => {
    t.jobs = 2
    const greeting = new smpp.PDU('enquire_link', { sequence_number: 1 }).toBuffer()
    for (const [name, greet] of [
      ['hasty', () => undefined],
      ['greets', (socket: Socket) => void socket.write(greeting)],
    ] as const)
      t.test(name, async (t) => {
        const redis = await startRedis(t)
        let isHasty = true
        const peer = await startScriptedSmsc(t, {
          bind: (_mode, _nth, socket) => {
            if (isHasty)
              setImmediate(() => {
                greet(socket)
                socket.end()
              })
            return 0
          },
        })
        const room = await openRoom(t, redis, { links: [linkTo(peer, { name })] })
        await room.dossier(number)
        await until('it was bound four times', () => peer.bindsAt.length >= 4, 30_000)
        const pauses = peer.bindsAt.slice(1, 4).map((at, nth) => at - peer.bindsAt[nth]!)
        t.ok(pauses[1]! > pauses[0]! * 0.9 && pauses[2]! > 1900, `pauses of ${pauses} ms`)
        isHasty = false
        await peer.text(phone(900), question)
        await until('it is answered', () => peer.to(phone(900)).length === 1)
      })
  },
)

t.test('a peer that answers later than it is waited for costs no phone more than one copy', async (t) => {
  const redis = await startRedis(t)
  const peer = await startScriptedSmsc(t, { submit: ({ answer }) => setTimeout(() => answer(0), 1500) })
  const room = await openRoom(t, redis, {
    links: [linkTo(peer, { name: 'slow', responseTimeoutMs: 1000 })],
    perSender: noCaps,
  })
  await room.dossier(number)
  await ask(peer, 6)
  await until('all are answered', async () => (await room.ended('answered', 'slow')) === 6, 40_000)
  const copies = repliesOf(peer, 6)
  t.ok(Math.max(...copies) <= 2 && copies.filter((count) => count > 1).length <= 2, `${copies} copies`)
})

t.test('a peer that unbinds answers its window first, and nothing is sent twice', async (t) => {
  const redis = await startRedis(t)
  const peer = await startScriptedSmsc(t, {
    submit: ({ nthOfSession, socket, answer }) => {
      if (nthOfSession === 10) socket.write(new smpp.PDU('unbind', { sequence_number: 1 }).toBuffer())
      setTimeout(() => answer(0), 100)
    },
  })
  const room = await openRoom(t, redis, { links: [linkTo(peer, { name: 'leaving' })], perSender: noCaps })
  await room.dossier(number)
  await ask(peer, 30)
  await until('all are answered', async () => (await room.ended('answered', 'leaving')) === 30, 40_000)
  t.same(repliesOf(peer, 30), Array(30).fill(1))
  t.ok(peer.bindsAt.length >= 2, 'bound anew each time')
})

t.test('a peer that unbinds and never answers its window has its unbind answered all the same', async (t) => {
  // Later, the window is given up before the unbind has waited long enough.
  for (const afterMs of [0, 700])
    await t.test(`${afterMs} ms after the submit`, async (t) => {
      const redis = await startRedis(t)
      const peer = await startScriptedSmsc(t, { submit: () => undefined })
      const room = await openRoom(t, redis, { links: [linkTo(peer, { name: 'leaving' })], perSender: noCaps })
      await room.dossier(number)
      await ask(peer, 1)
      await until('it is out', async () => peer.submits.length === 1, 10_000)
      await delay(afterMs)
      t.equal((await peer.bring('unbind', {})).command, 'unbind_resp')
    })
})

t.test('random refusals do not lower the pace as a quota does', async (t) => {
  t.jobs = 2
  for (const share of [0.1, 0.2, 0.3, 0.4])
    t.test(`${share * 100} % of submits`, async (t) => {
      const redis = await startRedis(t)
      const fake = await startFakeSmsc({ behaviour: { throttleShare: share } })
      t.teardown(() => fake.close())
      const name = `chance${share * 100}`
      const room = await openRoom(t, redis, { links: [linkTo(fake, { name })], perSender: noCaps })
      await room.dossier(number)
      await fake.until('the link is bound', () => fake.boundCount === 1)
      const askedAt = new Map<string, number>()
      for (let nth = 0; nth < 200; nth++) {
        askedAt.set(phone(nth), Date.now())
        fake.text(phone(nth), question)
        await delay(20)
      }
      await until('all are answered', async () => (await room.ended('answered', name)) === 200, 30_000)
      const waits = fake.received.map(({ to, at }) => at - askedAt.get(to)!).sort((a, b) => a - b)
      t.ok(waits[197]! < 6000, `the slowest two aside, within ${waits[197]} ms`)
    })
})

t.test('statuses that nobody knows to be permanent are retried with growing pauses', async (t) => {
  const redis = await startRedis(t)
  const statuses = [0x08, 0x64, 0x400, 0x5a, 0x94]
  const refusals = 4
  const times = new Map<string, number[]>()
  const peer = await startScriptedSmsc(t, {
    submit: ({ to, at, answer }) => {
      const its = times.get(to) ?? []
      times.set(to, [...its, at])
      const status = statuses[Number(to.slice(-1))]
      answer(status !== undefined && its.length < refusals ? status : 0)
    },
  })
  const room = await openRoom(t, redis, { links: [linkTo(peer, { name: 'odd' })], perSender: noCaps })
  await room.dossier(number)
  await ask(peer, statuses.length)
  await until(
    'all are answered',
    async () => (await room.ended('answered', 'odd')) === statuses.length,
    40_000,
  )
  for (const [to, at] of times) {
    t.equal(at.length, refusals + 1)
    t.ok(at[4]! - at[3]! > at[1]! - at[0]!, `${to}: pauses grow`)
  }
})

t.test('what a peer says unasked costs no session, and no phone a second copy', async (t) => {
  const redis = await startRedis(t)
  const stray = (id: number, status: number, sequence: number, body = '') => {
    const pdu = Buffer.alloc(16 + body.length / 2, body, 'hex')
    ;[pdu.length, id, status, sequence].forEach((value, nth) => pdu.writeUInt32BE(value, nth * 4))
    return pdu
  }
  const peer = await startScriptedSmsc(t, {
    submit: ({ socket, answer }) => {
      socket.write(stray(0x80000006, 0, 1)) // unbind_resp
      socket.write(stray(0x80000009, 0x0d, 1, '00')) // the bind's response again, and refused
      socket.write(stray(0x80000000, 3, 0)) // generic_nack
      socket.write(stray(0x80000008, 0, 1)) // cancel_sm_resp
      socket.write(stray(0x80000015, 8, 99)) // enquire_link_resp
      socket.write(stray(0x00000015, 0, 0, 'ff')) // enquire_link with a body
      socket.write(stray(0x00000102, 0, 9, '01013834000101383100')) // alert_notification
      socket.write(stray(0x0000000b, 0, 10, '0000')) // outbind
      answer(0)
    },
  })
  const room = await openRoom(t, redis, { links: [linkTo(peer, { name: 'chatty' })], perSender: noCaps })
  await room.dossier(number)
  await ask(peer, 3)
  await until('all are answered', async () => (await room.ended('answered', 'chatty')) === 3)
  t.same(repliesOf(peer, 3), [1, 1, 1])
  t.equal(peer.bindsAt.length, 1)
})

t.test('a generic_nack is no success, whatever its status', async (t) => {
  const redis = await startRedis(t)
  let nacks = 0
  const peer = await startScriptedSmsc(t, {
    submit: ({ answer }) => (nacks++ < 1 ? answer(0, 'generic_nack') : answer(0)),
  })
  const room = await openRoom(t, redis, { links: [linkTo(peer, { name: 'nack' })], perSender: noCaps })
  await room.dossier(number)
  await ask(peer, 1)
  await until('it is answered', async () => (await room.ended('answered', 'nack')) === 1)
  t.equal(peer.submits.length, 2, 'once more, after the nack')
})

t.test(
  'a response of another submit command is the response to what was sent under its number',
  async (t) => {
    const redis = await startRedis(t)
    for (const command of ['data_sm_resp', 'submit_multi_resp'])
      await t.test(command, async (t) => {
        const peer = await startScriptedSmsc(t, { submit: ({ answer }) => answer(0, command) })
        const room = await openRoom(t, redis, { links: [linkTo(peer, { name: command })], perSender: noCaps })
        await room.dossier(number)
        await ask(peer, 3)
        await until('all are answered', async () => (await room.ended('answered', command)) === 3)
        t.equal(peer.submits.length, 3)
      })
  },
)

t.test('half a pair of sessions away is told', async (t) => {
  const redis = await startRedis(t)
  for (const away of ['transmitter', 'receiver'])
    t.test(away, async (t) => {
      const peer = await startScriptedSmsc(t, { bind: (mode) => (mode === away ? 0x0d : 0) })
      const room = await openRoom(t, redis, {
        links: [linkTo(peer, { name: `no-${away}`, bindMode: 'split' })],
      })
      await until('the other is bound', () => room.views()[0]!.binds.some(({ state }) => state === 'bound'))
      t.equal(room.state(), 'warn')
      await until('and this one says why not', () =>
        room.views()[0]!.binds.some(({ lastError }) => /ESME_RBINDFAIL/.test(lastError ?? '')),
      )
    })
})

t.test('gateways on one link share what its SMSC allows', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const sms = { links: [linkTo(fake, { name: 'shared', throughput: 60 })], perSender: noCaps }
  const one = await openRoom(t, redis, sms)
  await until('one has it all', () => one.views()[0]!.throughput === 60)
  const two = await openRoom(t, redis, sms)
  await until('both have half', () => [one, two].every((room) => room.views()[0]!.throughput === 30))
  await two.close()
  await until('one has it all again', () => one.views()[0]!.throughput === 60)
})

t.test('a gateway whose link is down leaves its texts to one whose link is up', async (t) => {
  const redis = await startRedis(t)
  // The account allows one transmitter: the second bind is refused.
  let bound: Socket | undefined
  const peer = await startScriptedSmsc(t, {
    bind(mode, _, socket) {
      if (mode === 'receiver') return 0
      if (bound && !bound.destroyed) return 0x05
      bound = socket
      return 0
    },
  })
  const pair = { name: 'shared', bindMode: 'split', enquireLinkIntervalMs: 200 }
  const sms = { links: [linkTo(peer, pair)], perSender: noCaps, quietHours: { from: '00:00', to: '00:00' } }
  const sends = (room: SmsRoom) =>
    room.views()[0]!.binds.some(({ state, mode }) => state === 'bound' && mode === 'transmitter')
  const one = await openRoom(t, redis, sms)
  await until('one sends', () => sends(one))
  const two = await openRoom(t, redis, sms)
  await until('two receives only', () => peer.boundCount === 2 && !sends(two))
  const { no } = await one.dossier('000.00.15.H45-190521-0003')

  await peer.text('84905000001', `HS ${no.text}`)
  await until('what came to the second is answered by the first', () => peer.to('84905000001').length > 0)

  await until('nothing is left', async () => (await one.ledger('shared').waiting()) === 0)
  t.equal(await one.ended('answered', 'shared'), 1)
  t.equal(peer.to('84905000001').length, 1, 'once')
})

t.test('a text is answered from the number it was sent to, if that is one of the link’s', async (t) => {
  const redis = await startRedis(t)
  const peer = await startScriptedSmsc(t)
  const room = await openRoom(t, redis, {
    links: [linkTo(peer, { name: 'codes', shortCodes: ['8288', '+8499000'] })],
    perSender: noCaps,
  })
  await room.dossier(number)
  const rows: [to: string, ton: number, from: string, fromTon: number][] = [
    ['8188', 3, '8188', 3],
    ['8288', 0, '8288', 0],
    ['8499000', 1, '+8499000', 1],
    ['9999', 3, '8188', 0],
    ['848188', 1, '8188', 0],
    ['08288', 2, '8288', 0],
  ]
  for (const [nth, [to, dest_addr_ton, from, ton]] of rows.entries()) {
    await peer.text(phone(nth), nth === 1 ? 'HELP' : question, { destination_addr: to, dest_addr_ton })
    await until(`${to} is answered`, () => peer.to(phone(nth)).length === 1)
    t.match(peer.to(phone(nth))[0], { from, ton }, to)
  }
  t.match(peer.to(phone(1))[0]!.text, /gui 8288/, 'and names it')
})

t.test('long texts', async (t: Test) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, {
    links: [linkTo(fake)],
    perSender: noCaps,
    partsTimeoutSeconds: 2,
  })
  const old = await room.dossier(number)
  const other = await room.dossier('000.00.15.H45-190521-0004', { dossierStatus: 'finished' })
  await fake.until('the link is bound', () => fake.boundCount === 1)
  const from = '84907000001'
  const part = (text: string, nth: number, ref = 7) =>
    fake.deliver(
      {
        source_addr_ton: 1,
        source_addr: from,
        destination_addr: '8188',
        esm_class: 0x40,
        short_message: Buffer.concat([Buffer.from([5, 0, 3, ref, 2, nth]), Buffer.from(text)]),
      },
      from,
    ).taken
  await t.test(
    'a reused reference begins a new text, and what there was of the old is answered too',
    async (t) => {
      await part(`HS ${old.no.text} va nua`, 1)
      const coming = fake.replyTo(from)
      await part(`HS ${other.no.text} va`, 1)
      await part(' xin cam on', 2)
      t.match((await coming)?.text, /0004: Da co ket qua/)
      t.match((await fake.replyTo(from))?.text, /0003: Dang xu ly/)
    },
  )
  await t.test('a reused reference with another number of parts begins a new text, too', async (t) => {
    const started = fake.received.length
    const three = Buffer.concat([Buffer.from([5, 0, 3, 11, 3, 1]), Buffer.from(`HS ${old.no.text} va`)])
    await fake.deliver(
      {
        source_addr_ton: 1,
        source_addr: from,
        destination_addr: '8188',
        esm_class: 0x40,
        short_message: three,
      },
      from,
    ).taken
    await part(`HS ${other.no.text} va`, 1, 11)
    await part(' xin cam on', 2, 11)
    await until('both are answered', () => fake.received.length === started + 2)
    t.match(fake.received[started]!.text, /0004: Da co ket qua/)
    t.match(fake.received[started + 1]!.text, /0003: Dang xu ly/)
  })
  await t.test('a doubled part brings no second reply', async (t) => {
    const before = fake.received.length
    const coming = fake.replyTo(from)
    await part(`Kinh gui HS ${old.no.text}`, 1, 9)
    await part(' cam on', 2, 9)
    await coming
    await part(' cam on', 2, 9)
    await until('nothing is left', async () => (await room.ledger().waiting()) === 0)
    await delay(3500)
    t.equal(fake.received.length, before + 1)
  })
})

t.test('nodes of one peer that spell our number in different ways bring one text, not two', async (t) => {
  const redis = await startRedis(t)
  const peer = await startScriptedSmsc(t)
  const room = await openRoom(t, redis, { links: [linkTo(peer, { name: 'nodes' })], perSender: noCaps })
  await room.dossier(number)
  await until('the link is bound', () => peer.boundCount === 1)
  const bring = (from: string, destination_addr: string, fields: Record<string, unknown>) =>
    peer.bring('deliver_sm', { source_addr_ton: 1, source_addr: from, destination_addr, ...fields })
  for (const to of ['8188', '848188', '+848188'])
    await bring(phone(1), to, { short_message: Buffer.from(question) })
  const part = (nth: number, body: string) => ({
    esm_class: 0x40,
    short_message: Buffer.concat([Buffer.from([5, 0, 3, 7, 2, nth]), Buffer.from(body)]),
  })
  await bring(phone(2), '8188', part(1, 'Cho hoi ho so '))
  await bring(phone(2), '848188', part(2, number))
  await until('the long text is answered', () => peer.to(phone(2)).length === 1, 10_000)
  t.match(peer.to(phone(2))[0]?.text, /0003: Dang xu ly/)
  await until('nothing is left', async () => (await room.ledger('nodes').waiting()) === 0)
  t.equal(peer.to(phone(1)).length, 1, 'the short text once')
})

t.test(
  'the same long text is a redelivery for as long as a short one, and then another question',
  async (t) => {
    const redis = await startRedis(t)
    const peer = await startScriptedSmsc(t)
    const sms = { perSender: noCaps, duplicateWindowSeconds: 2 }
    const room = await openRoom(t, redis, { links: [linkTo(peer, { name: 'again' })], ...sms })
    await room.dossier(number)
    const ways: ((nth: number, body: string) => Record<string, unknown>)[] = [
      (nth, body) => ({
        esm_class: 0x40,
        short_message: Buffer.from(`\x05\0\x03\x07\x02${String.fromCharCode(nth)}${body}`),
      }),
      (nth, body) => ({
        esm_class: 0x40,
        short_message: Buffer.from(`\x06\x08\x04\x01\x07\x02${String.fromCharCode(nth)}${body}`),
      }),
      (nth, body) => ({
        short_message: Buffer.from(body),
        sar_msg_ref_num: 9,
        sar_total_segments: 2,
        sar_segment_seqnum: nth,
      }),
    ]
    const bring = () =>
      Promise.all(
        ways.map(async (way, nth) => {
          await peer.text(phone(nth), '', way(1, 'HS 000.00.15.H45'))
          await peer.text(phone(nth), '', way(2, '-190521-0003'))
        }),
      )
    await bring()
    await until('each is answered', async () => (await room.ended('answered', 'again')) === 3)
    await bring()
    await delay(2500)
    t.same(repliesOf(peer, 3), [1, 1, 1], 'once')
    await bring()
    await until('each is answered again', async () => (await room.ended('answered', 'again')) === 6)
    t.same(repliesOf(peer, 3), [2, 2, 2])
  },
)

t.test('what Redis did and could not say is found within seconds', async (t) => {
  const redis = await startRedis(t)
  const peer = await startScriptedSmsc(t)
  const path = `${redis.socket}.proxy`
  const proxy = await startFaultProxy(t, { path: redis.socket }, path)
  const room = await openRoom(
    t,
    { ...redis, socket: path },
    { links: [linkTo(peer, { name: 'lossy' })], perSender: noCaps },
  )
  await room.dossier(number)
  const part = (from: string, text: string, nth: number) =>
    peer.text(from, '', {
      esm_class: 0x40,
      short_message: Buffer.concat([Buffer.from([5, 0, 3, 7, 2, nth]), Buffer.from(text)]),
    })
  const rows: [label: string, lost: string, bring: (from: string) => Promise<unknown>][] = [
    ['that a short text is kept', '"arrivals":[{', (from) => peer.text(from, question)],
    [
      'that the last part is kept',
      '"part":[',
      async (from) => {
        await part(from, `Kinh gui, HS ${number} va`, 1)
        await part(from, ' xin cam on', 2)
      },
    ],
    [
      'that a long text is joined',
      '"parts":"',
      async (from) => {
        await part(from, `Kinh gui, HS ${number} va`, 1)
        await part(from, ' xin cam on', 2)
      },
    ],
  ]
  for (const [nth, [label, lost, bring]] of rows.entries())
    await t.test(label, async (t) => {
      proxy.set({ losesReplyTo: lost })
      await bring(phone(nth))
      await until('it is answered', () => peer.to(phone(nth)).length > 0, 8000)
      await until('nothing is left', async () => (await room.ledger('lossy').waiting()) === 0)
      t.equal(peer.to(phone(nth)).length, 1)
    })
})

t.test('three long replies to one text are three messages, each with its own reference', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)], perSender: noCaps })
  const texts = ['0003', '0004', '0005'].map((nth) => `000.00.15.H45-190521-${nth}`)
  for (const text of texts) await room.dossier(text)
  await fake.until('the link is bound', () => fake.boundCount === 1)
  await fake.text(phone(1), `DAU ${texts.join(' va ')}`).taken
  await until('all are out', async () => (await room.ended('answered')) === 3)
  const references = fake.received.map(({ udh }) => udh?.toString('hex', 2, udh.length - 1))
  t.equal(references.length, 6)
  t.equal(new Set(references).size, 3)
})
