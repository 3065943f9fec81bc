// The desk's page: one message at a time, nothing printed twice, and never a green light that is wrong.
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { openBrowser, openPage } from '../../peers/browser.js'
import { type DeskExample, type Example, examples, openPreview } from '../preview.js'
import { openProxy } from './proxy.js'
import { pressEnter, scan, settled, write } from './shots.js'

const desk = { extraHTTPHeaders: { cookie: 'desk=quay-1' }, size: 'landscape' as const }
const withSlip = examples<DeskExample>('desk/counter').findIndex(({ preview }) => preview)
const stringsFile = new URL('../../../kiosk/strings/vi.json', import.meta.url)
const words = JSON.parse(readFileSync(stringsFile, 'utf8')).desk
const notice = (says: RegExp) => examples<Example>('lobby/notice').find((it) => says.test(it.says))!

// One for all; each test is a visitor of its own.
const browser = await openBrowser(t)

t.setTimeout(360_000)

t.test('a number is answered with the state, and with one message at a time', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  preview.office.desk = withSlip
  const { page, context } = await openPage(browser, `${preview.url}/desk/`, desk)
  await page.waitForSelector('.counter')
  const urls: string[] = []
  page.on('request', (request) => urls.push(`${request.url()} ${request.postData() ?? ''}`))

  await scan(page, '482719360518')
  await page.waitForSelector('.dossier')
  t.match(await page.innerText('.dossier'), /Đang xử lý/)
  await page.waitForSelector('.paper')
  // A mark that stands beside its letter makes the letter wider than its cell.
  const marks = await page.evaluate<string[]>(`(() => {
    const canvas = document.createElement('canvas').getContext('2d')
    canvas.font = '22px ' + getComputedStyle(document.querySelector('.paper')).fontFamily
    const isWide = ({ width, actualBoundingBoxRight }) => actualBoundingBoxRight > width + 4
    return [...'ấầẩẫậếềểễệốồổỗộẤẾỐỘ'].filter((letter) => isWide(canvas.measureText(letter)))
  })()`)
  t.strictSame(marks, [], 'the slip shows both marks of a letter on it')
  await pressEnter(page)
  await page.waitForSelector('.job')
  t.equal(preview.office.printed, 1)
  await page.keyboard.press('Enter')
  await settled(page)
  t.equal(preview.office.printed, 1, 'Enter once more prints no second slip')
  await page.route('**/receipts/*/*', (route) => route.abort())
  await page.click('.job-acts .action >> nth=0')
  await page.locator('.job-unsure', { hasText: words.do.unsure }).waitFor()
  t.pass('what is pressed without a response is not passed over in silence')

  preview.office.desk = 0
  for (const [says, text] of [
    [/unknown number/, /Không tìm thấy/],
    [/procedure/, /thủ tục/],
    [/half a number/, /thiếu/],
    [/elsewhere/, /./],
  ] as const) {
    await scan(page, notice(says).number)
    await page.locator('#number-problem', { hasText: text }).waitFor()
    t.equal(
      await page.locator('.job, .dossier, .paper').count(),
      0,
      `${notice(says).says}: nothing else beside it`,
    )
  }
  preview.answer = (asked) =>
    asked === '000.00.15.H45-191118-0003' ? examples('lobby/answer')[0]!.result : notice(/form alone/).result
  await scan(page, '000.00.15.H45-1911-18-0003')
  await page.waitForSelector('#number-problem .action')
  preview.office.desk = withSlip
  await page.click('#number-problem .action')
  await page.waitForSelector('.dossier')
  t.equal(await page.inputValue('#number'), '000.00.15.H45-191118-0003', 'a suggestion is one press away')

  urls.length = 0
  const card = '079203001234|271234567|NGUYEN VAN A|01011990|NAM'
  const paste = (text: string) =>
    page.evaluate(`(() => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text', ${JSON.stringify(text)})
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }))
    })()`)
  for (const [label, comes] of [
    ['scanned', () => scan(page, card)],
    ['typed', () => write(page, '079203001234')],
    ['read at a person’s pace', () => write(page, card)],
    ['pasted', () => paste(card)],
    ['pasted beside a word', () => paste('CCCD: 079 203 001 234')],
    ['pasted from a document', () => paste('０７９–203\u200b–001–234')],
  ] as const) {
    await comes()
    await page.locator('#number-problem', { hasText: /giấy tờ tùy thân/ }).waitFor()
    t.equal(await page.inputValue('#number'), '', label)
    t.notMatch(await page.content(), /079203|NGUYEN/, label)
    await page.keyboard.press('Escape')
    await page.locator('#number-problem', { hasText: /giấy tờ/ }).waitFor({ state: 'detached' })
  }
  const dossier = '000.00.15.H45-191118-0003'
  await paste(`${dossier}, TRAN THI B, 0905123456`)
  await page.click('.counter-ask .action')
  await page.waitForSelector('.dossier')
  t.equal(await page.inputValue('#number'), dossier, 'of a line of a list the number alone')
  await page.keyboard.press('Escape')
  await write(page, 'Le Thi C 1990')
  await page.click('.counter-ask .action')
  await page.locator('#number-problem', { hasText: /./ }).waitFor()
  t.strictSame(
    urls.filter((url) => /LE(%20| )THI/i.test(url.split(' {')[0]!)),
    [],
    'a name typed with a year is in no address',
  )
  t.strictSame(
    urls.filter((url) => /0792|NGUYEN|TRAN|0905/.test(url)),
    [],
    'nobody’s card, name or phone is asked for anywhere',
  )
  await context.close()
})

