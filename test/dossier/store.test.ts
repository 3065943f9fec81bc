import t from 'tap'
import type { DossierNo } from '../../src/dossier/dossier.js'
import { openSeal } from '../../src/dossier/seal.js'
import { changeStream, noticeStream, shardTags } from '../../src/dossier/store/places.js'
import { openStore } from '../../src/dossier/store/store.js'
import type { Update } from '../../src/dossier/store/updates.js'
import { openTruth } from '../../src/dossier/truth.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { startCluster, startRedis, type Teardown } from '../peers/redis.js'

const config = { durability: 'strict', commandTimeoutMs: 5000 } as const
const at = (text: string) => Date.parse(text)
const now = at('2026-11-24T10:00:00+07:00')
const dossierNo = (sequence: string, unit = 15, day = 4340): DossierNo => ({
  text: `H45.${unit}-261119-${sequence}`,
  issuer: `H45.${unit}`,
  agency: `H45.${unit}`,
  day,
  sequence,
})
const open = async (t: Teardown, extra: { socket?: string; cluster?: { host: string; port: number }[] }) => {
  const door = await openRedis(
    { socket: extra.socket, config: { ...config, ...(extra.cluster && { cluster: extra.cluster }) } },
    silentLog,
    openMetrics(),
  )
  t.teardown(() => door.close())
  return { door, store: openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) }) }
}
const processing: Update = { dossierStatus: 'processing', eventTime: at('2026-11-20T09:00:00+07:00') }

