// A desk end to end: POST a receipt, a real pty, a printer with every bad habit, and what the desk page receives.
import { EventEmitter } from 'node:events'
import { symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Job, PrinterState } from '../../src/desk/contract.js'
import { openDeskEvents, toPage } from '../../src/desk/desk-events.js'
import { slipBytes } from '../../src/desk/escpos/slip.js'
import { Printer } from '../../src/desk/printer/printer.js'
import { openProfiles } from '../../src/desk/profiles.js'
import { groupDigits } from '../../src/dossier/numbers/lookup-number.js'
import { silentLog } from '../../src/log.js'
import { openPaperTape } from '../peers/paper-tape.js'
import { startRedis } from '../peers/redis.js'
import {
  closed,
  type DeskClient,
  dossierNo,
  everyTrouble,
  noticed,
  noticedWithinMs,
  openDoor,
  openRecords,
  openRoom,
  openServer,
  openTestDesk,
  page,
  rightLines,
  temporary,
  until,
  words,
} from './harness.js'
import { sample } from './sample.js'

t.jobs = 8

const ended = (desk: DeskClient, jobId: string) =>
  until(async () => {
    const job = await desk.job(jobId)
    return !['queued', 'claimed', 'sent'].includes(job.state) && job
  })
const printerIs = (desk: DeskClient, state: PrinterState) =>
  until(async () => {
    const { printer } = await desk.view()
    return printer.state === state && printer
  })

t.test('a slip asked for comes out once and is confirmed by the printer', async (t) => {
  const { desk, tape, lookupNumber } = await openTestDesk(t)
  const jobId = await desk.print(dossierNo)
  const slip = await tape.slip(1)
  t.hasStrict(await ended(desk, jobId), {
    state: 'confirmed',
    confirmedBy: 'completion',
    dossierNo,
    copies: 1,
    reprint: 0,
  })
  t.match(slip.text, groupDigits(lookupNumber))
  t.match(slip.text, dossierNo)
  t.match(slip.text, 'Sở Xây dựng tỉnh Phú Yên')
  t.match(slip.text, `Soạn: HS ${groupDigits(lookupNumber)} gửi 8188`)
  t.match(slip.text, 'Nhận 21/05/2019, Hẹn trả 04/06/2019')
  t.strictSame(tape.complaints, [])
  t.equal(tape.slips.length, 1)
  const view = await desk.view()
  t.hasStrict(view, {
    desk: 'quay-1',
    printer: { state: 'ready', remote: false, canConfirm: true },
    jobs: [{ jobId, state: 'confirmed' }],
  })
  t.equal(words.text(`desk.printer.${view.printer.state}`), 'Sẵn sàng')
  t.notMatch(JSON.stringify(view), /receipt|token|mark|lookupNumber/, 'what is internal stays inside')

  t.hasStrict(await desk.act(jobId, 'reprint'), { status: 200, body: { state: 'queued', reprint: 1 } })
  t.match((await tape.slip(2)).text, 'BẢN IN LẠI')
  t.hasStrict(await ended(desk, jobId), { state: 'confirmed', reprint: 1 })

  const byLookup = await desk.print(groupDigits(lookupNumber), 2)
  const [one, two] = [await tape.slip(3), await tape.slip(4)]
  t.match(one.text, 'Liên 1/2')
  t.match(two.text, 'Liên 2/2')
  t.hasStrict(await ended(desk, byLookup), { state: 'confirmed', copies: 2 })
})

t.test(
  'A-01: a request for a slip that is sent again with its Idempotency-Key is the same slip',
  async (t) => {
    const { desk, tape, lookupNumber } = await openTestDesk(t)
    const ask = (key: string, body: object) =>
      desk.ask('POST', '/v1/desks/quay-1/receipts', body, { 'idempotency-key': key })
    const [first, beside] = await Promise.all([ask('k-1', { dossierNo }), ask('k-1', { dossierNo })])
    const { jobId } = first.body
    t.equal(beside.body.jobId, jobId, 'at the same time')
    await ended(desk, jobId)
    t.match(
      await ask('k-1', { dossierNo: lookupNumber, copies: 1 }),
      { status: 202, body: { jobId, state: 'confirmed' } },
      'later, with the same slip asked for by its other number',
    )
    t.match(await ask('k-1', { dossierNo, copies: 2 }), { status: 422, body: { code: 'key-reused' } })
    const other = await ask('k-2', { dossierNo })
    t.not(other.body.jobId, jobId, 'another key is another slip')
    await ended(desk, other.body.jobId)
    t.equal(tape.slips.length, 2)
  },
)

