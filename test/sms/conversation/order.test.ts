// Texts of one phone that are answered out of order, or twice: in a backlog the youngest go first, a refused reply is worded
// again, and so is one whose outcome a crash has lost. The text that the phone sent last counts.
import t from 'tap'
import type { LookupResult } from '../../../src/dossier/lookup.js'
import { openTruth } from '../../../src/dossier/truth.js'
import { silentLog } from '../../../src/log.js'
import { openPhoneMemory } from '../../../src/sms/conversation/phone-memory.js'
import type { Speaker } from '../../../src/sms/conversation/speaking.js'
import { openWatches } from '../../../src/sms/conversation/watch.js'
import { openPhoneKeys } from '../../../src/sms/msisdn.js'
import { startFakeSmsc } from '../../peers/fake-smsc.js'
import { startRedis } from '../../peers/redis.js'
import { linkTo, openRoom, phoneKey, until } from '../room.js'

t.test('what a phone said last holds', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)] })
  const { door, store, instance, metrics, numbers, config } = room
  const keys = openPhoneKeys(phoneKey)
  const now = Date.now()
  const truthOf = openTruth({ dayEnds: '17:00' })
  const present = async (text: string) => {
    const reading = numbers.read(text)
    const dossier = reading.kind === 'dossierNo' && (await store.read(reading.dossierNo, now, false))
    if (!dossier) return { kind: 'unknown' } as LookupResult
    const agency = config.agencies.find(({ code }) => code === dossier.dossierNo.agency)!
    return { kind: 'found', level: 'basic', dossier, agency, truth: truthOf(dossier, now) } as const
  }
  const watches = await openWatches({
    config: config.sms,
    door,
    instance,
    store,
    keys,
    read: numbers.read,
    present,
    send: async () => true,
    canSend: () => true,
    now: () => now,
    log: silentLog,
    metrics,
  })
  let phones = 0
  /** A phone that speaks so many ms from now. */
  const open = async (text: string) => {
    const { no } = await room.dossier(text)
    const subject = keys.subject(`phone ${phones++}`)
    const speaker = (at: number): Speaker => ({
      id: 'a text',
      phone: { address: '84901234567', ton: 1, npi: 1 },
      subject,
      link: 'smsc-a',
      shortCode: '8188',
      receivedAt: now + at,
    })
    return {
      no,
      subject,
      watch: async (at: number) =>
        (
          await watches.start(
            { action: 'watch', number: text, accents: false },
            speaker(at),
            await present(text),
          )
        ).kind,
      stop: (at: number, of?: string) =>
        watches.stop(subject, of === undefined ? undefined : numbers.read(of), now + at),
      isWatching: async () => subject in (await store.watchers(no)),
    }
  }
  let nth = 30
  for (const [what, of] of [
    ['HUY', false],
    ['HUY with the number', true],
  ] as const) {
    await t.test(`${what} answered before an earlier DK`, async (t) => {
      const text = `000.00.15.H45-190521-00${nth++}`
      const one = await open(text)
      await one.stop(-1000, of ? text : undefined)
      t.equal(await one.watch(-2000), 'not-started', 'the earlier DK does not begin anew what HUY ended')
      t.equal(await one.isWatching(), false)
      t.equal(await one.watch(-500), 'started', 'a later DK does')
      t.equal(await one.isWatching(), true)
    })

    await t.test(`an earlier ${what} answered after a DK`, async (t) => {
      const text = `000.00.15.H45-190521-00${nth++}`
      const one = await open(text)
      await one.watch(-1000)
      await one.stop(-2000, of ? text : undefined)
      t.equal(await one.isWatching(), true)
      t.not(await one.stop(-500, of ? text : undefined), 'none')
      t.equal(await one.isWatching(), false)
    })
  }

  await t.test('a moment ahead is of a clock that was set back', async (t) => {
    const text = `000.00.15.H45-190521-00${nth++}`
    const one = await open(text)
    await one.watch(3_600_000)
    t.equal(await one.stop(-1000), 'stoppedAll')
    t.equal(await one.isWatching(), false)
    await one.stop(3_600_000)
    t.equal(await one.watch(-500), 'started')
  })

  await t.test('a DK that is worded again begins nothing anew', async (t) => {
    const text = `000.00.15.H45-190521-00${nth++}`
    const one = await open(text)
    await one.watch(-1000)
    const kept = (await store.watchers(one.no))[one.subject]!
    const watcher = JSON.parse(keys.open(kept)!.toString())
    await store.watch(one.no, one.subject, keys.seal(JSON.stringify({ ...watcher, left: 1, said: 'told' })))
    const its = async () => JSON.parse(keys.open((await store.watchers(one.no))[one.subject]!)!.toString())
    t.equal(await one.watch(-1000), 'started')
    t.match(await its(), { left: 1, said: 'told' })
    await one.watch(-500)
    t.match(await its(), { left: config.sms.watchNotices, said: undefined })
  })

  await t.test('a language', async (t) => {
    let clock = now
    const memory = openPhoneMemory(door, keys, () => clock)
    t.equal(await memory.keepLanguage('one', 'vi', now - 1000), true)
    t.equal(await memory.keepLanguage('one', 'en', now - 2000), false)
    t.equal(memory.languageOf('one'), 'vi')
    const other = openPhoneMemory(door, keys, () => clock)
    t.equal(await other.keepLanguage('one', 'en', now - 1500), false, 'also at another gateway')
    t.equal(await other.keepLanguage('one', 'en', now - 500), true)
    clock -= 86_400_000
    t.equal(await other.keepLanguage('one', 'vi', clock), true, 'after the clock was set back')
  })
})

