// No barrier that axe can find, on any screen of any page.
import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'
import type { Page } from 'playwright-core'
import t from 'tap'
import type { Config } from '../../../src/config/config.js'
import { openWording } from '../../../src/dossier/wording.js'
import { helpRoutes } from '../../../src/kiosk/help.js'
import { openDocs } from '../../../src/web/docs/routes.js'
import { openBrowser, openPage, sizes } from '../../peers/browser.js'
import { checker, checkerFile } from '../preview.js'
import { allShots, settled, tour } from './shots.js'

const axe = readFileSync(checkerFile, 'utf8')

interface Finding {
  id: string
  help: string
  nodes: { html: string; failureSummary?: string }[]
}

async function findings(page: Page, only?: string): Promise<string[]> {
  const what = only ? { type: 'rule', values: [only] } : standards
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(what)}, resultTypes: ['violations'] })`,
  )) as { violations: Finding[] }
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
  )
}

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// One for all; each test is a visitor of its own.
const browser = await openBrowser(t)

// Some hundred runs of axe; slow on a busy machine.
t.setTimeout(900_000)

t.test('axe finds no barrier on any screen, in both languages, in normal and high contrast', async (t) => {
  // Sizes alternate, so that each screen is checked at two of them.
  const turns = ['portrait', 'landscape', 'phone'] as const
  let turn = 0
  const seen = new Set<string>()
  return tour(t, browser, allShots, async (page, shot, language) => {
    await page.setViewportSize(sizes[turns[turn++ % turns.length]!])
    // Screens that differ only in words are the same to axe.
    const skeleton = `${language} ${await page.evaluate(
      `[...document.querySelectorAll('*')].map((it) => it.tagName + it.getAttribute('class')).join()`,
    )}`
    if (seen.has(skeleton)) return
    seen.add(skeleton)
    if (!(await page.evaluate(`'axe' in window`))) await page.addScriptTag({ url: checker })
    t.strictSame(await findings(page), [], `${shot.name} ${language}`)
    const contrast = await page.evaluate('document.documentElement.dataset.contrast')
    await page.evaluate(`document.documentElement.dataset.contrast = 'high'`)
    await settled(page)
    t.strictSame(await findings(page, 'color-contrast'), [], `${shot.name} ${language}, high contrast`)
    await page.evaluate(`document.documentElement.dataset.contrast = '${contrast}'`)
  })
})

t.test('axe finds no barrier on the help pages', async (t) => {
  const server = fastify()
  const { vi } = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })
  const config = {
    http: {},
    office: { name: 'Trung tâm', address: 'Đường 1', email: 'a@b.vn', hotline: '0262 3 800 800' },
    complaints: {},
    sms: { enabled: true, links: [{ shortCode: '8188', keywordPrefix: '', pricePerText: '1.000 đ' }] },
    agencies: [],
  } as unknown as Config
  helpRoutes(server, config, vi)
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => server.close())
  for (const path of ['/help', '/help/staff']) {
    const { page, context } = await openPage(browser, url + path, { size: 'phone' })
    await page.evaluate(`${axe};undefined`)
    t.strictSame(await findings(page), [], path)
    await context.close()
  }
})

t.test(
  'axe finds no barrier in the documentation: closed, with an operation tried, with the keys asked for',
  async (t) => {
    const server = fastify()
    await openDocs(server, '0.1.0')
    server.put(
      '/v1/dossiers/:dossierNo',
      {
        schema: {
          tags: ['agencies'],
          security: [{ key: [] }],
          params: { type: 'object', properties: { dossierNo: { type: 'string' } } },
          body: { type: 'object', properties: { version: { type: 'integer' }, fee: { type: 'string' } } },
          response: { 200: { type: 'object', properties: { version: { type: 'integer' } } } },
        },
      },
      async () => ({}),
    )
    for (const method of ['GET', 'POST', 'DELETE'] as const)
      server.route({ method, url: '/v1/things', schema: { tags: ['public'] }, handler: async () => ({}) })
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    t.teardown(() => server.close())
    const { page } = await openPage(browser, `${url}/docs/`, { size: 'landscape', touch: false })
    await page.waitForSelector('.opblock')
    await page.evaluate(`${axe};undefined`)
    t.strictSame(await findings(page), [], 'closed')
    for (const it of await page.locator('.opblock-summary-control').all()) await it.click()
    await page.click('.try-out__btn >> nth=0')
    await page.waitForSelector('.body-param__text')
    t.strictSame(await findings(page), [], 'tried')
    await page.click('.btn.authorize')
    await page.waitForSelector('.modal-ux')
    t.strictSame(await findings(page), [], 'keys')
  },
)