t.test('a proof ticket is a job of its own; the number an officer types is how slips print', async (t) => {
  const { desk, tape, door, room } = await openTestDesk(t, { profile: 'epson-tm-t82' })
  const proof = '/v1/desks/quay-1/proof'
  const profile = '/v1/desks/quay-1/profile'
  const { status, body } = await desk.ask('POST', proof)
  t.equal(status, 202)
  t.hasStrict(await ended(desk, body.jobId), { ticket: 'proof', state: 'confirmed', dossierNo: '' })
  t.strictSame(tape.complaints, [])
  // Line 7 lacks six of the letters in its page, and says so by printing that line plain.
  t.strictSame(rightLines(tape.slips[0]!.text, 48), ['1: cp1258:52', '4: tcvn3:30/31', '8: raster'])
  t.match(tape.slips[0]!.text, '7: viscii:53\nĐặng Thị Hồng')
  t.match((await desk.view()).printer, { profile: 'epson-tm-t82' })

  const second = openRoom(t, door, await openRecords(door), [{ profile: 'epson-tm-t82' }], 'gateway-2')
  t.match(await desk.ask('PUT', profile, { line: 4 }), {
    status: 200,
    body: { profile: 'epson-tm-t82+tcvn3:30/31' },
  })
  t.match((await desk.view()).printer, { profile: 'epson-tm-t82+tcvn3:30/31' })
  t.equal((await second.paper('quay-1')).name, 'epson-tm-t82+tcvn3:30/31', 'every gateway prints so')
  t.match((await desk.ask('GET', `/v1/desks/quay-1/preview?number=${dossierNo}`)).body.text, 'Hẹn trả')
  await ended(desk, await desk.print(dossierNo))
  t.match(tape.slips[1]!.text, 'Sở Xây dựng tỉnh Phú Yên')
  t.hasStrict(await desk.act(body.jobId, 'reprint'), { status: 200, body: { ticket: 'proof' } })
  await tape.slip(3)

  for (const [label, line, status] of [
    ['a line the ticket has not', 9, 400],
    ['a number scanned by mistake', 482_719_360_518, 400],
    ['no number', 'bốn', 400],
    ['none is right', 0, 200],
  ] as const)
    t.equal((await desk.ask('PUT', profile, { line })).status, status, label)
  t.match((await desk.view()).printer, { profile: 'epson-tm-t82+ascii' })
  await ended(desk, await desk.print(dossierNo))
  t.match(tape.slips[3]!.text, 'So Xay dung tinh Phu Yen')
  const configured = openRoom(t, door, await openRecords(door), [{ profile: 'epson-tm-t88' }], 'gateway-3')
  t.equal(
    (await configured.paper('quay-1')).name,
    'epson-tm-t88',
    'another model: the proof was of the old one',
  )

  const { key } = await desk.keys.create({ kind: 'monitor', name: 'so-noi-vu' })
  const monitor = { authorization: `Bearer ${key}` }
  t.equal((await desk.ask('POST', proof, undefined, monitor)).status, 403)
  t.equal((await desk.ask('PUT', profile, { line: 4 }, monitor)).status, 403)
  t.strictSame(
    desk.audited.filter(({ what }) => what.startsWith('printer.')),
    [
      { who: 'desk quay-1', what: 'printer.proof', on: 'quay-1', result: body.jobId },
      { who: 'desk quay-1', what: 'printer.profile', on: 'quay-1', result: 'epson-tm-t82+tcvn3:30/31' },
      { who: 'desk quay-1', what: 'printer.profile', on: 'quay-1', result: 'epson-tm-t82+ascii' },
    ],
  )
  for (let waiting = 0; waiting < 50; waiting++) await room.queue.add('quay-2', 'proof', 1, 60_000)
  t.equal(
    await room.queue.add('quay-2', 'proof', 1, 60_000),
    undefined,
    'a full queue takes no ticket either',
  )
})

