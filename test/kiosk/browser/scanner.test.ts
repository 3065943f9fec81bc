// What gets held to the scanner: identity cards and other papers leave no trace anywhere, symbology identifiers are not
// part of a number, and a scan replaces whatever was on the screen.
import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../../peers/browser.js'
import { examples, openPreview } from '../preview.js'
import { lobbyShots, pressEnter, scan, settled, write } from './shots.js'

const number = '482719360518'
const kiosk = { extraHTTPHeaders: { cookie: 'kiosk=lobby-1' } }
// One for all; each test is a visitor of its own.
const browser = await openBrowser(t)

/** Everything that leaves the page or is shown on it. */
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
    ['a third line of it, without its fillers', '9001011M3001017VNM', /9001011|3001017/, /giấy tờ tùy thân/],
    ['a passport, without its fillers', 'C12345678VNM8001011M26010110', /1234567|800101/, /giấy tờ tùy thân/],
    ['its number in other groups', 'CCCD 0792 0300 1234', /0792|0300 1234/, /giấy tờ tùy thân/],
    ['its number behind a maker’s own identifier', 'P01079203001234', /079203|0300123/, /giấy tờ tùy thân/],
    ['the number of a health insurance card', 'HS4797912345678', /HS47979|12345678/, /giấy tờ tùy thân/],
    ['the same in groups, as the card bears it', 'DN 4 79 79 123 45678', /4 79 79|45678/, /giấy tờ tùy thân/],
    ['a health insurance card', 'HS4797912345678|4E677579E1BB85|01/01/1990|1', /HS47979|12345678/, /giấy tờ/],
    ['a passport’s number', 'C1234567', /C1234567/, /giấy tờ tùy thân/],
    ['a newer passport’s number', 'K01234567', /K01234567/, /giấy tờ tùy thân/],
    [
      'a character set named before the card',
      '\\000026079203001234|271234567|NGUYEN',
      /07920|NGUYEN/,
      /giấy tờ/,
    ],
    [
      'a payment code without blanks',
      '00020101021138540010A000000727012400069704360110ANH0123456',
      /0727|ANH0123/,
      /Chưa thấy mã hồ sơ/,
    ],
    [
      'with Telex on, which writes letters anew with their marks',
      '079203001234|271234567|TRA\bẦN THI A\bÂN|01011990|NAM|THA\bẠC HA\bÀ',
      /07920|2712345|ẦN THI|01011990/,
      /giấy tờ tùy thân/,
    ],
    ['a phone number', '0905123456', /0905123456/, /không phải mã hồ sơ/],
    ['a phone number beside a name', 'BA LAN 0905 123 456', /LAN|0905/, /không phải mã hồ sơ/],
    ['a tax code', '0312345678-001', /0312345678/, /không phải mã hồ sơ/],
  ]
  // One page for all of them, as a kiosk has all day.
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('[data-device=kiosk] #digits')
  const { sent, shown } = await watched(page)
  for (const [label, text, traces, title] of cases)
    for (const before of ['start', 'answer'] as const) {
      if (before === 'answer') {
        await scan(page, number)
        await page.waitForSelector('.answer')
      }
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
      sent.length = shown.length = 0
      await page.tap('.notice-actions .action')
      await page.waitForSelector('#digits')
    }
  await context.close()
})

t.test('typed on the keypad or a keyboard, an identity number leaves with its last digit', async (t) => {
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

t.test('a card read at a person’s pace, and one that lands in the search for offices', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  preview.setup.agencies = Array.from({ length: 400 }, (_, nth) => ({
    code: `H15.${nth}`,
    name: `Sở ${nth}`,
  }))
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('[data-device=kiosk] #digits')
  const { sent, shown } = await watched(page)
  const notice = page.locator('.notice h1', { hasText: /giấy tờ tùy thân/ })
  for (const where of ['start', 'offices'] as const) {
    if (where === 'offices') await page.tap('.ask-other')
    await write(page, '079203001234|271234567|NGUYEN VAN A')
    await page.keyboard.press('Enter')
    await notice.waitFor()
    await settled(page)
    t.equal(await notice.count(), 1, `${where}: what follows the number changes nothing`)
    await page.tap('.notice-actions .action')
    await page.waitForSelector('#digits')
  }
  // An input method or an assistive program writes into the field in one piece.
  for (const where of ['#digits', '#office'] as const) {
    if (where === '#office') await page.tap('.ask-other')
    await page.focus(where)
    await page.keyboard.insertText('079203001234|271234567|NGUYEN VAN A')
    await notice.waitFor()
    await page.tap('.notice-actions .action')
    await page.waitForSelector('#digits')
  }
  t.strictSame(
    sent.filter((request) => /0792030|NGUYEN/.test(request)),
    [],
    'in no request',
  )
  t.strictSame(
    shown.filter((html) => /NGUYEN|079203001234/.test(html)),
    [],
    'on no screen',
  )
  await context.close()
})

t.test('a card held to the scanner in the self-test is not repeated', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/selftest`, kiosk)
  await page.waitForSelector('[data-part=scanner][data-state=waiting]')
  await scan(page, '079203001234|271234567|NGUYEN VAN A')
  await page.waitForSelector('[data-part=scanner][data-state=failed]')
  t.notMatch(await page.content(), /0792030|NGUYEN/)
  await context.close()
})

t.test('date and sequence typed in one go after an office’s code are the end of that number', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, { ...kiosk, touch: false })
  await page.waitForSelector('[data-device=kiosk] #digits')
  for (const [digits, asked] of [
    ['202611180003', '000.00.15.H45-20261118-0003'],
    ['2611180003', '000.00.15.H45-261118-0003'],
  ] as const) {
    await page.click('.ask-other')
    await page.click('.agency >> nth=0')
    const before = preview.told.asked.length
    await write(page, digits)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.answer, .notice')
    t.strictSame(preview.told.asked.slice(before), [asked], digits)
    await page.click('.answer-actions .action-main, .notice-actions .action')
    await page.waitForSelector('#digits')
  }
  await context.close()
})

t.test('a scanner set for a layout where digits are typed with Shift', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/kiosk/`, kiosk)
  await page.waitForSelector('[data-device=kiosk] #digits')
  await page.evaluate(`for (const digit of '${number}')
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
      { code: 'Digit' + digit, key: digit, shiftKey: true, bubbles: true, cancelable: true }))`)
  await page.waitForSelector('.answer')
  t.strictSame(preview.told.asked, [number])
  await context.close()
})

