// Screenshots of every screen: `node --import=tsx scripts/screenshots.ts [dir] [word]` writes <dir>/<screen>.<size>.<language>.png;
// `word` selects screens whose name contains it. For people to look at: nothing compares them.
import { mkdirSync } from 'node:fs'
import { shots } from '../test/kiosk/browser/shots.js'

const [dir = 'screenshots', word = ''] = process.argv.slice(2)
mkdirSync(dir, { recursive: true })
const count = await shots(dir, word)
process.stdout.write(`${count} pictures in ${dir}\n`)
