// The simulated SMSC's control door, as somebody with only curl uses it: each misbehaviour of S-01 to S-10 on command,
// and the gateway's visible reaction.
import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, openRoom, until } from './room.js'

const number = '000.00.15.H45-190521-0003'
const question = `HS ${number}`

t.test('every misbehaviour can be commanded from outside', { timeout: 360_000 }, async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc({ control: true })
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, {
    links: [linkTo(fake)],
    partsTimeoutSeconds: 1,
    repliesPerHour: 1000,
  })
  await room.dossier(number)
  await fake.until('the link is bound', () => fake.boundCount === 1)

  // biome-ignore lint/suspicious/noExplicitAny: what the door says is looked at field by field
  const told = async (response: Response): Promise<any> => response.json()
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${fake.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await told(response) }
  }
  const command = async (path: string, body: object = {}) => (await ask('POST', path, body)).body
  const behave = async (changes: object) => (await ask('PATCH', '/behaviour', changes)).body
  const state = async () => (await ask('GET', '/state')).body as Record<string, number>
  const text = (changes: object = {}) =>
    command('/text', { from: phone(), text: question, ...changes }) as Promise<{
      taken: boolean
      commandStatus: number
      reply?: { text: string }
      replies: { text: string }[]
    }>
  let phones = 0
  const phone = () => `849${String(30_000_000 + phones++)}`
  const reasons = () => room.ledger().ends()
  const repliesTo = (to: string) => fake.received.filter((mt) => mt.to === to).length
  const bound = () => fake.until('the link is bound', () => fake.boundCount === 1)

  await t.test('GET /behaviour lists a command for each row, and says what is set', async (t) => {
    const { body } = await ask('GET', '/behaviour')
    const { rows, ...knobs } = body as { rows: Record<string, string[]> }
    t.same(
      Object.keys(rows).map((row) => row.slice(0, 4)),
      Array.from({ length: 10 }, (_, nth) => `S-${String(nth + 1).padStart(2, '0')}`),
    )
    const named = Object.values(rows).flat().join(' ')
    for (const knob of Object.keys(knobs))
      if (!['redeliverAfterMs', 'window', 'numbersTexts'].includes(knob)) t.match(named, knob)
  })

  await t.test('what cannot be carried out is refused in words', async (t) => {
    for (const [method, path, body, says] of [
      ['PATCH', '/behaviour', { sulks: true }, /unknown: sulks; known: dropEveryMs/],
      ['PATCH', '/behaviour', { blackHole: 'yes' }, /blackHole: a boolean/],
      ['POST', '/text', { from: '84901', fields: { colour: 1 } }, /no colour in a deliver_sm/],
      ['POST', '/text', { from: '84901', fields: { short_message: 7 } }, /fields/],
      ['POST', '/text', { from: '84901', text: 'x', parts: 2, by: 'pigeon' }, /udh8, udh16, sar, payload/],
      ['POST', '/drop', { how: 'gently' }, /end, reset, unbind/],
      ['POST', '/hostile', { name: 'kind words' }, /GET \/hostile/],
      ['POST', '/flood', { from: 'VIETTEL' }, /first phone of a row/],
    ] as const) {
      const { status, body: said } = await ask(method, path, body)
      t.equal(status, 400, `${path} ${JSON.stringify(body)}`)
      t.match(said.error, says)
    }
    t.equal((await ask('GET', '/nothing')).status, 404)
  })

  await t.test('S-01: cut, reset, unbound and silent links are bound anew', async (t) => {
    for (const how of ['end', 'reset', 'unbind']) {
      const { binds } = await state()
      await command('/drop', { how })
      await fake.until(`bound anew after ${how}`, () => fake.counts.binds > binds!)
    }
    const { binds } = await state()
    await behave({ answersEnquire: false })
    await fake.until('a link without answers is left', () => fake.counts.binds > binds!)
    await behave({ answersEnquire: true })
    await bound()
    t.match((await text()).reply?.text, /Dang xu ly/)
  })

  await t.test('S-02: what is brought again is answered once, whatever its sequence number', async (t) => {
    const from = phone()
    await text({ from, sequence: 777_777 })
    const before = Number((await reasons()).duplicate ?? 0)
    for (const sameSequence of [true, false])
      t.same(await command('/redeliver', { sameSequence }), { redelivered: 1 })
    await until('both are known', async () => Number((await reasons()).duplicate ?? 0) === before + 2)
    t.equal(repliesTo(from), 1)
    t.match((await text({ from })).reply?.text, /Dang xu ly/, 'while a text sent anew is a new question')
    t.equal((await text({ from, numbered: false, waitMs: 2000 })).replies.length, 1)
    t.equal((await text({ from, numbered: false, waitMs: 300 })).replies.length, 0, 'unless not numbered')
  })

  await t.test('S-03: throttled, queue full, system error: later, and in the end', async (t) => {
    const counters = ['throttled', 'queueFull', 'systemErrors']
    for (const [nth, share] of ['throttleShare', 'queueFullShare', 'systemErrorShare'].entries()) {
      const before = (await state())[counters[nth]!]!
      await behave({ [share]: 1 })
      const coming = text({ waitMs: 20_000 })
      await until(share, async () => (await state())[counters[nth]!]! > before)
      await behave({ [share]: 0 })
      t.match((await coming).reply?.text, /Dang xu ly/, share)
    }
  })

  await t.test('S-04: a lost response costs one reply more', async (t) => {
    const from = phone()
    await behave({ loseResps: 1 })
    await text({ from })
    await fake.until('it comes once more', () => repliesTo(from) === 2)
    t.equal((await state()).lostResponses, 1)
  })

  await t.test('S-05: parts by each header, in any order, doubled and missing', async (t) => {
    const long = `${'Kinh gui quy co quan, toi muon hoi ve ho so. '.repeat(4)}${question}`
    for (const by of ['udh8', 'udh16', 'sar', 'payload'])
      for (const order of ['shuffled', 'reversed', [2, 3, 1, 1]]) {
        const { replies } = await text({ text: long, parts: 3, by, order })
        t.equal(replies.length, 1, `${by} ${order}`)
        t.match(replies[0]?.text, /Dang xu ly/)
      }
    const { reply } = await text({ text: long, parts: 3, order: [2, 3] })
    t.match(reply?.text, /Dang xu ly/, 'the first part is missing: what is there is answered')
  })

  await t.test('S-06: hostile bytes by name and in hex, and the link lives', async (t) => {
    const { body } = await ask('GET', '/hostile')
    t.equal(body.length, 500)
    for (const name of ['length 2147483648', 'UDH 7f00', 'a body of 65536', 'tail 0204 0001 00'])
      t.match(await command('/hostile', { name }), { sent: 1, answeredAfterwards: 1 }, name)
    await command('/raw', { hex: '00000010 00000999 00000000 00000001' })
    t.match(await command('/enquire'), { sessions: 1 })
    t.ok((await state()).nacks! > 0, 'an unknown command is nacked')
    const odd = { data_coding: 255, short_message: { hex: '00 ff 1b' } }
    t.match(await text({ fields: odd, waitMs: 300 }), { taken: true, replies: [] })
    await bound()
    t.match((await text()).reply?.text, /Dang xu ly/)
  })

  await t.test('S-07: robots', async (t) => {
    for (const [robot, atMost] of [
      [{ echoes: true }, 1],
      [{ awayText: 'Toi dang ban, se goi lai sau' }, 6],
      [{ awayText: 'Toi la may so {n}' }, 6],
    ] as const) {
      await behave(robot)
      const from = phone()
      const before = await reasons()
      await text({ from, waitMs: 1000 })
      await until('it is silenced', async () => {
        const now = await reasons()
        return ['quoted', 'help-capped', 'capped'].some((reason) => now[reason] !== before[reason])
      })
      await behave({ echoes: false, awayText: '' })
      t.ok(repliesTo(from) <= atMost, `${repliesTo(from)} replies to ${JSON.stringify(robot)}`)
    }
  })

  await t.test('S-08: senders who are not to be answered', async (t) => {
    const before = await reasons()
    await text({ from: 'VIETTEL', fields: { source_addr_ton: 5, source_addr_npi: 0 }, waitMs: 300 })
    t.match(await command('/flood', { from: '12025550000', senders: 10, text: question }), {
      queued: 10,
      to: '12025550009',
    })
    await fake.until('all were taken', () => fake.waiting === 0)
    const now = await reasons()
    t.equal(Number(now.alphanumeric) - Number(before.alphanumeric ?? 0), 1)
    t.equal(Number(now.prefix) - Number(before.prefix ?? 0), 10)
  })

  await t.test('S-09: one phone that many texts bear the name of', async (t) => {
    const from = phone()
    const before = Number((await reasons()).capped ?? 0)
    await command('/flood', { from, texts: 40, text: `${question} {n}` })
    await until('the rest is capped', async () => Number((await reasons()).capped ?? 0) > before + 25)
    t.ok(repliesTo(from) <= 10)
  })

  await t.test('S-10: what piled up during an outage comes in a flood', async (t) => {
    await behave({ holdsTexts: true })
    await command('/flood', { from: '84935000000', senders: 60, text: question })
    t.match(await state(), { waiting: 60 })
    await behave({ holdsTexts: false, submitsPerSecond: 50 })
    const mine = () => fake.received.filter(({ to }) => to.startsWith('84935')).length
    await fake.until('each is answered', () => mine() === 60, 30_000)
    await behave({ submitsPerSecond: 0 })
    t.equal((await state()).waiting, 0)
  })
})
