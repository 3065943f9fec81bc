// A complaint's whole way through the built program: text, ticket, desk page in a browser, answer by SMS, another office; and
// kill -9 at each of its steps, which loses nothing and gives no second ticket.
import t from 'tap'
import { scan } from '../kiosk/browser/shots.js'
import { openBrowser, openPage } from '../peers/browser.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'

const dossierNo = 'H15.50-261105-0001'
const ticketForm = /\d{6}-\d{3}/

t.setTimeout(720_000)

t.test('text, ticket, desk, answer', async (t) => {
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    sms: {
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
    desks: [
      { id: 'quay-1', agency: 'H15.50', name: 'Quầy 1' },
      { id: 'quay-2', agency: 'H15.60', name: 'Quầy 2' },
    ],
  })
  const keyOf = async (desk: string) =>
    JSON.parse((await gateway.command('keys', 'create', '--desk', desk, '--json')).stdout) as {
      key: string
      link: string
    }
  const repliesTo = (phone: string) => smsc.received.filter(({ to }) => to === phone).map(({ text }) => text)
  const ticketsOf = (phone: string) =>
    new Set(repliesTo(phone).flatMap((text) => ticketForm.exec(text)?.[0] ?? []))
  const listed = async () =>
    (
      JSON.parse((await gateway.command('complaints', 'list', '--json')).stdout) as {
        complaints: { ticket: string; state: string }[]
      }
    ).complaints
  await smsc.until('the link is bound', () => smsc.boundCount === 1)

  const first = '84901234567'
  const told = smsc.replyTo(first, 20_000)
  smsc.text(first, `PA ${dossierNo} cán bộ hẹn <b>ba</b> lần`)
  const ticket = ticketForm.exec((await told)?.text ?? '')?.[0] ?? ''
  t.not(ticket, '', 'a ticket is told')

  await t.test('the desk page lists it, answers it, and the phone has the answer', async (t) => {
    const browser = await openBrowser(t)
    const letIn = async (desk: string) =>
      (await openPage(browser, (await keyOf(desk)).link, { size: 'landscape', touch: false })).page
    const page = await letIn('quay-1')
    const second = smsc.replyTo('84901234568', 20_000)
    smsc.text('84901234568', `PA ${dossierNo} việc của phường`)
    const handed = ticketForm.exec((await second)?.text ?? '')?.[0] ?? ''
    await page.reload()
    const row = (its: string) => page.locator('.complaint', { hasText: its })
    await row(ticket).waitFor()
    await row(ticket).locator('.complaint-head').click()
    t.match(
      await row(ticket).locator('.complaint-words').textContent(),
      /hẹn <b>ba<\/b> lần/,
      'as it was sent',
    )
    t.notMatch(await page.content(), /84901234567|901234567/, 'never whose it is')
    const send = row(ticket).locator('.action-main')
    t.equal(await send.isDisabled(), true, 'an empty answer is not sent')
    await row(ticket).locator('textarea').fill('Xem tại https://x.vn')
    await send.click()
    await row(ticket).locator('.complaint-problem', { hasText: /\S/ }).waitFor()
    await row(ticket).locator('textarea').fill('Đã nhắc nhở, kết quả trả ngày mai.')
    const coming = smsc.replyTo(first, 20_000)
    await send.click()
    t.match((await coming)?.text, `${ticket}: Da nhac nho, ket qua tra ngay mai.`)
    await row(ticket).locator('.complaint-answer').waitFor()
    t.match(
      await row(ticket).locator('.complaint-head').innerText(),
      /trả lời ngày \d/,
      'no deadline any more',
    )

    await row(handed).locator('.complaint-head').click()
    await row(handed).locator('input').fill('h15.60')
    await row(handed).locator('.complaint-body .action:not(.action-main)').click()
    await row(handed).waitFor({ state: 'detached' })
    const other = await letIn('quay-2')
    const there = other.locator('.complaint', { hasText: handed })
    await there.locator('.complaint-head').click()
    await there.locator('.quiet').click()
    await there.locator('.complaint-erase p').waitFor()
    const focused = await other.evaluate('document.activeElement.textContent')
    t.equal(focused, 'Không xóa', 'the focus is on the way back')
    await scan(other, dossierNo)
    await other.waitForSelector('#number-problem p')
    t.equal(await there.locator('.complaint-words').count(), 1, 'a scan is nobody’s yes')
    await there.locator('.complaint-erase .action').click()
    await there.waitFor({ state: 'detached' })
    t.notOk((await listed()).some((one) => one.ticket === handed))
  })

  await t.test(
    'killed when the text was taken, when the reply was out, when its answer was given',
    async (t) => {
      const back = async () => {
        await gateway.kill('SIGKILL')
        await gateway.start()
        await smsc.until('the link is bound again', () => smsc.boundCount >= 1)
      }
      // Taken, and nothing more: the ticket comes after the restart.
      const taken = '84901234570'
      await smsc.text(taken, `PA ${dossierNo} bị gọi lên ba lần`).taken
      await back()
      await smsc.until('a ticket is told', () => repliesTo(taken).length > 0, 30_000)
      // Out, and the gateway does not know it: told again perhaps, with the same ticket.
      const out = '84901234571'
      smsc.behave({ respDelayMs: 5000 })
      const seen = smsc.replyTo(out, 20_000)
      await smsc.text(out, `PA ${dossierNo} chờ hai tiếng`).taken
      await seen
      await gateway.kill('SIGKILL')
      smsc.behave({ respDelayMs: 0 })
      await gateway.start()
      await smsc.until('the link is bound again', () => smsc.boundCount >= 1)
      const open = await listed()
      t.equal(open.filter(({ state }) => state === 'open').length, 2, 'each is there, once')
      // Answered, and the answer not yet out.
      const [ticketTaken = ''] = ticketsOf(taken)
      const { key } = await keyOf('quay-1')
      const answered = await fetch(`${gateway.http}/v1/desks/quay-1/complaints/${ticketTaken}/answer`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ answer: 'Xin lỗi ông/bà, mời đến quầy 1.' }),
      })
      t.equal(answered.status, 204)
      await back()
      await smsc.until(
        'the answer is out',
        () => repliesTo(taken).some((text) => text.includes('moi den quay 1')),
        30_000,
      )
      for (const phone of [taken, out]) {
        t.equal(ticketsOf(phone).size, 1, `one ticket: ${repliesTo(phone).join(' | ')}`)
        for (const said of [/phan anh so/, /moi den quay 1/]) {
          const its = smsc.received.filter(({ to, text }) => to === phone && said.test(text))
          // A second one is lawful only where the answer to the first cannot have been acted on before the kill.
          const lost = its.filter(({ isRespLost }) => isRespLost).length
          t.ok(its.length <= 1 + lost, `${said} ${its.length} times, ${lost} of them unanswered`)
        }
      }
      t.notMatch(
        gateway.output,
        /hẹn <b>|bị gọi lên|chờ hai tiếng|moi den quay|mời đến quầy/,
        'no word of it in the log',
      )
    },
  )
})
