// The pages against the built program: a desk with a printer that misbehaves, a kiosk that prints and counts, a store
// that goes away, and the figures leaders see of it all. Real Redis, a real pseudo-terminal, a real browser.
import { get } from 'node:http'
import type { Page } from 'playwright-core'
import t from 'tap'
import { rightLines } from '../desk/harness.js'
import { pressEnter, scan } from '../kiosk/browser/shots.js'
import { openBrowser, openPage } from '../peers/browser.js'
import { startGateway } from '../peers/gateway.js'
import { openPaperTape } from '../peers/paper-tape.js'
import { startRedis } from '../peers/redis.js'

const agency = '000.00.15.H45'
const dossierNo = `${agency}-190521-0003`

// A browser, a gateway and a printer at the pace of its line, on a machine that may be busy elsewhere.
t.setTimeout(900_000)

t.test('desk, kiosk and monitor of one gateway', async (t) => {
  const redis = await startRedis(t)
  const printer = await openPaperTape()
  t.teardown(() => printer.close())
  const gateway = await startGateway(t, {
    redis: { url: redis.socket, durability: 'everysec' },
    sms: { enabled: false },
    kiosk: { printers: { 'lobby-1': 'quay-1' } },
    desks: [
      {
        id: 'quay-1',
        agency,
        name: 'Quầy 1',
        printer: { path: printer.path, baudRate: 38_400, profile: 'epson-tm-t82' },
      },
    ],
  })
  const key = await gateway.agencyKey(agency)
  const pushed = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      dossierStatus: 'processing',
      eventTime: new Date().toISOString(),
      receivedAt: '2026-11-19T08:30:00+07:00',
      dueAt: '2030-12-05T17:00:00+07:00',
      publicNote: 'Mang bản chính <b>giấy khai sinh</b>',
    }),
  })
  const { lookupNumber } = (await pushed.json()) as { lookupNumber: string }
  const browser = await openBrowser(t)
  const letIn = async (...grant: string[]) => {
    const made = await gateway.command('keys', 'create', ...grant, '--json')
    return (JSON.parse(made.stdout) as { link: string }).link
  }
  const type = async (page: Page, text: string) => {
    for (const char of text)
      await page.keyboard.press(
        { '.': 'Period', '-': 'Minus' }[char] ?? (/\d/.test(char) ? `Digit${char}` : `Key${char}`),
        {
          delay: 40,
        },
      )
  }
  const slip = (nth: number) => printer.slip(nth)

  const desk = await openPage(browser, await letIn('--desk', 'quay-1'), { size: 'landscape', touch: false })
  await desk.page.waitForSelector('.counter')

  await t.test('by keyboard alone: number, Enter, look, Enter, paper', async (t) => {
    const { page } = desk
    await page.locator('.printer-state', { hasText: 'Sẵn sàng' }).waitFor()
    await type(page, dossierNo)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.paper')
    const preview = (await page.textContent('.paper')) ?? ''
    t.match(preview, dossierNo)
    t.match(preview, '0000 0000 0000', 'looking gives no lookup number')
    await pressEnter(page)
    await page.keyboard.press('Enter')
    const printed = await slip(1)
    t.match(printed.text, dossierNo)
    await page.locator('.job-state', { hasText: 'Đã in xong' }).waitFor()
    t.equal(printer.slips.length, 1, 'Enter pressed twice is one slip')
    t.equal(await page.inputValue('#number'), '', 'ready for the next')
  })

  await t.test(
    'paper out is said in words within seconds; nothing prints again until someone asks',
    async (t) => {
      const { page } = desk
      printer.set({ paper: 200 })
      await type(page, lookupNumber)
      await page.keyboard.press('Enter')
      await page.waitForSelector('.paper')
      await pressEnter(page)
      await page.locator('.job-reason', { hasText: 'Hết giấy' }).waitFor({ timeout: 30_000 })
      await page.locator('.printer-state', { hasText: 'Hết giấy' }).waitFor({ timeout: 15_000 })
      printer.set({ paper: 'full' })
      await page.locator('.printer-state', { hasText: 'Sẵn sàng' }).waitFor({ timeout: 15_000 })
      t.strictSame(
        printer.slips.map(({ complete }) => complete),
        [true, false],
        'the torn slip is not printed again by itself',
      )
      await page.locator('.job .action', { hasText: 'In lại' }).click()
      t.match((await slip(3)).text, /BẢN IN LẠI/)
      await page.locator('.job-state', { hasText: 'Đã in xong' }).waitFor()
      t.equal(await page.locator('.today-row').count(), 2, "today's list holds both")
    },
  )

  await t.test('a file with errors: checked first, good rows taken in, bad rows named', async (t) => {
    const { page } = desk
    const rows = [
      'Mã hồ sơ,Trạng thái,Ngày cập nhật,Ngày hẹn trả',
      `${agency}-261118-0001,Đang xử lý,18/11/2026 08:00,02/12/2026`,
      `${agency}-261118-0002,Ngủ trưa,18/11/2026 08:00,02/12/2026`,
      '000.00.21.H45-261118-0003,Đang xử lý,18/11/2026 08:00,02/12/2026',
      `${agency}-261118-0004,Đã xử lý xong,18/11/2026 08:00,02/12/2026`,
    ]
    await page.setInputFiles('input[type=file]', {
      name: 'hồ sơ.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(rows.join('\n')),
    })
    await page.locator('.job-state', { hasText: '2 dòng nhập được, 2 dòng có lỗi' }).waitFor()
    const lookup = (seq: string) => fetch(`${gateway.http}/v1/status/${agency}-261118-${seq}`)
    t.equal((await lookup('0001')).status, 404, 'checking has changed nothing')
    const bad = await page.locator('.import-bad li').allTextContents()
    t.match(bad, [/Dòng 3.*trạng thái/, /Dòng 4.*cơ quan khác/])
    await page.locator('.action', { hasText: 'Nhập 2 dòng tốt' }).click()
    await page.locator('.job-state', { hasText: 'Đã nhập 2 dòng' }).waitFor()
    t.equal((await lookup('0001')).status, 200)
    t.equal((await lookup('0004')).status, 200)
    await page.locator('.action', { hasText: 'Đóng' }).click()
  })

  await t.test('the proof ticket, and the number of the way that is right', async (t) => {
    const { page } = desk
    await page.locator('.proof .action', { hasText: 'In tờ thử' }).click()
    t.strictSame(rightLines((await slip(4)).text, 48), ['1: cp1258:52', '4: tcvn3:30/31', '8: raster'])
    await page.locator('.today-row', { hasText: 'Tờ thử chữ Việt' }).waitFor()
    await page.locator('#proof-line').click()
    await page.keyboard.type('9')
    await page.keyboard.press('Enter')
    await page.locator('.proof-said', { hasText: 'không có số này' }).waitFor()
    await page.keyboard.press('Backspace')
    await page.keyboard.type('4')
    await page.keyboard.press('Enter')
    await page.locator('.proof-said', { hasText: 'in theo cách 4' }).waitFor()
    await page.locator('.printer-profile', { hasText: 'epson-tm-t82+tcvn3:30/31' }).waitFor()
    t.equal(await page.inputValue('#number'), '', 'what is typed there stays there')
    t.equal(printer.slips.length, 4)
  })

  const kiosk = await openPage(browser, await letIn('--kiosk', 'lobby-1'))
  await kiosk.page.goto(`${gateway.http}/kiosk/`)
  await kiosk.page.waitForSelector('[data-device=kiosk]')

  await t.test(
    'a kiosk beside a printer prints the slip of a lookup number and says that it did',
    async (t) => {
      const { page } = kiosk
      await type(page, lookupNumber)
      await page.keyboard.press('Enter')
      await page.waitForSelector('.answer')
      t.match(
        await page.textContent('.answer-note'),
        '<b>giấy khai sinh</b>',
        'what an agency writes is text, never markup',
      )
      await page.tap('.answer-actions .action:has-text("In phiếu")')
      t.match((await slip(5)).text, dossierNo)
      await page.locator('.print-outcome', { hasText: 'Phiếu đã in xong' }).waitFor()
      for (let nth = 0; nth < 6; nth++) {
        if (nth > 0) {
          await type(page, lookupNumber)
          await page.keyboard.press('Enter')
          await page.waitForSelector('.face-happy')
        }
        await page.tap('.face-happy')
        await page.tap('.answer-actions .action-main')
        await page.waitForSelector('#digits')
      }
    },
  )

  await t.test('the self-test prints a slip, reads its code back and says how the printer did', async (t) => {
    const { page } = kiosk
    await page.goto(`${gateway.http}/kiosk/selftest`)
    const part = (name: string, state: string) => page.locator(`[data-part=${name}][data-state=${state}]`)
    await part('printer', 'waiting').locator('.action', { hasText: 'In phiếu thử' }).tap()
    const { text } = await slip(6)
    t.match(text, 'PHIẾU THỬ MÁY IN')
    await page.locator('.selftest-print', { hasText: 'Máy in báo đã in xong' }).waitFor()
    await part('printer', 'ok').waitFor()
    await scan(page, /\[QR (.*)\]/.exec(text)![1]!)
    await part('scanner', 'ok').waitFor()

    // A slip at a kiosk is for who stands there: nothing waits for a cover to be closed.
    printer.set({ coverOpen: true })
    await desk.page.locator('.printer-state', { hasText: 'Nắp đang mở' }).waitFor()
    await part('printer', 'ok').locator('.action', { hasText: 'In phiếu thử' }).tap()
    await part('printer', 'failed').waitFor()
    await page.locator('.selftest-print', { hasText: 'Xem giấy, nắp' }).waitFor()
    await page.tap('.selftest .action-main')
    await page.locator('.selftest-sent', { hasText: 'Đã gửi kết quả' }).waitFor()
    const { page: board } = await openPage(browser, await letIn('--monitor', 'morning'), {
      size: 'landscape',
    })
    await board.goto(`${gateway.http}/monitor/`)
    await board.locator('.board', { hasText: 'tự kiểm tra thấy hỏng: máy in' }).waitFor()
    printer.set({ coverOpen: false })
    await desk.page.locator('.printer-state', { hasText: 'Sẵn sàng' }).waitFor()
    await part('printer', 'failed').locator('.action', { hasText: 'In phiếu thử' }).tap()
    await part('printer', 'ok').waitFor()
    await slip(7)
    t.equal(printer.slips.length, 7, 'the one that was asked for with the cover open was never printed')
    await page.tap('.selftest .action-main')
    await page.locator('.selftest-sent', { hasText: 'Đã gửi kết quả' }).waitFor()
    await page.goto(`${gateway.http}/kiosk/`)
    await page.waitForSelector('[data-device=kiosk]')
  })

  await t.test('by the long number no slip is offered: it would hand out the fuller answer', async (t) => {
    const { page } = kiosk
    await type(page, dossierNo)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.answer')
    t.equal(await page.locator('.answer-actions .action', { hasText: 'In phiếu' }).count(), 0)
    await page.tap('.answer-actions .action-main')
  })

  await t.test(
    'the store away is "unavailable", never "not found", and the answer comes by itself later',
    async (t) => {
      const { page } = kiosk
      await redis.kill()
      await page.waitForSelector('#digits')
      await type(page, lookupNumber)
      await page.keyboard.press('Enter')
      await page.waitForSelector('.notice')
      const words = (await page.textContent('main')) ?? ''
      t.match(words, /Hệ thống đang bận/)
      t.notMatch(words, /[Kk]hông tìm thấy/)
      await redis.start()
      await page.waitForSelector('.answer', { timeout: 30_000 })
      await page.tap('.answer-actions .action-main')
      await type(page, '000.00.15.H45-190521-9999')
      await page.keyboard.press('Enter')
      await page.locator('.notice h1', { hasText: 'Không tìm thấy hồ sơ này' }).waitFor()
    },
  )

  await t.test('errors of one person withhold nothing from the next', async (t) => {
    const { page } = kiosk
    const toStart = '.notice .action:not(.action-main)'
    await page.tap(toStart)
    for (const [turn, label, next] of [
      [1, 'who comes after “back to the start”', () => page.tap(toStart)],
      [2, 'who holds a slip to the scanner at once', async () => {}],
    ] as const) {
      // Twenty misses in one window of ten minutes; when the window ends meanwhile, twenty more.
      for (let nth = 10; nth < 60; nth++) {
        await page.waitForSelector('#digits, #number')
        await page.evaluate(`(() => {
          const clipboardData = new DataTransfer()
          clipboardData.setData('text', '${agency}-190521-8${turn}${nth}')
          dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }))
        })()`)
        await pressEnter(page)
        await page.waitForSelector('.notice')
        if (await page.locator('.notice', { hasText: 'Xin chờ một lát' }).count()) break
        await page.tap('.notice .action-main')
      }
      await page.locator('.notice', { hasText: 'Xin chờ một lát' }).waitFor()
      await next()
      await scan(page, lookupNumber)
      await page.waitForSelector('.answer')
      t.pass(label)
      await page.tap('.answer-actions .action-main')
    }
    const from = (localAddress: string, number: string) =>
      new Promise<number | undefined>((done, fail) => {
        get(`${gateway.http}/v1/status/${number}`, { localAddress }, (answer) => {
          answer.resume().on('end', () => done(answer.statusCode))
        }).on('error', fail)
      })
    let last: number | undefined
    for (let nth = 100; nth < 280 && last !== 429; nth++)
      last = await from(`127.0.1.${nth % 10}`, `${agency}-190521-9${nth}`)
    t.equal(last, 429, 'somebody elsewhere walks through the day of this dossier')
    await scan(page, lookupNumber)
    await page.waitForSelector('.answer')
    t.pass('whose number is of a day that strangers walk through')
    await page.tap('.answer-actions .action-main')
  })

  await t.test('leaders see what happened', async (t) => {
    const { page } = await openPage(browser, await letIn('--monitor', 'chief'), {
      size: 'landscape',
      touch: false,
    })
    await page.goto(`${gateway.http}/monitor/`)
    await page.waitForSelector('.board')
    const board = (await page.textContent('.board')) ?? ''
    t.match(board, /Quầy 1.*sẵn sàng/s)
    t.match(board, /lobby-1.*tốt/s)
    const response = await page.request.get(`${gateway.http}/v1/monitor/summary`)
    const summary = (await response.json()) as {
      lookups: { byDay: { kiosk: number | null; web: number | null }[] }
      agencies: { code: string; updates: number | null }[]
      ratings: { kiosk?: string; good: number | null }[]
    }
    t.ok((summary.lookups.byDay.at(-1)?.kiosk ?? 0) >= 8)
    t.equal(summary.ratings.find(({ kiosk }) => kiosk === 'lobby-1')?.good, 6)
    t.equal(
      summary.agencies.find(({ code }) => code === agency)?.updates,
      null,
      'three updates are too few to tell',
    )
    const csv = await page.request.get(`${gateway.http}/v1/monitor/summary.csv`)
    t.match(await csv.text(), /lobby-1,6,/)
    const status = await fetch(`${gateway.http}/status.json`)
    t.match(await status.json(), { status: 'pass', channels: { redis: 'pass' } })
  })

  await t.test('whose key is revoked is asked for another, and told of no lost connection', async (t) => {
    for (const [grant, name, stands] of [
      ['--desk', 'quay-1', '.counter'],
      ['--monitor', 'deputy', '.board'],
    ] as const) {
      const made = await gateway.command('keys', 'create', grant, name, '--json')
      const { id, link } = JSON.parse(made.stdout) as { id: string; link: string }
      const { page, context } = await openPage(browser, link, { size: 'landscape', touch: false })
      await page.waitForSelector(stands)
      await gateway.command('keys', 'revoke', id)
      await page.waitForSelector('.sign-in')
      t.equal(await page.locator(`${stands}, .office-away, .chip`).count(), 0, grant)
      await context.close()
    }
  })

  await t.test('a computer nobody let in sees what to ask for, and nothing else', async (t) => {
    const { page } = await openPage(browser, `${gateway.http}/desk/`, { size: 'landscape' })
    t.match(await page.textContent('.sign-in'), /keys create --desk/)
    await page.goto(`${gateway.http}/monitor/`)
    t.match(await page.textContent('.sign-in'), /keys create --monitor/)
  })
})
