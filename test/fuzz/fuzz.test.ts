// A small number of inputs in the suite; `npm run fuzz -- --runs 1000000` is the full size.
import t from 'tap'
import { fuzz } from './fuzz.js'

t.test(
  'no input breaks or stalls a parser, and none depends on how its bytes are cut',
  { timeout: 360_000 },
  async (t) => {
    for (const { target, runs, finds } of await fuzz(Number(process.env.FUZZ_RUNS ?? 6000), 20_261_124)) {
      t.ok(runs > 0, `${target}: ${runs} inputs`)
      t.same(finds, [], `${target}: keep each find in test/fixtures/fuzz/${target} and mend the parser`)
    }
  },
)
