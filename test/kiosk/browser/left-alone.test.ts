// An unattended kiosk: the proxy in front of the gateway fails in every way it can, and a new version is deployed. The
// kiosk shows a calm screen meanwhile and recovers by itself.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openBrowser, openPage } from '../../peers/browser.js'
import { buildScreens, openPreview } from '../preview.js'
import { type Failure, failures, openProxy } from './proxy.js'
import { scan } from './shots.js'

const number = '482719360518'
const kiosk = { extraHTTPHeaders: { cookie: 'kiosk=lobby-1' } }

// A screen nobody touches asks every three seconds, and a page may be loaded meanwhile; one failure of each sort.
const waitedFor = new Set<Failure>(['bad-gateway', 'portal', 'no route', 'breaks off', 'frozen'])

/** Waits until the page's shell is cached and the page is served from it. */
const shellKept = (page: Page) =>
  page.evaluate(`navigator.serviceWorker.ready.then((it) => it.active.state === 'activated' || new Promise((done) =>
    it.active.addEventListener('statechange', () => it.active.state === 'activated' && done())))`)

// One for all; each test is a visitor of its own.
const browser = await openBrowser(t)

t.setTimeout(720_000)
// Each test has its own servers and mostly waits, so they run at the same time.
t.jobs = 2

t.test('while a proxy answers for the gateway the screen is calm, and comes back by itself', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const proxy = await openProxy(t, preview.url)
  const { page, context } = await openPage(browser, `${proxy.url}/kiosk/`, kiosk)
  await page.waitForSelector('[data-device=kiosk] #digits')
  await shellKept(page)
  for (const mode of Object.keys(failures) as Failure[]) {
    proxy.mode = mode
    if (waitedFor.has(mode)) {
      const begun = Date.now()
      await page.locator('.notice h1', { hasText: 'mất kết nối' }).waitFor()
      t.comment(`${mode}: told after ${Date.now() - begun} ms`)
    }

    await scan(page, number)
    await page.waitForSelector('.looking', { state: 'detached' })
    await page.locator('.notice h1', { hasText: 'mất kết nối' }).waitFor()
    t.pass(`${mode}: a question meanwhile is not told to be about an unknown dossier`)

    proxy.mode = 'pass'
    await page.waitForSelector('.answer')
    t.pass(`${mode}: the question asked meanwhile is answered`)
    await page.tap('.answer-actions .action-main')
    if (!waitedFor.has(mode)) continue

    proxy.mode = mode
    await page.reload()
    await page.locator('.notice h1', { hasText: 'mất kết nối' }).waitFor()
    t.equal(await page.locator('.masthead').count(), 1, `${mode}: loaded meanwhile it is our own page`)
    const back = Date.now()
    proxy.mode = 'pass'
    await page.waitForSelector('#digits')
    t.comment(`${mode}: back after ${Date.now() - back} ms`)
  }
  await context.close()
})

t.test(
  'a new version is taken up when nobody stands before it, and the footer tells the page’s own',
  async (t) => {
    const old = await openPreview()
    t.teardown(() => old.close())
    const proxy = await openProxy(t, old.url)
    const { page, context } = await openPage(browser, `${proxy.url}/kiosk/`, kiosk)
    await page.waitForSelector('[data-device=kiosk] #digits')
    await shellKept(page)
    t.match(await page.innerText('.colophon'), /0\.1\.0/)

    const screensDir = newVersion(t)
    const preview = await openPreview({ screensDir })
    t.teardown(() => preview.close())
    preview.setup.version = '0.2.0'
    await scan(page, number)
    await page.waitForSelector('.answer')
    proxy.target = preview.url
    proxy.mode = 'gone'
    await page.tap('.answer-actions .action-main')
    await page.locator('.notice h1', { hasText: 'mất kết nối' }).waitFor()
    proxy.mode = 'pass'
    await page.waitForSelector('#digits')
    await scan(page, number)
    await page.waitForSelector('.answer')
    t.match(await page.innerText('.colophon'), /0\.1\.0/, 'the old page says that it is the old one')
    const begun = Date.now()
    await page.tap('.answer-actions .action-main')
    await page.locator('.colophon', { hasText: '0.2.0' }).waitFor({ timeout: 60_000 })
    t.comment(`taken up ${Date.now() - begun} ms after the person had left`)
    await page.waitForSelector('#digits')
    const names = (await page.evaluate('caches.keys()')) as string[]
    t.strictSame(names, ['shell-feedfacecafe'], 'the old shell is gone')
    await context.close()
  },
)

