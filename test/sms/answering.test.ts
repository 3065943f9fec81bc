import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Mt, partsBy, startFakeSmsc, type TextOptions } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, openRoom } from './room.js'

const dueAt = Date.parse('2030-12-05T10:00:00+07:00')
let phones = 0
const newPhone = () => `849${String(20_000_000 + phones++)}`

t.test('a text is answered', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc({ control: true })
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, {
    links: [
      linkTo(fake, {
        billing: { valid: 'PAY', invalid: 'FREE', tlv: { tag: 0x1501, valid: '71', invalid: '72' } },
      }),
    ],
    partsTimeoutSeconds: 1,
    keywords: { help: ['giup toi'] },
  })
  await fake.until('the link is bound', () => fake.boundCount === 1)
  const { no, lookupNumber } = await room.dossier('000.00.15.H45-190521-0003', {
    dossierStatus: 'processing',
    dueAt,
  })
  const second = await room.dossier('000.00.15.H45-190521-0004', { dossierStatus: 'finished' })
  const grouped = `${lookupNumber.slice(0, 4)} ${lookupNumber.slice(4, 8)} ${lookupNumber.slice(8)}`

  /** Sends texts and returns the replies once the inbox is empty again. */
  const ask = async (
    text: string,
    { from = newPhone(), ...options }: TextOptions & { from?: string } = {},
  ): Promise<Mt[]> => {
    const before = fake.received.length
    await fake.text(from, text, options).taken
    await settled()
    return fake.received.slice(before).filter((mt) => mt.to === from)
  }
  const settled = async () => {
    await until(async () => (await room.ledger().waiting()) === 0)
  }

  await t.test('by either number, with number, state, date, age and phone in one segment', async (t) => {
    const [reply] = await ask(`HS ${no.text}`)
    t.match(
      reply!.text,
      /^000\.00\.15\.H45-190521-0003: Dang xu ly, xin cho den ngay hen\. Hen tra 05\/12\/2030\. Cap nhat \d\d:\d\d \d\d\/\d\d\. DT 0257/,
    )
    t.ok(reply!.text.length <= 160)
    t.equal(reply!.dataCoding, 0)
    t.equal(reply!.from, '8188')
    t.match((await ask(lookupNumber))[0]!.text, new RegExp(`^${grouped}: Dang xu ly`))
    t.match(
      (await ask(`EN ${lookupNumber}`))[0]!.text,
      /In progress, wait for the promised date\. Due 5 Dec 2030\. As of /,
    )
  })

  await t.test('in any order and with any noise', async (t) => {
    for (const text of [
      `hs ${grouped}`,
      `H S ${lookupNumber}`,
      `HS${lookupNumber}`,
      `${lookupNumber} hs`,
      `tra cuu   ${grouped} giup toi voi a`,
      `Tra cứu hồ sơ ${grouped} đến đâu rồi ạ, bao giờ xong?`,
      `Tra cứu ${grouped}`.normalize('NFD'),
      `TC ${lookupNumber}`,
      `mã hồ sơ: ${lookupNumber}!!!`,
    ]) {
      const replies = await ask(text)
      t.equal(replies.length, 1, text)
      t.match(replies[0]?.text, new RegExp(`^${grouped}: Dang xu ly`), text)
    }
    const several = await ask(`HS ${lookupNumber} va ${second.no.text}`)
    t.same(
      several.map((mt) => mt.text.split(':')[1]!.slice(1, 10)).sort(),
      ['Da co ket', 'Dang xu l'],
      'two numbers, two replies',
    )
  })

  await t.test(
    'with help when there is nothing to look up, and the citizen’s own text put right',
    async (t) => {
      for (const text of ['?', 'HELP', 'hd', 'xin chao', 'giúp tôi', ''])
        t.match((await ask(text))[0]?.text, /^Soan HS ma-ho-so gui 8188/, JSON.stringify(text))
      t.match((await ask('HS 000.00.15.H45-210519-9999'))[0]?.text, /chua co du lieu/, 'an unknown number')
      t.match((await ask('HS 000.00.15.H45-190521-3'))[0]?.text, /Co phai: .*190521-0003\?/)
      t.match((await ask('HS 2.000815.000.00.00.H55'))[0]?.text, /ma thu tuc/)
      // The second is a day that comes yet.
      for (const number of ['000.00.15.H45-191345-0003', '000.00.15.H45-990521-0003'])
        t.match((await ask(`HS ${number}`))[0]?.text, /Ngay trong ma ho so khong dung/, number)
    },
  )

  await t.test('with accents when asked for, in parts that belong together', async (t) => {
    const parts = await ask(`DAU ${lookupNumber}`)
    t.equal(parts[0]!.dataCoding, 8)
    t.ok(parts.length <= 2)
    t.match(parts.map((mt) => mt.text).join(''), /Đang xử lý/)
    if (parts.length === 2)
      t.same(
        parts.map((mt) => [...mt.udh!].slice(-2)),
        [
          [2, 1],
          [2, 2],
        ],
      )
  })

  await t.test('with a billing hint for what the citizen got', async (t) => {
    const [found] = await ask(lookupNumber)
    const [missed] = await ask('HS 000.00.15.H45-210519-9998')
    t.same([found!.serviceType, missed!.serviceType], ['PAY', 'FREE'])
    t.same([String(found!.tlvs[0x1501]), String(missed!.tlvs[0x1501])], ['71', '72'])
  })

  await t.test(
    'once, however often the SMSC brings it; and again when the citizen asks again later',
    async (t) => {
      const from = newPhone()
      fake.behave({ redeliverAcknowledged: true })
      t.equal((await ask(lookupNumber, { from })).length, 1)
      fake.behave({ redeliverSameSequence: true })
      t.equal((await ask(`HS ${lookupNumber}`, { from })).length, 1)
      fake.behave({ redeliverAcknowledged: false, redeliverSameSequence: false })
      t.equal(
        (await ask(`HS ${lookupNumber}`, { from })).length,
        1,
        'a text that the SMSC has numbered as another one is another one',
      )
      const other = newPhone()
      fake.behave({ numbersTexts: false })
      t.equal((await ask(`HS ${lookupNumber}`, { from: other })).length, 1)
      t.equal(
        (await ask(`HS ${lookupNumber}`, { from: other })).length,
        0,
        'of an SMSC that numbers none, the same text within the window is a redelivery',
      )
      const marks = await room.door.request.keys('{sms:smsc-a}:seen:*')
      await room.door.request.del(...marks) // the window has passed
      t.equal((await ask(`HS ${lookupNumber}`, { from: other })).length, 1)
      fake.behave({ numbersTexts: true })
      t.equal(
        await room.counted('gateway_sms_suppressed_total', { reason: 'duplicate' }),
        await room.ended('duplicate'),
        'what was seen before is counted, in the metrics as in the store',
      )
    },
  )

  await t.test('in long texts of two to four parts, shuffled, doubled, and with one missing', async (t) => {
    const long = `${'Kinh gui quy co quan, toi muon hoi ve ho so cua gia dinh. '.repeat(3)}HS ${lookupNumber}`
    for (const by of partsBy) {
      for (const parts of [2, 3, 4]) {
        // Every order they can come in, and each time another one comes twice.
        const asked = ordersOf(parts).map((order, nth) => {
          const phone = newPhone()
          fake.longText(phone, long, { parts, by, order: [...order, order[nth % parts]!] })
          return phone
        })
        await fake.until('all parts were taken', () => fake.waiting === 0)
        await settled()
        const repliesTo = countBy(fake.received.map(({ to }) => to))
        t.same(
          asked.filter((phone) => repliesTo.get(phone) !== 1),
          [],
          `${by} in ${parts} parts: each of ${asked.length} orders is answered once`,
        )
      }
    }
    const from = newPhone()
    const coming = fake.replyTo(from)
    const begin = 'Kinh gui quy co quan, '
    const [middle, end] = ['.'.repeat(begin.length), `HS ${lookupNumber}`.padEnd(begin.length)]
    fake.longText(from, begin + middle + end, { parts: 3, by: 'udh8', order: [3, 1] })
    t.match(
      (await coming)?.text,
      new RegExp(`^${grouped}: Dang xu ly`),
      'what is there is answered after the time-out',
    )
    const half = newPhone()
    const help = fake.replyTo(half)
    fake.longText(half, 'xin hỏi về hồ sơ của', { parts: 2, by: 'udh8', order: [1] })
    t.match((await help)?.text, /^Soan HS/, 'a part without sense gets help')
    await settled()
    t.same(await room.door.request.keys('{sms:smsc-a}:part*'), [], 'no part is left behind')
  })

  await t.test('never to robots, names, strangers, or our own numbers', async (t) => {
    t.same(
      await ask(`HS ${lookupNumber}`, {
        from: 'VIETTEL',
        fields: { source_addr_ton: 5, source_addr_npi: 0 },
      }),
      [],
    )
    t.same(await ask(`HS ${lookupNumber}`, { from: '8188' }), [])
    t.same(await ask(`HS ${lookupNumber}`, { from: '12025550123' }), [])
    t.same(await ask(`HS ${lookupNumber}`, { from: '1900' }), [])
    t.equal(
      (await ask(`HS ${lookupNumber}`, { from: '0907654321', fields: { source_addr_ton: 2 } })).length,
      1,
    )
    t.match(await room.ledger().ends(), {
      alphanumeric: 1,
      loop: 1,
      prefix: 2,
    })
  })

  await t.test('by a script that speaks as a phone', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'dgw-text-'))
    const sim = join(folder, 'sim.json')
    writeFileSync(sim, JSON.stringify({ smscControl: fake.control }))
    const run = async (...args: string[]) => {
      // As a person runs it: without the loaders the test runner hands to its children.
      const child = spawn('scripts/text', ['--sim', sim, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH },
      })
      let [out, err] = ['', '']
      child.stdout.on('data', (chunk) => (out += chunk))
      child.stderr.on('data', (chunk) => (err += chunk))
      const [code] = await once(child, 'close')
      return { code, out, err }
    }
    const good = await run('--from', newPhone(), `HS ${lookupNumber}`)
    t.equal(good.code, 0)
    t.match(good.out, new RegExp(`^${grouped}: Dang xu ly.*\n$`))
    const from = newPhone()
    const before = await run('--from', from, `HS ${second.no.text}`)
    t.match(before.out, /Da co ket qua/)
    await room.dossier(second.no.text, { dossierStatus: 'returned', eventTime: Date.now() + 1000 })
    const after = await run('--from', from, `HS ${second.no.text}`)
    t.notMatch(after.out, /Da co ket qua/, 'the same words a moment later are another question')
    t.match(after.out, new RegExp(second.no.text.replaceAll('.', '\\.')))
    const bad = await run('--from', '8188', '--wait', '0.5', 'HS 1')
    t.equal(bad.code, 1)
    t.match(bad.err, /no reply within 0\.5 s: the text was accepted/)
  })
})