t.test(
  'a clerk is told what the citizen is: when it was ready, what to pay, whom to call, why sorry',
  async (t) => {
    const preview = await openPreview()
    t.teardown(() => preview.close())
    preview.office.desk = withSlip
    const { page, context } = await openPage(browser, `${preview.url}/desk/`, desk)
    await page.waitForSelector('.counter')
    const example = (says: RegExp) => examples<Example>('lobby/answer').find((it) => says.test(it.says))!
    const cardOf = async (says: RegExp, changes = {}) => {
      const { result, number } = example(says)
      if (result.kind !== 'found') throw new Error(`${says} is not found`)
      preview.answer = () => ({ ...result, dossier: { ...result.dossier, ...changes } })
      await page.keyboard.press('Escape')
      await scan(page, number)
      await page.locator('.dossier', { hasText: result.dossier.dossierNo.text }).waitFor()
      const text = (await page.innerText('.dossier')).replaceAll('\u00a0', ' ')
      t.match(text, result.agency.phone, 'the office can be called')
      return text
    }
    t.match(await cardOf(/money is due/), /Lệ phí 2\.450\.000 ₫, chưa nộp/)
    t.match(await cardOf(/moved date/), /Hẹn lại ngày .* \(trước/)
    t.match(await cardOf(/moved date/), /Xin lỗi ông\/bà vì phải chờ thêm/)
    const overdue = await cardOf(/overdue/)
    t.equal(overdue.match(/xin lỗi/gi)?.length, 1, 'one apology is enough')
    const day = (text: string) => Date.parse(`${text}T00:00:00+07:00`)
    const late = await cardOf(/finished dossier/, { dueAt: day('2026-11-10'), finishedAt: day('2026-11-12') })
    t.match(late, /Hẹn trả ngày 10\/11\/2026\s+Có kết quả ngày 12\/11\/2026/)
    t.match(late, /Kết quả có chậm hơn ngày hẹn\. Xin lỗi/)
    t.match(await cardOf(/returned dossier/), /Đã trả ngày/)
    await context.close()
  },
)

t.test(
  'the next slip scanned while the one before is being printed stands, and so does another language',
  async (t) => {
    const preview = await openPreview()
    t.teardown(() => preview.close())
    preview.office.desk = withSlip
    const { page, context } = await openPage(browser, `${preview.url}/desk/`, desk)
    await page.waitForSelector('.counter')
    const next = examples('lobby/answer').find(({ says }) => /papers are missing/.test(says))!.number
    for (const status of [202, 503]) {
      await scan(page, '482719360518')
      await page.waitForSelector('.paper')
      const held = new EventEmitter()
      await page.route('**/receipts', async (route) => {
        held.emit('asked')
        await once(held, 'go')
        if (status === 202) await route.continue()
        else await route.fulfill({ status, headers: { 'x-dossier-gateway': '1' }, json: {} })
      })
      await Promise.all([once(held, 'asked'), pressEnter(page)])
      await scan(page, next)
      await page.locator('.dossier', { hasText: 'Cần bổ sung' }).waitFor()
      const answered = page.waitForResponse(/receipts/)
      held.emit('go')
      await answered
      await settled(page)
      t.equal(await page.inputValue('#number'), next, `${status}: its number`)
      t.match(await page.innerText('.dossier'), /Cần bổ sung/, `${status}: its dossier`)
      const problem = await page.innerText('#number-problem')
      t.equal(
        /^000\.00\.\S+: /.test(problem),
        status !== 202,
        `${status}: said of the one before: ${problem}`,
      )
      await page.unroute('**/receipts')
    }
    await page.click('.office-head button[lang=en]')
    await page.locator('.dossier', { hasText: 'Papers needed' }).waitFor()
    t.notMatch(await page.innerText('.dossier'), /Cần bổ sung/)
    await context.close()
  },
)

t.test(
  'a page that has lost its line says so within ten seconds, prints nothing, and finds it again',
  async (t) => {
    const preview = await openPreview()
    t.teardown(() => preview.close())
    const proxy = await openProxy(t, preview.url)
    preview.office.desk = withSlip
    const { page, context } = await openPage(browser, `${proxy.url}/desk/`, desk)
    const state = page.locator('.office-head .chip')
    await state.filter({ hasText: 'Sẵn sàng' }).waitFor()
    await page.click('.today-row >> nth=0')
    for (const mode of ['frozen', 'bad-gateway', 'gone', 'refused'] as const) {
      await scan(page, '482719360518')
      await page.waitForSelector('.paper')
      const begun = Date.now()
      proxy.mode = mode
      if (mode !== 'frozen') proxy.cut()
      await state.filter({ hasText: 'Chưa rõ' }).waitFor({ timeout: 15_000 })
      t.comment(`${mode}: said so after ${Date.now() - begun} ms`)
      t.equal(await page.locator('.office-away').count(), 1)
      t.equal(
        await page.locator('.counter-actions .action-main').isDisabled(),
        true,
        'no slip is asked for meanwhile',
      )
      t.equal(await page.locator('.today-open .action').isDisabled(), true, 'nor printed again')
      await page.keyboard.press('Enter')
      await settled(page)
      t.equal(preview.office.printed, 0)
      proxy.mode = 'pass'
      await state.filter({ hasText: 'Sẵn sàng' }).waitFor({ timeout: 30_000 })
      await page.keyboard.press('Escape')
    }
    await context.close()
  },
)

t.test('a slip asked for again without a response is the same slip; the next one is another', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  preview.office.desk = withSlip
  const { page, context } = await openPage(browser, `${preview.url}/desk/`, desk)
  await page.waitForSelector('.counter')
  const named: (string | undefined)[] = []
  let isLost = true
  await page.route('**/receipts', async (route) => {
    named.push(route.request().headers()['idempotency-key'])
    // The gateway accepted it; its response is lost.
    await route.fetch()
    if (isLost) await route.abort()
    else await route.continue()
    isLost = !isLost
  })
  for (let slip = 0; slip < 2; slip++) {
    await scan(page, '482719360518')
    await page.waitForSelector('.paper')
    await pressEnter(page)
    await page.locator('#number-problem', { hasText: words.problem.again }).waitFor()
    await page.click('.counter-actions .action-main')
    await page.waitForSelector('.job')
  }
  const [first, again, next, nextAgain] = named
  t.match(first, /^\w{8,}$/)
  t.equal(again, first)
  t.match(next, /^\w{8,}$/)
  t.not(next, first)
  t.equal(nextAgain, next)
  await context.close()
})

