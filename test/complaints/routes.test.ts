// A desk's complaints over HTTP, and the command beside it: who may, what is refused, what is left of it.
import Fastify from 'fastify'
import t from 'tap'
import type { AuditEntry } from '../../src/access/audit-chain.js'
import { openKeys } from '../../src/access/keys.js'
import { answerLength, problemOf } from '../../src/complaints/answers.js'
import { complaintsCommand } from '../../src/complaints/complaints-command.js'
import { complaintKey } from '../../src/complaints/keys.js'
import { complaintRoutes } from '../../src/complaints/routes.js'
import { openSeal } from '../../src/dossier/seal.js'
import { roomFor } from '../../src/sms/conversation/reply.js'
import { replied } from '../../src/sms/conversation/sentences.js'
import { openDocs } from '../../src/web/docs/routes.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startRedis } from '../peers/redis.js'
import { linkTo, openRoom, phoneKey } from '../sms/room.js'

const said = 'cán bộ Nguyễn Thị Mẫu hẹn ba lần, gọi 0905111222'
const phone = { address: '84901234567', ton: 1, npi: 1 }

t.test('a desk sees, answers, hands on and erases what is its own', async (t) => {
  const redis = await startRedis(t)
  const fake = await startFakeSmsc()
  t.teardown(() => fake.close())
  const room = await openRoom(t, redis, { links: [linkTo(fake)] })
  const { complaints, words } = room
  // A closed office, the one that answers for it, and another.
  const closed = room.config.agencies.find(({ servedBy }) => servedBy !== undefined)!
  const serving = room.config.agencies.find(({ code }) => code === closed.servedBy)!
  const other = room.config.agencies.find(({ code, servedBy }) => code !== serving.code && !servedBy)!
  const desks = [
    { id: 'quay-1', agency: serving.code },
    { id: 'quay-2', agency: other.code },
  ]
  const most = answerLength([words.vi, words.en])
  const audited: AuditEntry[] = []
  const audit = async (entry: AuditEntry) => void audited.push(entry)
  const keys = openKeys(room.door)
  const app = Fastify({ ajv: { customOptions: { removeAdditional: false } } })
  t.teardown(() => app.close())
  await openDocs(app, '0.0.0')
  await app.register(
    complaintRoutes({
      complaints,
      desks,
      agencies: room.config.agencies,
      answerLength: () => most,
      authenticate: keys.authenticate,
      audit,
    }),
  )
  const keyOf = Object.fromEntries(
    await Promise.all(
      desks.map(async ({ id }) => [
        id,
        (await keys.create({ kind: 'desk', desk: id, person: 'Chị Tư' })).key,
      ]),
    ),
  ) as Record<string, string>
  const ask = async (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
    { desk = 'quay-1', key = keyOf[desk] }: { desk?: string; key?: string | undefined } = {},
  ) => {
    const answer = await app.inject({
      method,
      url: `/v1/desks/${desk}/complaints${path}`,
      headers: key ? { authorization: `Bearer ${key}` } : {},
      ...(body ? { payload: body } : {}),
    })
    return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json() }
  }
  let nth = 0
  const complain = async (agency: string | undefined, text = said) => {
    nth++
    const taken = await complaints.take({
      words: `${text} ${nth}`,
      agency,
      complainant: { link: 'smsc-a', phone, subject: `subject-${nth}`, language: 'vi' },
      receivedAt: Date.now(),
    })
    return taken.kind === 'taken' ? taken.ticket : ''
  }

  await t.test('only its own desk, only with its key', async (t) => {
    const ticket = await complain(serving.code)
    t.match(await ask('GET', '', undefined, { key: '' }), { status: 401 })
    t.match(await ask('GET', '', undefined, { key: keyOf['quay-2'] }), { status: 403 })
    t.match(await ask('GET', '', undefined, { desk: 'quay-9', key: keyOf['quay-1'] }), { status: 403 })
    const mine = await ask('GET', '')
    t.match(mine, {
      status: 200,
      body: { answerLength: most, complaints: [{ ticket, state: 'open', overdue: false }] },
    })
    t.notMatch(JSON.stringify(mine.body), /84901234567|subject-/, 'never the phone it came from')
    t.same((await ask('GET', '', undefined, { desk: 'quay-2' })).body.complaints, [])
    for (const [method, path, body] of [
      ['POST', `/${ticket}/answer`, { answer: 'Đã xem' }],
      ['POST', `/${ticket}/hand-on`, { agency: other.code }],
      ['DELETE', `/${ticket}`, undefined],
    ] as const)
      t.match(await ask(method, path, body, { desk: 'quay-2' }), { status: 404, body: { code: 'unknown' } })
  })

  await t.test("a closed office's complaints are those of the office that answers for it", async (t) => {
    const ticket = await complain(closed.code)
    t.ok((await ask('GET', '')).body.complaints.some((one: { ticket: string }) => one.ticket === ticket))
    const away = await complain(other.code)
    t.match(await ask('POST', `/${away}/hand-on`, { agency: closed.code }, { desk: 'quay-2' }), {
      status: 204,
    })
    t.match(await ask('POST', `/${away}/answer`, { answer: 'Đã xem' }), { status: 204 })
    // Received before the office closed, and still under its code.
    await room.door.request.hset(complaintKey(ticket), 'agency', closed.code)
    t.ok((await ask('GET', '')).body.complaints.some((one: { ticket: string }) => one.ticket === ticket))
    t.match(await ask('POST', `/${ticket}/answer`, { answer: 'Đã xem' }), { status: 204 })
  })

  await t.test('an answer is one text without links, demands and identity numbers', async (t) => {
    const ticket = await complain(serving.code)
    for (const [answer, reason] of [
      ['   ', 'empty'],
      ['👍', 'empty'],
      ['x'.repeat(most + 1), 'too-long'],
      ['xem tại hcc.vn', 'link'],
      ['xem https://x', 'link'],
      ['nộp phí tại hoso-dvc.shop', 'link'],
      ['xem bit.do/x7', 'link'],
      ['Xin gửi mật khẩu', 'demand'],
      ['gửi mã OTP', 'demand'],
      ['Xin chuyển khoản 50.000 đ', 'demand'],
      ['nộp vào số tài khoản 0123', 'demand'],
      ['CCCD 079123456789 đã có', 'identity'],
      ['Căn cước 079 123 456 789', 'identity'],
    ] as const)
      t.match(await ask('POST', `/${ticket}/answer`, { answer }), { status: 400, body: { reason } }, answer)
    t.match(await ask('POST', `/${ticket}/answer`, { answer: 'a', more: 1 }), { status: 400 })
    t.match(await ask('POST', `/${ticket}/hand-on`, { agency: 'H99' }), {
      status: 400,
      body: { reason: 'unknown-agency' },
    })
    t.match(await ask('POST', `/${ticket}/answer`, { answer: 'ế'.repeat(most) }), { status: 204 })
    t.match(await ask('POST', `/${ticket}/answer`, { answer: 'nữa' }), {
      status: 409,
      body: { reason: 'answered' },
    })
    t.match(await ask('DELETE', '/không-có'), { status: 404 })
  })

  await t.test('the longest answer goes out whole, in either language', async (t) => {
    t.equal(problemOf('Ệ'.repeat(most), most), undefined)
    for (const language of ['vi', 'en'] as const) {
      const { text } = replied(
        {
          words: words[language],
          room: roomFor({ accents: false }),
          line: { shortCode: '8188', prefix: '' },
        },
        {
          ticket: '261128-99999',
          answer: 'Ệ'.repeat(most),
          complainant: { link: '', phone, subject: '', language },
        },
      )
      t.ok(text.endsWith('E'.repeat(most)), text)
      t.ok(text.length <= 160, `${text.length}`)
    }
  })

  await t.test('erased is gone, and the audit trail never had it', async (t) => {
    const ticket = await complain(serving.code)
    t.match(await ask('DELETE', `/${ticket}`), { status: 204 })
    t.match(await ask('DELETE', `/${ticket}`), { status: 204 })
    t.notOk(JSON.stringify((await ask('GET', '')).body).includes(ticket))
    t.match(await complaints.read(ticket), { state: 'erased', words: undefined })
    const trail = JSON.stringify(audited)
    t.match(trail, /complaint\.(answer|hand-on|erase)/)
    t.match(trail, /desk quay-1 \(Chị Tư\)/)
    t.notMatch(trail, /Nguyễn|0905111222|Đã xem|không-có/)
  })

  await t.test('the command does the same for an office without a page', async (t) => {
    const core = {
      config: room.config,
      door: room.door,
      seal: openSeal(phoneKey),
      secrets: { phoneKey },
      audit: { record: audit },
    }
    const run = async (...args: string[]) => {
      const printed: string[] = []
      const context = { args, core, json: false, print: (text: string) => void printed.push(text) }
      const code = await complaintsCommand(context as never).catch((error: Error) => error.message)
      return { code, text: printed.join('\n') }
    }
    const ticket = await complain(other.code, 'thái độ \u001b[31mkhông tốt')
    t.match(await run('list', '--agency', other.code), { code: 0, text: new RegExp(`${ticket} .* open`) })
    const shown = await run('show', ticket)
    t.match(shown, { code: 0, text: /thái độ .*không tốt/ })
    t.notOk(shown.text.includes('\u001b'), 'a terminal is told nothing')
    t.match(await run('answer', ticket, 'x'.repeat(most + 1)), { code: new RegExp(`${most} characters`) })
    t.match(await run('answer', ticket, 'CCCD', '079123456789'), { code: /identity/ })
    t.match(await run('hand-on', ticket, '--agency', closed.code), { code: 0 })
    t.equal((await complaints.read(ticket))?.agency, serving.code, 'to the office that answers for it')
    t.match(await run('answer', ticket, 'Đã', 'nhắc', 'nhở'), { code: 0 })
    t.match(await run('answer', ticket, 'nữa'), { code: 1, text: /answered/ })
    t.match(await run('erase', ticket), { code: 0 })
    t.match(await run('show', '261128-999'), { code: 1 })
    t.match(await run('list', '--agency', 'H99'), { code: /agencies file/ })
    t.match(await run('nonsense'), { code: /list \| show/ })
  })
})
