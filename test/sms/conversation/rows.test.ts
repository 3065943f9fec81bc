// What happened on real phones, over real SMPP: the reply, the watch, the record, each with variants.
import t from 'tap'
import { startFakeSmsc } from '../../peers/fake-smsc.js'
import { startRedis } from '../../peers/redis.js'
import { linkTo, openRoom, until } from '../room.js'

let phones = 0
const newPhone = () => `849${String(41_000_000 + phones++)}`

t.test('a conversation does what was asked and nothing else', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, {
    links: [linkTo(fake, { pricePerText: '1.000 đ' })],
    perSender: { replies: 100, perSeconds: 600, perDay: 400, identical: 50 },
  })
  const tag = '{sms:smsc-a}'
  const { no, lookupNumber } = await room.dossier('000.00.15.H45-190521-0003')
  const others = await Promise.all([4, 5, 6].map((nth) => room.dossier(`000.00.15.H45-190521-000${nth}`)))
  const reasons = async (reason: string) =>
    Number((await room.door.request.hget(`${tag}:reasons`, reason)) ?? 0)

  const ask = async (text: string, from = newPhone()): Promise<string> => {
    const coming = fake.replyTo(from)
    fake.text(from, text)
    return (await coming)!.text
  }
  const watchers = async () => Object.keys(await room.store.watchers(no)).length

  await t.test('a command word in a sentence is a word', async (t) => {
    for (const text of [
      `Bao giờ có kết quả ${no.text} vậy?`,
      `báo kết quả ${no.text}`,
      `hs dk kết hôn ${no.text} xong chưa`,
      `đăng ký khai sinh ${no.text}`,
      `người theo dõi hồ sơ ${no.text}`,
      `Huy ơi hồ sơ ${no.text} sao rồi`,
      `Đâu rồi ${no.text}`,
    ]) {
      const reply = await ask(text)
      t.match(reply, /^000\.00\.15\.H45-190521-0003: Dang xu ly/, text)
    }
    t.equal(await watchers(), 0)
  })

  await t.test('a name ends nothing', async (t) => {
    const phone = newPhone()
    await ask(`DK ${lookupNumber}`, phone)
    t.equal(await watchers(), 1)
    for (const text of ['Huy ơi cho hỏi hồ sơ', 'chị Huy có đó không', `Huy hỏi ${no.text}`])
      fake.text(phone, text)
    await until('all are done', async () => (await reasons('help-capped')) === 1)
    t.equal(await watchers(), 1)
    t.match(await ask('HUY', phone), /da ngung/i)
    t.equal(await watchers(), 0)
  })

  await t.test('reactions, thanks and our own words get no reply, with the reason', async (t) => {
    const own = await ask(`HS ${lookupNumber}`)
    const silent: [string, string[]][] = [
      [
        'reaction',
        [`Liked “${own}”`, `Đã thích "${own}"`, `Reacted 👍 to "DK ${lookupNumber}"`, '👍 to “Stop: HUY”'],
      ],
      ['thanks', ['cam on', 'ok', '👍', 'Dạ em cảm ơn ạ']],
      ['quoted', [own, `Fwd: ${own}`]],
    ]
    for (const [reason, texts] of silent) {
      const before = await reasons(reason)
      const phone = newPhone()
      for (const text of texts) await fake.text(phone, text).taken
      await until(`${reason} is recorded`, async () => (await reasons(reason)) === before + texts.length)
      t.same(
        fake.received.filter(({ to }) => to === phone),
        [],
        reason,
      )
    }
    t.equal(await watchers(), 0)
  })

  await t.test(
    'DK tells the state when nothing more will come, and both when it waits for the citizen or is late',
    async (t) => {
      let nth = 0
      for (const [dossierStatus, isWatched, dates] of [
        ['finished', false],
        ['returned', false],
        ['withdrawn', false],
        ['supplement', true],
        ['payment', true],
        ['processing', true, { dueAt: Date.UTC(2019, 5, 4, 10) }],
        ['accepted', true, { dueAt: Date.UTC(2019, 5, 4, 10), extendedDueAt: Date.UTC(2090, 5, 4, 10) }],
      ] as const) {
        const { no } = await room.dossier(`000.00.15.H45-190522-00${10 + nth++}`, {
          dossierStatus,
          ...dates,
        })
        const reply = await ask(`DK ${no.text}`)
        t.match(reply, no.text)
        t.equal(Object.keys(await room.store.watchers(no)).length, isWatched ? 1 : 0, dossierStatus)
        t.notMatch(reply, /toi da \d+ tin/, dossierStatus)
        t.equal(/Se bao khi co thay doi/.test(reply), isWatched, reply)
        if (dates) t.match(reply, /xin loi ong\/ba/)
        t.ok(reply.length <= 160)
      }
    },
  )

  await t.test(
    'small talk has help once a day, with the price; help that is asked for always comes',
    async (t) => {
      const phone = newPhone()
      t.match(await ask('mấy giờ làm việc', phone), /1\.000 d/)
      const before = await reasons('help-capped')
      for (const text of ['alo', 'gia bao nhieu', 'asdf']) await fake.text(phone, text).taken
      await until('no more help', async () => (await reasons('help-capped')) === before + 3)
      t.match(await ask('HD', phone), /1\.000 d/)
    },
  )

  await t.test('a language that was asked for holds for that phone alone', async (t) => {
    const phone = newPhone()
    t.match(await ask('EN', phone), /^Answers come in English/)
    t.match(await ask(`HS ${no.text}`, phone), /In progress/)
    t.match(await ask(`HS ${no.text}`), /Dang xu ly/)
    t.match(await ask(`What is the status of ${no.text}?`), /In progress/)
    t.match(await ask('VI', phone), /tieng Viet/)
    t.match(await ask(`HS ${lookupNumber}`, phone), /Dang xu ly/)
  })

  await t.test('a fourth number is told', async (t) => {
    const phone = newPhone()
    await fake.text(phone, [no, ...others.map(({ no }) => no)].map(({ text }) => text).join(' ')).taken
    const its = () => fake.received.filter(({ to }) => to === phone).map(({ text }) => text)
    await fake.until('four replies', () => its().length === 4)
    t.equal(its().filter((text) => /Dang xu ly/.test(text)).length, 3)
    t.equal(its().filter((text) => /chua tra loi/.test(text)).length, 1)
  })

  await t.test('a number far behind is seen', async (t) => {
    for (const length of [800, 1500, 3000])
      t.match(
        await ask(`${'kinh gui quy co quan '.repeat(length / 21)} ${no.text}`.slice(0, 65_000)),
        /Dang xu ly/,
        `${length}`,
      )
  })
})

