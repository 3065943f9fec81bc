// What config/README.md says of the configuration is what the schema says, and the first page stays one that is read.
import { readFileSync } from 'node:fs'
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
