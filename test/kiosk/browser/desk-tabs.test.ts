// Tabs of one browser share one line to the gateway; none of them may go blind with another.
import t from 'tap'
import { openBrowser, openPage } from '../../peers/browser.js'
import { openPreview } from '../preview.js'

t.test('a tab that crashes does not leave the others without their line', async (t) => {
  const preview = await openPreview()
  t.teardown(() => preview.close())
  const browser = await openBrowser(t)
  const { page: first, context } = await openPage(browser, `${preview.url}/desk/`, {
    extraHTTPHeaders: { cookie: 'desk=quay-1' },
    size: 'landscape',
  })
  await first.locator('.printer-state', { hasText: 'Sẵn sàng' }).waitFor()
  const second = await context.newPage()
  await second.goto(`${preview.url}/desk/`)
  await second.locator('.printer-state', { hasText: 'Sẵn sàng' }).waitFor()
  // The line is in the first tab's process.
  const crashed = first.waitForEvent('crash')
  first.goto('chrome://crash').catch(() => {})
  await crashed
  await second.locator('.printer-state', { hasText: 'Chưa rõ' }).waitFor({ timeout: 15_000 })
  await second.locator('.printer-state', { hasText: 'Sẵn sàng' }).waitFor({ timeout: 30_000 })
  t.equal(preview.office.streams, 1)
})
