// The fast lane: every test that needs no Redis, no socket's peer, no built program and no browser, in one process.
// npm run test:unit
import t from 'tap'
import { unit } from './runner/lanes.js'

t.setTimeout(300_000)
for (const file of unit) await import(file)
process.stderr.write(`${unit.length} files\n`)
