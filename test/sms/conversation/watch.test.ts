import t, { type Test } from 'tap'
import { noticeStream, shardTags } from '../../../src/dossier/store/places.js'
import { GatewayError } from '../../../src/errors.js'
import { readReceipt } from '../../../src/sms/carriers/smpp/deliver.js'
import { stateNamed } from '../../../src/sms/carriers/states.js'
import { namesOf, ownName } from '../../../src/sms/pipeline/dlr.js'
import { isQuiet } from '../../../src/sms/quiet-hours.js'
import { type FakeSmsc, startFakeSmsc } from '../../peers/fake-smsc.js'
import { startRedis } from '../../peers/redis.js'
import { startScriptedSmsc } from '../../peers/scripted-smsc.js'
import { linkTo, openRoom, type SmsRoom, until } from '../room.js'

// The gateway uses an injected clock, Redis and the store the machine's: the same day in either case.
const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)
const noon = () => Date.parse(`${today}T12:00:00+07:00`)

const texts = (fake: FakeSmsc, to: string) => fake.received.filter((mt) => mt.to === to).map((mt) => mt.text)

/** Waits until every change has been turned into notices, or into nothing. */
async function told(room: SmsRoom) {
  await until('all changes are told', async () => {
    const lengths = await Promise.all(
      (await room.door.request.keys('notice:*')).map((key) => room.door.request.xlen(key)),
    )
    return lengths.every((length) => length === 0)
  })
}

