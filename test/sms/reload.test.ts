// SIGHUP in the SMS room: new settings of an unchanged link apply from the next text, and the link stays bound meanwhile.
import t from 'tap'
import { noticeStream, shardTags } from '../../src/dossier/store/places.js'
import { Call } from '../../src/sms/carriers/http/call.js'
import { type FakeSmsc, startFakeSmsc } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { configOf, linkTo, openRoom, until } from './room.js'

const number = '000.00.15.H45-190521-0003'
const question = `HS ${number}`
// The gateway uses an injected clock, Redis the machine's: the same day in either case.
const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)
const todayAt = (time: string) => Date.parse(`${today}T${time}:00+07:00`)
let phones = 0
const newPhone = () => `849${String(40_000_000 + phones++)}`

t.test('settings read anew', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const link = linkTo(fake)
  let clock = todayAt('12:00')
  const room = await openRoom(
    t,
    redis,
    { links: [link], perSender: { replies: 2 }, watchNotices: 2 },
    { now: () => clock },
  )
  const { lookupNumber } = await room.dossier(number)
  await fake.until('the link is bound', () => fake.boundCount === 1)
  const reload = (sms: Record<string, unknown>) => room.reload(configOf(t, { links: [link], ...sms }).sms)
  const reasons = (reason: string) => room.ended(reason)
  const say = (from: string, text: string) => answerTo(fake, from, text)

  /** Replies to five different questions of one phone. */
  const repliesToFive = async () => {
    const from = newPhone()
    const before = (await reasons('capped')) + (await reasons('answered'))
    for (let nth = 0; nth < 5; nth++) await fake.text(from, `HS ${number.slice(0, -1)}${nth}`).taken
    await until('all are dealt with', async () => {
      return (await reasons('capped')) + (await reasons('answered')) === before + 5
    })
    return fake.received.filter(({ to }) => to === from).length
  }

  await t.test('are those of the caps', async (t) => {
    t.equal(await repliesToFive(), 2)
    await reload({ perSender: { replies: 4 } })
    t.equal(await repliesToFive(), 4)
    await reload({ perSender: { replies: 1 } })
    t.equal(await repliesToFive(), 1)
    await reload({ repliesPerHour: 1 })
    for (let nth = 0; nth < 2; nth++) await fake.text(newPhone(), question).taken
    await until('the hour is spent', async () => (await reasons('ceiling')) > 0)
    await reload({})
  })

  await t.test('are those of whom to answer, and of the words understood', async (t) => {
    const abroad = '12025550123'
    await fake.text(abroad, question).taken
    t.equal(await reasons('prefix'), 1)
    await reload({ allowedPrefixes: ['84', '1'], keywords: { help: ['cuu toi'] } })
    t.match(await say(abroad, question), /Dang xu ly/)
    t.match(await say(newPhone(), 'cuu toi'), /^Soan HS/)
  })

  await t.test('are those of how old a reply may be', async (t) => {
    fake.behave({ refuseWith: 0x58 })
    await fake.text(newPhone(), question).taken
    await reload({ replyMaxAgeSeconds: 1 })
    await until('it is too old', async () => (await reasons('expired')) === 1)
    t.equal(fake.counts.binds, 1)
    fake.behave({ refuseWith: 0 })
    await reload({})
  })

  await t.test('are those of watches: how many notices, and the hours they keep quiet', async (t) => {
    await reload({ watchNotices: 5, quietHours: { from: '11:00', to: '13:00' } })
    const from = newPhone()
    t.match(await say(from, `DK ${lookupNumber}`), /toi da 5 tin/)
    await room.dossier(number, { dossierStatus: 'supplement', eventTime: Date.now() + 1000 })
    t.ok((await room.door.request.keys('notice:*')).length > 0)
    const before = fake.received.length
    t.match(await say(newPhone(), question), /Can bo sung giay to/, 'a question is answered meanwhile')
    t.equal(fake.received.length, before + 1)
    const coming = fake.replyTo(from)
    await reload({ watchNotices: 5, quietHours: { from: '21:00', to: '06:00' } })
    t.match((await coming)?.text, /^Thong bao/)
  })

  t.equal(fake.counts.binds, 1, 'and through all that the link stayed bound')

  await t.test('are those of the link, which is bound anew: its code is in every reply', async (t) => {
    const from = newPhone()
    await reload({ links: [linkTo(fake, { shortCode: '8199' })] })
    await fake.until('bound anew', () => fake.counts.binds === 2 && fake.boundCount === 1)
    const { lookupNumber: underWay } = await room.dossier('000.00.15.H45-190521-0009')
    t.match(await say(from, `DK ${underWay}`), /HUY gui 8199/)
    t.match(await say(newPhone(), '?'), /gui 8199/)
    t.equal(fake.received.at(-1)?.from, '8199')
    await fake.text('8199', question).taken
    await until('its own number is known', async () => (await reasons('loop')) === 1)
  })

  await t.test('do not cost a notice that falls into the change', async (t) => {
    clock = todayAt('23:00')
    await reload({})
    await fake.until('bound', () => fake.boundCount === 1)
    const from = newPhone()
    await say(from, `DK ${lookupNumber}`)
    await room.dossier(number, { dossierStatus: 'finished', eventTime: Date.now() + 5000 })
    fake.behave({ respDelayMs: 1500 })
    await fake.text(newPhone(), question).taken
    await fake.until('a reply is under way', () => fake.received.at(-1)?.respAt === 0)
    const coming = fake.replyTo(from, 20_000)
    // The old link waits for its last response; morning comes meanwhile.
    const changing = reload({ links: [linkTo(fake, { shortCode: '8177' })] })
    clock = todayAt('12:00')
    await changing
    t.match((await coming)?.text, /^Thong bao .*Da co ket qua/)
    fake.behave({ respDelayMs: 0 })
  })

  await t.test('leave other links open, and let a changed one over HTTP ask for a retry', async (t) => {
    const http = (name: string, changes: object = {}) => ({
      name,
      kind: 'http',
      shortCode: '8103',
      receive: { secret: 'x' },
      ...changes,
    })
    const call = (name: string) =>
      room.httpLink(name)?.take(
        new Call(
          {
            method: 'GET',
            path: '',
            query: `token=x&from=${newPhone()}&text=HD&id=${phones}`,
            headers: {},
          },
          undefined,
        ),
        () => {},
      )
    await reload({ links: [link, http('kept'), http('changed')] })
    await fake.until('bound', () => fake.boundCount === 1)
    fake.behave({ respDelayMs: 1500 })
    await fake.text(newPhone(), question).taken
    await fake.until('a reply is under way', () => fake.received.at(-1)?.respAt === 0)
    const changing = reload({
      links: [linkTo(fake, { shortCode: '8166' }), http('kept'), http('changed', { pricePerText: '1 d' })],
    })
    t.match(await call('kept'), { status: 200 })
    t.match(await call('changed'), { status: 503 })
    await changing
    fake.behave({ respDelayMs: 0 })
    t.match(await call('changed'), { status: 200 })
  })

  await t.test('give what a link has not answered to the one that took its place', async (t) => {
    await reload({ links: [linkTo(fake, { name: 'old' })] })
    await fake.until('bound', () => fake.boundCount === 1)
    const before = await room.ended('expired', 'old')
    fake.behave({ refuseWith: 0x58 })
    const from = newPhone()
    const coming = fake.replyTo(from, 20_000)
    await fake.text(from, question).taken
    await reload({ links: [linkTo(fake, { name: 'new' })] })
    fake.behave({ refuseWith: 0 })
    t.match((await coming)?.text, new RegExp(number))
    await until('it is counted where it left', async () => (await room.ended('answered', 'new')) === 1)
    t.equal(await room.ledger('old').waiting(), 0)

    fake.behave({ refuseWith: 0x58 })
    await fake.text(newPhone(), question).taken
    await reload({ links: [linkTo(fake, { name: 'other', shortCode: '8144' })], replyMaxAgeSeconds: 1 })
    await until(
      'what has no heir ends with its reason',
      async () => (await room.ended('expired', 'new')) === 1,
    )
    t.equal(await room.ledger('new').waiting(), 0)
    t.equal(await room.ended('expired', 'old'), before)
    await until('nothing is left of either', async () => {
      const known = await room.door.request.smembers('{sms}:links')
      return !known.includes('old') && !known.includes('new')
    })
    fake.behave({ refuseWith: 0 })
  })

  await t.test('do not cost what changed while there was no link', async (t) => {
    clock = todayAt('12:00')
    await reload({})
    await fake.until('bound', () => fake.boundCount === 1)
    const [from, text] = [newPhone(), '000.00.15.H45-190521-0031']
    await room.dossier(text)
    t.match(await say(from, `DK ${text}`), /se bao/)
    clock = todayAt('23:00')
    await room.dossier(text, { dossierStatus: 'supplement', eventTime: Date.now() })
    // A change of long ago, in a stream that has had none.
    let old = ''
    for (const tag of shardTags)
      old ||= await room.door.request.xadd(noticeStream(tag), '1-1', 'n', text).then(
        () => noticeStream(tag),
        () => '',
      )
    await reload({ links: [] })
    clock = todayAt('12:00')
    await until('what is of no use is dropped', async () => (await room.door.request.xlen(old)) === 0)
    await reload({ links: [linkTo(fake, { shortCode: '8122' })] })
    // A look at the changes that began by day may have told it already.
    const isIt = ({ to, text }: { to: string; text: string }) =>
      to === from && /^Thong bao .*Can bo/.test(text)
    await fake.until('it is told', () => fake.received.some(isIt))
    t.equal(fake.received.filter(isIt).length, 1)
  })

  await t.test('do not cost a notice that waits in a link that is gone', async (t) => {
    clock = Date.now()
    const always = { quietHours: { from: '00:00', to: '00:00' } }
    await reload({ links: [linkTo(fake, { name: 'leaves' })], ...always })
    await fake.until('bound', () => fake.boundCount === 1)
    const [from, text] = [newPhone(), '000.00.15.H45-190521-0032']
    await room.dossier(text)
    t.match(await say(from, `DK ${text}`), /se bao/)
    fake.behave({ bindStatus: 0x0d })
    fake.dropAll()
    await room.dossier(text, { dossierStatus: 'supplement', eventTime: Date.now() })
    await until('it waits', async () => (await room.ledger('leaves').waiting()) === 1)
    const coming = fake.replyTo(from, 20_000)
    fake.behave({ bindStatus: 0 })
    await reload({
      links: [linkTo(fake, { name: 'another', shortCode: '8133' })],
      replyMaxAgeSeconds: 1,
      ...always,
    })
    t.match(await coming, { from: '8133', text: /^Thong bao .*Can bo sung/ })
    await until('nothing is left', async () => (await room.ledger('leaves').waiting()) === 0)
  })

  await t.test('keep the quiet hours for a notice that could not leave before', async (t) => {
    clock = todayAt('20:59')
    await reload({})
    await fake.until('bound', () => fake.boundCount === 1)
    const [from, text] = [newPhone(), '000.00.15.H45-190521-0033']
    await room.dossier(text)
    t.match(await say(from, `DK ${text}`), /se bao/)
    fake.behave({ bindStatus: 0x0d })
    fake.dropAll()
    await room.dossier(text, { dossierStatus: 'supplement', eventTime: Date.now() })
    await until('it waits', async () => (await room.ledger('smsc-a').waiting()) === 1)
    clock = todayAt('23:00')
    fake.behave({ bindStatus: 0 })
    await fake.until('bound', () => fake.boundCount === 1)
    for (const phone of [newPhone(), newPhone()]) t.match(await say(phone, 'HD'), /DK/)
    t.equal(fake.received.filter(({ to }) => to === from).length, 1, 'nothing comes at night')
    const coming = fake.replyTo(from, 20_000)
    clock = todayAt('12:00')
    t.match((await coming)?.text, /^Thong bao .*Can bo sung/)
  })

  await t.test('do not need Redis: a changed link is bound, and answers when it is back', async (t) => {
    await redis.kill()
    await until('the gateway knows', () => !room.door.isReady())
    const { binds } = fake.counts
    await reload({ links: [linkTo(fake, { shortCode: '8155' })] })
    await fake.until('bound anew', () => fake.counts.binds === binds + 1 && fake.boundCount === 1)
    const from = newPhone()
    const coming = fake.replyTo(from)
    const mo = fake.text(from, '?')
    await fake.until('its texts are refused for a time', () => mo.answers.includes(0x64))
    await redis.start()
    t.match((await coming)?.text, /gui 8155/)
  })
})

async function answerTo(fake: FakeSmsc, from: string, text: string): Promise<string | undefined> {
  const coming = fake.replyTo(from)
  fake.text(from, text)
  return (await coming)?.text
}
