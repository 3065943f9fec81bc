// What one step of the pipeline does in Redis: when a repeated text is a redelivery and when it is the citizen again, how
// parts are joined, and who may still answer a text that was taken over.
import t from 'tap'
import { silentLog } from '../../../src/log.js'
import { openMetrics } from '../../../src/metrics.js'
import { openRedis } from '../../../src/redis/connection.js'
import { openInstance } from '../../../src/redis/instance.js'
import { openPhoneKeys } from '../../../src/sms/msisdn.js'
import { openCaps } from '../../../src/sms/pipeline/caps.js'
import { openLedger } from '../../../src/sms/pipeline/ledger.js'
import { sealText } from '../../../src/sms/pipeline/sealed.js'
import { type ArrivalRow, openSteps, type Step } from '../../../src/sms/pipeline/steps.js'
import { startRedis } from '../../peers/redis.js'
import { configOf } from '../room.js'

const keys = openPhoneKeys('0b'.repeat(32))
const nothing: Step = { arrivals: [], leaving: [], ended: [], back: [] }
const first = 1_800_000_000_000
const phone = { address: '84901234567', ton: 1, npi: 1 }
const asked = {
  question: { action: 'help', accents: false },
  phone,
  subject: 'somebody',
  to: { address: '8188', ton: 0, npi: 0 },
  receivedAt: first,
} as const

