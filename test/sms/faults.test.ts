// The promises of the SMS channel under faults, on real sockets and a real Redis. SMS_FAULT_TEXTS makes the runs larger:
// the sizes of a full proof are 20000 (drops and kills) and 10000 (two gateways).
import t, { type Test } from 'tap'
import { type FakeSmsc, type Mt, startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, lookupKey, openRoom, phoneKey, type SmsRoom } from './room.js'

const texts = Number(process.env.SMS_FAULT_TEXTS ?? 1500)
t.setTimeout(texts > 5000 ? 900_000 : 240_000)
const noCaps = { replies: 1000, perDay: 10_000, identical: 1000 }
const number = '000.00.15.H45-190521-0003'
const dueAt = Date.parse('2030-12-05T10:00:00+07:00')
const phone = (nth: number) => `849${String(10_000_000 + nth)}`

function byPhone(...peers: FakeSmsc[]): Map<string, Mt[]> {
  const replies = new Map<string, Mt[]>()
  for (const peer of peers)
    for (const mt of peer.received) {
      const list = replies.get(mt.to)
      if (list) list.push(mt)
      else replies.set(mt.to, [mt])
    }
  return replies
}

/**
 * Every phone has its reply; a second one only if an earlier one's response never reached us, or reached a process that
 * was killed before it could record it (`unwritten`).
 */
function audit(t: Test, peers: FakeSmsc[], count: number, unwritten: ReadonlySet<string> = new Set()) {
  const replies = byPhone(...peers)
  const silent: string[] = []
  const unexplained: string[] = []
  let doubles = 0
  for (let nth = 0; nth < count; nth++) {
    const got = replies.get(phone(nth)) ?? []
    if (got.length === 0) silent.push(phone(nth))
    if (got.length > 1) {
      doubles++
      if (got.length > 2 || !(got[0]!.isRespLost || unwritten.has(phone(nth))))
        unexplained.push(`${phone(nth)} ×${got.length}`)
    }
  }
  t.same(unexplained, [], 'no reply is doubled unless its submit_sm_resp was lost')
  return { silent, doubles, replies }
}

/** Phones whose reply was given up because two submits of it had no response. */
async function givenUp(room: SmsRoom): Promise<Set<string>> {
  const letters = await room.ledger().dead(texts)
  return new Set(
    letters.flatMap(({ reason, phone }) => (reason === 'outcome-unknown' && phone ? [phone] : [])),
  )
}

/** Phones of the questions that stand in the inbox as not yet answered. */
async function phonesInInbox(room: SmsRoom): Promise<string[]> {
  return (await room.ledger().held()).map(({ asked }) => asked.phone.address)
}

/** Submits to a phone that the SMSC itself lost: discarded with a cut connection, or accepted without a response. */
const lostBy = (fake: FakeSmsc, to: string, replies: readonly Mt[] = []) =>
  (fake.lostSubmits.get(to) ?? 0) + replies.filter(({ isRespLost }) => isRespLost).length

async function allTaken(fake: FakeSmsc, count: number, timeoutMs: number) {
  for (let nth = 0; nth < count; nth++) fake.text(phone(nth), `HS ${number}`)
  await fake.until('every text was taken', () => fake.waiting === 0, timeoutMs)
}

