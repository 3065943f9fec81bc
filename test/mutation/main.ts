// Mutation testing: each small change of a source file must make one of its tests fail. `npm run mutate -- numbers` changes one
// place at a time in a copy of the tree, runs the tests of that part until one fails, and lists the changes that none noticed.
//
//   npm run mutate -- PART [--every N] [--minutes M] [--from K]
//
// --every takes each Nth change only (a sample), --minutes ends with what was tried until then. Exit 1 below 90 % killed.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { changesOf } from './changes.js'

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
    ].map((name) => `src/dossier/${name}.ts`),
    tests: ['test/dossier/field-numbers.test.ts', 'test/dossier/numbers.test.ts'],
  },
  conversation: {
    files: ['inquiry', 'keywords', 'echoes', 'courtesy', 'wish', 'text'].map(
      (name) => `src/sms/conversation/${name}.ts`,
    ),
    tests: ['test/sms/conversation/corpus.test.ts'],
  },
}

const enoughKilled = 0.9
// A change may make a loop endless; the tests of a part take seconds.
const patienceMs = 90_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string' },
    minutes: { type: 'string' },
    from: { type: 'string' },
    jobs: { type: 'string' },
  },
})
const part = parts[positionals[0] ?? '']
if (!part) {
  process.stderr.write(`npm run mutate -- ${Object.keys(parts).join(' | ')}\n`)
  process.exit(2)
}

const every = Number(values.every ?? 1)
const deadline = Date.now() + Number(values.minutes ?? 600) * 60_000
const all = part.files.flatMap((file) =>
  changesOf(readFileSync(file, 'utf8')).map((change) => ({ file, ...change })),
)
const changes = all.filter((_, nth) => nth % every === Number(values.from ?? 0) % every)
process.stdout.write(`${all.length} changes in ${part.files.length} files; ${changes.length} are tried\n`)

const survivors: string[] = []
let killed = 0
let next = 0
async function work(): Promise<void> {
  const copy = copyTree()
  try {
    if (!(await passes(copy))) throw new Error('the tests fail without any change')
    while (next < changes.length && Date.now() < deadline) {
      const { file, start, end, text, line, says } = changes[next++]!
      const path = join(copy, file)
      const original = readFileSync(path, 'utf8')
      writeFileSync(path, original.slice(0, start) + text + original.slice(end))
      if (await passes(copy)) {
        survivors.push(`${file}:${line}  ${says}`)
        process.stdout.write(`survived  ${survivors.at(-1)}\n`)
      } else killed++
      writeFileSync(path, original)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
await Promise.all(Array.from({ length: Number(values.jobs ?? Math.max(1, cpus().length - 1)) }, work))

const tried = killed + survivors.length
const share = killed / tried
process.stdout.write(`${killed} of ${tried} changes were noticed: ${(share * 100).toFixed(1)} %\n`)
process.exitCode = share >= enoughKilled ? 0 : 1

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'mutate-'))
  for (const name of ['src', 'test', 'config', 'package.json', 'tsconfig.json'])
    cpSync(name, join(copy, name), { recursive: true })
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'))
  return copy
}

async function passes(folder: string): Promise<boolean> {
  for (const test of part!.tests) if ((await exitOf(folder, test)) !== 0) return false
  return true
}

// A test file is a program: it ends with 1 when something failed. `TAP_BAIL` ends it at the first.
function exitOf(folder: string, test: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import=tsx', test], {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, TAP_BAIL: '1' },
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code ?? 1)
    })
  })
}