t.test('a notice that HUY has overtaken is not sent', async (t) => {
  const redis = await startRedis(t)
  const [fake, other] = [await startFakeSmsc(), await startFakeSmsc()]
  t.teardown(() => Promise.all([fake.close(), other.close()]))
  const room = await openRoom(t, redis, {
    links: [linkTo(fake), linkTo(other, { name: 'smsc-b', shortCode: '8199' })],
    quietHours: { from: '00:00', to: '00:00' },
  })
  const phone = '84901234567'
  const text = '000.00.15.H45-190521-0050'
  await room.dossier(text)
  const say = async (words: string, by: typeof fake) => {
    const coming = by.replyTo(phone)
    by.text(phone, words)
    return (await coming)?.text
  }
  t.match(await say(`DK ${text}`, fake), /se bao/)
  await until('its outcome is recorded', async () => (await room.ended('answered')) === 1)
  fake.behave({ bindStatus: 0x0d })
  fake.dropAll()
  await until('the link is away', () => room.views()[0]?.binds[0]?.state !== 'bound')
  await room.dossier(text, { dossierStatus: 'supplement', eventTime: Date.now() + 1 })
  await until('a notice waits', () => room.views()[0]?.waiting === 1)
  t.match(await say('HUY', other), /Da ngung moi thong bao/)
  fake.behave({ bindStatus: 0 })
  await until('the notice has ended', async () => (await room.ended('gone')) === 1)
  t.notOk(fake.received.some((mt) => mt.text.includes('Can bo sung')))
})

t.test('texts of one phone that come together came one after the other', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc({ behaviour: { holdsTexts: true, respDelayMs: 60_000 } })
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake, { responseTimeoutMs: 90_000 })] })
  await until('the link is bound', () => room.views()[0]?.binds[0]?.state === 'bound')
  const texts = ['HD', 'EN', 'VI', 'DAU'].map((text) => fake.text('84901234567', text))
  fake.behave({ holdsTexts: false })
  await Promise.all(texts.map(({ taken }) => taken))
  const kept = await room.ledger().own(() => false)
  const moments = kept.map(({ asked }) => asked.receivedAt)
  t.equal(new Set(moments).size, texts.length)
  const said = kept.toSorted((one, other) => one.asked.receivedAt - other.asked.receivedAt)
  t.same(
    said.map(({ asked: { question } }) => question.language ?? question.action),
    ['help', 'en', 'vi', 'help'],
  )
})
