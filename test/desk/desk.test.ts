// A desk from door to door: POST a receipt, a real pty, a printer with every bad habit, and what the desk page is told.
import t from 'tap'
import type { Job } from '../../src/desk/contract.js'
import { groupDigits } from '../../src/desk/receipt.js'
import { dossierNo, openTestDesk, until, words } from './harness.js'

const settled = ['confirmed', 'unconfirmed', 'failed', 'expired', 'cancelled']

t.test('a slip asked for comes out once and is confirmed by the printer', async (t) => {
  const { desk, tape, lookupNumber } = await openTestDesk(t)
  const jobId = await desk.print(dossierNo)
  const slip = await tape.slip(1)
  const job = await until(async () => {
    const job = await desk.job(jobId)
    return settled.includes(job.state) && job
  })
  t.match(job, {
    state: 'confirmed',
    confirmedBy: 'completion',
    dossierNo,
    lookupNumber,
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
  t.match(view, {
    desk: 'quay-1',
    printer: { state: 'ready', remote: false, canConfirm: true },
    jobs: [{ jobId, state: 'confirmed' }],
  })
  t.equal(words.text(`desk.printer.${view.printer.state}`), 'Sẵn sàng')
  t.notMatch(JSON.stringify(view), /receipt|token|mark/, 'what is internal stays inside')

  const again = await desk.act(jobId, 'reprint')
  t.match(again, { status: 200, body: { state: 'queued', reprint: 1 } })
  t.match((await tape.slip(2)).text, 'BẢN IN LẠI')
  await until(async () => (await desk.job(jobId)).state === 'confirmed')
  t.equal(((await desk.job(jobId)) as Job).reprint, 1)
})
