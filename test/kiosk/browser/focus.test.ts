// Keyboard users stay where they were: language, contrast and rating do not move the focus, and Enter after typing looks
// the number up, whatever was pressed before.
import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../../peers/browser.js'
import { openPreview } from '../preview.js'
import { pressEnter, settled } from './shots.js'

const number = '482719360518'
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: it } = document
    return it === document.body ? 'nothing' : (it?.textContent ?? '').trim() || (it?.id ?? '')
  })

t.test('the lobby', async (t) => {
  const browser = await openBrowser(t)
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const { page } = await openPage(browser, `${preview.url}/kiosk/`, {
    extraHTTPHeaders: { cookie: 'kiosk=lobby-1' },
  })
  await page.waitForSelector('[data-device=kiosk] #digits')
  for (const tool of ['.tool-contrast', '.tool-large', '.tool[lang="en"]', '.tool[lang="vi"]']) {
    await page.focus(tool)
    const before = await focused(page)
    await page.keyboard.press('Enter')
    await settled(page)
    t.ok(
      await page.evaluate((tool) => document.activeElement?.matches(tool), tool),
      `${tool} keeps the focus`,
    )
    t.not(before, 'nothing')
  }
  await page.focus('.tool-contrast')
  for (const digit of number) await page.keyboard.press(`Digit${digit}`, { delay: 60 })
  await page.keyboard.press('Enter')
  await page.waitForSelector('.answer')
  t.equal(
    await page.evaluate('document.documentElement.dataset.contrast'),
    'high',
    'Enter looked up, and toggled nothing',
  )
  await page.focus('.face-happy')
  await pressEnter(page)
  await page.waitForSelector('.faces-thanks')
  t.match(await focused(page), /Cảm ơn/, 'the thanks, in place of the faces')
})

t.test('desk and monitor', async (t) => {
  const browser = await openBrowser(t)
  const preview = await openPreview()
  t.teardown(() => preview.close())
  for (const [path, cookie, stands] of [
    ['/desk/', 'desk=quay-1', '.counter'],
    ['/monitor/', 'monitor=chief', '.board'],
  ] as const) {
    const { page, context } = await openPage(browser, preview.url + path, {
      size: 'landscape',
      extraHTTPHeaders: { cookie },
    })
    await page.waitForSelector(stands)
    await page.focus('.office-head button[lang]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('html[lang=en]')
    t.match(await focused(page), /Tiếng Việt/, `${path}: the button that leads back`)
    await page.focus('.office-head button[aria-pressed]')
    const plot = () =>
      page.evaluate(() => (document.querySelector('.plot canvas') as HTMLCanvasElement | null)?.toDataURL())
    const before = await plot()
    await page.keyboard.press('Enter')
    await page.waitForSelector('html[data-contrast=high]')
    await settled(page)
    t.match(await focused(page), /Contrast/, `${path}: contrast keeps it`)
    if (path === '/monitor/') {
      t.ok(before)
      t.not(await plot(), before, 'the chart is drawn anew in the colours of now')
    }
    await context.close()
  }
})