t.test('keys that a Vietnamese input method writes into the field as well count once', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  for (const [path, cookie, id] of [
    ['/kiosk/', 'kiosk=lobby-1', 'digits'],
    ['/desk/', 'desk=quay-1', 'number'],
  ] as const) {
    const { page, context } = await openPage(browser, preview.url + path, { extraHTTPHeaders: { cookie } })
    await page.waitForSelector(`#${id}`)
    const keyboard = await context.newCDPSession(page)
    /** A key as the page hears of it, and what the input method then does with it. */
    const press = async (code: string, method: () => Promise<unknown>) => {
      const key = { code, key: 'Process', windowsVirtualKeyCode: 229 }
      await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key })
      await method()
      await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
      await page.keyboard.press('Shift', { delay: 160 })
    }
    const field = () =>
      page.evaluate(`document.querySelector('.field, .counter-field').value.replace(/ /g, '')`)
    for (const digit of '4827')
      await press(`Digit${digit}`, () => keyboard.send('Input.insertText', { text: digit }))
    await page.keyboard.press('Backspace')
    t.equal(await field(), '482', `${path}: digits that it hands on`)
    if (path === '/desk/') await page.keyboard.press('Escape')
    else await page.click('.ask-other')
    if (path === '/kiosk/') await page.click('.agency >> nth=0')
    const begun = await field()
    for (const text of ['h', 'h1', 'h15']) {
      const last = text.at(-1)!
      const composed = { text, selectionStart: text.length, selectionEnd: text.length }
      await press(last === 'h' ? 'KeyH' : `Digit${last}`, () =>
        keyboard.send('Input.imeSetComposition', composed),
      )
    }
    await keyboard.send('Input.insertText', { text: 'h15' })
    await page.keyboard.press('Backspace')
    t.equal(await field(), `${begun}H1`, `${path}: letters that it composes`)
    for (const text of '23') await press('', () => keyboard.send('Input.insertText', { text }))
    t.match(await field(), /H1.?23$/, `${path}: what comes without a position is what it writes`)
    await context.close()
  }
})

t.test('what a scanner or a paper puts around the number is no part of it', async (t) => {
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
    [`Ưd2${number}`, number],
    [`Ư\bỮ0${dossier}`, dossier],
    [`s${number}`, number],
    [`P01${number}`, number],
    [`j${dossier}`, dossier],
    [`${number};`, number],
    [`${dossier};NGUYEN VAN A`, dossier],
    [`${dossier}|NGUYEN VAN A|01/01/1990`, dossier],
    [`]Q4\\000026${number}`, number],
    [`\\000026${dossier}`, dossier],
    [`MA HO SO: ${dossier}`, dossier],
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

t.test('control keys of a scanner are not the browser’s, those of a person are', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/desk/`, {
    extraHTTPHeaders: { cookie: 'desk=quay-1' },
  })
  await page.waitForSelector('#number')
  /** Presses these keys at once; for each Ctrl+key whether the browser was kept from it. */
  const press = (...keys: string[]) =>
    page.evaluate((keys) => {
      const kept: boolean[] = []
      for (const key of keys) {
        const ctrlKey = key.startsWith('^')
        const char = key.replace('^', '')
        const code = /\d/.test(char) ? `Digit${char}` : char.length === 1 ? `Key${char}` : char
        const event = new KeyboardEvent('keydown', {
          code,
          key: char,
          ctrlKey,
          bubbles: true,
          cancelable: true,
        })
        document.activeElement!.dispatchEvent(event)
        if (ctrlKey) kept.push(event.defaultPrevented)
      }
      return kept
    }, keys)
  t.strictSame(await press(...number, '^J'), [true], 'within a scan')
  t.strictSame(await press(...'730011112222', 'Enter', '^J'), [true], 'behind its end')
  await pressEnter(page)
  t.strictSame(await press('^J', '^A'), [false, false], 'a person’s')
  await context.close()
})

t.test('a scan clears every screen it comes upon', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const other = examples('lobby/answer').find(({ says }) => /overdue/.test(says))!
  const screens = lobbyShots.filter(({ path, name }) => path === '/kiosk/' && !/offline|looking/.test(name))
  const { page, context } = await openPage(browser, 'about:blank', { ...kiosk, serviceWorkers: 'block' })
  for (const shot of screens) {
    await page.goto(preview.url + shot.path)
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
  }
  await context.close()
})