t.test('a watched dossier', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  let clock = noon
  const room = await openRoom(t, redis, { links: [linkTo(fake)] }, { now: () => clock() })
  const { no, lookupNumber } = await room.dossier('000.00.15.H45-190521-0003')
  const change = async (update: Parameters<SmsRoom['dossier']>[1]) => {
    await room.dossier('000.00.15.H45-190521-0003', { eventTime: Date.now(), ...update })
    await told(room)
  }
  const phone = '84901234567'
  const say = async (text: string, from = phone) => {
    const coming = fake.replyTo(from)
    fake.text(from, text)
    return (await coming)?.text
  }

  await t.test('is texted about when something is needed, and about nothing else', async (t) => {
    t.match(await say(`DK ${lookupNumber}`), /: Se bao khi can bo sung|: se bao khi can bo sung/)
    await change({ dossierStatus: 'accepted' })
    const coming = fake.replyTo(phone)
    await change({ dossierStatus: 'supplement' })
    t.match((await coming)?.text, /^Thong bao \d{4} \d{4} \d{4}: Can bo sung giay to/)
    const moved = fake.replyTo(phone)
    await change({ dossierStatus: 'supplement', extendedDueAt: Date.parse('2030-01-02T00:00:00Z') })
    t.match((await moved)?.text, /^Thong bao/)
    t.equal(texts(fake, phone).length, 3)
  })

  await t.test('is quiet at night, and tells in the morning once', async (t) => {
    clock = () => Date.parse(`${today}T23:00:00+07:00`)
    await room.dossier('000.00.15.H45-190521-0003', { dossierStatus: 'finished', eventTime: Date.now() })
    const before = texts(fake, phone).length
    const asked = fake.replyTo(phone)
    fake.text(phone, 'HELP')
    await asked
    t.equal(texts(fake, phone).length, before + 1, 'a question is answered also at night')
    const coming = fake.replyTo(phone)
    clock = noon
    t.match((await coming)?.text, /^Thong bao .*: Da co ket qua/)
    await told(room)
    t.same(await room.store.watchers(no), {}, 'after the last notice the watch has ended by itself')
  })

  await t.test('is let go by HUY, with a number or without', async (t) => {
    const { no: other, lookupNumber: otherNumber } = await room.dossier('000.00.15.H45-190521-0004')
    await say(`DK ${otherNumber}`)
    t.equal(Object.keys(await room.store.watchers(other)).length, 1)
    t.match(await say(`HUY ${otherNumber}`), /da ngung thong bao/i)
    t.same(await room.store.watchers(other), {})
    t.match(await say('HUY'), /khong nhan thong bao nao/i)
  })

  await t.test('is let go by the number it was asked by, also where that is another one of it', async (t) => {
    const other = room.numbers.read('H45.12-190521-0003')
    if (other.kind !== 'dossierNo') throw new Error(other.kind)
    const otherNumbers = [other.dossierNo]
    const { no } = await room.dossier('000.00.15.H45-190521-0010', { otherNumbers })
    t.match(await say(`DK ${other.dossierNo.text}`), `${other.dossierNo.text}: se bao`)
    t.equal(Object.keys(await room.store.watchers(no)).length, 1)
    t.match(await say(`HUY ${other.dossierNo.text}`), /da ngung thong bao/)
    t.same(await room.store.watchers(no), {})
    t.match(await say('HUY'), /khong nhan thong bao nao/i)
  })

  await t.test('is told once of what came after a notice that could not leave', async (t) => {
    const text = '000.00.15.H45-190521-0007'
    await room.dossier(text)
    await say(`DK ${text}`)
    fake.behave({ bindStatus: 0x0d })
    fake.dropAll()
    await until('the link is away', () => room.views()[0]?.binds[0]?.state !== 'bound')
    for (const [nth, dossierStatus] of (['supplement', 'finished'] as const).entries()) {
      await room.dossier(text, { dossierStatus, eventTime: Date.now() + nth })
      await told(room)
    }
    fake.behave({ bindStatus: 0 })
    await until('one notice has nothing to tell', async () => (await room.ended('gone')) === 1)
    const notices = () => texts(fake, phone).filter((one) => one.startsWith(`Thong bao ${text}`))
    await until('the other has left', () => notices().length === 1)
    t.match(notices(), [/Da co ket qua/])
  })

  await t.test(
    'is told of what is needed though the agency has repeated it before the notice left',
    async (t) => {
      const text = '000.00.15.H45-190521-0009'
      await room.dossier(text)
      await say(`DK ${text}`)
      fake.behave({ bindStatus: 0x0d })
      fake.dropAll()
      await until('the link is away', () => room.views()[0]?.binds[0]?.state !== 'bound')
      const eventTime = Date.now() + 345
      for (const nth of [0, 1]) {
        await room.dossier(text, { dossierStatus: 'supplement', eventTime: eventTime + nth * 60_000 })
        await told(room)
      }
      const coming = fake.replyTo(phone)
      fake.behave({ bindStatus: 0 })
      t.match((await coming)?.text, /^Thong bao .*: Can bo sung giay to/)
    },
  )

  /** Applies each update; the watcher gets the notice beside it, or none. */
  async function tells(
    t: Test,
    text: string,
    rows: readonly (readonly [update: Parameters<typeof room.dossier>[1], said: RegExp | undefined])[],
  ): Promise<void> {
    const notices = () => texts(fake, phone).filter((one) => one.startsWith(`Thong bao ${text}`))
    for (const [nth, [update, said]] of rows.entries()) {
      const before = notices().length
      await room.dossier(text, { eventTime: Date.now() + nth + 1, ...update })
      await told(room)
      if (said) await until(String(said), () => notices().length > before)
      t.match(notices().slice(before), said ? [said] : [])
    }
    t.equal(notices().length, 3)
  }

  await t.test('whoever was told of a date or a result is told when it is so no longer', async (t) => {
    const text = '000.00.15.H45-190521-0008'
    const due = Date.parse('2030-01-02T00:00:00+07:00')
    const later = Date.parse('2030-01-09T00:00:00+07:00')
    await room.dossier(text, { dueAt: due })
    await say(`DK ${text}`)
    await tells(t, text, [
      [{ dueAt: later }, /Hen lai 09\/01\/2030/],
      [{ dueAt: due }, /Hen tra 02\/01\/2030/],
      [{ publicNote: 'Phòng 3' }, undefined],
      [{ dossierStatus: 'finished' }, /Da co ket qua/],
    ])
  })

  await t.test('is told the result, however often its date moves before', async (t) => {
    const text = '000.00.15.H45-190521-0014'
    const due = (day: number) => Date.parse(`2030-01-${day}T00:00:00+07:00`)
    await room.dossier(text)
    await say(`DK ${text}`)
    await tells(t, text, [
      [{ dossierStatus: 'accepted', dueAt: due(10) }, /Hen tra 10\/01/],
      [{ dueAt: due(11) }, /Hen lai 11\/01/],
      [{ dueAt: due(12) }, undefined],
      [{ dueAt: due(13) }, undefined],
      [{ dossierStatus: 'finished' }, /Da co ket qua/],
    ])
  })

  await t.test('is told the result that is handed over at once, and not twice', async (t) => {
    const [text, collected] = ['000.00.15.H45-190521-0016', '000.00.15.H45-190521-0017'] as const
    const contact = { phone: '84907654329', notify: true }
    const notices = (of: string) => texts(fake, phone).filter((one) => one.startsWith(`Thong bao ${of}`))
    for (const one of [text, collected]) {
      await room.dossier(one, { contact })
      await say(`DK ${one}`)
    }
    await room.dossier(collected, { dossierStatus: 'finished', eventTime: Date.now() + 1 })
    await until('its result is told', () => notices(collected).length === 1)
    for (const one of [text, collected])
      await room.dossier(one, { dossierStatus: 'returned', returnBy: 'online', eventTime: Date.now() + 2 })
    await until('the other result is told', () => notices(text).length === 1)
    await told(room)
    t.match(notices(text), [/: Da tra ket qua tren Cong Dich vu cong/])
    t.match(notices(collected), [/: Da co ket qua/])
    t.match(texts(fake, contact.phone), [/: Da co ket qua/], 'the agency’s contact is told of no more')
    t.same(await room.store.watchers((await room.dossier(text)).no), {}, 'the watch has ended')
  })

  await t.test('is told the result though it was handed over before the notice left', async (t) => {
    const text = '000.00.15.H45-190521-0018'
    await room.dossier(text)
    await say(`DK ${text}`)
    fake.behave({ bindStatus: 0x0d })
    fake.dropAll()
    await until('the link is away', () => room.views()[0]?.binds[0]?.state !== 'bound')
    for (const [nth, dossierStatus] of (['finished', 'returned'] as const).entries()) {
      await room.dossier(text, { dossierStatus, eventTime: Date.now() + nth + 1 })
      await told(room)
    }
    const coming = fake.replyTo(phone)
    fake.behave({ bindStatus: 0 })
    t.match((await coming)?.text, /^Thong bao .*: Da tra ket qua/)
  })

  await t.test('is told in the language that was asked for last', async (t) => {
    const text = '000.00.15.H45-190521-0015'
    const phone = '84901234568'
    await room.dossier(text)
    t.match(await say('EN', phone), /English/)
    t.match(await say(`DK ${text}`, phone), /we will text/)
    for (const [nth, [language, dossierStatus, said]] of (
      [
        ['VI', 'supplement', /^Thong bao .*: Can bo sung/],
        ['EN', 'finished', /^Notice .*: Ready/],
      ] as const
    ).entries()) {
      await say(language, phone)
      const coming = fake.replyTo(phone)
      await room.dossier(text, { dossierStatus, eventTime: Date.now() + nth })
      t.match((await coming)?.text, said)
    }
  })

  await t.test('is told once to the phone its agency left, when it may be', async (t) => {
    const contact = { phone: '84907654321', notify: true }
    await room.dossier('000.00.15.H45-190521-0005', { contact })
    const coming = fake.replyTo('84907654321')
    await room.dossier('000.00.15.H45-190521-0005', {
      dossierStatus: 'finished',
      eventTime: Date.now() + 1000,
    })
    t.match((await coming)?.text, /^Thong bao 000\.00\.15\.H45-190521-0005: Da co ket qua/)
    t.match(await say('HUY', '84907654321'), /^Da ngung moi thong bao/)
    await room.dossier('000.00.15.H45-190521-0005', {
      dossierStatus: 'supplement',
      eventTime: Date.now() + 2000,
    })
    await told(room)
    t.equal(texts(fake, '84907654321').length, 2, 'HUY ends what an agency asked for, too')
    await room.dossier('000.00.15.H45-190521-0006', { contact: { phone: '84907654322', notify: false } })
    await room.dossier('000.00.15.H45-190521-0006', {
      dossierStatus: 'finished',
      eventTime: Date.now() + 1000,
    })
    await told(room)
    t.same(texts(fake, '84907654322'), [])
  })

  await t.test('is let go by HUY with its number by a phone its agency left, and no other is', async (t) => {
    const phone = '84907654323'
    const contact = { phone, notify: true }
    const [one, other] = ['000.00.15.H45-190521-0011', '000.00.15.H45-190521-0012'] as const
    for (const text of [one, other]) await room.dossier(text, { contact })
    const change = async (dossierStatus: 'supplement' | 'finished', after: number) => {
      for (const text of [one, other])
        await room.dossier(text, { dossierStatus, eventTime: Date.now() + after })
      await told(room)
    }
    await change('supplement', 1000)
    await until('both are told', () => texts(fake, phone).length === 2)
    t.match(await say(`HUY ${one}`, phone), `${one}: da ngung thong bao`)
    await change('finished', 2000)
    await until('the other is told', () => texts(fake, phone).length === 4)
    t.match(texts(fake, phone)[3], `Thong bao ${other}: Da co ket qua`)
    const watched = await room.dossier('000.00.15.H45-190521-0013')
    t.match(await say(`DK ${watched.no.text}`, phone), /se bao/)
    t.match(
      await say(`HUY ${one}`, phone),
      `${one}: da ngung thong bao`,
      'not "no notices": it watches another',
    )
    t.match(await say('HUY', phone), /^Da ngung moi/)
  })

  t.same(
    ['21:00', '06:59', '07:00', '12:00'].map((time) =>
      isQuiet({ from: '21:00', to: '07:00' }, Date.parse(`2026-11-24T${time}:00+07:00`)),
    ),
    [true, true, false, false],
  )
})