t.test('a step of the pipeline in Redis', async (t) => {
  const peer = await startRedis(t)
  const config = { durability: 'strict', commandTimeoutMs: 2000 } as const
  const door = await openRedis({ socket: peer.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  const sms = configOf(t, {}).sms
  const open = async () => {
    const instance = await openInstance(door, silentLog)
    t.teardown(() => instance.close())
    const ledger = openLedger(door, instance, 'smsc-a', keys)
    const fetch = async () => []
    return { instance, ledger, make: openSteps({ door, instance, ledger, fetch, settings: () => sms }) }
  }
  const { instance, ledger, make } = await open()
  let texts = 0
  const bring = async (row: Partial<ArrivalRow> & { mark: string }, after = 0) => {
    texts++
    const arrival: ArrivalRow = { session: '-', sequence: 0, ids: [], sealed: [], ...row }
    return (await make({ ...nothing, arrivals: [arrival] }, first + after)).arrivals[0]!
  }
  const deliver = async (mark: string, session: string, sequence: number, after: number) =>
    (await bring({ mark, session, sequence }, after)) ? 'taken' : 'seen'

  const rows: [label: string, session: string, sequence: number, after: number, is: string][] = [
    ['at once, same sequence number', 'a', 1, 5, 'seen'],
    ['at once, new sequence number', 'a', 2, 5, 'seen'],
    ['later, same sequence number', 'a', 1, 30_000, 'seen'],
    ['later, new sequence number on the session that was acknowledged', 'a', 2, 10_000, 'taken'],
    ['after the clock was set back an hour, new sequence number', 'a', 2, -3_600_000, 'taken'],
    ['later, on another session', 'b', 2, 30_000, 'seen'],
  ]
  for (const [label, session, sequence, after, is] of rows)
    await t.test(`the same text ${label}`, async (t) => {
      const mark = `text ${texts}`
      t.equal(await deliver(mark, 'a', 1, 0), 'taken')
      t.equal(await deliver(mark, session, sequence, after), is)
    })

  await t.test('asked again and again, each is delivered again once', async (t) => {
    t.equal(await deliver('again', 'a', 1, 0), 'taken')
    t.equal(await deliver('again', 'a', 7, 12_000), 'taken')
    t.equal(await deliver('again', 'a', 7, 24_000), 'seen', 'a redelivery of the second')
    t.equal(await deliver('again', 'a', 9, 15_000), 'seen', 'ten seconds count from the last')
    t.equal(await deliver('again', 'a', 9, 24_000), 'taken')
  })

  await t.test('a clock that was set back does not keep a sender capped', async (t) => {
    const script = door.script(new URL('../../../src/sms/pipeline/texts-n.lua', import.meta.url))
    const caps = openCaps(script, () => sms)
    const verdicts = async (count: number, after: number) => {
      const codes = []
      for (let nth = 0; nth < count; nth++)
        codes.push(...(await caps.judge([{ subject: 'eager', identity: `${nth}` }], first + after)))
      return codes.map((code) => (code === 1 ? 'leaves' : 'capped'))
    }
    const { replies, perSeconds } = sms.perSender
    const leaving = Array(replies).fill('leaves')
    t.same(await verdicts(replies + 1, 3_600_000), [...leaving, 'capped'])
    t.same(await verdicts(1, 3_600_000 - 2000), ['capped'], 'by two seconds is no new window')
    t.same(await verdicts(1, 0), ['leaves'], 'by an hour')
    t.same(await verdicts(1, perSeconds * 1000), ['leaves'])
  })

  await t.test('what did not come by a session is told once', async (t) => {
    t.equal(await deliver('notice', '-', 1, 0), 'taken')
    t.equal(await deliver('notice', '-', 2, 50_000), 'seen')
  })

  const whole = ledger.keys.part('whole')
  const part = (nth: number, body: string, sequence: number, after: number, of = 2) =>
    bring(
      {
        mark: `${nth} ${body}`.padEnd(16, '.'),
        session: 'a',
        sequence,
        part: [whole, nth, of, first + after + 60_000],
        sealed: [Buffer.from(body)],
      },
      after,
    )
  const joined = () =>
    bring({ mark: '', parts: whole, ids: [`joined.${texts}`], sealed: [sealText(keys, asked)] })

  const due = async () => Number(await door.request.zscore(ledger.keys.deadlines, whole))

  await t.test('the same long text, twelve seconds later, is a text again', async (t) => {
    t.equal(await part(1, 'one', 1, 0), true)
    t.equal(((await part(2, 'two', 2, 1)) as Buffer[]).length, 4, 'all parts')
    t.equal(await due(), first + 2001, 'soon, should nobody live to join them')
    t.equal(((await part(2, 'two', 2, 2)) as Buffer[]).length, 4, 'again, should the answer have been lost')
    t.equal(await joined(), true)
    t.equal(await joined(), false, 'joined once')
    t.equal(await part(2, 'two', 3, 500), false, 'a doubled part is no text')
    t.equal(await part(1, 'one', 11, 12_000), true)
    t.equal(((await part(2, 'two', 12, 12_001)) as Buffer[]).length, 4)
    t.equal(await joined(), true)
  })

  await t.test('another body under the number of a part begins a new text', async (t) => {
    t.equal(await part(1, 'old', 21, 30_000), true)
    t.equal(await part(1, 'new', 22, 31_000), true)
    const parts = (await part(2, 'end', 23, 32_000)) as Buffer[]
    t.match(parts.map(String).join(' '), /new/)
    t.notMatch(parts.map(String).join(' '), /old/)
    t.equal(await joined(), true)
    t.equal((await door.request.keys(`${whole}:*`)).length, 1, 'what there was of the old one is kept')
  })

  const bodies = (parts: unknown) => (parts as Buffer[]).map(String).join(' ')

  await t.test(
    'parts of an older text under the same reference are not joined with those of a new one',
    async (t) => {
      for (const [old, first_, second] of [
        [1, 2, 1],
        [2, 1, 2],
      ] as const) {
        const at = old * 1_000_000
        t.equal(await part(old, `old ${old}`, 31, at), true)
        t.equal(await part(first_, `new ${first_}`, 32, at + 40_000), true, 'all are there, and it waits')
        t.equal(await due(), first + at + 45_000)
        const parts = bodies(await part(second, `new ${second}`, 33, at + 40_100))
        t.match(parts, /new 1/)
        t.match(parts, /new 2/)
        t.notMatch(parts, /old/)
        t.equal(await joined(), true)
      }
    },
  )

  await t.test('what is left of the older text stays together', async (t) => {
    t.equal(await part(1, 'old', 51, 4_000_000, 3), true)
    t.equal(await part(2, 'old', 52, 4_000_100, 3), true)
    t.equal(await part(1, 'new', 53, 4_003_000, 3), true)
    t.equal(await part(2, 'new', 54, 4_003_100, 3), true)
    t.same(await door.request.hkeys(`${whole}:${'1 new'.padEnd(16, '.')}`), ['1', '2'])
    t.notMatch(bodies(await part(3, 'new', 55, 4_003_200, 3)), /old/)
    t.equal(await joined(), true)
  })

  await t.test('a part that comes late, and no other, makes its text whole', async (t) => {
    t.equal(await part(1, 'early', 41, 3_000_000), true)
    t.equal(await part(2, 'late', 42, 3_030_000), true)
    t.equal(await due(), first + 3_035_000, 'once it has waited for another')
    t.equal(await joined(), true)
  })

  const leave = (id: string) =>
    make({ ...nothing, leaving: [{ id, attempts: 1, places: [], caps: undefined }] }, first)
  const kept = (id: string) => bring({ mark: id, ids: [id], sealed: [sealText(keys, asked)] })

  await t.test('what another has taken over is not ours to answer, nor to end', async (t) => {
    await kept('mine')
    t.equal((await leave('mine')).leaving[0]!.verdict, 'may-leave')
    const other = await open()
    const looks = async () => {
      await door.request.del(`live:${instance.id}`)
      return other.ledger.takeOver()
    }
    t.same(await looks(), [], 'missed once')
    await kept('later')
    t.same(await looks(), [], 'it has made a step since: it lives')
    const attempts = new Map((await looks()).map((text) => [text.id, text.attempts]))
    t.equal(attempts.get('mine'), 1, 'taken over with the attempt that was written down')
    t.equal(attempts.get('later'), 0)
    t.equal((await leave('mine')).leaving[0]!.verdict, 'not-ours')
    await make({ ...nothing, ended: [{ reason: 'answered', isBuried: false, ids: ['mine'] }] })
    t.equal((await ledger.ends()).answered, undefined, 'and an end of it is not counted')
  })

  await t.test('an end is counted once, however often it is written', async (t) => {
    await kept('done')
    const end = { reason: 'expired', isBuried: false, ids: ['done'] } as const
    await make({ ...nothing, ended: [end] })
    await make({ ...nothing, ended: [end] })
    t.equal((await ledger.ends()).expired, 1)
  })

  await t.test('a dead letter can be looked at, and is put back for whoever comes', async (t) => {
    await kept('dead')
    await make({ ...nothing, ended: [{ reason: 'rejected', isBuried: true, ids: ['dead'] }] })
    const [letter] = await ledger.dead(10)
    t.match(letter, { reason: 'rejected', action: 'help', phone: phone.address })
    t.equal(await ledger.revive(letter!.id), true)
    t.equal(await ledger.revive(letter!.id), false)
    let back = await ledger.takeOver()
    while (!back.some(({ id }) => id === 'dead')) back = await ledger.takeOver()
    t.equal(back.find(({ id }) => id === 'dead')!.attempts, 0)
  })
})
