// Which tests need nothing but themselves, and which start other programs: the first run in one process (test/unit.ts), since
// starting a process for each costs more than most of them take; most that start a Redis, a gateway or a browser share
// three (test/lane-1.ts and so on); the others run each in its own.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const tests = resolve(import.meta.dirname, '..')
// Signs of a slow test: other processes, peers that start them, or a time limit of its own.
const slow =
  /\{ timeout: |from '(node:child_process|node:net|playwright-core|jsqr)'|dist\/main\.js|import\('playwright/
// Signs that a file needs a process of its own: it runs several of its tests at once, or changes or signals what all tests of a
// process share.
const alone =
  /'jsqr'|\bt\.jobs|process\.(on|kill)\b|process\.env(\.\w+|\[\w+\]) = |delete process|memoryUsage|\bgc\(/
// Starting a program copies the process that starts it, and a process of many tests is large: a long test that starts programs
// itself does so from a small one.
const isLong = /\{ timeout: |setTimeout\(\d/
const startsPrograms = /from 'node:child_process'/

/** Whether the file or anything that it imports from the tests has it. */
function has(file: string, what: RegExp, seen = new Set<string>()): boolean {
  if (seen.has(file) || !file.startsWith(tests)) return false
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  return (
    what.test(text) ||
    [...text.matchAll(/from '(\.[^']+)\.(?:js|ts)'/g)].some(([, path]) =>
      has(`${resolve(dirname(file), path!)}.ts`, what, seen),
    )
  )
}

const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(tests, name))
  .sort()

/** Tests for one process, by absolute path. */
export const unit = files.filter((file) => !has(file, slow))

const sharing = files.filter((file) => {
  if (unit.includes(file) || has(file, alone)) return false
  const text = readFileSync(file, 'utf8')
  return !(isLong.test(text) && startsPrograms.test(text))
})

/** Tests that share a process, for each of test/lane-1.ts, lane-2.ts, lane-3.ts. */
export const lanes = [0, 1, 2].map((at) => sharing.filter((_, nth) => nth % 3 === at))

/** What is run in a process each, from the top of the repository; tap runs it in the order of names. */
export const apart = [
  ...files
    .filter((file) => !unit.includes(file) && !sharing.includes(file))
    .map((file) => relative('.', file)),
  ...lanes.map((_, at) => `test/lane-${at + 1}.ts`),
]
