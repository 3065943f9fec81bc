// A complaint's whole way over real SMPP and Redis: text, ticket, list, answer, SMS.
import t from 'tap'
import { localDate } from '../../src/dossier/times.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, openRoom, until } from '../sms/room.js'

const name = 'Nguyễn Thị Mẫu'
const identity = '079123456789'
const call = '0905 111 222'

t.test('a complaint is kept sealed, answered with a ticket, and its answer goes out', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  let clock = () => Date.now()
  const said: string[] = []
  const log = Object.fromEntries(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [
      level,
      (...args: unknown[]) => void said.push(JSON.stringify(args)),
    ]),
  ) as never
  const room = await openRoom(t, redis, { links: [linkTo(fake)] }, { now: () => clock(), log })
  const { no } = await room.dossier('000.00.15.H45-190521-0003')
  const agency = room.config.agencies.find(({ code }) => code === no.agency)!
  const say = async (phone: string, text: string) => {
    const coming = fake.replyTo(phone)
    fake.text(phone, text)
    return (await coming)!.text
  }

  const words = `${no.text} cán bộ ${name} hẹn ba lần, CCCD ${identity}, gọi ${call}`
  const reply = await say('84901234567', `PA ${words}`)
  const ticket = /\d{6}-\d{3}/.exec(reply)?.[0] ?? ''
  const [complaint] = await room.complaints.list(agency.code)
  const day = localDate(complaint!.dueAt - 1)
  t.match(reply, `phan anh so ${ticket}`)
  t.match(reply, `${day.slice(8)}/${day.slice(5, 7)}`)
  t.match(reply, agency.phone)
  t.equal(
    complaint?.words,
    words.replace(identity, '•'.repeat(12)),
    'an identity card is not kept, not even sealed',
  )
  t.equal(complaint?.ticket, ticket)

  await t.test('the same words again are the same complaint', async (t) => {
    t.match(await say('84901234567', `PA  ${words}`), ticket)
    t.equal((await room.complaints.list(undefined)).length, 1)
  })

  await t.test('what it says stands nowhere but sealed', async (t) => {
    const dump: string[] = [...said, await room.metrics.text()]
    for (const key of await room.door.request.keys('*')) {
      dump.push(key)
      dump.push((await room.door.request.dumpBuffer(key))?.toString('latin1') ?? '')
    }
    for (const planted of [name, 'Nguyen Thi Mau', identity, call, '0905111222', '901234567', 'hẹn ba lần'])
      for (const place of dump) {
        t.notOk(place.includes(planted), planted)
        t.notOk(place.includes(Buffer.from(planted).toString('latin1')), planted)
      }
  })

  await t.test('it is overdue once its day has ended, and no sooner', async (t) => {
    clock = () => complaint!.dueAt - 1000
    t.same(await room.complaints.standing(), { open: 1, overdue: 0 })
    clock = () => complaint!.dueAt + 1000
    t.same(await room.complaints.standing(), { open: 1, overdue: 1 })
    t.equal((await room.complaints.list(agency.code))[0]?.isOverdue, true)
    clock = () => Date.now()
  })

  await t.test('another agency has it when it is handed on, with the same day', async (t) => {
    t.equal(await room.complaints.handOn(ticket, 'H15.05', 'H15.04'), 'unknown', 'not theirs to hand on')
    t.equal(await room.complaints.handOn(ticket, agency.code, 'H15.04'), 'done')
    t.same(await room.complaints.list(agency.code), [])
    const [same] = await room.complaints.list('H15.04')
    t.equal(same?.dueAt, complaint?.dueAt)
    t.equal(same?.handedOnFrom, agency.code)
  })

  await t.test('its answer goes out in one text, and only one', async (t) => {
    const coming = fake.replyTo('84901234567')
    t.equal(
      await room.complaints.answer(ticket, 'H15.04', 'Đã kiểm tra, xin lỗi ông/bà. Kết quả trả ngày mai.'),
      'done',
    )
    const answer = (await coming)!.text
    t.match(answer, `${ticket}: Da kiem tra, xin loi ong/ba. Ket qua tra ngay mai.`)
    t.ok(answer.length <= 160)
    t.equal(await room.complaints.answer(ticket, 'H15.04', 'Another'), 'answered')
    const figures = await room.complaints.figures(0, Date.now() + 1)
    t.match(figures.get('H15.04'), { taken: 1, open: 0, overdue: 0, answeredInTime: 1, answeredLate: 0 })
  })

  await t.test('erasing leaves its figures and nothing that was written', async (t) => {
    t.equal(await room.complaints.erase(ticket, undefined), 'done')
    const read = await room.complaints.read(ticket)
    t.match(read, { state: 'erased', words: undefined, answer: undefined })
    t.equal((await room.complaints.figures(0, Date.now() + 1)).get('H15.04')?.taken, 1)
  })

  await t.test(
    'without a number it goes to the standing agency; with too few words it is told how',
    async (t) => {
      t.match(await say('84901234568', 'PA nhân viên quầy số 3 không tiếp dân'), /phan anh so/)
      t.equal((await room.complaints.list(room.config.agencies[0]!.code)).length, 1)
      for (const text of [
        'PA',
        'PA là gì',
        `PA ${no.text}`,
        'tôi muốn khiếu nại cán bộ phường',
        'Em xin phản ánh ạ',
      ])
        t.match(await say('84901234569', text), /soan PA/i, text)
      t.equal((await room.complaints.list(undefined)).filter(({ state }) => state === 'open').length, 1)
    },
  )

  await t.test('who filed it may ask for it by its ticket, in words, and nobody else may', async (t) => {
    const phone = '84901234580'
    const taken = await say(phone, `PA ${no.text} từ chối nhận hồ sơ`)
    const ticket = /\d{6}-\d{3}/.exec(taken)?.[0] ?? ''
    for (const text of [`PA ${ticket}`, `Phản ánh số ${ticket} đã trả lời chưa`, `HUY PA ${ticket}`])
      t.equal(await say(phone, text), taken, text)
    t.match(await say('84901234579', ticket), /Ma ho so con thieu/)
    t.match(await say(phone, `${ticket.slice(0, 7)}999`), /Ma ho so con thieu/)
    const further = await say(phone, `PA ${ticket} bao giờ trả lời đây`)
    t.match(further, agency.phone, 'further words go to the office that has the complaint')
    t.notMatch(further, ticket)
    const { dueAt } = (await room.complaints.read(ticket))!
    const ahead = dueAt + 1000 - Date.now()
    clock = () => Date.now() + ahead
    const late = await say(phone, ticket)
    clock = () => Date.now()
    t.match(late, `Phan anh ${ticket} da qua ngay tra loi`, 'nothing that is past is promised again')
    t.match(late, agency.phone)
    const coming = fake.replyTo(phone)
    await room.complaints.answer(ticket, undefined, 'Đã nhắc nhở')
    const answer = (await coming)?.text
    t.match(answer, 'Da nhac nho')
    t.equal(await say(phone, `${ticket}?`), answer)
  })

  await t.test('the same words after an answer are a complaint of their own', async (t) => {
    const text = 'PA quầy 3 không tiếp dân'
    const phone = '84901234581'
    const ticketIn = (reply: string) => /\d{6}-\d{3}/.exec(reply)?.[0] ?? ''
    const answered = ticketIn(await say(phone, text))
    t.equal(ticketIn(await say(phone, text)), answered)
    const coming = fake.replyTo(phone)
    t.equal(await room.complaints.answer(answered, undefined, 'Đã nhắc nhở'), 'done')
    t.match((await coming)?.text, 'Da nhac nho')
    const again = ticketIn(await say(phone, text))
    t.not(again, answered)
    t.equal((await room.complaints.read(again))?.state, 'open')
  })

  await t.test('a text that is taken twice, in between answered, is one complaint', async (t) => {
    const phone = { address: '84901234582', ton: 1, npi: 1 }
    const complaint = {
      words: 'quầy 4 không tiếp dân',
      complainant: { link: 'smsc-a', phone, subject: 'somebody', language: 'vi' },
      receivedAt: Date.now(),
    } as const
    const taken = await room.complaints.take(complaint)
    if (taken.kind !== 'taken') throw new Error(taken.kind)
    await room.complaints.answer(taken.ticket, undefined, 'Đã nhắc nhở')
    t.match(await room.complaints.take(complaint), { ticket: taken.ticket })
  })

  await t.test('no ticket is given twice, though its day has lost its count', async (t) => {
    const phone = { address: '84901234583', ton: 1, npi: 1 }
    const ofDay = (words: string) =>
      room.complaints.take({
        words,
        complainant: { link: 'smsc-a', phone, subject: 'somebody', language: 'vi' },
        // The clock was ahead when this day began; the day itself comes when its count has expired.
        receivedAt: Date.parse('2031-03-03T09:00:00+07:00'),
      })
    t.match(await ofDay('một việc'), { ticket: '310303-001' })
    const [count = ''] = await room.door.request.keys('*day:310303')
    t.equal(await room.door.request.del(count), 1)
    t.match(await ofDay('một việc khác'), { ticket: '310303-002' })
    t.equal((await room.complaints.read('310303-001'))?.words, 'một việc')
  })

  await t.test('a phone that complains without end has a few tickets, one word, and silence', async (t) => {
    const phone = '84901234570'
    for (let nth = 0; nth < 12; nth++) await fake.text(phone, `PA ${no.text} lần thứ ${nth} chưa xong`).taken
    await until(
      'the rest is recorded',
      async () => Number(await room.door.request.hget('{sms:smsc-a}:reasons', 'complaint-capped')) === 8,
    )
    const replies = fake.received.filter(({ to }) => to === phone).map(({ text }) => text)
    t.equal(replies.filter((text) => /phan anh so/.test(text)).length, 3)
    t.equal(replies.length, 4)
    t.match(await say('84901234571', `PA ${no.text} chưa xong`), /phan anh so/, 'others are not affected')
  })
})
