// A process paused for longer than its lease (a machine that swaps, a virtual machine that is migrated): another takes
// over its texts, and when it resumes it answers none that are no longer its own. STOPPED_SECONDS=20 is the size of a
// full proof.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, lookupKey, openRoom, phoneKey, until } from './room.js'

const stoppedMs = Number(process.env.STOPPED_SECONDS ?? 10) * 1000
const texts = Number(process.env.STOPPED_TEXTS ?? 600)
t.setTimeout(840_000)
const number = '000.00.15.H45-190521-0003'
const phone = (nth: number) => `8493${String(1_000_000 + nth)}`

t.test('a gateway that is stopped and goes on answers nothing twice', async (t) => {
  const redis = await startRedis(t)
  // Slow enough that many replies are in flight, and many texts held, whenever it is paused.
  const fake = await startFakeSmsc({ behaviour: { respDelayMs: 100, window: 50, submitsPerSecond: 150 } })
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [] })
  await room.dossier(number)
  const config = {
    redis: { url: `unix://${redis.socket}` },
    secrets: { lookupKey, phoneKey },
    sms: {
      links: [linkTo(fake, { responseTimeoutMs: 30_000, enquireLinkIntervalMs: 30_000 })],
      perSender: { replies: 1000, perDay: 10_000, identical: 1000 },
    },
  }
  const [one] = await Promise.all([startGateway(t, config), startGateway(t, config)])
  await fake.until('both are bound', () => fake.boundCount === 2)
  let sent = 0
  const texting = (async () => {
    while (sent < texts) {
      fake.text(phone(sent++), `HS ${number}`)
      await delay(8)
    }
  })()
  await fake.until('replies flow', () => fake.received.length > texts / 10, 60_000)
  process.kill(one.pid, 'SIGSTOP')
  const stoppedAt = Date.now()
  // What it had sent is still to be read off the line.
  await delay(200)
  // In flight when it was paused: their responses are lost, so each may be sent once more.
  const underWay = new Set(
    fake.received.filter(({ respAt }) => respAt === 0 || stoppedAt - respAt < 1000).map(({ to }) => to),
  )
  await delay(stoppedMs)
  process.kill(one.pid, 'SIGCONT')
  await texting
  const repliesTo = new Map<string, number>()
  await until(
    'every text has its reply',
    () => {
      repliesTo.clear()
      for (const { to } of fake.received) repliesTo.set(to, (repliesTo.get(to) ?? 0) + 1)
      return repliesTo.size === texts
    },
    120_000,
  )
  await until('and nothing is left', async () => (await room.ledger().waiting()) === 0, 60_000)
  for (const { to } of fake.received) repliesTo.set(to, 0)
  for (const { to } of fake.received) repliesTo.set(to, repliesTo.get(to)! + 1)
  const doubled = [...repliesTo].filter(([, count]) => count > 1)
  t.same(
    doubled.filter(([to, count]) => count > 2 || !underWay.has(to)),
    [],
    'a second reply only where the first was under way when it stopped',
  )
  t.comment(
    JSON.stringify({
      texts,
      doubled: doubled.length,
      underWay: underWay.size,
      ends: await room.ledger().ends(),
    }),
  )
})