t.test(
  'a page that is open for days names the short code of today, and forgets people without its key',
  async (t) => {
    const preview = await openPreview()
    t.teardown(() => preview.close())
    const { page, context } = await openPage(browser, 'about:blank', kiosk)
    await page.clock.install()
    await page.goto(`${preview.url}/kiosk/`)
    await page.waitForSelector('[data-device=kiosk] #digits')
    preview.setup.sms = { shortCode: '8288', keywordPrefix: '' }
    await page.setExtraHTTPHeaders({ cookie: 'nothing' })
    const renewed = page.waitForResponse((it) => it.url().includes('/v1/kiosk/setup'))
    await page.clock.runFor('01:01')
    await renewed
    await scan(page, number)
    await page.waitForSelector('.answer')
    t.match(await page.innerText('.answer'), /8288/)
    await page.clock.runFor('01:10')
    await page.waitForSelector('#digits')
    await context.close()
  },
)

t.test('desk and monitor take a new version up when nobody has touched them for ten minutes', async (t) => {
  const [old, preview] = [await openPreview(), await openPreview({ screensDir: newVersion(t) })]
  t.teardown(() => Promise.all([old.close(), preview.close()]))
  for (const [path, cookie, stands] of [
    ['/desk/', 'desk=quay-1', '.counter'],
    ['/monitor/', 'monitor=chief', '.board'],
  ] as const) {
    const proxy = await openProxy(t, old.url)
    const { page, context } = await openPage(browser, 'about:blank', { extraHTTPHeaders: { cookie } })
    await page.clock.install()
    await page.goto(proxy.url + path)
    await page.waitForSelector(stands)
    proxy.target = preview.url
    proxy.cut()
    const told = page.waitForResponse(
      (it) => it.url().includes('/v1/device') && it.headers()['x-dossier-page'] === 'feedfacecafe',
    )
    await page.keyboard.press('Shift')
    await page.clock.runFor('10:01')
    await told
    await page.keyboard.press('Shift')
    await page.clock.runFor('09:00')
    t.equal(await page.evaluate('history.state'), null, `${path}: somebody is there`)
    // Somebody comes while the page looks whether the new one is there.
    await page.evaluate(`navigator.serviceWorker.getRegistration = async () => {
      delete navigator.serviceWorker.getRegistration
      dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift' }))
      console.log('looked')
    }`)
    const looked = page.waitForEvent('console', (it) => it.text() === 'looked')
    await page.clock.runFor('02:00')
    await looked
    t.equal(await page.evaluate('history.state'), null, `${path}: somebody has come meanwhile`)
    await page.clock.runFor('08:00')
    const taken = page.waitForEvent('load')
    await page.clock.runFor('02:00')
    await taken
    t.match(await page.evaluate('history.state'), { taken: 'feedfacecafe' }, path)
    await page.waitForSelector(stands)
    await context.close()
  }
})

/** The built pages with another version and another name. */
function newVersion(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'pages-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const built = buildScreens()
  const build = readFileSync(join(built, 'build.txt'), 'utf8')
  cpSync(built, dir, { recursive: true, filter: (file) => !/\.(gz|br)$/.test(file) })
  for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|txt)$/.test(file)) continue
    const text = readFileSync(join(dir, file), 'utf8')
    writeFileSync(join(dir, file), text.replaceAll(build, 'feedfacecafe').replaceAll('0.1.0', '0.2.0'))
  }
  return dir
}