t.test('P-01: paper ends half-way; one slip after the refill, when the officer asks', async (t) => {
  const { desk, tape } = await openTestDesk(t)
  await printerIs(desk, 'ready')
  let jobId = ''
  const { tookMs, words } = await noticed(desk, 'no-paper', async () => {
    tape.set({ paper: 200 })
    jobId = await desk.print(dossierNo)
  })
  t.ok(tookMs <= noticedWithinMs, `${tookMs} ms from asking for the slip`)
  t.equal(words, 'Hết giấy. Thay cuộn giấy mới.')
  const job = await ended(desk, jobId)
  t.hasStrict(job, { state: 'failed', reason: 'no-paper' })
  t.equal(page.job[job.state], 'Chưa in được')
  t.equal(page.reason[job.reason!], 'Hết giấy. Thay giấy rồi bấm In lại.')
  const waiting = await desk.print(dossierNo)
  tape.set({ paper: 'full' })
  await printerIs(desk, 'ready')
  // The next citizen's slip waited for paper and is printed; what was torn off is not.
  t.hasStrict(await ended(desk, waiting), { state: 'confirmed' })
  t.strictSame(
    tape.slips.map(({ complete }) => complete),
    [false, true],
  )
  await desk.act(jobId, 'reprint')
  t.hasStrict(await ended(desk, jobId), { state: 'confirmed', reprint: 1 })
  t.equal(tape.slips.length, 3)
  t.match(tape.slips[2]!.text, 'BẢN IN LẠI')
})

t.test(
  'a slip printed once more says what is true by then, and none of a dossier that is gone',
  async (t) => {
    const { desk, tape, records } = await openTestDesk(t)
    await printerIs(desk, 'ready')
    const jobId = await desk.print(dossierNo)
    t.match((await tape.slip(1)).text, 'Hẹn trả 04/06/2019')
    await ended(desk, jobId)
    const reading = records.numbers.read(dossierNo)
    if (reading.kind !== 'dossierNo') throw new Error('the sample number is not read')
    const withdrawn = { dossierStatus: 'withdrawn', eventTime: Date.now() } as const
    await records.store.apply(reading.dossierNo, withdrawn, Date.now())
    t.hasStrict(await desk.act(jobId, 'reprint'), { status: 200, body: { state: 'queued' } })
    const { text } = await tape.slip(2)
    t.match(text, 'BẢN IN LẠI')
    t.notMatch(text, 'Hẹn trả')
    await ended(desk, jobId)
    await records.store.erase(reading.dossierNo)
    t.hasStrict(await desk.act(jobId, 'reprint'), { status: 404, body: { code: 'unknown' } })
    t.equal(tape.slips.length, 2)
  },
)

t.test(
  'P-01: a printer that cannot forget prints the rest after the refill, and the same job is mended',
  async (t) => {
    const { desk, tape } = await openTestDesk(t, { tape: { clears: false } })
    await printerIs(desk, 'ready')
    tape.set({ paper: 200 })
    const jobId = await desk.print(dossierNo)
    t.hasStrict(await ended(desk, jobId), { state: 'unconfirmed', reason: 'no-paper' })
    tape.set({ paper: 'full' })
    t.hasStrict(await until(async () => (await desk.job(jobId)).state === 'confirmed' && desk.job(jobId)), {
      state: 'confirmed',
      confirmedBy: 'completion',
    })
    t.equal(tape.slips.length, 1)
  },
)

