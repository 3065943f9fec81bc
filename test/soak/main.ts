// npm run soak -- --minutes 10 --seed 7 [--attacked]: prints the ledger on stdout; exit code 0 when every acknowledgement is
// accounted for.
import { parseArgs } from 'node:util'
import { debts, printed } from './ledger.js'
import { runSoak } from './soak.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '7' },
    attacked: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const closers: (() => unknown)[] = []
let code = 1
try {
  const ledger = await runSoak(
    { teardown: (close) => void closers.push(close) },
    {
      seconds: Number(values.minutes) * 60,
      seed: Number(values.seed),
      isAttacked: values.attacked,
      say: (line) => process.stderr.write(`${line}\n`),
    },
  )
  process.stdout.write(`${values.json ? JSON.stringify(ledger) : printed(ledger)}\n`)
  code = debts(ledger).length === 0 ? 0 : 1
} finally {
  for (const close of closers.reverse()) await close()
}
process.exit(code)
