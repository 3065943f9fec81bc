// What a later update does to existing data: notes, moved dates, fees, names of procedures; and records of other
// versions.
import t from 'tap'
import type { DossierNo } from '../../src/dossier/dossier.js'
import { recordFields, recordVersion } from '../../src/dossier/fields.js'
import { openSeal } from '../../src/dossier/seal.js'
import { requireFormat } from '../../src/dossier/store/format.js'
import { changeStream, placeOf, shardTags } from '../../src/dossier/store/places.js'
import { openStore } from '../../src/dossier/store/store.js'
import type { Update } from '../../src/dossier/store/updates.js'
import { knownDossiers, walkDossiers } from '../../src/dossier/store/walk.js'
import { silentLog } from '../../src/log.js'
import { openMetrics } from '../../src/metrics.js'
import { openRedis } from '../../src/redis/connection.js'
import { agencies, numbersOf } from '../bench/population.js'
import { startRedis } from '../peers/redis.js'

const numbers = numbersOf()
const day = (date: number) => Date.UTC(2026, 10, date - 1, 17) // midnight in Vietnam
const now = day(30)
let sequence = 0
const newNo = (agency = 0): DossierNo => {
  const reading = numbers.read(`${agencies[agency]!.code}-261101-${String(++sequence).padStart(4, '0')}`)
  if (reading.kind !== 'dossierNo') throw new Error('the number is not read')
  return reading.dossierNo
}