t.test('on a shared short code every text that we name carries its prefix', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake, { keywordPrefix: 'HCC PY' })] })
  const { no } = await room.dossier('000.00.15.H45-190521-0003')
  const ask = async (text: string, from = newPhone()): Promise<string> => {
    const coming = fake.replyTo(from)
    fake.text(from, text)
    return (await coming)!.text
  }
  const phone = newPhone()
  for (const text of [
    'HCC PY HD',
    'HCC PY EN',
    `HCC PY DK ${no.text}`,
    'HCC PY HUY',
    'HCC PY PA',
    'HCC PY HS 000.00.15.H45-190521-3',
    'HCC PY HS 000.00.15.H45-191345-0003',
    'hccpy xin chao',
  ]) {
    const reply = await ask(text, text.includes('EN') ? newPhone() : phone)
    for (const named of reply.matchAll(/(\S+ \S+ )?\b(HS|DK|HUY|STOP|PA|VI|EN)\b(?=[ :])/g))
      t.equal(named[1], 'HCC PY ', `${named[0]} in ${reply}`)
    t.match(reply, /HCC PY/, reply)
    t.ok(reply.length <= 160)
  }
  t.match(await ask(`HCC PY HS ${no.text}`), /Dang xu ly/)
  t.match(await ask(`hccpyHS ${no.text}`), /Dang xu ly/)
})
