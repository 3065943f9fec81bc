// The pace of a link on a simulated clock: peers with a quota per second or per tenth, near and far; peers that refuse at
// random; a quota that changes.
import t from 'tap'
import { Pace } from '../../../src/sms/pipeline/pace.js'

type Refuses = (now: number) => boolean

interface Peer {
  /** Texts a second that want to leave; Infinity for a backlog. */
  demand?: number
  seconds?: number
  /** Until a submit is answered, ms. */
  latencyMs?: number
}

const window = 100

/** Sends through a pace to a peer, a millisecond at a time; refused segments are retried. */
function play(refuses: Refuses, { demand = Infinity, seconds = 30, latencyMs = 20 }: Peer = {}) {
  const pace = new Pace(0, 0)
  const underWay: { due: number; isTaken: boolean }[] = []
  const sent: { at: number; isTaken: boolean }[] = []
  let waiting = 0
  for (let now = 0; now < seconds * 1000; now++) {
    while (underWay[0] && underWay[0].due <= now) pace.answered(underWay.shift()!.isTaken, now)
    waiting += demand / 1000
    let room = Math.min(pace.available(now), window - underWay.length, Math.floor(waiting))
    while (room-- > 0) {
      pace.take(1)
      const isTaken = !refuses(now)
      if (isTaken && demand !== Infinity) waiting--
      sent.push({ at: now, isTaken })
      underWay.push({ due: now + latencyMs, isTaken })
    }
  }
  const during = (from: number, to: number) => {
    const its = sent.filter(({ at }) => at >= from * 1000 && at < to * 1000)
    return {
      sent: its.length / (to - from),
      taken: its.filter(({ isTaken }) => isTaken).length / (to - from),
    }
  }
  return { pace, waiting: () => waiting, during }
}

function quota(perSecond: (now: number) => number, everyMs: number): Refuses {
  let slot = -1
  let count = 0
  return (now) => {
    if (Math.floor(now / everyMs) !== slot) count = 0
    slot = Math.floor(now / everyMs)
    return ++count > (perSecond(now) * everyMs) / 1000
  }
}

function chance(share: number): Refuses {
  let seed = 12_345
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed / 2_147_483_648 < share
  }
}

t.test('a quota is found within two seconds, used up, and passed by no more than a tenth', async (t) => {
  for (const latencyMs of [5, 20])
    for (const perSecond of [20, 100, 500])
      for (const everyMs of [1000, 100]) {
        const { sent, taken } = play(
          quota(() => perSecond, everyMs),
          { latencyMs },
        ).during(2, 30)
        const label = `${perSecond}/s by ${everyMs} ms, answered after ${latencyMs} ms`
        t.ok(sent <= perSecond * 1.1, `${label}: sends ${sent.toFixed(1)}`)
        t.ok(taken >= perSecond * 0.95, `${label}: of which ${taken.toFixed(1)} are taken`)
      }
})

t.test('a far peer that answers in bursts has a quota all the same', async (t) => {
  for (const perSecond of [20, 100, 500])
    for (const everyMs of [1000, 100]) {
      const { sent, taken } = play(
        quota(() => perSecond, everyMs),
        { latencyMs: 150 },
      ).during(5, 30)
      t.ok(sent <= perSecond * 1.1, `${perSecond}/s by ${everyMs} ms: sends ${sent.toFixed(1)}`)
      t.ok(taken >= perSecond * 0.9, `${perSecond}/s by ${everyMs} ms: ${taken.toFixed(1)} are taken`)
    }
})

t.test('a quota that changes is followed, down and up', async (t) => {
  const { during } = play(
    quota((now) => (now < 20_000 ? 100 : now < 40_000 ? 40 : 200), 1000),
    { seconds: 60 },
  )
  for (const [from, to, perSecond] of [
    [2, 20, 100],
    [24, 40, 40],
    [46, 60, 200],
  ] as const) {
    const { sent, taken } = during(from, to)
    t.ok(sent <= perSecond * 1.1, `${perSecond}/s: sends ${sent.toFixed(1)}`)
    t.ok(taken >= perSecond * 0.9, `${perSecond}/s: ${taken.toFixed(1)} are taken`)
  }
})

t.test(
  'one that is refused again and again says nothing of the pace while others are accepted',
  async (t) => {
    const pace = new Pace(0, 0)
    let now = 0
    let isOfPace = true
    const told = (wasTaken: boolean, refusals: number) => {
      isOfPace = pace.answered(wasTaken, (now += 50), refusals)
      return isOfPace
    }
    for (let refusals = 0; refusals < 100; refusals++) t.ok(told(false, refusals), 'alone it is a slow peer')
    t.ok(pace.perSecond < 5)
    for (let nth = 0; nth < 5; nth++) told(true, 0)
    for (let nth = 0; nth < 200; nth++) {
      t.notOk(told(false, 100), 'beside others it is about itself')
      told(true, 0)
    }
    t.equal(pace.perSecond, Infinity)
    told(false, 0)
    t.ok(told(false, 100), 'once a fresh one is refused it counts again')
  },
)

t.test('refusals by chance are no quota: nothing piles up', async (t) => {
  for (const share of [0.05, 0.1, 0.2, 0.3, 0.4])
    for (const demand of [50, 300]) {
      const { waiting } = play(chance(share), { demand, seconds: 60 })
      t.ok(
        waiting() <= demand * 2,
        `${share * 100} % of ${demand}/s: ${Math.round(waiting())} wait at the end`,
      )
    }
})
