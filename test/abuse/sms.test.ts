// What people who can send texts can do to the SMS channel, and what an outage does to it: robots, pumping, a victim's number
// in the sender field, hours of stored questions. Larger by environment: ROBOT_SECONDS (120), PUMPING_SENDERS
// (10000), BACKLOG_TEXTS (50000) are the sizes of a full proof.
import t from 'tap'
import type { Log } from '../../src/log.js'
import { type FakeSmsc, startFakeSmsc } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, openRoom, type SmsRoom, until } from '../sms/room.js'

const robotSeconds = Number(process.env.ROBOT_SECONDS ?? 3)
const pumpingSenders = Number(process.env.PUMPING_SENDERS ?? 1000)
const backlogTexts = Number(process.env.BACKLOG_TEXTS ?? 1000)
const patienceMs = 60_000 + robotSeconds * 2000 + pumpingSenders * 10 + backlogTexts * 20
t.setTimeout(2 * patienceMs)
const number = '000.00.15.H45-190521-0003'
const question = `HS ${number}`
const noCaps = { replies: 100_000, perDay: 100_000, identical: 100_000 }

const reasonsOf = async (room: SmsRoom, link = 'smsc-a') => room.ledger(link).ends()
const repliesTo = (fake: FakeSmsc, to: string) => fake.received.filter((mt) => mt.to === to).length

/** A log of which the errors are kept. */
function listeningLog() {
  const errors: string[] = []
  const log: Log = {
    trace() {},
    debug() {},
    info() {},
    warn() {},
    fatal() {},
    error: ({ evt }: { evt: string }) => void errors.push(evt),
  }
  return { log, errors }
}

t.test(`S-07: robots that answer everything for ${robotSeconds} s`, { timeout: patienceMs }, async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)] })
  await room.dossier(number)
  await fake.until('the link is bound', () => fake.boundCount === 1)
  const { replies: cap } = room.config.sms.perSender
  let people = 0
  for (const [nth, [kind, robot]] of Object.entries({
    'repeats what it hears': { echoes: true },
    'is away': { awayText: 'Toi dang ban, se goi lai sau' },
    'says something new each time': { awayText: `Ban vua hoi HS ${number} lan thu {n}` },
  }).entries()) {
    const phone = `8490700000${nth}`
    fake.behave(robot)
    const over = Date.now() + (robotSeconds * 1000) / 3
    let texts = 0
    while (Date.now() < over) {
      // It does not tire of silence either.
      await fake.text(phone, `${question} ${texts++}`).taken
      // Somebody else asks now and then; a robot must not take the reply for its own.
      if (texts % 20 !== 1) continue
      fake.behave({ echoes: false, awayText: '' })
      const person = `8490711${String(people++).padStart(4, '0')}`
      const coming = fake.replyTo(person, 30_000)
      fake.text(person, question)
      t.match((await coming)?.text, /Dang xu ly/, 'another sender is unaffected')
      fake.behave(robot)
    }
    fake.behave({ echoes: false, awayText: '' })
    const heard = repliesTo(fake, phone)
    t.ok(heard >= 1 && heard <= cap, `a robot that ${kind}: ${heard} replies to ${texts} texts, cap ${cap}`)
  }
})

t.test(`S-08: ${pumpingSenders} senders of one number block`, { timeout: patienceMs }, async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const { log, errors } = listeningLog()
  const ceiling = Math.floor(pumpingSenders / 10)
  const room = await openRoom(t, redis, { links: [linkTo(fake)], repliesPerHour: ceiling }, { log })
  await room.dossier(number)
  await fake.until('the link is bound', () => fake.boundCount === 1)
  const hourOf = () => Math.floor(Date.now() / 3_600_000)
  const hours = -hourOf()
  for (let nth = 0; nth < pumpingSenders; nth++) fake.text(String(84_901_200_000 + nth), question)
  await fake.until('every text was taken', () => fake.waiting === 0, patienceMs)
  await until('every text has its end', async () => (await total(room)) === pumpingSenders, patienceMs)
  const most = ceiling * (hours + hourOf() + 1)
  t.ok(
    fake.received.length >= ceiling && fake.received.length <= most,
    `${fake.received.length} replies of at most ${most}`,
  )
  const reasons = await reasonsOf(room)
  t.equal(reasons.ceiling, pumpingSenders - fake.received.length, 'the others have their reason')
  t.ok(errors.includes('sms.ceiling'), 'and somebody is told')
  for (let nth = 0; nth < 50; nth++) fake.text(String(12_025_550_100 + nth), question)
  await fake.until('strangers were taken', () => fake.waiting === 0)
  t.equal((await reasonsOf(room)).prefix, 50, 'a block of another country costs nothing')
})

