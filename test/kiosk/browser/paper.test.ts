// What a person prints from a page: all of what it says, nothing over it, no buttons, and at the desk one citizen's dossier alone.
import t from 'tap'
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