t.test('an echoing robot gets one reply and then silence, while others are answered', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc({ behaviour: { echoes: true } })
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)] })
  const { lookupNumber } = await room.dossier('000.00.15.H45-190521-0003')
  fake.text('84901111111', `HS ${lookupNumber}`)
  await until(async () => (await room.ended('quoted')) === 1)
  t.equal(fake.received.length, 1, 'its own echo is recognised')
  fake.behave({ echoes: false })
  // A robot that sends something new each time has had its help for today.
  for (let nth = 0; nth < 30; nth++) await fake.text('84902222222', `I am away, call ${nth} again`).taken
  await until(async () => (await room.ended('help-capped')) === 29)
  t.equal(fake.received.filter((mt) => mt.to === '84902222222').length, 1, 'one help, then silence')
  const reply = fake.replyTo('84903333333')
  fake.text('84903333333', `HS ${lookupNumber}`)
  t.match((await reply)?.text, /Dang xu ly/)
})

t.test('the hourly ceiling stops sending, and says so', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const said: string[] = []
  const log = {
    trace() {},
    debug() {},
    info() {},
    warn() {},
    fatal() {},
    error: ({ evt }: { evt: string }) => void said.push(evt),
  }
  const room = await openRoom(t, redis, { links: [linkTo(fake)], repliesPerHour: 5 }, { log })
  const { lookupNumber } = await room.dossier('000.00.15.H45-190521-0003')
  for (let nth = 0; nth < 20; nth++) fake.text(newPhone(), `HS ${lookupNumber}`)
  await until(async () => (await room.ended('ceiling')) === 15)
  // Recorded is not yet delivered.
  await fake.until('five replies are there', () => fake.received.length >= 5)
  t.equal(fake.received.length, 5)
  t.ok(said.includes('sms.ceiling'))
})

/** All orders of the numbers 1 to `count`. */
function ordersOf(count: number): number[][] {
  if (count === 1) return [[1]]
  return ordersOf(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, at) => [...order.slice(0, at), count, ...order.slice(at)]),
  )
}

function countBy(all: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

async function until(condition: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('timed out')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

t.test('a store that was lost and came back empty answers the very next text', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)] })
  await fake.until('the link is bound', () => fake.boundCount === 1)
  for (const phone of ['84901000001', '84901000002', '84901000003']) {
    await room.door.request.flushall()
    const coming = fake.replyTo(phone)
    const mo = fake.text(phone, 'HS 000.00.15.H45-190521-0003')
    await mo.taken
    t.ok((await coming)?.text, 'a reply came')
    t.same(mo.answers, [0], 'and the text was taken at once')
  }
})