t.test("who watches is told of each change once, by a number that is the dossier's", async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)] }, { now: noon })
  const phone = '84901234567'
  const notices = (of: string) => texts(fake, phone).filter((one) => one.startsWith(`Thong bao ${of}`))
  let changes = 0
  const change = async (text: string, update: Parameters<SmsRoom['dossier']>[1]) => {
    await room.dossier(text, { eventTime: Date.now() + ++changes, ...update })
    await told(room)
  }
  const say = async (text: string, reply: RegExp) => {
    const coming = fake.replyTo(phone)
    fake.text(phone, text)
    t.match((await coming)?.text, reply)
  }

  await t.test('also where the agency left the same phone', async (t) => {
    const text = '000.00.15.H45-190521-0021'
    await room.dossier(text, { contact: { phone, notify: true } })
    await say(`DK ${text}`, /se bao/)
    await change(text, { dossierStatus: 'supplement' })
    await change(text, { dossierStatus: 'finished' })
    await until('both are told', () => notices(text).length >= 2)
    await say('HELP', /Soan HS/)
    t.match(notices(text), [/Can bo sung/, /Da co ket qua/])
  })

  await t.test('also of a date that was told before HUY, taken back, and holds again after DK', async () => {
    const text = '000.00.15.H45-190521-0022'
    const dueAt = Date.parse('2030-01-02T00:00:00+07:00')
    const extendedDueAt = Date.parse('2030-01-09T00:00:00+07:00')
    await room.dossier(text, { dueAt })
    for (const count of [1, 2]) {
      await say(`DK ${text}`, /se bao/)
      await change(text, { dueAt, extendedDueAt })
      await until(`it is told, ${count}`, () => notices(text).length === count)
      await say(`HUY ${text}`, /da ngung/)
      await change(text, { dueAt, extendedDueAt: null })
    }
  })

  await t.test('also where the number it was asked by was taken back, or is now of another', async (t) => {
    const text = '000.00.15.H45-190521-0023'
    const other = '000.00.15.H45-190521-1023'
    const reading = room.numbers.read(other)
    if (reading.kind !== 'dossierNo') throw new Error(reading.kind)
    await room.dossier(text, { otherNumbers: [reading.dossierNo] })
    await say(`DK ${other}`, /se bao/)
    await change(text, { otherNumbers: null })
    await change(text, { dossierStatus: 'supplement' })
    await until('it is told', () => notices(text).length === 1)
    await room.dossier(other, { dossierStatus: 'processing' })
    await change(text, { dossierStatus: 'finished' })
    await until('it is told again', () => notices(text).length === 2)
    t.match(notices(text), [/Can bo sung/, /Da co ket qua/])
    const own = room.numbers.read(text)
    if (own.kind !== 'dossierNo') throw new Error(own.kind)
    await say(`HUY ${other}`, /da ngung/)
    t.same(await room.store.watchers(own.dossierNo), {}, 'HUY understands the number that DK named')
  })

  await t.test('also where its number was corrected, and the old one has a record of its own', async (t) => {
    const another = '84901234569'
    const ask = async (text: string) => {
      const coming = fake.replyTo(another)
      fake.text(another, text)
      return (await coming)?.text
    }
    const [wrong, right] = ['000.00.15.H45-190521-0026', '000.00.15.H45-190521-0062']
    const { no: former } = await room.dossier(wrong)
    t.match(await ask(`DK ${wrong}`), /se bao/)
    const { no } = await room.dossier(right, { otherNumbers: [former] })
    await room.store.erase(former)
    t.equal(Object.keys(await room.store.watchers(no)).length, 1, 'at once, before the old one is erased')
    await change(right, { dossierStatus: 'supplement', otherNumbers: [former] })
    await until('it is told', () => texts(fake, another).some((one) => one.startsWith('Thong bao')))
    t.match(texts(fake, another).at(-1), `Thong bao ${wrong}: Can bo sung`, 'by the number that DK named')
    t.match(await ask('HUY'), /Da ngung moi/)
    t.same(await room.store.watchers(no), {})
    const { no: again } = await room.dossier(wrong)
    t.match(await ask(`DK ${wrong}`), /se bao/)
    // Not told yet: the phone still has the old number.
    await room.store.apply(
      no,
      { dossierStatus: 'supplement', eventTime: Date.now() + 1e6, otherNumbers: [again] },
      Date.now(),
    )
    t.match(await ask(`HUY ${wrong}`), /da ngung/)
    t.same([await room.store.watchers(no), await room.store.watchers(again)], [{}, {}])
  })

  await t.test('also where Redis failed while the changes were read', async (t) => {
    const both = ['000.00.15.H45-190521-0024', '000.00.15.H45-190521-0025'] as const
    for (const text of both) {
      await room.dossier(text)
      await say(`DK ${text}`, /se bao/)
    }
    const store: { watchers: typeof room.store.watchers } = room.store
    const { watchers } = store
    store.watchers = () => {
      store.watchers = watchers
      return Promise.reject(new GatewayError('redis-unavailable', 'a test', true))
    }
    for (const text of both) await change(text, { dossierStatus: 'supplement' })
    await until('both are told', () => both.every((text) => notices(text).length > 0))
    t.same(
      both.map((text) => notices(text).length),
      [1, 1],
    )
  })
})