for (const profile of ['generic', 'epson-tm-t82', 'epson-tm-t88'])
  t.test(`${profile}: a head too hot half-way is one slip, and the job says so`, async (t) => {
    const line = { clears: false, baudRate: 38_400, bufferBytes: 65_536 }
    const { desk, tape } = await openTestDesk(t, { profile, baudRate: 38_400, tape: line })
    await printerIs(desk, 'ready')
    const before = tape.received
    const jobId = await desk.print(dossierNo)
    await until(() => tape.received > before + 250)
    tape.set({ hot: true })
    t.hasStrict(await ended(desk, jobId), { state: 'unconfirmed', reason: 'printer-error' })
    tape.set({ hot: false })
    await until(async () => (await desk.job(jobId)).state === 'confirmed')
    await tape.slip(1)
    t.equal(tape.slips.length, 1)
  })

for (const [label, profile] of [
  ['is asked', 'epson-tm-t82'],
  ['tells by itself (ASB)', 'epson-tm-t88'],
] as const)
  t.test(
    `P-01, P-02: whatever befalls a printer that ${label} is noticed within 5 s, in words`,
    async (t) => {
      const { desk, tape } = await openTestDesk(t, { profile })
      await everyTrouble(t, desk, tape)
    },
  )

t.test('a printer low on paper still prints', async (t) => {
  const { desk, tape } = await openTestDesk(t)
  await printerIs(desk, 'ready')
  tape.set({ paper: 'low' })
  await printerIs(desk, 'paper-low')
  const jobId = await desk.print(dossierNo)
  t.hasStrict(await ended(desk, jobId), { state: 'confirmed' })
})

t.test(
  'P-02: the cable is pulled half-way; nothing prints by itself when it is back under another name',
  async (t) => {
    const stable = join(temporary(t), 'by-id')
    const { desk, tape } = await openTestDesk(t, {
      path: stable,
      baudRate: 9600,
      tape: { baudRate: 9600 },
    })
    symlinkSync(tape.path, stable)
    await printerIs(desk, 'ready')
    const before = tape.received
    const jobId = await desk.print(dossierNo)
    await until(() => tape.received > before + 120)
    await tape.unplug()
    tape.powerCycle()
    const job = await ended(desk, jobId)
    t.hasStrict(job, { state: 'failed', reason: 'printer-absent' })
    t.match(page.reason[job.reason!], /^Máy in mất kết nối/)
    await printerIs(desk, 'absent')
    t.equal(page.printer.absent, 'Máy in mất kết nối')
    await tape.plug(join(temporary(t), 'ttyUSB7'))
    unlinkSync(stable)
    symlinkSync(tape.path, stable)
    await printerIs(desk, 'ready')
    const next = await desk.print(dossierNo)
    t.hasStrict(await ended(desk, next), { state: 'confirmed' })
    t.hasStrict(await desk.job(jobId), { state: 'failed' })
    t.equal(tape.slips.filter(({ complete }) => complete).length, 1)
  },
)

t.test('P-03: it printed but the word was lost; when it comes late it mends the same job', async (t) => {
  const { desk, tape } = await openTestDesk(t)
  await printerIs(desk, 'ready')
  tape.set({ completions: 'hold' })
  const jobId = await desk.print(dossierNo)
  t.hasStrict(await ended(desk, jobId), { state: 'unconfirmed' })
  t.equal(page.job.unconfirmed, 'Giấy có ra không?')
  tape.release()
  t.match(await until(async () => (await desk.job(jobId)).state === 'confirmed' && desk.job(jobId)), {
    confirmedBy: 'completion',
  })
  t.equal(tape.slips.length, 1)
})

t.test('P-04: a printer that never answers works, unconfirmed, and never counts as confirmed', async (t) => {
  const { desk, tape } = await openTestDesk(t, { profile: 'generic' })
  tape.set({ mute: true })
  await tape.unplug()
  await printerIs(desk, 'absent')
  const { tookMs, words } = await noticed(desk, 'unknown', () => tape.plug())
  t.ok(tookMs <= noticedWithinMs, `${tookMs} ms from plugging it in`)
  t.equal(words, 'Chưa rõ trạng thái. Máy in này không tự báo trạng thái.')
  t.match(page.printer.noConfirm, /^Sau mỗi phiếu, xin nhìn giấy rồi trả lời/)
  const jobId = await desk.print(dossierNo)
  t.hasStrict(await ended(desk, jobId), { state: 'unconfirmed' })
  await tape.slip(1)
  t.equal(tape.slips.length, 1)
  t.equal((await desk.view()).printer.canConfirm, false)
  t.hasStrict(await desk.act(jobId, 'confirm'), {
    status: 200,
    body: { state: 'confirmed', confirmedBy: 'person' },
  })
})