t.test('the store', async (t) => {
  const redis = await startRedis(t)
  const { door, store } = await open(t, { socket: redis.socket })

  await t.test('an issuer without an entry is heard of', async (t) => {
    const unit = { ...dossierNo('0900'), text: 'H45.15.07-261119-0900', issuer: 'H45.15.07' }
    await store.apply(unit, { dossierStatus: 'accepted', eventTime: now }, now)
    await store.apply(dossierNo('0901'), { dossierStatus: 'accepted', eventTime: now }, now)
    t.same([...(await store.units.all())], [['H45.15.07', 'H45.15']])
    t.equal(await store.read(dossierNo('0900'), now), undefined, 'and is a number space of its own')
    await store.erase(unit)
    await store.erase(dossierNo('0901'))
  })

  await t.test('a code in place of a name takes no name away', async (t) => {
    const no = dossierNo('0902')
    const [code, name] = ['1.004194', 'Đăng ký tạm trú']
    const first: Update = { dossierStatus: 'accepted', eventTime: now - 1000, procedure: { code, name } }
    await store.apply(no, first, now)
    await store.apply(no, { ...first, eventTime: now, procedure: { code, name: code } }, now)
    t.equal((await store.read(no, now))?.procedure?.name, name)
    await store.erase(no)
  })

  await t.test('a full record comes back as it was told', async (t) => {
    const no = dossierNo('0001')
    const update: Update = {
      dossierStatus: 'finished',
      eventTime: at('2026-11-23T15:04:05.678+07:00'),
      version: 7,
      procedure: { code: '2.000815', name: 'Chứng thực bản sao từ bản chính' },
      receivedAt: at('2026-11-19T08:30:15+07:00'),
      dueAt: at('2026-11-26T17:00:00+07:00'),
      extendedDueAt: at('2026-11-28T17:00:00+07:00'),
      finishedAt: at('2026-11-23T15:04:05+07:00'),
      publicNote: 'Mang theo giấy tiếp nhận khi đến nhận kết quả.',
      fee: { amount: 10_000, paid: true },
      contact: { phone: '84901234567', notify: true },
    }
    t.same(await store.apply(no, update, now), { kind: 'applied', version: 7 })
    const { contact, ...told } = update
    t.match(await store.read(no, now), {
      ...told,
      dossierNo: no,
      asOf: now,
      otherNumbers: [],
      history: [{ dossierStatus: 'finished' }],
    })
    t.same(await store.contact(no), contact)
    const basic = await store.read(no, now, false)
    t.equal(basic?.publicNote, undefined, 'the basic level carries no note')
    t.equal(basic?.procedure, undefined, 'nor the procedure')
  })

  await t.test('a time that only stands for one is known as such until one is given', async (t) => {
    const no = dossierNo('0903')
    const listed = { dossierStatus: 'finished', eventTime: now - 60_000, undated: true } as const
    for (const [update, undated] of [
      [listed, true],
      [{ ...listed, eventTime: now - 50_000, publicNote: 'Mang giấy hẹn' }, true],
      [{ dossierStatus: 'finished', eventTime: now - 50_000 }, true],
      [{ dossierStatus: 'finished', eventTime: now - 40_000 }, false],
    ] as const) {
      await store.apply(no, update, now)
      t.match(await store.read(no, now), { undated, eventTime: update.eventTime })
    }
    await store.erase(no)
  })

  const rows: { label: string; first: Update; second: Update; kind: string; status: string }[] = [
    {
      label: 'an older time leaves the dossier alone',
      first: processing,
      second: { dossierStatus: 'accepted', eventTime: processing.eventTime - 1 },
      kind: 'stale',
      status: 'processing',
    },
    {
      label: 'the same one again is a duplicate',
      first: processing,
      second: processing,
      kind: 'duplicate',
      status: 'processing',
    },
    {
      label: 'a newer time wins',
      first: processing,
      second: { dossierStatus: 'supplement', eventTime: processing.eventTime + 1 },
      kind: 'applied',
      status: 'supplement',
    },
    {
      label: 'a lower version is late whatever its time',
      first: { ...processing, version: 5 },
      second: { dossierStatus: 'accepted', eventTime: processing.eventTime + 9e6, version: 4 },
      kind: 'stale',
      status: 'processing',
    },
    {
      label: 'a higher version wins whatever its time',
      first: { ...processing, version: 5 },
      second: { dossierStatus: 'finished', eventTime: processing.eventTime - 9e6, version: 6 },
      kind: 'applied',
      status: 'finished',
    },
    {
      label: 'version 0 is a version',
      first: { ...processing, version: 0 },
      second: { ...processing, version: 0 },
      kind: 'duplicate',
      status: 'processing',
    },
    {
      label: 'without a version on one side, time decides',
      first: { ...processing, version: 5 },
      second: { dossierStatus: 'finished', eventTime: processing.eventTime + 1000 },
      kind: 'applied',
      status: 'finished',
    },
    {
      label: 'two states in one instant: the later one of the procedure stands',
      first: processing,
      second: { dossierStatus: 'accepted', eventTime: processing.eventTime },
      kind: 'stale',
      status: 'processing',
    },
    {
      label: 'a note added to the same news is news',
      first: processing,
      second: { ...processing, publicNote: 'Chờ bổ sung' },
      kind: 'applied',
      status: 'processing',
    },
    {
      label: 'the same contact again is no news',
      first: { ...processing, contact: { phone: '84901234567', notify: true } },
      second: { ...processing, contact: { phone: '84901234567', notify: true } },
      kind: 'duplicate',
      status: 'processing',
    },
  ]
  for (const [nth, row] of rows.entries()) {
    await t.test(row.label, async (t) => {
      const no = dossierNo(String(100 + nth).padStart(4, '0'))
      await store.apply(no, row.first, now)
      t.equal((await store.apply(no, row.second, now)).kind, row.kind)
      t.equal((await store.read(no, now))?.dossierStatus, row.status)
    })
  }

  await t.test('what is left out stays, null clears, and steps are remembered', async (t) => {
    const no = dossierNo('0200')
    const day = (n: number) => at(`2026-11-${n}T08:00:00+07:00`)
    await store.apply(
      no,
      {
        dossierStatus: 'accepted',
        eventTime: day(19),
        receivedAt: day(19),
        dueAt: day(26),
        publicNote: 'a',
        fee: { amount: 0, paid: false },
      },
      now,
    )
    await store.apply(no, { dossierStatus: 'processing', eventTime: day(20) }, now)
    await store.apply(no, { dossierStatus: 'processing', eventTime: day(21), publicNote: 'b' }, now)
    await store.apply(no, { dossierStatus: 'supplement', eventTime: day(22), fee: null }, now)
    await store.apply(no, { dossierStatus: 'processing', eventTime: day(23), publicNote: null }, now)
    const found = await store.read(no, now)
    t.equal(found?.dueAt, day(26))
    t.equal(found?.publicNote, undefined)
    t.equal(found?.fee, undefined)
    t.same(found?.history, [
      { dossierStatus: 'accepted', at: day(19) },
      { dossierStatus: 'processing', at: day(20) },
      { dossierStatus: 'supplement', at: day(22) },
      { dossierStatus: 'processing', at: day(23) },
    ])
  })

  await t.test('a fee paid at the desk is not the payment that is asked for later', async (t) => {
    const no = dossierNo('0203')
    const truthOf = openTruth({ dayEnds: '17:00' })
    let eventTime = now - 60_000
    const after = async (update: Partial<Update> & Pick<Update, 'dossierStatus'>) => {
      await store.apply(no, { eventTime: ++eventTime, ...update }, now)
      const dossier = (await store.read(no, now))!
      const { situation, fee, note } = truthOf(dossier, now)
      return { situation, fee: fee?.paid, note, kept: dossier.fee?.amount }
    }
    const desk = { amount: 150_000, paid: true }
    const tax = { amount: 2_000_000, paid: false }
    const unpaid = { situation: 'payment', fee: undefined, kept: 150_000 }
    await after({ dossierStatus: 'accepted', fee: desk })
    t.match(await after({ dossierStatus: 'payment', publicNote: 'Nộp thuế' }), {
      ...unpaid,
      note: 'Nộp thuế',
    })
    t.match(await after({ dossierStatus: 'payment' }), unpaid, 'nor because it is said again')
    t.match(
      await after({ dossierStatus: 'payment', fee: desk, eventTime }),
      unpaid,
      'nor by an exported file',
    )
    t.match(await after({ dossierStatus: 'payment', fee: tax }), {
      situation: 'payment',
      fee: false,
      note: 'Nộp thuế',
    })
    t.match(
      await after({ dossierStatus: 'payment', fee: { ...tax, paid: true } }),
      { situation: 'payment.paid', fee: true, note: undefined },
      'a note on what to pay ends when it is paid',
    )
    t.match(await after({ dossierStatus: 'payment', publicNote: 'Chờ xác nhận' }), {
      situation: 'payment.paid',
      note: 'Chờ xác nhận',
    })
    t.match(await after({ dossierStatus: 'processing' }), { fee: true, kept: 2_000_000 })
    t.match(
      await after({ dossierStatus: 'payment' }),
      { situation: 'payment', kept: 2_000_000 },
      'a second payment',
    )
    t.match(await after({ dossierStatus: 'payment', fee: { ...tax, paid: true } }), {
      situation: 'payment.paid',
    })
  })

  await t.test(
    'another national code finds the same dossier, until the record names it no more',
    async (t) => {
      const [no, other] = [dossierNo('0300'), dossierNo('0300', 99)]
      await store.apply(no, { ...processing, otherNumbers: [other] }, now)
      t.equal((await store.read(other, now))?.dossierNo.text, no.text)
      await store.apply(
        no,
        { ...processing, eventTime: processing.eventTime + 1000, otherNumbers: null },
        now,
      )
      t.equal(await store.read(other, now), undefined)
    },
  )

  await t.test('a number that was corrected is answered by the dossier that names it', async (t) => {
    const [wrong, right, last] = [dossierNo('0310'), dossierNo('0311'), dossierNo('0312')]
    const { eventTime } = processing
    const answeredBy = async (no: DossierNo) => (await store.read(no, now))?.dossierNo.text
    await store.apply(wrong, processing, now)
    await store.apply(right, { dossierStatus: 'finished', eventTime, otherNumbers: [wrong] }, now)
    t.equal(await answeredBy(wrong), right.text)
    t.equal((await store.readMany([wrong], now))[0], undefined)
    await store.apply(wrong, processing, now)
    t.equal(await answeredBy(wrong), right.text, 'the same again is no news')
    await store.apply(last, { dossierStatus: 'returned', eventTime, otherNumbers: [right] }, now)
    t.same([await answeredBy(wrong), await answeredBy(right)], [last.text, last.text], 'corrected twice')
    await store.apply(wrong, { ...processing, eventTime: eventTime + 1000 }, now)
    t.equal(await answeredBy(wrong), wrong.text, 'news makes it a dossier of its own again')
    await store.apply(right, { dossierStatus: 'finished', eventTime, otherNumbers: [wrong] }, now)
    t.equal(await answeredBy(wrong), wrong.text, 'and what is older than that does not')
    await store.erase(last)
    t.equal(await answeredBy(right), right.text, 'what nobody names any more is answered as it was')
    const [one, other] = [dossierNo('0313'), dossierNo('0314')]
    await store.applyMany(
      [
        { no: one, update: { ...processing, otherNumbers: [other] } },
        { no: other, update: { ...processing, otherNumbers: [one] } },
      ],
      now,
    )
    t.ok((await answeredBy(one)) && (await answeredBy(other)), 'two that name each other are known')
    for (const no of [wrong, right, one, other]) await store.erase(no)
  })

  await t.test('a closed dossier beyond retention is unknown, and sweeping removes it', async (t) => {
    const no = dossierNo('0400')
    await store.apply(
      no,
      { dossierStatus: 'returned', eventTime: at('2024-11-01T00:00:00Z'), publicNote: 'x' },
      now,
    )
    t.equal(await store.read(no, now), undefined)
    t.equal((await store.readMany([no], now))[0], undefined)
    t.equal(await store.sweep(now), 1)
    t.equal(await store.sweep(now), 0)
    t.ok(await store.read(dossierNo('0001'), now), 'others stay')
  })

  await t.test('erased is erased, with contact, note and watches', async (t) => {
    const no = dossierNo('0500')
    await store.apply(
      no,
      { ...processing, publicNote: 'n', contact: { phone: '84901234567', notify: true } },
      now,
    )
    t.equal(await store.watch(no, 'w1', Buffer.from('sealed')), true)
    t.equal(await store.erase(no), true)
    t.equal(await store.erase(no), false)
    t.equal(await store.read(no, now), undefined)
    t.equal(await store.contact(no), undefined)
    t.same(await store.watchers(no), {})
    t.equal(await store.watch(no, 'w1', Buffer.from('sealed')), false, 'what is gone cannot be watched')
  })

  await t.test('a change of a watched dossier leaves a notice, others do not', async (t) => {
    const notices = async () =>
      (await Promise.all(shardTags.map((tag) => door.request.xlen(noticeStream(tag))))).reduce(
        (a, b) => a + b,
      )
    const no = dossierNo('0600')
    await store.apply(no, processing, now)
    const before = await notices()
    await store.apply(no, { dossierStatus: 'supplement', eventTime: processing.eventTime + 1000 }, now)
    t.equal(await notices(), before)
    await store.watch(no, 'w1', Buffer.from('sealed'))
    await store.apply(no, { dossierStatus: 'finished', eventTime: processing.eventTime + 2000 }, now)
    t.equal(await notices(), before + 1)
    await store.unwatch(no, 'w1')
    await store.apply(no, { dossierStatus: 'returned', eventTime: processing.eventTime + 3000 }, now)
    t.equal(await notices(), before + 1)
    const changes = await Promise.all(shardTags.map((tag) => door.request.xlen(changeStream(tag))))
    t.ok(changes.reduce((a, b) => a + b) > 20, 'every change is in a change stream')
  })

  await t.test('legacy numbers of any shape are kept apart', async (t) => {
    const legacy = (text: string): DossierNo => ({ text, issuer: 'X', agency: 'X', sequence: text })
    await store.apply(legacy('04486.G/2019/08708'), processing, now)
    t.ok(await store.read(legacy('04486.G/2019/08708'), now))
    t.equal(await store.read(legacy('04486.G/2019/08709'), now), undefined)
    t.equal(await store.read(dossierNo('00001'), now), undefined, '00001 is not 0001')
  })
})