t.test(
  'a scan while the cursor is in the answer to a complaint is a scan, and no part of the answer',
  async (t) => {
    const preview = await openPreview()
    t.teardown(() => preview.close())
    preview.office.desk = withSlip
    const { page, context } = await openPage(browser, `${preview.url}/desk/`, desk)
    const complaint = { ticket: 'PA-1', agency: 'H15.50', state: 'open', receivedAt: '2026-11-24T03:00:00Z' }
    await page.route('**/complaints', (route) =>
      route.fulfill({
        headers: { 'x-dossier-gateway': '1' },
        json: {
          complaints: [{ ...complaint, dueDay: '2026-11-27', overdue: false, words: 'Chậm' }],
          answerLength: 150,
        },
      }),
    )
    await page.reload()
    await page.click('.complaint-head')
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`))
    const answer = page.locator('.complaint-body textarea')
    // A person has stopped typing for longer than a scanner stalls.
    const began = async (text: string, from = text.length) => {
      await answer.fill(text)
      await answer.evaluate(`document.activeElement.setSelectionRange(${from}, ${from})`)
      await page.keyboard.press('Shift', { delay: 200 })
    }
    for (const [label, scanned, shown, wait] of [
      ['a lookup number', '482719360518', '.paper', false],
      ['one without an end', '482719360518', '.paper', true],
      ['with an identifier', ']Q3482719360518', '.paper', false],
      ['a dossier number', '000.00.15.H45-261118-0003', '.paper', false],
      ['a card', '079203001234|271234567|NGUYEN VAN A|01011990|NAM', '#number-problem p', false],
    ] as const) {
      await began('Thua ong ba, ', label === 'one without an end' ? 4 : undefined)
      await scan(page, scanned, { enter: !wait, into: true })
      await page.waitForSelector(shown)
      t.equal(await answer.inputValue(), 'Thua ong ba, ', label)
      t.equal(await page.evaluate('document.activeElement.id'), 'number', `${label}: Enter prints it`)
      await page.keyboard.press('Escape')
    }
    t.strictSame(
      asked.filter((request) => /0792030|NGUYEN/.test(request)),
      [],
      'a card is sent nowhere',
    )
    // What a text expander writes as fast, and a number that a person writes.
    for (const written of ['Ho so 000.00.15.H45-261118-0003 da xong', 'Xin goi 02573841505']) {
      await began('')
      await scan(page, written, { enter: false, into: true })
      await page.keyboard.press('Shift', { delay: 400 })
      t.equal((await answer.inputValue()).toLowerCase(), written.toLowerCase())
    }
    await began('')
    await write(page, '482719360518')
    await page.keyboard.press('Enter')
    t.equal(await answer.inputValue(), '482719360518\n')
    await context.close()
  },
)

t.test('the day’s list says what the card says: not to print again what comes out by itself', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const all = examples<DeskExample>('desk/counter')
  for (const [says, expected] of [
    [/holds back/, words.held['no-paper']],
    [/without paper/, words.reason['no-paper']],
  ] as const) {
    preview.office.desk = all.findIndex((it) => says.test(it.says))
    const { page, context } = await openPage(browser, `${preview.url}/desk/`, desk)
    await page.click('.today-row >> nth=0')
    t.match(await page.locator('.today-open').innerText(), expected)
    await context.close()
  }
})

t.test('eight tabs of one browser share one line', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page, context } = await openPage(browser, `${preview.url}/desk/`, desk)
  await page.locator('.office-head .chip', { hasText: 'Sẵn sàng' }).waitFor()
  for (let tab = 2; tab <= 8; tab++) {
    const other = await context.newPage()
    await other.goto(`${preview.url}/desk/`)
    await other.locator('.office-head .chip', { hasText: 'Sẵn sàng' }).waitFor()
  }
  t.equal(preview.office.streams, 1)
  await page.close()
  const last = context.pages().at(-1)!
  await last.reload()
  await last.locator('.office-head .chip', { hasText: 'Sẵn sàng' }).waitFor()
  t.equal(preview.office.streams, 1, 'also after some have come and gone')
  await context.close()
})
