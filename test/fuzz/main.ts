// npm run fuzz -- --runs 1000000 --seed 1: inputs over all parsers in total; exit code 1 when one of them breaks.
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.js'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
})
const started = Date.now()
const results = await fuzz(Number(values.runs), Number(values.seed))
for (const { target, runs, slowestMs, finds } of results) {
  process.stdout.write(
    `${target.padEnd(12)} ${String(runs).padStart(8)} inputs, slowest ${slowestMs} ms, ${finds.length} finds\n`,
  )
  for (const { what, hex } of finds) process.stdout.write(`  ${what}\n  ${hex}\n`)
}
const total = results.reduce((sum, { runs }) => sum + runs, 0)
const finds = results.reduce((sum, { finds }) => sum + finds.length, 0)
process.stdout.write(`${total} inputs in ${Math.round((Date.now() - started) / 1000)} s, ${finds} finds\n`)
process.exit(finds === 0 ? 0 : 1)