t.test('a dossier costs at most 110 bytes, all in', async (t) => {
  const redis = await startRedis(t)
  const { door, store } = await open(t, { socket: redis.socket })
  const used = async () => Number(/used_memory:(\d+)/.exec(await door.request.info('memory'))![1])
  const before = await used()
  const count = 20_000
  const day = 86_400_000
  for (let from = 0; from < count; from += 1000) {
    const numbers = Array.from({ length: 1000 }, (_, n) =>
      dossierNo(String(((from + n) % 100) + 1).padStart(4, '0'), 15, 4000 + Math.floor((from + n) / 100)),
    )
    for (const [step, dossierStatus] of (['accepted', 'processing', 'finished'] as const).entries())
      await store.applyMany(
        numbers.map((no) => ({
          no,
          update: {
            dossierStatus,
            eventTime: now - (9 - step * 3) * day,
            version: step + 1,
            ...(step === 0
              ? {
                  receivedAt: now - 9 * day,
                  dueAt: now + day,
                  procedure: { code: '2.000815', name: 'Chứng thực' },
                  fee: { amount: 10_000, paid: false },
                }
              : {}),
          },
        })),
        now,
      )
  }
  // The change streams are bounded for the whole store, not for each dossier; they are counted apart.
  for (const tag of shardTags) await door.request.del(changeStream(tag))
  const bytes = ((await used()) - before) / count
  t.ok(bytes <= 110, `${bytes.toFixed(1)} bytes`)
})

