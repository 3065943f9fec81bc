// Mutation testing: each small change of a source file must make one of its tests fail. `npm run mutate -- numbers` builds the
// tests of that part once, with every change of its files planted behind a switch (changes.ts), and runs them in child
// processes with one switch on after the other, each up to the first assertion that fails (trial.ts).
//
//   npm run mutate -- PART [--every N] [--from K] [--minutes M] [--jobs J] [--only FILE] [--noticed]
//
// --every takes each Nth change only (a sample), --minutes ends with what was tried until then, --only takes the
// changes of one file (`glyphs`), --noticed tells by which assertion a change was noticed. Exit 1 below 90 % noticed.
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { build, type Plugin } from 'esbuild'
import { type Change, plant } from './changes.js'
import type { Baseline, Order, Outcome } from './trial.js'

interface Part {
  readonly files: readonly string[]
  readonly tests: readonly string[]
}

/** What can be tried: the files that are changed, and the tests that should notice, quickest first. */
const parts: Readonly<Record<string, Part>> = {
  numbers: {
    files: [
      'agency-codes',
      'digit-groups',
      'dossier-no',
      'glyphs',
      'lookup-number',
      'number-tail',
      'numbers',
      'personal',
      'spoken-digits',
    ].map((name) => `src/dossier/numbers/${name}.ts`),
    tests: ['glyphs', 'lookup-number', 'agency-codes', 'personal', 'field-numbers', 'numbers'].map(
      (name) => `test/dossier/${name}.test.ts`,
    ),
  },
  conversation: {
    files: ['inquiry', 'keywords', 'echoes', 'courtesy', 'english', 'wish', 'text'].map(
      (name) => `src/sms/conversation/${name}.ts`,
    ),
    tests: ['words', 'corpus', 'marks'].map((name) => `test/sms/conversation/${name}.test.ts`),
  },
}

const enoughNoticed = 0.9

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string' },
    from: { type: 'string' },
    minutes: { type: 'string' },
    jobs: { type: 'string' },
    only: { type: 'string', default: '' },
    noticed: { type: 'boolean' },
  },
})
const part = parts[positionals[0] ?? '']
if (!part) {
  process.stderr.write(`npm run mutate -- ${Object.keys(parts).join(' | ')}\n`)
  process.exit(2)
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const places: (Change & { readonly file: string })[] = []
const bundle = await bundleOf(part)
const every = Number(values.every ?? 1)
const queue = places
  .filter(({ file }) => file.includes(values.only))
  .filter((_, nth) => nth % every === Number(values.from ?? 0) % every)
const deadline = Date.now() + Number(values.minutes ?? 600) * 60_000
say(`${places.length} changes in ${part.files.length} files; ${queue.length} are tried`)

const started = Date.now()
let survived = 0
function survive(name: string): void {
  survived++
  say(`survived  ${name}`)
}
let [noticed, endless, unreached, next] = [0, 0, 0, 0]
await Promise.all(Array.from({ length: Number(values.jobs ?? 1) }, work))
const tried = noticed + survived
say(
  `${tried} tried in ${Math.round((Date.now() - started) / 1000)} s: ${noticed} noticed (${endless} of them endless), ` +
    `${survived} survived (${unreached} of them where no test comes): ${((noticed / tried) * 100).toFixed(1)} %`,
)
process.exitCode = noticed / tried >= enoughNoticed ? 0 : 1

async function bundleOf({ files, tests }: Part): Promise<string> {
  const plants: Plugin = {
    name: 'plant',
    setup({ onLoad }) {
      onLoad(
        { filter: new RegExp(`/(?:${files.map((file) => basename(file, '.ts')).join('|')})\\.ts$`) },
        ({ path }) => {
          const file = files.find((one) => path.endsWith(`/${one}`))
          if (!file) return undefined
          const { planted, changes } = plant(readFileSync(path, 'utf8'), places.length)
          for (const change of changes) places.push({ file, ...change })
          return { contents: planted, loader: 'ts' }
        },
      )
    },
  }
  const { outputFiles } = await build({
    stdin: { contents: tests.map((test) => `import './${test}'`).join('\n'), resolveDir: process.cwd() },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'iife',
    packages: 'external',
    plugins: [plants],
  })
  return outputFiles[0]!.text
}

async function work(): Promise<void> {
  let trial: ChildProcess | undefined
  try {
    let [child, baseline] = await begin()
    trial = child
    say(
      `the tests take ${Math.round(baseline.tookMs)} ms; left out as slow: ${baseline.slow.join('; ') || 'none'}`,
    )
    const reached = new Set(baseline.reached)
    while (next < queue.length && Date.now() < deadline) {
      const { id, file, line, says } = queue[next++]!
      const name = `${file}:${line}  ${says}`
      if (!reached.has(id)) {
        unreached++
        survive(`${name}  (no test comes here)`)
        continue
      }
      // A change that stops the child's event loop, or fills its memory, ends the child.
      const outcome = await asked<Outcome>(child, { id }, baseline.tookMs * 10 + 20_000)
      if (outcome?.noticed === '') survive(name)
      else noticed++
      if (!outcome || outcome.noticed === 'endless') endless++
      if (values.noticed && outcome?.noticed) say(`noticed  ${name}  by ${outcome.noticed.slice(0, 90)}`)
      if (!outcome) {
        child.kill('SIGKILL')
        ;[child, baseline] = await begin()
        trial = child
      }
    }
  } finally {
    trial?.kill('SIGKILL')
  }
}

async function begin(): Promise<[ChildProcess, Baseline]> {
  const child = fork(new URL('./trial.ts', import.meta.url), { execArgv: ['--import=tsx'] })
  const baseline = await asked<Baseline>(child, { bundle }, 600_000)
  if (!baseline || baseline.failed) {
    child.kill('SIGKILL')
    throw new Error(`the tests fail without any change: ${baseline?.failed ?? 'no answer'}`)
  }
  return [child, baseline]
}

/** The child's answer to `order`; undefined when it ended, or gave none in time. */
function asked<Answer>(child: ChildProcess, order: Order, patienceMs: number): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const done = (answer?: Answer) => {
      clearTimeout(timer)
      child.off('message', done).off('exit', ended)
      resolve(answer)
    }
    const ended = () => done()
    const timer = setTimeout(ended, patienceMs)
    child.on('message', done).once('exit', ended)
    child.send(order)
  })
}
