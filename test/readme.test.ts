// What config/README.md says of the configuration is what the schema says, and the first page stays one that is read.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { withTable } from '../scripts/config-table.js'

const readme = readFileSync(new URL('../config/README.md', import.meta.url), 'utf8')

t.test('the configuration table is the one the schema gives', async (t) => {
  t.equal(withTable(readme), readme, 'renew it with: npm run config:table')
})

t.test('every key of the schema has its line of reason', async (t) => {
  const silent = [...readme.matchAll(/^\| `([^`]+)` \| [^|]*\| *\|$/gm)].map((match) => match[1])
  t.same(silent, [], 'give the key a description in the settings.ts of its room')
})

t.test('the first page is short; long tables are beside what they describe', async (t) => {
  const lines = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n').length
  t.ok(lines < 400, `${lines} lines`)
})

const root = new URL('../', import.meta.url).pathname
const pages = ['README.md'].concat(
  ['config', 'kiosk', 'src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
)
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

/** The anchors that GitHub gives to the headings of a page. */
const anchorsOf = (page: string) =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

t.test('every link of every README leads to a file, and to a heading of it', async (t) => {
  t.ok(pages.length > 20, `${pages.length} pages`)
  for (const page of pages)
    for (const [link, path, anchor] of textOf(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const place = path === '' ? page : join(dirname(page), path!)
      if (!existsSync(join(root, place))) t.fail(`${page}: ${link} leads nowhere`)
      else if (anchor) {
        const target = statSync(join(root, place)).isDirectory() ? join(place, 'README.md') : place
        t.ok(anchorsOf(target).includes(anchor), `${page}: ${link}`)
      }
    }
})

t.test('every source file that a README names is there', async (t) => {
  const named = /`((?:src|kiosk|config|scripts|test)\/[\w./-]+\.\w+)`/g
  // What a newcomer is told to make.
  const examples = ['src/zalo/zalo.ts']
  for (const page of pages)
    for (const [, path] of textOf(page).matchAll(named))
      if (!examples.includes(path!)) t.ok(existsSync(join(root, path!)), `${page}: ${path} is there`)
})