t.test('the same on a real cluster of three', async (t) => {
  const cluster = await startCluster(t)
  const { store } = await open(t, { cluster: [...cluster.nodes] })
  const numbers = Array.from({ length: 500 }, (_, n) =>
    dossierNo(String(n + 1).padStart(4, '0'), n % 7, 4300 + (n % 31)),
  )
  const applied = await store.applyMany(
    numbers.map((no) => ({ no, update: { ...processing, otherNumbers: [dossierNo(no.sequence, 500)] } })),
    now,
  )
  t.same(
    applied.filter((one) => one instanceof Error || one.kind !== 'applied'),
    [],
  )
  t.equal(
    (await store.readMany(numbers, now)).filter(
      (record) => record && !(record instanceof Error) && record.dossierStatus === 'processing',
    ).length,
    500,
  )
  t.ok(await store.read(dossierNo('0007', 500), now))
  const wrong = dossierNo('0007', 499)
  await store.apply(wrong, processing, now)
  await store.apply(numbers[6]!, { ...processing, dossierStatus: 'finished', otherNumbers: [wrong] }, now)
  t.equal((await store.read(wrong, now))?.dossierStatus, 'finished')
  await store.erase(wrong)
  t.equal(await store.sweep(now), 0)
  let seen = 0
  for (const part of await store.parts()) {
    let cursor = '0'
    do {
      const step = await store.scan(part, cursor)
      cursor = step.cursor
      seen += step.records.length
    } while (cursor !== '0')
  }
  t.equal(seen, 500, 'a walk over all shards meets every dossier once')
})