t.test('a printer that lies about its paper is not believed without its word for the slip', async (t) => {
  const { desk, tape } = await openTestDesk(t)
  tape.set({ lies: 'ready', paper: 'out' })
  const jobId = await desk.print(dossierNo)
  t.hasStrict(await ended(desk, jobId), { state: 'unconfirmed' })
  t.equal(tape.slips.length, 0)
  t.match(await desk.act(jobId, 'reprint'), { status: 200 })
})

t.test('P-05: noise on the line changes no state and proves no slip', async (t) => {
  const { desk, tape } = await openTestDesk(t, { profile: 'epson-tm-t82+raster' })
  await printerIs(desk, 'ready')
  tape.set({ completions: 'drop' })
  const jobId = await desk.print(dossierNo)
  tape.on('arrived', () => {
    tape.say(Buffer.from([0x00, 0xff, 0x80, 0x37, 0x22, 0x41, 0x42, 0x43, 0x44, 0x01, 0x9f, 0x90, 0x03]))
  })
  await tape.slip(1)
  t.hasStrict(await ended(desk, jobId), { state: 'unconfirmed' })
  t.hasStrict((await desk.view()).printer, { state: 'ready' })
  t.equal(page.printer.ready, 'Sẵn sàng')
  t.equal(page.job.unconfirmed, 'Giấy có ra không?')
  t.match(tape.slips[0]!.text, 'Sở Xây dựng tỉnh Phú Yên')
  t.strictSame(tape.complaints, [])
})

t.test('P-08: a name no printer can write is readable, never "?", and the numbers are exact', async (t) => {
  const name = 'Sở “Xây dựng” Müller 🏛 漢字 – Ỷ Ẵ'.normalize('NFD')
  for (const [profile, reads] of [
    ['epson-tm-t82', 'Sở "Xây dựng" Muller - Ỷ Ẵ'],
    ['epson-tm-t82+ascii', 'So "Xay dung" Muller - Y A'],
    ['epson-tm-t82+cp1258:52', 'Sở "Xây dựng" Muller - Ỷ Ẵ'],
    ['epson-tm-t82+viscii:53', 'Sở "Xây dựng" Muller - Ỷ Ẵ'],
  ] as const) {
    const { desk, tape, room } = await openTestDesk(t, { profile })
    const receipt = { ...sample, agency: { ...sample.agency, name } }
    const { jobId } = (await room.queue.add('quay-1', receipt, 1, 600_000))!
    const job = await ended(desk, jobId)
    t.equal(page.job[job.state], 'Đã in xong', profile)
    const { text } = tape.slips[0]!
    t.match(text, reads, profile)
    t.notMatch(text, /[?]/)
    t.match(text, sample.dossierNo)
    t.match(text, '[QR 482719360518]')
    const preview = room.maker.text({ receipt, copies: 1, reprint: 0 }, await room.paper('quay-1'))
    t.match(preview, reads, 'and so it stands on the page before it is printed')
    t.notMatch(preview, /[?]/)
  }
})

t.test('a slow printer holds us back and loses nothing', async (t) => {
  for (const [profile, flow] of [
    ['generic-serial+raster', 'xon-xoff'],
    ['star-escpos', 'dtr'],
  ] as const) {
    const { desk, tape } = await openTestDesk(t, {
      profile,
      baudRate: 115_200,
      tape: { baudRate: 115_200, bufferBytes: 4096, flow, linesPerSecond: 12 },
    })
    await printerIs(desk, 'ready')
    const jobId = await desk.print(dossierNo)
    t.hasStrict(await ended(desk, jobId), { state: 'confirmed', confirmedBy: 'status' }, profile)
    t.equal(tape.overrun, 0)
    t.strictSame(tape.complaints, [])
    t.match(tape.slips[0]!.text, 'Nhận 21/05/2019, Hẹn trả 04/06/2019')
  }
})

