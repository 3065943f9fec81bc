// What a person prints from a page: all of what it says, nothing over it, no buttons, and at the desk one citizen's dossier alone.
import t from 'tap'
import { openWording } from '../../../src/dossier/wording.js'
import { noticePage } from '../../../src/kiosk/notice/page.js'
import type { OverdueList } from '../../../src/monitor/contract.js'
import type { Digest } from '../../../src/monitor/digest/digest.js'
import { digestPage } from '../../../src/monitor/digest/page.js'
import type { Head } from '../../../src/monitor/paper.js'
import { openBrowser, openPage } from '../../peers/browser.js'
import { type DeskExample, examples, openPreview } from '../preview.js'
import { allShots, settled } from './shots.js'

// One for all; each test is a visitor of its own.
const browser = await openBrowser(t)

// A4 within margins of 1 cm, at 96 dots an inch.
const sheets = { upright: { width: 718, height: 1047 }, lying: { width: 1047, height: 718 } }

t.test('on paper nothing is cut off, nothing lies over another, and there are no buttons', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const wanted = /^lobby-answer|^desk-a-scanned|^monitor-a-working/
  for (const shot of allShots.filter(({ name }) => wanted.test(name))) {
    const { page, context } = await openPage(browser, preview.url + shot.path, {
      extraHTTPHeaders: { cookie: shot.cookie.replace(/^kiosk.*/, '') },
      serviceWorkers: 'block',
    })
    await shot.go(page, preview)
    await page.emulateMedia({ media: 'print' })
    for (const [sheet, size] of Object.entries(sheets)) {
      await page.setViewportSize(size)
      await settled(page)
      const wrong = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('#page *')]
          .filter((it) => it.checkVisibility() && it.clientWidth > 1)
          .flatMap((it) => {
            const { overflow, position } = getComputedStyle(it)
            const said = it.outerHTML.slice(0, 60)
            const isCut = it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1
            return [
              ...(it.matches('button, input, .quiet, button.action') ? [`a button: ${said}`] : []),
              ...(/sticky|fixed/.test(position) ? [`over others: ${said}`] : []),
              ...(/auto|scroll/.test(overflow) && isCut ? [`scrolls: ${said}`] : []),
              ...(it.getBoundingClientRect().right > innerWidth ? [`beyond the edge: ${said}`] : []),
            ]
          }),
      )
      t.strictSame(wrong, [], `${shot.name}, ${sheet}`)
    }
    await context.close()
  }
})

t.test(
  'a dossier printed at the desk bears no number of another person, nor one that is nobody’s',
  async (t) => {
    const preview = await openPreview()
    t.teardown(() => preview.close())
    const shot = allShots.find(({ name }) => name.startsWith('desk-a-scanned'))!
    const { page, context } = await openPage(browser, preview.url + shot.path, {
      extraHTTPHeaders: { cookie: shot.cookie },
    })
    await shot.go(page, preview)
    await page.waitForSelector('.dossier')
    const others = examples<DeskExample>('desk/counter')
      .flatMap(({ view }) => view.jobs)
      .map(({ dossierNo }) => dossierNo)
    const own = (await page.textContent('.dossier-number strong'))!
    await page.emulateMedia({ media: 'print' })
    const printed = await page.locator('#page').innerText()
    t.match(printed, own)
    for (const other of new Set(others)) if (other !== own) t.notMatch(printed, other)
    t.notMatch(printed, /0000 0000|Mã tra cứu\n/, 'no preview of a slip')
    await context.close()
  },
)

t.test(
  'on the week’s sheet no day and no number is torn, and no table is wider than the sheet',
  async (t) => {
    const name =
      'Chi nhánh Văn phòng đăng ký đất đai khu vực Tuy An và Trung tâm Phục vụ hành chính công xã Sơn Hòa'
    const at = '2026-11-30T00:41:00.000Z'
    const list: OverdueList = {
      ...examples<{ overdue?: OverdueList }>('monitor/board')[0]!.overdue!,
      countedAt: at,
    }
    const row = {
      code: 'H15.60.05',
      name,
      overdue: 1234,
      near: 321,
      missing: 45,
      complaints: 0,
      complaintsOverdue: 0,
    }
    const html = digestPage(
      {
        period: { from: '2026-11-23', to: '2026-11-29' },
        generatedAt: at,
        list,
        rows: [{ ...row, updates: 12_345, found: undefined, lastHeard: at, silentSince: at }],
      } as unknown as Digest,
      { authority: 'UBND tỉnh Đắk Lắk', office: name, place: 'Đắk Lắk', basis: [] } as unknown as Head,
    )
    const context = await browser.newContext({ viewport: { width: 624, height: 970 } })
    t.teardown(() => context.close())
    const page = await context.newPage()
    await page.emulateMedia({ media: 'print' })
    await page.setContent(html)
    const [torn, wide] = await page.evaluate(() => {
      const torn: string[] = []
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      for (let text = texts.nextNode(); text; text = texts.nextNode())
        for (const { 0: word, index } of text.nodeValue!.matchAll(/\d[\d/:.]+/g)) {
          const range = document.createRange()
          range.setStart(text, index)
          range.setEnd(text, index + word.length)
          if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) torn.push(word)
        }
      const wide = [...document.querySelectorAll('body *')]
        .filter((it) => it.getBoundingClientRect().right > innerWidth)
        .map((it) => it.outerHTML.slice(0, 60))
      return [torn, wide]
    })
    t.strictSame(torn, [])
    t.strictSame(wide, [])
  },
)

for (const [size, sheet] of [
  ['a4', { width: 794, height: 1122 }],
  ['a3', { width: 1122, height: 1587 }],
] as const)
  t.test(`a notice with all that may stand on it is one sheet of ${size}`, async (t) => {
    const name =
      'Trung tâm Phục vụ hành chính công xã Sơn Hòa - Chi nhánh Văn phòng đăng ký đất đai khu vực Tuy An và vùng phụ cận'
    const prefix = 'HCC DAK LAK '
    const html = noticePage({
      agency: name,
      size,
      period: '6 tháng đầu năm 2026',
      complaintDays: 3,
      words: openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' }).vi,
      ways: {
        texts: [
          { shortCode: '8188', price: '1.000 đ', prefix },
          { shortCode: '8088', price: '1.500 đ', prefix },
        ],
        page: 'https://tracuuhoso.dichvucong.daklak.gov.vn/kiosk/',
        hotline: '1900 1234',
        contact: {
          name,
          address: 'Số 123 đường Trần Phú, thị trấn Củng Sơn, huyện Sơn Hòa, tỉnh Đắk Lắk',
          email: 'trungtamphucvuhanhchinhcong.sonhoa@phuyen.daklak.gov.vn',
          phone: '0257 3861 234, 0257 3861 235, 0905 123 456',
        },
      },
      figures: ['98,7 %', '123.456', '45,6 %', '97,1 %'].map((value) => ({
        label: 'lượt tra cứu tìm thấy hồ sơ',
        value,
      })),
    })
    const context = await browser.newContext({ viewport: sheet })
    t.teardown(() => context.close())
    const page = await context.newPage()
    await page.emulateMedia({ media: 'print' })
    await page.setContent(html)
    const height = await page.evaluate(() => document.body.getBoundingClientRect().height)
    t.ok(height <= sheet.height + 1, `${height} px of ${sheet.height}`)
  })
