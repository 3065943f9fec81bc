// What is held to the scanner: identity cards and other people's papers leave no trace anywhere, symbology identifiers are
// no part of a number, and a scan clears whatever stood on the screen.
import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../../peers/browser.js'
import { examples, openPreview } from '../preview.js'
import { lobbyShots, scan, settled, write } from './shots.js'

const number = '482719360518'
const kiosk = { extraHTTPHeaders: { cookie: 'kiosk=lobby-1' } }

/** Everything that leaves the page or stands on it. */
async function watched(page: Page) {
  const sent: string[] = []
  page.on('request', (request) =>
    sent.push(`${request.url()} ${request.postData() ?? ''} ${JSON.stringify(request.headers())}`),
  )
  const shown: string[] = []
  await page.exposeFunction('isShown', (text: string) => shown.push(text))
  await page.evaluate(`(() => {
    const look = () => isShown(document.documentElement.outerHTML + document.title + location.href +
      [...document.querySelectorAll('input')].map((field) => field.value.replace(/\\D/g, '')).join(' '))
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
  })()`)
  return { sent, shown }
}

t.test('somebody’s card is shown nowhere and sent nowhere', async (t) => {
  const browser = await openBrowser(t)
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const cases: [label: string, text: string, traces: RegExp, title: RegExp][] = [
    [
      'the QR code of an identity card',
      '079203001234|271234567|NGUYEN VAN A|01011990|NAM|PHUONG 1, TUY HOA|01012021',
      /0792|0300123|2712345|NGUYEN|01011990/,
      /giấy tờ tùy thân/,
    ],
    [
      'the same with | lost on the way',
      '001099012345271234567NGUYEN VAN A01011990NAMTUY HOA01012021',
      /0010990|9012345|NGUYEN|01011990/,
      /giấy tờ tùy thân/,
    ],
    ['the number alone, as a bar code', '054190001234', /0541900|0001234/, /giấy tờ tùy thân/],
    ['a symbology identifier before it', ']Q1096085004321', /0960850|5004321/, /giấy tờ tùy thân/],
    [
      'the lines of a card that a machine reads',
      'IDVNM2030012345079203001234<<0',
      /20300123|0792030/,
      /giấy tờ/,
    ],
    ['an old identity card', '271234567', /271234567/, /giấy tờ tùy thân/],
    ['a health insurance card', 'HS4797912345678|4E677579E1BB85|01/01/1990|1', /HS47979|12345678/, /giấy tờ/],
    ['a phone number', '0905123456', /0905123456/, /không phải mã hồ sơ/],
    ['a tax code', '0312345678-001', /0312345678/, /không phải mã hồ sơ/],
  ]
  for (const [label, text, traces, title] of cases)
    for (const before of ['start', 'answer'] as const) {
      const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
      await page.waitForSelector('[data-device=kiosk] #digits')
      if (before === 'answer') {
        await scan(page, number)
        await page.waitForSelector('.answer')
      }
      const { sent, shown } = await watched(page)
      await scan(page, text)
      await page.locator('.notice h1', { hasText: title }).waitFor()
      await settled(page)
      t.equal(await page.locator('.answer').count(), 0, `${label} over the ${before}: nobody else’s answer`)
      t.strictSame(
        sent.filter((request) => traces.test(request)),
        [],
        `${label} over the ${before}: in no request`,
      )
      t.strictSame(
        shown.filter((html) => traces.test(html)).map((html) => traces.exec(html)?.[0]),
        [],
        `${label} over the ${before}: on no screen`,
      )
      await context.close()
    }
})

t.test('typed on the keypad or a keyboard, an identity number leaves with its last digit', async (t) => {
  const browser = await openBrowser(t)
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('#digits')
  const { sent } = await watched(page)
  const gone = async (label: string) => {
    await page.locator('.notice h1', { hasText: /giấy tờ tùy thân/ }).waitFor()
    t.notMatch(await page.content(), /0792/, label)
    await page.click('.notice-actions .action')
    await page.waitForSelector('#digits')
    t.equal(await page.inputValue('#digits'), '', label)
  }
  for (const digit of '079203001234') await page.tap(`.key:text-is("${digit}")`)
  await gone('by touch')
  await write(page, '079203001234')
  await gone('by keyboard')
  await page.evaluate(`(() => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text', 'CCCD: 079 203 001 234')
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }))
  })()`)
  await gone('by pasting')
  await page.tap('.ask-other')
  await page.tap('.agencies .row .action:nth-of-type(2)')
  await write(page, '271234567')
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#number')?.value !== '')
  await page.tap('.ask-submit')
  await gone('an old card in the field of the long number')
  t.strictSame(
    sent.filter((request) => /0792|271234567|2712/.test(request)),
    [],
    'in no request',
  )
  t.strictSame(preview.told.asked, [])
  await context.close()
})

t.test('a symbology identifier before the number is no part of it', async (t) => {
  const browser = await openBrowser(t)
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('#digits')
  const dossier = '000.00.15.H45-261118-0003'
  for (const [scanned, asked] of [
    [`]Q3${number}`, number],
    [`]C1${dossier}`, dossier],
    [`]d2${number}`, number],
    [`]A0${dossier}`, dossier],
    [`]Q1${number}`, number],
  ] as const) {
    const before = preview.told.asked.length
    await scan(page, scanned)
    await page.waitForSelector('.answer')
    t.strictSame(preview.told.asked.slice(before), [asked], scanned)
    await page.tap('.answer-actions .action-main')
    await page.waitForSelector('#digits')
  }
  await context.close()
})

t.test('a scan clears every screen it comes upon', async (t) => {
  const browser = await openBrowser(t)
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const other = examples('lobby/answer').find(({ says }) => /overdue/.test(says))!
  const screens = lobbyShots.filter(({ path, name }) => path === '/kiosk/' && !/offline|looking/.test(name))
  for (const shot of screens) {
    const { page, context } = await openPage(browser, `${preview.url}${shot.path}`, {
      ...kiosk,
      serviceWorkers: 'block',
    })
    await page.waitForSelector('[data-device=kiosk] #digits')
    await shot.go(page, preview)
    await settled(page)
    let answerNow = () => {}
    preview.answer = () =>
      new Promise((later) => {
        answerNow = () => later(other.result)
      })
    await scan(page, '730011112222')
    await page.waitForSelector('.looking')
    t.equal(
      await page.locator('.answer, .notice, .idle').count(),
      0,
      `${shot.name}: cleared before the answer`,
    )
    preview.answer = undefined
    answerNow()
    await page.waitForSelector('.answer .state-late')
    await context.close()
  }
})
