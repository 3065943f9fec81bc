// What is true of a dossier, as a phone, a programmer and a person at the kiosk learn it from the built program: the cases in
// which the three once disagreed.
import t, { type Test } from 'tap'
import type { Answer } from '../../src/kiosk/contract.js'
import { openBrowser, openPage } from '../peers/browser.js'
import { startFakeSmsc } from '../peers/fake-smsc.js'
import { startGateway } from '../peers/gateway.js'

t.setTimeout(720_000)

const dayMs = 86_400_000
const vietnam = (at: number) => new Date(at + 7 * 3_600_000).toISOString()
/** A day from today as an agency writes it that knows no hour. */
const day = (from: number) => `${vietnam(Date.now() + from * dayMs).slice(0, 10)}T00:00:00+07:00`
const shown = (from: number) => {
  const text = vietnam(Date.now() + from * dayMs)
  return `${text.slice(8, 10)}/${text.slice(5, 7)}`
}
const papers = [
  'Bản chính giấy khai sinh',
  'Hai ảnh 3x4 chụp trong sáu tháng',
  'Sổ hộ khẩu cũ của cả gia đình, bản sao có chứng thực',
]

// The browser's voice: keeps what it is given to say.
const voice = `globalThis.said = []
  const voices = [{ lang: 'vi-VN', name: 'Vietnamese', localService: true }]
  const synthesis = { getVoices: () => voices, addEventListener() {}, removeEventListener() {}, cancel() {}, speak: (it) => said.push(it.text) }
  Object.defineProperty(globalThis, 'speechSynthesis', { value: synthesis })
  globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }`