t.test('what a later update does to what was known', async (t) => {
  const redis = await startRedis(t)
  const config = { durability: 'everysec', commandTimeoutMs: 5000 } as const
  const door = await openRedis({ socket: redis.socket, config }, silentLog, openMetrics())
  t.teardown(() => door.close())
  const open = () => openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) })
  const store = open()
  let second = 0
  /** Applies updates one second apart, then reads the dossier. */
  const told = async (steps: readonly Partial<Update>[], no = newNo()) => {
    const kinds: string[] = []
    for (const step of steps) {
      const eventTime = day(2) + second++ * 1000
      kinds.push((await store.apply(no, { dossierStatus: 'processing', eventTime, ...step }, now)).kind)
    }
    return { ...(await store.read(no, now))!, kinds }
  }

  await t.test('a note belongs to the state it came with', async (t) => {
    const supplement = { dossierStatus: 'supplement', publicNote: 'Bản sao sổ đỏ' } as const
    t.equal((await told([supplement])).publicNote, 'Bản sao sổ đỏ')
    t.equal((await told([supplement, { dossierStatus: 'supplement' }])).publicNote, 'Bản sao sổ đỏ')
    t.equal((await told([supplement, { dossierStatus: 'finished' }])).publicNote, undefined)
    t.equal(
      (await told([supplement, {}, supplement])).publicNote,
      'Bản sao sổ đỏ',
      'the same again is told again',
    )
    const finished = { dossierStatus: 'finished', publicNote: 'Phòng 3' } as const
    t.equal((await told([supplement, finished])).publicNote, 'Phòng 3')
  })

  await t.test('a promised date that moves to a later day is an extension', async (t) => {
    const dates = ({ dueAt, extendedDueAt }: { dueAt?: number; extendedDueAt?: number }) => [
      dueAt,
      extendedDueAt,
    ]
    const [due, later, latest] = [day(12), day(19), day(26)]
    t.same(dates(await told([{ dueAt: due }, { dueAt: later }])), [due, later])
    t.same(dates(await told([{ dueAt: due }, { dueAt: later }, { dueAt: latest }])), [due, latest])
    t.same(
      dates(await told([{ dueAt: due }, { dueAt: later }, { dueAt: due }])),
      [due, undefined],
      'taken back',
    )
    t.same(dates(await told([{ dueAt: later }, { dueAt: due }])), [due, undefined], 'earlier: a correction')
    const hour = due + 15 * 3_600_000
    t.same(dates(await told([{ dueAt: due }, { dueAt: hour }])), [hour, undefined], 'an hour of the same day')
    t.same(
      dates(await told([{ dueAt: due, extendedDueAt: later }, { dueAt: due }])),
      [due, later],
      'one that was said outright stays',
    )
    t.same(dates(await told([{ dueAt: due }, { dueAt: later, extendedDueAt: null }])), [later, undefined])
    t.same(dates(await told([{ dueAt: due }, { dueAt: later }, { dueAt: null }])), [undefined, undefined])
    const both = { dueAt: later, extendedDueAt: later }
    t.same(dates(await told([{ dueAt: due }, both, both])), [due, later], 'both dates were moved')
    t.same(dates(await told([{ dueAt: due }, both, { dueAt: latest }])), [due, latest], 'and once more')
    t.same(dates(await told([both])), [later, later], 'of a date not known before, nothing has moved')
    const no = newNo()
    await told([{ dueAt: due }, { dueAt: later }], no)
    const again = {
      dossierStatus: 'processing',
      eventTime: day(2) + (second - 1) * 1000,
      dueAt: later,
    } as const
    t.equal(
      (await store.apply(no, again, now)).kind,
      'duplicate',
      'a source that says it at every poll is no news',
    )
  })

  await t.test('the day of a result belongs to that result', async (t) => {
    const [finishedAt, returnedAt] = [day(10), day(11)]
    const returned = { dossierStatus: 'returned', finishedAt, returnedAt } as const
    for (const [label, steps, ready, handed] of [
      [
        'handed over',
        [
          { dossierStatus: 'finished', finishedAt },
          { ...returned, finishedAt: undefined },
        ],
        finishedAt,
        returnedAt,
      ],
      ['taken back and ready again', [returned, {}, { dossierStatus: 'finished' }], undefined, undefined],
      ['not handed over after all', [returned, { dossierStatus: 'finished' }], finishedAt, undefined],
      ['told before the state', [{ finishedAt }, { dossierStatus: 'finished' }], finishedAt, undefined],
    ] as const) {
      const dossier = await told(steps as readonly Partial<Update>[])
      t.same([dossier.finishedAt, dossier.returnedAt], [ready, handed], label)
    }
  })

  await t.test('a step of which nobody has said when it began has no time', async (t) => {
    const listed = { undated: true } as const
    for (const [label, steps, expected] of [
      ['two lists', [listed, { ...listed, dossierStatus: 'finished' }], ['processing', 'finished']],
      ['a list, then a push', [listed, { dossierStatus: 'finished' }], ['processing', 'finished at']],
      [
        'a push, then lists',
        [{}, { ...listed, dossierStatus: 'finished' }, { ...listed, dossierStatus: 'finished' }],
        ['processing at', 'finished'],
      ],
      ['listed, then said', [listed, listed, {}], ['processing at']],
    ] as const) {
      const { history } = await told(steps as readonly Partial<Update>[])
      const said = history.map(({ dossierStatus, at }) => dossierStatus + (at === undefined ? '' : ' at'))
      t.same(said, expected, label)
    }
  })

  await t.test('how it came in and goes back, and whether a fee is paid, may be unsaid', async (t) => {
    t.match(await told([{ filedBy: 'online', returnBy: 'post' }, {}]), {
      filedBy: 'online',
      returnBy: 'post',
    })
    t.match(await told([{ filedBy: 'online' }, { filedBy: null }]), {
      filedBy: undefined,
      returnBy: undefined,
    })
    t.same((await told([{ fee: { amount: 9000 } }])).fee, { amount: 9000 })
    t.same((await told([{ fee: { amount: 9000, paid: true } }, { fee: { amount: 9000 } }])).fee, {
      amount: 9000,
      paid: true,
    })
    t.same((await told([{ fee: { amount: 9000, paid: true } }, { fee: { amount: 8000 } }])).fee, {
      amount: 8000,
    })
    t.equal((await told([{ fee: { amount: 9000 } }, { fee: null }])).fee, undefined)
  })

  await t.test(
    "a procedure's name belongs to the agency that gave it, with an update that was applied",
    async (t) => {
      const code = '1.001612'
      const name = async (no: DossierNo) => (await open().read(no, now))?.procedure?.name
      const [mine, theirs] = [newNo(0), newNo(1)]
      await told([{ procedure: { code, name: 'Đăng ký kinh doanh' } }], mine)
      await told([{ procedure: { code, name: 'Something else' } }], theirs)
      t.equal(await name(mine), 'Đăng ký kinh doanh')
      t.equal(await name(theirs), 'Something else')
      const stale = { dossierStatus: 'accepted', eventTime: 1000, procedure: { code, name: 'Old' } } as const
      t.equal((await store.apply(mine, stale, now)).kind, 'stale')
      t.equal(await name(mine), 'Đăng ký kinh doanh')
      const unnamed = newNo(2)
      await told([{ procedure: { code: '9.9', name: 'X' } }], unnamed)
      await door.request.del('proc')
      t.equal(await name(unnamed), '9.9', 'the code, where the name is lost')
    },
  )

  await t.test('a longer record of a later version is read, and kept whole when it is written', async (t) => {
    const no = newNo()
    await told([{ dueAt: day(12), publicNote: 'Phòng 3', returnBy: 'post' }], no)
    const { record, field } = placeOf(no)
    const packed = (await door.request.hgetBuffer(record, field))!
    t.equal(packed[0], recordVersion)
    t.equal(packed.readUInt16BE(2), recordFields.length)
    const tail = Buffer.from([0xce, 0x65, 0x43, 0x21, 0x00, 0xa3, 0x61, 0x62, 0x63])
    const later = Buffer.concat([packed, tail])
    later[0] = recordVersion + 1
    later.writeUInt16BE(recordFields.length + 2, 2)
    await door.request.hset(record, field, later)
    t.match(await store.read(no, now), { dueAt: day(12), publicNote: 'Phòng 3' })
    t.match(await told([{ dossierStatus: 'finished' }], no), { dossierStatus: 'finished' })
    await store.watch(no, 'somebody', Buffer.from('x'))
    const written = (await door.request.hgetBuffer(record, field))!
    t.equal(written[0], recordVersion + 1)
    t.equal(written.subarray(-tail.length).toString('hex'), tail.toString('hex'))
  })

  await t.test('a record that only a newer version can read keeps nobody else from an answer', async (t) => {
    const [theirs, ours] = [newNo(), newNo()]
    await told([{}], theirs)
    await told([{ dossierStatus: 'returned' }], ours)
    const { record, field } = placeOf(theirs)
    const packed = (await door.request.hgetBuffer(record, field))!
    const later = Buffer.from(packed)
    later[packed[1] === 0xdc ? 4 : 2] = 11 // a state that we do not have
    await door.request.hset(record, field, later)
    const unreadable = { code: 'record-unreadable', retryable: true }
    await t.rejects(store.read(theirs, now), unreadable)
    const [found, other] = await store.readMany([theirs, ours], now)
    t.match(found, unreadable)
    t.match(other, { dossierStatus: 'returned' })
    const walked: string[] = []
    for await (const { dossierNo } of walkDossiers(store, agencies, { now })) walked.push(dossierNo.text)
    t.ok(walked.includes(ours.text))
    t.notOk(walked.includes(theirs.text))
    t.same([...(await knownDossiers([theirs.text, ours.text], numbers, store)).keys()], [ours.text])
    t.ok((await store.sweep(now + 800 * 86_400_000)) > 0)
    t.same(await door.request.hgetBuffer(record, field), later, 'it is left as it is')
    await told([{ dossierStatus: 'finished' }], theirs)
    t.match(await store.read(theirs, now), { dossierStatus: 'finished' }, 'an update makes it readable')
  })

  await t.test('a shorter record of an earlier version is read, and grows when it is written', async (t) => {
    const no = newNo()
    await told([{ dueAt: day(12), filedBy: 'online', returnBy: 'post' }], no)
    const { record, field } = placeOf(no)
    const packed = (await door.request.hgetBuffer(record, field))!
    // The last two fields are one byte each.
    const earlier = Buffer.from(packed.subarray(0, -2))
    earlier.writeUInt16BE(recordFields.length - 2, 2)
    await door.request.hset(record, field, earlier)
    t.match(await store.read(no, now), { dueAt: day(12), filedBy: undefined, returnBy: undefined })
    t.match(await told([{ returnBy: 'counter' }], no), {
      dueAt: day(12),
      filedBy: undefined,
      returnBy: 'counter',
    })
  })

  await t.test(
    'what is blank at the end is not kept, and a number in the usual width is a short field',
    async (t) => {
      const no = newNo()
      await told([{ dueAt: day(12) }], no)
      const { record, field } = placeOf(no)
      const packed = (await door.request.hgetBuffer(record, field))!
      t.equal(packed[1], 0x90 + recordFields.findIndex(({ name }) => name === 'dueAt') + 1)
      t.equal(field, String(Number(no.sequence)))
      const wider = { ...no, text: '', sequence: `0${no.sequence}` }
      t.equal(await store.read(wider, now), undefined, 'another width is another number')
      t.not(placeOf(wider).field, field)
    },
  )

  await t.test('a store with the format from before records had a version is refused', async (t) => {
    await requireFormat(door, numbers)
    await requireFormat(door, numbers)
    await door.request.del('dossier-format')
    await requireFormat(door, numbers)
    t.equal(await door.request.get('dossier-format'), '3', 'a mark that was lost is set again')
    await door.request.del('dossier-format')
    const no = newNo()
    const { record, field, tag } = placeOf(no)
    await door.request.hset(record, field, Buffer.from('9e0400ce6580000000000000000000a00000a0', 'hex'))
    await door.request.xadd(changeStream(tag), '*', 'c', `4 0 1 ${no.text}`)
    await t.rejects(requireFormat(door, numbers), {
      code: 'config-invalid',
      message: /before records had a version/,
    })
    await door.request.set('dossier-format', '7')
    await t.rejects(requireFormat(door, numbers), { code: 'config-invalid', message: /format 7/ })
    t.equal(shardTags.length, 16)
  })
})