t.test('S-09: a victim’s number in the sender field, on two links at once', async (t) => {
  const redis = await startRedis(t)
  const [a, b] = [await startFakeSmsc(), await startFakeSmsc()]
  t.teardown(() => Promise.all([a.close(), b.close()]))
  const room = await openRoom(t, redis, {
    links: [linkTo(a, { binds: 2 }), linkTo(b, { name: 'smsc-b', shortCode: '8199' })],
    perSender: { replies: 100, perDay: 15 },
  })
  const { lookupNumber } = await room.dossier(number)
  await a.until('all sessions are bound', () => a.boundCount === 2 && b.boundCount === 1)
  const victim = '84907777777'
  const texts = 100
  for (let nth = 0; nth < texts; nth++)
    (nth % 2 ? a : b).text(
      victim,
      nth % 4 ? `HS 000.00.15.H45-190522-${1000 + nth}` : `HS ${lookupNumber} ${nth}`,
    )
  await until('each has its end', async () => (await total(room)) + (await total(room, 'smsc-b')) === texts)
  const heard = [...a.received, ...b.received].filter(({ to }) => to === victim)
  t.equal(heard.length, 15, 'the cap of a day, over both links and three sessions')
  const capped = (await reasonsOf(room)).capped! + (await reasonsOf(room, 'smsc-b')).capped!
  t.equal(capped, texts - 15, 'the others have their reason')
  for (const { text } of heard) t.notMatch(text, /\b(ong|ba|anh|chi) [A-Z]|0?9\d{8}/, 'nothing personal')
  const other = a.replyTo('84908888888')
  a.text('84908888888', question)
  t.match((await other)?.text, /Dang xu ly/, 'another phone is unaffected')
})

t.test(
  `S-10: six hours' outage, then ${backlogTexts} stored questions`,
  { timeout: patienceMs },
  async (t) => {
    const redis = await startRedis(t)
    const fake = await startFakeSmsc({ behaviour: { refuseWith: 0x58 } })
    t.teardown(() => fake.close())
    const throughput = Math.max(100, backlogTexts / 20)
    const room = await openRoom(t, redis, {
      links: [linkTo(fake, { window: 10, throughput })],
      perSender: noCaps,
      replyMaxAgeSeconds: 1800,
    })
    await room.dossier(number)
    // Time passes for the gateway while nobody waits for it; the link sees a silence of hours and is bound again.
    const real = Date.now
    let ahead = 0
    Date.now = () => real() + ahead
    t.teardown(() => {
      Date.now = real
    })
    const counts = { old: backlogTexts / 2, younger: backlogTexts / 4, fresh: backlogTexts / 4 }
    const prefixes = { old: '84931', younger: '84932', fresh: '84933' }
    const ask = async (age: keyof typeof counts) => {
      for (let nth = 0; nth < counts[age]; nth++)
        fake.text(`${prefixes[age]}${String(nth).padStart(6, '0')}`, question)
      await fake.until(`the ${age} questions are stored`, () => fake.waiting === 0, patienceMs)
    }
    await ask('old')
    ahead += 6 * 3_600_000
    await ask('younger')
    ahead += 600_000
    await ask('fresh')
    t.equal(fake.received.length, 0, 'nothing has left')
    fake.behave({ refuseWith: 0 })
    await until('every question has its end', async () => (await total(room)) === backlogTexts, patienceMs)
    const reasons = await reasonsOf(room)
    t.equal(reasons.expired, counts.old, 'the old ones expired')
    t.equal(reasons.answered, counts.younger + counts.fresh, 'the others are answered')
    t.equal(fake.received.length, counts.younger + counts.fresh, 'once')
    const ages = fake.received.map(({ to }) => to.slice(0, 5))
    const lastFresh = ages.lastIndexOf(prefixes.fresh)
    const before = ages.slice(0, lastFresh).filter((age) => age === prefixes.younger).length
    // Replies in flight when the SMSC refused them are retried first: a window's worth, and what was tried since.
    t.ok(before <= 100, `${before} younger ones were answered before the last fresh one`)
    const busiest = Math.max(...fake.received.map(({ at }, nth) => countWithin(fake, nth, at + 1000)))
    t.ok(busiest <= throughput * 1.2 + 10, `${busiest} replies in the busiest second, ${throughput} agreed`)
  },
)

function countWithin(fake: FakeSmsc, from: number, end: number): number {
  let count = 0
  while (from + count < fake.received.length && fake.received[from + count]!.at < end) count++
  return count
}

/** Texts that have come to an end, of whatever kind. */
async function total(room: SmsRoom, link?: string): Promise<number> {
  return Object.values(await reasonsOf(room, link)).reduce((sum, count) => sum + count, 0)
}