t.test('a line that takes nothing any more ends the slip, and the next one is whole', async (t) => {
  const tape = await openPaperTape()
  t.teardown(() => tape.close())
  const profile = openProfiles('config/printers.yaml').profile('star-escpos')
  const lines = Array.from({ length: 70 }, (_, at) => ({
    kind: 'text' as const,
    text: `Dòng thứ ${at}, đường dài đến hết tờ giấy rộng`,
  }))
  const bytes = slipBytes([...lines, { kind: 'cut' }], profile)
  // Never polled, because silence would be another fault.
  const line = { path: tape.path, baudRate: 921_600 }
  const first = new Printer(
    { ...line, profile: { ...profile, status: 'none' }, timing: { heldMs: 2500 } },
    silentLog,
  )
  t.teardown(() => first.close())
  first.start()
  await until(() => first.able)
  const stuck = first.print(bytes, 'AAAA')
  await until(() => tape.received > 20_000)
  tape.freeze()
  t.strictSame(await stuck, { kind: 'failed', reason: 'printer-busy' })
  await first.close()
  // The cable is reconnected: bytes on the line are lost, those already in the printer are not.
  await tape.unplug()
  await tape.plug()
  const printer = new Printer({ ...line, profile }, silentLog)
  t.teardown(() => printer.close())
  printer.start()
  await until(() => printer.able)
  t.strictSame(await printer.print(bytes, 'BBBB'), { kind: 'confirmed', by: 'status' })
  const whole = tape.slips.filter(({ text }) => text.includes('Dòng thứ 69'))
  t.equal(whole.length, 1)
  t.match(whole[0]!.text, /Dòng thứ 0, .*\n.*Dòng thứ 1, [\s\S]*Dòng thứ 69, /)
  t.strictSame(tape.complaints, [])
})

t.test('a slip that waited too long is never printed, one taken back neither', async (t) => {
  const tape = await openPaperTape()
  t.teardown(() => tape.close())
  const redis = await startRedis(t)
  const door = await openDoor(t, redis)
  const room = openRoom(t, door, await openRecords(door), [
    {
      jobExpirySeconds: 2,
      printer: { path: tape.path, baudRate: 115_200, profile: 'epson-tm-t82' },
    },
  ])
  const desk = await openServer(t, door, room)
  await printerIs(desk, 'ready')
  tape.set({ coverOpen: true })
  await printerIs(desk, 'cover-open')
  const taken = await desk.print(dossierNo)
  t.hasStrict(await desk.act(taken, 'cancel'), { status: 200, body: { state: 'cancelled' } })
  t.match(await desk.act(taken, 'cancel'), {
    status: 409,
    body: { code: 'wrong-state', reason: 'cancelled' },
  })
  const old = await desk.print(dossierNo)
  t.hasStrict(await ended(desk, old), { state: 'expired' })
  tape.set({ coverOpen: false })
  await printerIs(desk, 'ready')
  const fresh = await desk.print(dossierNo)
  t.hasStrict(await ended(desk, fresh), { state: 'confirmed' })
  t.equal(tape.slips.length, 1)
  t.match((await desk.view()).jobs, [{ jobId: fresh }, { jobId: old }, { jobId: taken }])
})

t.test('several desks of one machine print each on its own', async (t) => {
  const tapes = [await openPaperTape(), await openPaperTape()]
  for (const tape of tapes) t.teardown(() => tape.close())
  const door = await openDoor(t, await startRedis(t))
  const room = openRoom(
    t,
    door,
    await openRecords(door),
    tapes.map((tape, at) => ({
      id: `quay-${at + 1}`,
      printer: { path: tape.path, baudRate: 115_200, profile: 'epson-tm-t82' },
    })),
  )
  for (const desk of ['quay-2', 'quay-1', 'quay-2']) await room.print(desk, dossierNo)
  await Promise.all([tapes[0]!.slip(1), tapes[1]!.slip(2)])
  t.strictSame(
    tapes.map(({ slips }) => slips.length),
    [1, 2],
  )
})

