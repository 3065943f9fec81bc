// The whole way, as people go it: an agency pushes; a phone, a kiosk and a desk ask; the agency changes the state and all
// three get the new one. The built program, real Redis, real SMPP, a real pseudo-terminal, a real browser.
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import t from 'tap'
import { openBrowser, openPage } from '../peers/browser.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'
import { openPaperTape, type Slip } from '../peers/paper-tape.js'

const readQr = jsqr as unknown as (
  data: Uint8ClampedArray,
  width: number,
  height: number,
) => { data: string } | null
const dossierNo = '000.00.15.H45-190521-0003'
const phone = '84901234567'

t.test('push, text, touch, print; change; text, touch, print', async (t) => {
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const printer = await openPaperTape()
  t.teardown(() => printer.close())
  const gateway = await startGateway(t, {
    sms: {
      links: [{ name: 'sim', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
    desks: [
      {
        id: 'quay-1',
        agency: '000.00.15.H45',
        name: 'Quầy 1',
        printer: { path: printer.path, baudRate: 38_400, profile: 'epson-tm-t82' },
      },
    ],
  })
  const key = await gateway.agencyKey('000.00.15.H45')
  const put = async (update: Record<string, unknown>) => {
    const response = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ eventTime: new Date().toISOString(), ...update }),
    })
    return {
      status: response.status,
      body: (await response.json()) as { applied: boolean; lookupNumber: string },
    }
  }
  const text = async (words: string) => {
    const coming = smsc.replyTo(phone, 20_000)
    await smsc.text(phone, words).taken
    return (await coming)?.text ?? ''
  }
  await smsc.until('the link is bound', () => smsc.boundCount === 1)
  const browser = await openBrowser(t)

  const pushed = await put({
    dossierStatus: 'processing',
    receivedAt: '2026-11-19T08:30:00+07:00',
    dueAt: '2030-12-05T17:00:00+07:00',
    procedure: { code: '2.000815', name: 'Chứng thực bản sao từ bản chính' },
  })
  t.equal(pushed.status, 200)
  t.equal(pushed.body.applied, true)
  const { lookupNumber } = pushed.body
  t.match(lookupNumber, /^\d{12}$/)

  await t.test('the phone hears it', async (t) => {
    const reply = await text(`HS ${dossierNo}`)
    t.match(reply, /Dang xu ly/)
    t.match(reply, /05\/12\/2030/)
    t.ok(reply.length <= 160)
  })

  const { page, strangers } = await openPage(browser, `${gateway.http}/kiosk/`)
  const touch = async () => {
    await page.goto(`${gateway.http}/kiosk/`)
    await page.waitForSelector('#digits')
    await page.keyboard.type(lookupNumber)
    await page.keyboard.press('Enter')
    await page.locator('[data-screen="answer"] main').waitFor()
    return page.locator('[data-screen="answer"] main').innerText()
  }
  await t.test('the kiosk shows it, and asks nobody else', async (t) => {
    const shown = await touch()
    t.match(shown, /Đang xử lý/)
    t.match(shown, /Chứng thực bản sao/)
    t.same(strangers, [])
  })

  const deskPage = await (async () => {
    const made = await gateway.command('keys', 'create', '--desk', 'quay-1', '--json')
    const { link } = JSON.parse(made.stdout) as { link: string }
    return (await openPage(browser, link, { size: 'landscape', touch: false })).page
  })()
  const print = async (): Promise<Slip> => {
    const coming = new Promise<Slip>((resolve) => printer.once('slip', resolve))
    const field = deskPage.locator('input').first()
    await field.waitFor()
    await field.fill(dossierNo)
    await deskPage.keyboard.press('Enter')
    await deskPage
      .getByRole('button', { name: /^In phiếu/ })
      .first()
      .click()
    return coming
  }
  await t.test('the desk prints it, and another program reads the number from the picture', async (t) => {
    const slip = await print()
    // Before anything else: decoding the picture blocks this process, in which the simulated printer answers.
    await deskPage
      .getByText(/Đã in xong|xác nhận/i)
      .first()
      .waitFor()
    t.ok(slip.complete)
    t.match(slip.text, new RegExp(lookupNumber.replace(/(\d{4})(\d{4})(\d{4})/, '$1 $2 $3')))
    t.match(slip.text, new RegExp(dossierNo.replaceAll('.', '\\.')))
    const png = PNG.sync.read(slip.png())
    t.equal(readQr(new Uint8ClampedArray(png.data), png.width, png.height)?.data, lookupNumber)
  })

  await t.test('the agency changes its word, and all three say the new one', async (t) => {
    const changed = await put({ dossierStatus: 'finished', extendedDueAt: '2030-12-09T17:00:00+07:00' })
    t.equal(changed.body.applied, true)
    t.match(await text(`HS ${dossierNo}`), /Da co ket qua/, 'the same words as a minute ago')
    t.match(await touch(), /Đã có kết quả|Đã xong|Đã xử lý xong/)
    t.notMatch((await print()).text, /2030/, 'a result that is there has no date to wait for')
  })
})
