import t from 'tap'
import { openTries } from '../../src/dossier/tries.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { startRedis } from '../peers/redis.js'

const limits = { windowSeconds: 600, freeTries: 5, maxTries: 10, maxMisses: 4, maxBlockMisses: 6 }
const now = Math.floor(Date.now() / 600_000) * 600_000 + 1000

t.test('lookups are free, then slowed down, then withheld', async (t) => {
  const redis = await startRedis(t)
  const door = await openRedis(
    { socket: redis.socket, config: { durability: 'strict', commandTimeoutMs: 2000 } },
    silentLog,
    openMetrics(),
  )
  t.teardown(() => door.close())
  const open = () => {
    const tries = openTries(limits, door, silentLog, openMetrics())
    t.teardown(() => tries.close())
    return tries
  }
  const walk = (tries: ReturnType<typeof open>, subject: string, count: number, block?: string) =>
    Array.from({ length: count }, (_, n) => tries.check({ subject, number: `N${n}`, block }, now).kind)

  await t.test('different numbers are free, then slow, then withheld', async (t) => {
    t.same(walk(open(), 'a', 12), [
      ...Array(5).fill('free'),
      ...Array(5).fill('slow'),
      'withheld',
      'withheld',
    ])
  })

  await t.test('asking for the same number again is no new try', async (t) => {
    const tries = open()
    for (let n = 0; n < 50; n++) t.equal(tries.check({ subject: 'b', number: 'N' }, now).kind, 'free')
  })

  await t.test('others are unaffected, and a new window forgives', async (t) => {
    const tries = open()
    walk(tries, 'c', 12)
    t.equal(tries.check({ subject: 'd', number: 'N1' }, now).kind, 'free')
    t.equal(tries.check({ subject: 'c', number: 'N99' }, now).kind, 'withheld')
    t.equal(tries.check({ subject: 'c', number: 'N99' }, now + 600_000).kind, 'free')
  })

  await t.test('who takes a new network for each question is met by the wider ones', async (t) => {
    const tries = open()
    // Each from a /64 of its own, in turn over the /56 of one /48.
    const from = (home: number) => [`2001:db8:1:${home}::/56`, '2001:db8:1::/48']
    const ask = (nth: number, home: number, network = 'net') => {
      const asker = { subject: `${network}${nth}`, wider: from(home) }
      const { kind } = tries.check({ ...asker, number: `N${nth}` }, now)
      if (kind !== 'withheld') tries.missed(asker, now)
      return kind
    }
    t.same(
      Array.from({ length: 10 }, (_, nth) => ask(nth, 0)).filter((kind) => kind !== 'withheld').length,
      2 * limits.maxMisses,
      'a /56 has the misses of two',
    )
    const told = Array.from({ length: 40 }, (_, nth) => ask(100 + nth, 1 + nth))
    t.equal(
      told.filter((kind) => kind !== 'withheld').length,
      5 * limits.maxMisses - 2 * limits.maxMisses,
      'a /48 those of five',
    )
    t.equal(tries.check({ subject: 'v4', number: 'N1' }, now).kind, 'free', 'others are unaffected')
    t.equal(
      tries.check({ subject: 'net0', wider: from(0), number: 'N0' }, now).kind,
      'free',
      'who asks for the same number again is answered',
    )
  })

  await t.test('at a kiosk each visit is an asker, and nobody closes it for the others', async (t) => {
    const tries = open()
    const at = (visit: string, number: string, block?: string) =>
      tries.check({ subject: `hall:${visit}`, place: 'hall', number, block }, now).kind
    for (let n = 0; n < 100; n++) tries.missed({ subject: 'elsewhere', block: 'day' }, now)
    t.same(
      ['N1', 'N2', 'N3'].map((number) => at('first', number, 'day')),
      ['free', 'free', 'free'],
      'what is walked elsewhere withholds nothing from who stands here',
    )
    for (let n = 0; n < 4; n++) tries.missed({ subject: 'hall:first' }, now)
    t.equal(at('first', 'N4'), 'withheld', 'one visit may guess no more than any asker')
    t.equal(at('second', 'N4'), 'free', 'the next one is somebody else')
    const unnamed = (number: string) => tries.check({ subject: 'desk', place: 'desk', number }, now).kind
    const missed = () => tries.missed({ subject: 'desk', place: 'desk' }, now).kind
    t.same(
      Array.from({ length: 21 }, missed).map((kind) => kind === 'withheld'),
      [...Array(19).fill(false), true, true],
      'that a number is unknown is told as often as five people may guess',
    )
    t.equal(unnamed('N1'), 'free', 'typing errors close no device')
    t.equal(unnamed(''), 'withheld', 'nor do guesses go on')
    const walked = Array.from({ length: 220 }, (_, n) => at(`walker-${n}`, `W${n}`))
    t.equal(walked.indexOf('withheld'), 20 * limits.maxTries - 4, 'but a device has a bound as well')
  })

  await t.test(
    'misses withhold sooner, guesses at lookup numbers too; what was asked before is still answered',
    async (t) => {
      const tries = open()
      t.equal(tries.check({ subject: 'e', number: 'mine' }, now).kind, 'free')
      for (let n = 0; n < 4; n++) tries.missed({ subject: 'e' }, now)
      t.equal(tries.check({ subject: 'e', number: 'other' }, now).kind, 'withheld')
      t.equal(tries.check({ subject: 'e', number: '' }, now).kind, 'withheld')
      t.equal(tries.check({ subject: 'e', number: 'mine' }, now).kind, 'free')
    },
  )

  await t.test('many askers walking one agency and day get one number each', async (t) => {
    const tries = open()
    for (let n = 0; n < 7; n++) tries.missed({ subject: `walker${n}`, block: '15:4340' }, now)
    t.equal(
      tries.check({ subject: 'f', number: 'N1', block: '15:4340' }, now).kind,
      'free',
      'a first number is answered',
    )
    t.equal(
      tries.check({ subject: 'f', number: 'N2', block: '15:4340' }, now).kind,
      'withheld',
      'a second is not',
    )
    t.equal(
      tries.check({ subject: 'f', number: 'N3', block: '15:4341' }, now).kind,
      'free',
      'other days are as ever',
    )
  })

  await t.test('two gateways count one asker together', async (t) => {
    const [one, two] = [open(), open()]
    walk(one, 'g', 8)
    await one.sync(now)
    two.check({ subject: 'g', number: 'M1' }, now)
    two.check({ subject: 'g', number: 'M2' }, now)
    two.check({ subject: 'g', number: 'M3' }, now)
    await two.sync(now)
    t.equal(two.check({ subject: 'g', number: 'M4' }, now).kind, 'withheld')
  })

  await t.test('what Redis would not take is told with the next try, and once', async (t) => {
    const [one, two] = [open(), open()]
    walk(one, 'h', 6)
    await door.request.config('SET', 'maxmemory', '1')
    await one.sync(now)
    await door.request.config('SET', 'maxmemory', '0')
    one.check({ subject: 'h', number: 'N6' }, now)
    await one.sync(now)
    for (const number of ['M1', 'M2', 'M3']) two.check({ subject: 'h', number }, now)
    await two.sync(now)
    t.equal(
      two.check({ subject: 'h', number: 'M3' }, now).kind,
      'slow',
      'ten of ten: seven there and three here',
    )
    t.equal(two.check({ subject: 'h', number: 'M4' }, now).kind, 'withheld')
  })
})