t.test('a date that moves there, back and there again is told each time', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)], watchNotices: 5 }, { now: noon })
  const text = '000.00.15.H45-190521-0003'
  const dueAt = Date.parse('2030-01-02T00:00:00+07:00')
  const phone = '84901234567'
  await room.dossier(text, { dueAt })
  const started = fake.replyTo(phone)
  fake.text(phone, `DK ${text}`)
  t.match((await started)?.text, /se bao/)
  for (const [nth, day] of ['09', '16', '09', '16'].entries()) {
    const coming = fake.replyTo(phone)
    const extendedDueAt = Date.parse(`2030-01-${day}T00:00:00+07:00`)
    await room.dossier(text, { dueAt, extendedDueAt, eventTime: Date.now() + nth + 1 })
    t.match((await coming)?.text, `Hen lai ${day}/01/2030`)
  }
})

t.test('nobody is told what became of a dossier before half a year, of a restored backup', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  let clock = noon
  const room = await openRoom(t, redis, { links: [linkTo(fake)] }, { now: () => clock() })
  const [changed, overdue] = ['000.00.15.H45-190521-0031', '000.00.15.H45-190521-0032']
  const phone = '84901234567'
  for (const text of [changed, overdue]) {
    await room.dossier(text, { dueAt: noon() + 3_600_000 })
    const started = fake.replyTo(phone)
    fake.text(phone, `DK ${text}`)
    t.match((await started)?.text, /se bao/)
  }
  clock = () => Date.parse(`${today}T23:00:00+07:00`)
  await room.dossier(changed, { dossierStatus: 'supplement', eventTime: Date.now() })
  clock = () => noon() + 180 * 86_400_000
  await told(room)
  await until('no date waits', async () => (await room.door.request.zcard('{sms-due}')) === 0)
  const asked = fake.replyTo(phone)
  fake.text(phone, `HS ${overdue}`)
  t.match((await asked)?.text, /: Dang xu ly/)
  t.equal(texts(fake, phone).length, 3, 'a question is answered, and nothing else is sent')
})

