// The ledger's figures at any moment equal a scan of the whole store at that moment, whatever happened since the ledger was
// counted. A real Redis and a real cluster; random days.
import t from 'tap'
import { dayAt } from '../../../src/dossier/days.js'
import type { DossierNo } from '../../../src/dossier/dossier.js'
import { closedStatuses, dossierStatuses } from '../../../src/dossier/dossier.js'
import { changeStream, changesKept, shardTags } from '../../../src/dossier/store/places.js'
import { openSnapshots } from '../../../src/dossier/store/snapshot.js'
import { openStore } from '../../../src/dossier/store/store.js'
import type { Update } from '../../../src/dossier/store/updates.js'
import { fillBook } from '../../../src/monitor/ledger/book.js'
import { spanOf } from '../../../src/monitor/ledger/cells.js'
import { loadedFrom } from '../../../src/monitor/ledger/kept.js'
import { openLedger } from '../../../src/monitor/ledger/ledger.js'
import { shareOf } from '../../../src/monitor/ledger/share.js'
import { standingOf } from '../../../src/monitor/ledger/standing.js'
import { lastDays } from '../../../src/monitor/office-time.js'
import { dice } from '../../agency/dice.js'
import { agencies, openDoor } from '../../agency/harness.js'
import { monitorParts } from '../parts.js'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const codes = agencies.map(({ code }) => code)
const { truthOf } = monitorParts
const excused = { units: [], days: [], backDays: 20 }
const states = Object.keys(dossierStatuses) as (keyof typeof dossierStatuses)[]

for (const cluster of [false, true])
  t.test(`the ledger equals a walk${cluster ? ', on a cluster' : ''}`, async (t) => {
    const side = await openDoor(t, { cluster })
    const { door, numbers } = side
    const roll = dice(20_261_129)
    const pick = <T>(of: readonly T[]): T => of[roll(of.length)]!
    const clock = { now: Date.parse('2026-11-26T09:00:00+07:00') }
    // Closed dossiers expire after twenty days, so that some do while a ledger is in use.
    const store = openStore({ door, retention: { closedDays: 20 }, seal: { seal: Buffer.from } as never })
    const snapshots = openSnapshots({ door, store, numbers, agencies })
    const ledger = openLedger({ door, snapshots, agencies, truthOf, excused, now: () => clock.now })
    const asked = { days: lastDays(60, clock.now + 3 * dayMs), lists: codes }

    const made = new Map<string, DossierNo>()
    const numberOf = (day: number, nth: number) => {
      const text = `${pick(codes.slice(0, 4))}-${lastDays(1, day)[0]!.slice(2).replaceAll('-', '')}-${String(nth).padStart(4, '0')}`
      const reading = numbers.read(text)
      if (reading.kind !== 'dossierNo') throw new Error(`${text} is ${reading.kind}`)
      made.set(reading.dossierNo.text, reading.dossierNo)
      return reading.dossierNo
    }
    const some = (from: number, hours: number) => from + roll(hours) * hourMs
    const update = ({ day }: DossierNo): Update => {
      const dossierStatus = pick([...states, 'processing', 'finished'] as const)
      const hours = (dayAt(clock.now) - day!) * 24
      const eventTime = closedStatuses.has(dossierStatus)
        ? some(clock.now - hours * hourMs, hours + 1)
        : some(clock.now - 9 * hourMs, 9)
      return {
        dossierStatus,
        eventTime,
        version: Math.floor(clock.now / 1000) + roll(1000),
        receivedAt: some(clock.now - 40 * dayMs, 40 * 24),
        ...(roll(5) > 0 ? { dueAt: some(clock.now - 10 * dayMs, 20 * 24) } : {}),
        ...(roll(2) > 0 ? { filedBy: pick(['counter', 'online', 'post'] as const) } : {}),
      }
    }
    const push = async (nos: readonly DossierNo[]) => {
      const items = nos.map((no) => ({ no, update: update(no) }))
      for (const result of await store.applyMany(items, clock.now)) if (result instanceof Error) throw result
    }
    const someNew = (count: number) =>
      Array.from({ length: count }, () => numberOf(clock.now - roll(24) * dayMs, 1 + roll(60)))
    const someKnown = (count: number) => Array.from({ length: count }, () => pick([...made.values()]))

    /** By a scan, independent of any ledger. */
    const walked = async () => {
      const { expiresAt } = snapshots
      const span = spanOf({ from: asked.days[0]!, to: asked.days.at(-1)! })
      const deps = { agencies, truthOf, excused, expiresAt }
      const book = await fillBook(deps, await snapshots.take(clock.now), clock.now, span)
      const none = { sequences: async () => [], highest: async () => new Map(), truthOf, excused }
      const wanted = new Set(codes)
      return standingOf(none, await loadedFrom(book, asked), [], { span, wanted }, clock.now)
    }
    type Told = Awaited<ReturnType<typeof walked>>
    const plain = (standing: Told) => ({
      handled: [...(standing?.handled ?? [])]
        .filter(([, its]) => JSON.stringify(its).match(/[1-9]/))
        .sort(([one], [other]) => one.localeCompare(other)),
      // A reader asks for thirty days ahead; a count collects somewhat further.
      lists: [...(standing?.lists ?? [])]
        .map(([code, { due, dueBeyond, gaps }]) => [
          code,
          dueBeyond,
          gaps,
          due
            .filter(({ endsAt }) => endsAt < clock.now + 30 * dayMs)
            .sort((one, other) => one.endsAt - other.endsAt || one.dossierNo.localeCompare(other.dossierNo)),
        ])
        .sort(([one], [other]) => String(one).localeCompare(String(other))),
    })
    const same = async (label: string) => {
      const standing = await ledger.look(asked)
      t.equal(standing?.at, clock.now, `${label}: as of now`)
      t.strictSame(plain(standing), plain(await walked()), label)
      t.strictSame(plain(await ledger.count(asked)), plain(standing), `${label}: a command says the same`)
    }

    await push(someNew(900))
    await ledger.renew()
    await same('just counted')
    const countedAt = clock.now

    clock.now += hourMs
    await push(someKnown(150))
    await push(someNew(60))
    await same('some have changed, some are new')
    for (const no of someKnown(25)) await store.erase(no)
    await same('some were erased')
    await push(someKnown(40))
    await same('and some of those came back')
    const wrong = someKnown(30)
    const right = someNew(30).map((no, nth) => ({
      no,
      update: { ...update(no), eventTime: clock.now, otherNumbers: [wrong[nth]!] },
    }))
    for (const result of await store.applyMany(right, clock.now)) if (result instanceof Error) throw result
    await same('some numbers were corrected')
    const named = new Set(wrong.map(({ text }) => text))
    for (const { no } of right) named.delete(no.text)
    const listed = [...(await ledger.look(asked))!.lists.values()].flatMap(({ due }) => due)
    t.same(
      listed.filter(({ dossierNo }) => named.has(dossierNo)),
      [],
      'a dossier is listed once',
    )
    clock.now += 1000
    await push(wrong.slice(0, 10))
    await same('and of some of the former ones there is news')

    clock.now = countedAt + 9 * hourMs
    await same('dates have run out, and retention')
    t.ok((await store.sweep(clock.now)) > 0)
    await same('what was beyond retention is removed')
    clock.now = countedAt + 23 * hourMs
    await push(someNew(30))
    await same('the next day yesterday is looked at for gaps too')

    const before = clock.now
    await door.request.set('mon:census', JSON.stringify({ at: 0 }))
    await Promise.all([ledger.renew(), push(someKnown(200)), push(someNew(100))])
    clock.now += 1000
    await same('it was counted again while dossiers changed')
    t.equal((await door.request.get('mon:census')) ?? '', JSON.stringify({ at: before }))

    clock.now += 60_000
    await push(someKnown(50))
    for (const tag of shardTags)
      for (let nth = 0; nth < 9; nth++)
        await door.request.xadd(changeStream(tag), 'MAXLEN', changesKept, '*', 'c', '4 0 1 x', 'o', '')
    await same('changes that name no dossier change nothing')
    for (const tag of shardTags) await door.request.del(changeStream(tag))
    await ledger.look(asked)
    await ledger.close()
    await same('the streams were lost: it is counted again')
  })