t.test('one truth by text, over HTTP and at the kiosk', async (t) => {
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    // One browser asks for all of them.
    lookup: { freeTries: 500, maxTries: 500 },
    office: {
      name: 'Trung tâm Một cửa',
      province: 'tỉnh Phú Yên',
      hotline: '0257 3 800 800',
      dayEnds: '23:59',
    },
    sms: {
      links: [
        {
          name: 'sim',
          host: '127.0.0.1',
          port: smsc.port,
          password: 'secret',
          shortCode: '8188',
          pricePerText: '1.000 đ',
        },
      ],
    },
  })
  const browser = await openBrowser(t)
  const { page } = await openPage(browser, `${gateway.http}/kiosk/`)
  await page.addInitScript(voice)
  await smsc.until('the link is bound', () => smsc.boundCount === 1)
  const keys = { '000.00.15.H45': '', '000.00.21.H45': '' }
  for (const code of Object.keys(keys) as (keyof typeof keys)[]) keys[code] = await gateway.agencyKey(code)

  let clock = Date.now() - 40 * 3_600_000
  let sequence = 0
  /** The states a new dossier goes through, one a minute; its numbers. */
  async function dossier(steps: Record<string, unknown>[], agency: keyof typeof keys = '000.00.15.H45') {
    const dossierNo = `${agency}-190521-${String(++sequence).padStart(4, '0')}`
    let lookupNumber = ''
    for (const step of steps) {
      const response = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${keys[agency]}`, 'content-type': 'application/json' },
        body: JSON.stringify({ eventTime: new Date((clock += 60_000)).toISOString(), ...step }),
      })
      const body = (await response.json()) as { lookupNumber: string }
      t.equal(response.status, 200, JSON.stringify(body))
      lookupNumber = body.lookupNumber
    }
    return { dossierNo, lookupNumber }
  }
  let phones = 84_901_230_000
  async function text(words: string) {
    const phone = String(++phones)
    const coming = smsc.replyTo(phone)
    await smsc.text(phone, words).taken
    return (await coming)?.text ?? ''
  }
  async function told(steps: Record<string, unknown>[]) {
    const { lookupNumber, dossierNo } = await dossier(steps)
    const api = (await (await fetch(`${gateway.http}/v1/status/${lookupNumber}`)).json()) as Answer
    await page.goto(`${gateway.http}/kiosk/`)
    await page.waitForSelector('#digits')
    await page.keyboard.type(lookupNumber)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.answer')
    // Blanks that hold a price together are blanks to who reads.
    const kiosk = (await page.innerText('.answer')).replaceAll('\u00a0', ' ')
    await page.click('.answer-actions .action:has-text("Đọc cho tôi nghe")')
    const aloud = (await page.evaluate('said.at(-1)')) as string
    const sms = await text(`HS ${lookupNumber}`)
    t.ok(sms.length <= 160, sms)
    return { api, kiosk, aloud, sms, lookupNumber, dossierNo, everywhere: [kiosk, aloud, sms] }
  }
  const none = (t: Test, texts: string[], what: RegExp) => {
    for (const text of texts) t.notMatch(text, what)
  }

  await t.test('a day promised without an hour lasts until the office closes', async (t) => {
    const waits = await told([{ dossierStatus: 'processing', dueAt: day(0) }])
    t.match(waits.api, { overdue: false, dossierStatus: 'processing' })
    none(t, waits.everywhere, /quá hạn|quá hẹn|qua hen|xin lỗi|xin loi/i)
    const done = await told([
      { dossierStatus: 'finished', dueAt: day(0), finishedAt: day(0).replace('T00:00', 'T00:01') },
    ])
    none(t, done.everywhere, /chậm|xin lỗi|xin loi|tre hen/i)
    // The day of the result is told to who has the lookup number; that it came in time is true for everybody.
    const moved = { dossierStatus: 'finished', dueAt: day(-6), extendedDueAt: day(-3), finishedAt: day(-4) }
    const { dossierNo } = await told([moved])
    const byNumber = await (await fetch(`${gateway.http}/v1/status/${dossierNo}`)).text()
    none(t, [byNumber, await text(`HS ${dossierNo}`)], /apology|chậm|xin lỗi|xin loi|tre hen|finishedAt/i)
  })

  await t.test(
    'no date stands that does not hold, and nothing waits for one that is not there',
    async (t) => {
      for (const dossierStatus of ['refused', 'withdrawn', 'stopped', 'returned']) {
        const { everywhere, api } = await told([{ dossierStatus, dueAt: day(-3) }])
        t.match(api, { dueAt: undefined, overdue: false, hasEnded: true }, dossierStatus)
        none(t, everywhere, new RegExp(`${shown(-3)}|ngày hẹn|ngay hen`, 'i'))
      }
      const { everywhere } = await told([{ dossierStatus: 'processing' }])
      none(t, everywhere, /đến ngày hẹn|den ngay hen/i)
      for (const text of everywhere) t.match(text, /[Cc]hưa có ngày hẹn|chua co ngay hen/)
    },
  )

  await t.test(
    'an extension that is not later is none; a date that moved is told with both days and an apology',
    async (t) => {
      const same = await told([{ dossierStatus: 'processing', dueAt: day(5), extendedDueAt: day(5) }])
      none(t, same.everywhere, /xin lỗi|xin loi|dời|hen lai/i)
      const earlier = await told([{ dossierStatus: 'processing', dueAt: day(5), extendedDueAt: day(3) }])
      none(t, earlier.everywhere, /xin lỗi|xin loi|dời|hen lai/i)
      const derived = await told([
        { dossierStatus: 'processing', dueAt: day(5) },
        { dossierStatus: 'processing', dueAt: day(9) },
      ])
      for (const text of derived.everywhere)
        t.match(text, new RegExp(`${shown(9)}.*xin l|xin l.*${shown(9)}`, 'is'))
      t.match(derived.kiosk, shown(5))
      t.match(derived.sms, `(truoc ${shown(5)})`)
    },
  )

  await t.test(
    'a note belongs to its state; a long one is told to be cut, and whole on the screen, line by line',
    async (t) => {
      const gone = await told([
        { dossierStatus: 'supplement', publicNote: papers[0] },
        { dossierStatus: 'finished' },
      ])
      none(t, gone.everywhere, /khai sinh/)
      t.notHas(gone.api, { publicNote: papers[0] })
      const long = await told([{ dossierStatus: 'supplement', publicNote: papers.join('\n') }])
      t.match(long.sms, /\.\.\. \(chua het, hoi noi nop\)/)
      for (const paper of papers) for (const text of [long.kiosk, long.aloud]) t.match(text, paper)
      t.equal((await page.innerText('.answer-note')).split('\n').length, papers.length)
    },
  )

  await t.test('what is paid is not asked for, and a fee of nothing is no fee', async (t) => {
    const paid = await told([{ dossierStatus: 'payment', fee: { amount: 120_000, paid: true } }])
    none(t, paid.everywhere, /[Cc]ần nộp tiền|chưa nộp|[Cc]ho nop/)
    t.equal(await page.locator('.state.tone-act').count(), 0, 'nor does it look as if something were')
    const free = await told([{ dossierStatus: 'processing', dueAt: day(5), fee: { amount: 0, paid: false } }])
    none(t, free.everywhere, /[Ll]ệ phí|₫/)
  })

  await t.test('past its date, the voice says what the screen says', async (t) => {
    const { kiosk, aloud, sms, api } = await told([{ dossierStatus: 'processing', dueAt: day(-2) }])
    t.match(api, { overdue: true, apology: 'overdue' })
    for (const text of [kiosk, aloud]) {
      t.match(text, /Đã quá ngày hẹn.*xin lỗi/s)
      t.notMatch(text, /chưa phải làm gì|chờ đến ngày hẹn/)
    }
    t.match(sms, /qua hen/i)
    t.match(aloud, /Xin gọi 0 2 5 7/, 'a phone number is read digit by digit')
  })

  await t.test('the next step follows the way it was filed and the way it comes back', async (t) => {
    const online = await told([{ dossierStatus: 'supplement', filedBy: 'online' }])
    for (const text of online.everywhere) t.match(text, /Cổng Dịch vụ công|Cong Dich vu cong/)
    none(t, online.everywhere, /mang giấy hẹn|mang giay hen|đến nơi|den noi/i)
    const post = await told([{ dossierStatus: 'finished', filedBy: 'counter', returnBy: 'post' }])
    for (const text of post.everywhere) t.match(text, /bưu điện|buu dien/)
    none(t, post.everywhere, /[Mm]ang giấy hẹn|[Mm]ang giay hen/)
  })

  await t.test('nothing offers to tell about what has ended, and a watch says its price', async (t) => {
    for (const dossierStatus of ['finished', 'returned', 'withdrawn']) {
      const { kiosk, lookupNumber } = await told([{ dossierStatus }])
      t.equal(await page.locator('.watch').count(), 0, dossierStatus)
      t.notMatch(kiosk, /Báo cho tôi/)
      t.notMatch(await text(`DK ${lookupNumber}`), /se bao khi|se nhan/i)
    }
    const { kiosk } = await told([{ dossierStatus: 'processing', dueAt: day(5) }])
    t.match(kiosk, /DK \d{4} \d{4} \d{4}.*gửi 8188.*1\.000 đ một tin/s)
  })

  await t.test(
    "a procedure's name belongs to the agency that gave it, and comes only with an applied update",
    async (t) => {
      const code = '1.004194'
      const ours = await dossier([
        { dossierStatus: 'processing', procedure: { code, name: 'Đăng ký tạm trú' } },
      ])
      const theirs = await dossier(
        [{ dossierStatus: 'processing', procedure: { code, name: 'Cấp phép xây dựng' } }],
        '000.00.21.H45',
      )
      await fetch(`${gateway.http}/v1/dossiers/${ours.dossierNo}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${keys['000.00.15.H45']}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          dossierStatus: 'accepted',
          eventTime: '2020-01-01T00:00:00Z',
          procedure: { code, name: 'Tên cũ' },
        }),
      })
      const nameOf = async ({ lookupNumber }: { lookupNumber: string }) =>
        ((await (await fetch(`${gateway.http}/v1/status/${lookupNumber}`)).json()) as Answer).procedure?.name
      t.equal(await nameOf(ours), 'Đăng ký tạm trú')
      t.equal(await nameOf(theirs), 'Cấp phép xây dựng')
    },
  )

  await t.test('sixteen steps: the newest first, the rest folded, none left out', async (t) => {
    await told(
      Array.from({ length: 16 }, (_, nth) => ({
        dossierStatus: nth % 2 ? 'supplement' : 'processing',
        publicNote: String(nth),
      })),
    )
    t.match(await page.locator('.steps li').first().innerText(), /bổ sung.*hiện nay/s)
    t.equal(await page.locator('.steps li').count(), 16)
    t.equal(await page.locator('.steps li:visible').count(), 3)
    await page.click('.steps-older summary')
    t.equal(await page.locator('.steps li:visible').count(), 16)
  })

  await t.test('the start picture is the slip: its number above its code, below its title', async (t) => {
    await page.goto(`${gateway.http}/kiosk/`)
    await page.waitForSelector('#digits')
    const top = (part: string) =>
      page
        .locator(`.slip ${part}`)
        .first()
        .evaluate((it) => it.getBoundingClientRect().top)
    t.ok((await top('.slip-title')) < (await top('.slip-number')))
    t.ok((await top('.slip-number')) < (await top('.slip-qr')))
    t.match(await page.innerText('.masthead'), /Trung tâm Một cửa, tỉnh Phú Yên/)
    t.match(await page.innerText('.colophon'), /0257.3.800.800/)
  })

  await t.test('help by text names the price', async (t) => {
    t.match(await text('HD'), /Gia 1\.000 d\/tin/)
  })
})