t.test('a gateway without links leaves the changes of two weeks to one that has some', async (t) => {
  const redis = await startRedis(t)
  const stream = noticeStream(shardTags[0]!)
  const aged = (days: number) => `${Date.now() - days * 86_400_000}-0`
  const sms = { links: [], quietHours: { from: '00:00', to: '00:00' } }
  const before = await openRoom(t, redis, sms)
  for (const days of [15, 13, 2]) await before.door.request.xadd(stream, aged(days), 'n', 'a number')
  await before.close()
  const { door } = await openRoom(t, redis, sms)
  await until('the oldest is dropped', async () => (await door.request.xlen(stream)) < 3)
  t.equal(await door.request.xlen(stream), 2)
})

t.test('a delivery receipt is matched', async (t) => {
  t.same(namesOf('00FF'), ['ff', '255'])
  t.ok(namesOf('17432577').includes('10a0001'))
  t.equal(ownName('0x0A1B'), 'a1b')
  t.equal(ownName('0A1B  '), 'a1b', 'a field filled up with blanks')
  t.ok(namesOf('0x10A0001').includes('17432577'))
  for (const name of ['4053971902', 'f1a2b3be']) t.ok(namesOf('-240995394').includes(name), name)
  t.ok(namesOf(ownName('00017432577')).includes('17432577'))
  t.match(readReceipt({ message: Buffer.from('id:0123 sub:001 dlvrd:001 stat:UNDELIV err:000') } as never), {
    messageId: '0123',
    state: 'UNDELIV',
  })
  t.equal(readReceipt({ message: Buffer.from('hello') } as never), undefined)
  for (const [word, state] of [
    ['delivrd', 'DELIVRD'],
    ['Undeliverable', 'UNDELIV'],
    ['REJECTED', 'REJECTD'],
    ['del', undefined],
    ['', undefined],
    ['muddled', undefined],
    ['DeliveredToTerminal', 'DELIVRD'],
    ['DELIVERY_FAILED', 'UNDELIV'],
    ['DeliveryImpossible', 'UNDELIV'],
    ['not delivered', 'UNDELIV'],
    ['failed', 'UNDELIV'],
    ['DeliveryUncertain', 'UNKNOWN'],
    ['DeliveredToNetwork', 'ENROUTE'],
    ['buffered', 'ENROUTE'],
    ['queued', 'ENROUTE'],
    ['en_route', 'ENROUTE'],
    ['aborted', 'REJECTD'],
    ['cancelled', 'DELETED'],
  ] as const)
    t.equal(stateNamed(word), state, word)
  await t.test('by its outcome, not by a step on the way', async (t) => {
    const redis = await startRedis(t)
    const peer = await startScriptedSmsc(t)
    const room = await openRoom(t, redis, { links: [linkTo(peer, { deliveryReceipts: true })] })
    await peer.text('84900000000', 'HELP')
    await until('it is answered', async () => (await room.ended('answered')) === 1)
    const counted = (matched: string) => room.counted('gateway_sms_receipts_total', { matched })
    for (const stat of ['ENROUTE', 'ACCEPTD', 'PENDING', 'DELIVRD'])
      await peer.text('84900000000', `id:1 sub:001 dlvrd:000 stat:${stat} err:000`, { esm_class: 4 })
    await until('the outcome is matched', async () => (await counted('yes')) === 1)
    t.same([await counted('on-the-way'), await counted('not-yet')], [3, 0])
    await peer.text('84900000000', 'stat:DELIVRD err:000', { esm_class: 4 })
    await until('one that names no message is counted', async () => (await counted('no-id')) === 1)
  })
  for (const form of ['hex', 'decimal', 'zero-padded', 'uuid', 'early'] as const) {
    await t.test(`when ids come as ${form}`, async (t) => {
      const redis = await startRedis(t)
      const fake = await startFakeSmsc({ behaviour: { receipts: form } })
      t.teardown(() => fake.close())
      const room = await openRoom(t, redis, { links: [linkTo(fake, { deliveryReceipts: true })] })
      for (let nth = 0; nth < 3; nth++) fake.text(`8490000000${nth}`, 'HELP')
      await until(
        'three receipts matched',
        async () => (await room.counted('gateway_sms_receipts_total', { matched: 'yes' })) === 3,
      )
      const unmatched = await room.counted('gateway_sms_receipts_total', { matched: 'not-yet' })
      t.equal(unmatched, form === 'early' ? 3 : 0)
    })
  }
})