async function allSettled(room: SmsRoom, fake: FakeSmsc, timeoutMs: number) {
  const deadline = Date.now() + timeoutMs
  while ((await room.ledger().waiting()) > 0) {
    if (Date.now() > deadline) throw new Error(`questions left: ${JSON.stringify(fake.counts)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

t.test('an SMSC that drops, throttles, loses responses and redelivers', { timeout: 900_000 }, async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc({
    behaviour: { dropEveryMs: 2000, throttleShare: 0.1, loseRespShare: 0.01 },
  })
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)], perSender: noCaps })
  await room.dossier(number, { dueAt })
  await allTaken(fake, texts, 120_000)
  await allSettled(room, fake, 120_000)
  const { silent, doubles, replies } = audit(t, [fake], texts)
  const dead = await givenUp(room)
  t.same(
    silent.filter((one) => !dead.has(one)),
    [],
    'every text has its reply, or is a dead letter',
  )
  t.same(
    [...dead].filter((one) => lostBy(fake, one, replies.get(one)) < 2),
    [],
    'and none is given up before the SMSC has lost two submits of it',
  )
  t.comment(
    JSON.stringify({ texts, doubles, silent: silent.length, outcomeUnknown: dead.size, ...fake.counts }),
  )
  t.match([...byPhone(fake).values()][0]![0]!.text, /Dang xu ly, xin cho den ngay hen\. Hen tra 05\/12\/2030/)
})

t.test('a gateway killed again and again, and a Redis that restarts', { timeout: 900_000 }, async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc({
    behaviour: { dropEveryMs: 2000, throttleShare: 0.1, loseRespShare: 0.01 },
  })
  t.teardown(() => fake.close())
  // A room beside the gateway only to store a dossier and to look at the inbox.
  const room = await openRoom(t, redis, { links: [] })
  await room.dossier(number, { dueAt })
  const gateway = await startGateway(t, {
    redis: { url: `unix://${redis.socket}` },
    secrets: { lookupKey, phoneKey },
    sms: { links: [linkTo(fake)], perSender: noCaps },
    log: { level: 'debug' },
  })
  let isRunning = true
  let kills = 0
  const unwritten = new Set<string>()
  const killer = (async () => {
    while (isRunning) {
      await new Promise((resolve) => setTimeout(resolve, 3000))
      if (!isRunning) return
      await gateway.kill('SIGKILL')
      kills++
      for (const one of await phonesInInbox(room)) unwritten.add(one)
      if (kills === 2) {
        await redis.kill()
        await redis.start()
      }
      await gateway.start()
    }
  })()
  // Paced so that the run is longer than three kills whatever its size.
  let sent = 0
  const everyMs = 50
  const step = Math.max(1, Math.ceil(texts / (Math.max(7500, texts * 2) / everyMs)))
  while (sent < texts) {
    // The last fifth waits for the second kill, however slow this machine is.
    const isHeld = kills < 2 && sent >= texts * 0.8
    for (let nth = 0; nth < step && sent < texts && !isHeld; nth++) fake.text(phone(sent++), `HS ${number}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  await fake.until('every text was taken', () => fake.waiting === 0, 120_000)
  isRunning = false
  await killer
  await allSettled(room, fake, 120_000)
  const { silent, doubles } = audit(t, [fake], texts, unwritten)
  const dead = await givenUp(room)
  t.ok(kills >= 2, `the gateway was killed ${kills} times`)
  // A kill between the record of an attempt and its submit_sm loses one that the SMSC has never seen.
  t.same(
    silent.filter((one) => !dead.has(one)),
    [],
    'nothing acknowledged was lost: every text has its reply, or is a dead letter',
  )
  t.notMatch(gateway.output, /849[0-9]{8}/, 'no phone number is in the log')
  t.comment(
    JSON.stringify({
      texts,
      kills,
      doubles,
      silent: silent.length,
      outcomeUnknown: dead.size,
      ...fake.counts,
    }),
  )
})

t.test('two gateways on one Redis and two links never answer twice', { timeout: 900_000 }, async (t) => {
  const redis = await startRedis(t)
  const [a, b] = [await startFakeSmsc(), await startFakeSmsc()]
  t.teardown(() => Promise.all([a.close(), b.close()]))
  // A room beside the gateways only to store a dossier.
  const room = await openRoom(t, redis, { links: [] })
  await room.dossier(number, { dueAt })
  const config = {
    redis: { url: `unix://${redis.socket}` },
    secrets: { lookupKey, phoneKey },
    sms: {
      links: [linkTo(a), linkTo(b, { name: 'smsc-b', shortCode: '8199' })],
      perSender: noCaps,
    },
  }
  // Two processes of the built program.
  await Promise.all([startGateway(t, config), startGateway(t, config)])
  await a.until('both gateways are bound to both', () => a.boundCount === 2 && b.boundCount === 2)
  // The same text is brought twice, at times to the other gateway.
  for (const fake of [a, b]) fake.behave({ redeliverAcknowledged: true })
  for (let nth = 0; nth < texts; nth++) (nth % 2 ? a : b).text(phone(nth), `HS ${number}`)
  await a.until('every text was taken twice', () => a.waiting === 0 && b.waiting === 0, 120_000)
  await a.until('every text has its reply', () => a.received.length + b.received.length >= texts, 60_000)
  const { silent, doubles, replies } = audit(t, [a, b], texts)
  t.same(silent, [], 'every text has its reply')
  t.equal(doubles, 0, 'and none has two')
  t.ok(
    [...replies].every(([to, [mt]]) => mt!.from === (Number(to.slice(3)) % 2 ? '8188' : '8199')),
    'each by the link its question came in on',
  )
})