t.test('all pages of a desk look at the store together', async (t) => {
  const queue = new EventEmitter()
  const view = { name: 'Quầy 1', jobs: [{ jobId: '1', state: 'queued' }] }
  let looks = 0
  const look = async () => {
    looks++
    return structuredClone(view)
  }
  const watch = openDeskEvents({ queue, view: look } as never)
  const told: string[][] = []
  const stops: (() => void)[] = []
  t.teardown(() => stops.forEach((stop) => stop()))
  /** Resolves when the page is told of this event. */
  const open = (until: string) =>
    new Promise<void>((resolve) => {
      const mine: string[] = []
      told.push(mine)
      stops.push(
        watch('quay-1', (event) => {
          if (event !== 'beat') mine.push(event)
          if (event === until) resolve()
        }),
      )
    })
  const changed = Array.from({ length: 50 }, () => open('job'))
  await open('desk')
  t.ok(looks <= 2, `${looks} looks for 51 pages`)
  stops[0]!()
  await open('desk')
  view.jobs[0]!.state = 'claimed'
  queue.emit('change', 'quay-1')
  await Promise.all(changed.slice(1))
  t.strictSame(told[0], ['desk'], 'one that has left is told nothing')
  t.strictSame(told[1], ['desk', 'desk', 'job'], 'the others are told each change once')
  t.strictSame(told[51], ['desk', 'desk', 'job'])
  for (const stop of stops) stop()
  t.equal(queue.listenerCount('change'), 0, 'with its last page the watch ends')
})

t.test('a page that does not read its events is disconnected', async (t) => {
  const sent: string[] = []
  const raw = { writableLength: 0, isOpen: true, destroy: () => (raw.isOpen = false) }
  const sse = { isConnected: true, send: async ({ event }: { event: string }) => void sent.push(event) }
  const send = toPage({ raw, sse } as never)
  send('desk', {})
  raw.writableLength = 100_000
  send('job', {})
  t.ok(raw.isOpen, 'one that is slow is not')
  raw.writableLength = 1_000_000
  send('beat', {})
  t.notOk(raw.isOpen)
  t.strictSame(sent, ['desk', 'job'], 'and nothing more is kept for it')
})

t.test('events tell the view at once and every change of a slip', async (t) => {
  const { desk } = await openTestDesk(t)
  const stop = new AbortController()
  const seen: string[] = []
  let jobId = ''
  for await (const { event, data } of desk.events(stop.signal)) {
    if (event === 'desk' && jobId === '') jobId = await desk.print(dossierNo)
    if (event === 'job') seen.push((data as Job).state)
    if (seen.at(-1) === 'confirmed') break
  }
  stop.abort()
  t.ok(seen.length >= 2, seen.join(' '))
  t.equal(seen.at(-1), 'confirmed')
})

t.test(
  'a desk named by an alias is its office’s, and whoever answers for a closed one looks at it',
  async (t) => {
    const door = await openDoor(t, await startRedis(t))
    const room = openRoom(t, door, await openRecords(door), [{}, { id: 'quay-2', agency: 'H45.05' }])
    t.match(await room.view('quay-2'), { agency: { code: closed.code, name: closed.name } })
    const { keys, url } = await openServer(t, door, room)
    const look = async (desk: string, ...agencies: string[]) => {
      const { key } = await keys.create({ kind: 'monitor', name: 'lanh-dao', agencies })
      return (await fetch(`${url}/v1/desks/${desk}`, { headers: { authorization: `Bearer ${key}` } })).status
    }
    t.equal(await look('quay-2', closed.code), 200, 'its own leader')
    t.equal(await look('quay-2', 'H15.03'), 200, 'the leader of the office that answers now')
    t.equal(await look('quay-1', 'H15.03'), 403, 'nobody else')
  },
)