t.test(
  'a result is counted on the day it was ready, however late it was fetched or noted again',
  async (t) => {
    const { door, numbers } = await openDoor(t, { cluster: false })
    const store = openStore({ door, retention: { closedDays: 730 }, seal: { seal: Buffer.from } as never })
    const day = (date: number) => Date.parse(`2026-11-${date}T10:00:00+07:00`)
    const now = day(28)
    const dueAt = day(12)
    const update = (dossierStatus: Update['dossierStatus'], date: number, more: Partial<Update> = {}) => ({
      dossierStatus,
      eventTime: day(date),
      ...more,
    })
    for (const [label, updates, as, at] of [
      ['fetched', [update('finished', 11, { dueAt }), update('returned', 20)], 'inTime', 11],
      [
        'fetched, with its day',
        [update('finished', 11, { dueAt }), update('returned', 20, { returnedAt: day(20) })],
        'inTime',
        11,
      ],
      [
        'noted again',
        [update('finished', 11, { dueAt }), update('finished', 16, { publicNote: 'P. 3' })],
        'inTime',
        11,
      ],
      [
        'late',
        [update('processing', 11, { dueAt }), update('finished', 13), update('returned', 14)],
        'late',
        13,
      ],
      [
        'taken back',
        [update('finished', 11, { dueAt }), update('processing', 12), update('finished', 15)],
        'late',
        15,
      ],
      ['never said to be ready', [update('processing', 11, { dueAt }), update('returned', 14)], 'late', 14],
      [
        'after a list without days',
        [update('finished', 11, { dueAt, undated: true }), update('returned', 14)],
        'late',
        14,
      ],
      [
        'as the agency says',
        [update('finished', 11, { dueAt }), update('returned', 20, { finishedAt: day(13) })],
        'late',
        13,
      ],
    ] as const) {
      const reading = numbers.read(`${codes[0]}-261101-0001`)
      if (reading.kind !== 'dossierNo') throw new Error(reading.kind)
      for (const one of updates) await store.apply(reading.dossierNo, one, now)
      const dossier = (await store.read(reading.dossierNo, now, false))!
      t.match(shareOf(dossier, truthOf, now), { result: { as, at: day(at) } }, label)
      await store.erase(reading.dossierNo)
    }
  },
)