t.test(
  "a desk's token reaches its own desk alone; monitors look; pages of others write nothing",
  async (t) => {
    const { desk, door, redis } = await openTestDesk(t)
    const jobId = await desk.print(dossierNo)
    const other = await desk.keys.create({ kind: 'desk', desk: 'quay-2' })
    const monitor = await desk.keys.create({ kind: 'monitor', name: 'so-noi-vu' })
    const agencyKey = await desk.keys.create({ kind: 'agency', agencies: ['000.00.15.H45'] })
    const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
    const body = { dossierNo }
    const receipts = '/v1/desks/quay-1/receipts'
    const rows = [
      { label: 'nobody', method: 'GET', path: '/v1/desks/quay-1', headers: bearer('dgw_none'), status: 401 },
      {
        label: "another desk's key",
        method: 'POST',
        path: receipts,
        body,
        headers: bearer(other.key),
        status: 403,
      },
      {
        label: 'another desk looks',
        method: 'GET',
        path: `${receipts}/${jobId}`,
        headers: bearer(other.key),
        status: 403,
      },
      {
        label: 'another desk polls',
        method: 'POST',
        path: '/v1/desks/quay-1/cloudprnt',
        body: {},
        headers: bearer(other.key),
        status: 403,
      },
      {
        label: 'an agency',
        method: 'POST',
        path: receipts,
        body,
        headers: bearer(agencyKey.key),
        status: 401,
      },
      {
        label: 'a monitor looks',
        method: 'GET',
        path: '/v1/desks/quay-1',
        headers: bearer(monitor.key),
        status: 200,
      },
      {
        label: 'a monitor prints',
        method: 'POST',
        path: receipts,
        body,
        headers: bearer(monitor.key),
        status: 403,
      },
      {
        label: 'no such desk',
        method: 'GET',
        path: '/v1/desks/quay-9',
        headers: bearer(monitor.key),
        status: 404,
      },
      { label: 'another desk that is none', method: 'GET', path: '/v1/desks/quay-9', status: 403 },
      { label: 'unreadable', method: 'POST', path: receipts, body: { dossierNo: 'hôm nay' }, status: 400 },
      {
        label: 'unknown',
        method: 'POST',
        path: receipts,
        body: { dossierNo: '000.00.15.H45-190521-0999' },
        status: 404,
      },
      {
        label: 'too many copies',
        method: 'POST',
        path: receipts,
        body: { dossierNo, copies: 99 },
        status: 400,
      },
      {
        label: 'copies as text',
        method: 'POST',
        path: receipts,
        body: { dossierNo, copies: '1' },
        status: 400,
      },
      { label: 'no such slip', method: 'GET', path: `${receipts}/ffffffffffff`, status: 404 },
      { label: 'nonsense for a slip', method: 'POST', path: `${receipts}/*/cancel`, status: 404 },
    ]
    for (const { label, method, path, body, headers, status } of rows) {
      const answer = await desk.ask(method, path, body, headers)
      t.equal(answer.status, status, label)
      t.equal(answer.headers.get('cache-control'), 'no-store')
      if (status >= 400 && answer.status !== 400)
        t.match(answer.headers.get('content-type'), 'application/problem+json', label)
    }
    t.match(await desk.ask('POST', receipts, { dossierNo: '2.000815.000.00.00.H55' }), {
      body: { code: 'unreadable', reason: 'procedure-code' },
    })

    const cookie = `dossier_desk=${desk.key}`
    const asPage = async (headers: Record<string, string>) =>
      (
        await fetch(`${desk.url}${receipts}`, {
          method: 'POST',
          headers: { cookie, 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        })
      ).status
    t.equal(await asPage({ 'sec-fetch-site': 'same-origin' }), 202)
    t.equal(await asPage({ 'sec-fetch-site': 'cross-site' }), 403)
    t.equal(await asPage({ origin: 'https://evil.example' }), 403)
    t.equal(await asPage({ origin: 'null' }), 403)
    t.equal(await asPage({ origin: desk.url }), 202)

    t.match(await desk.ask('GET', `/v1/desks/quay-1/preview?number=${dossierNo}`), {
      status: 200,
      body: { dossierNo, columns: 48, text: /Hẹn trả 04\/06\/2019/ },
    })
    await desk.keys.revoke(other.id)
    await redis.kill()
    await until(() => !door.isReady())
    t.match(await desk.ask('POST', receipts, body), { status: 503 })
  },
)
