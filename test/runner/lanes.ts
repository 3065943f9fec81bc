// Which tests need nothing but themselves, and which start other programs: the first run in one process (test/unit.ts), since
// starting a process for each costs more than most of them take; the others each in its own.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const tests = resolve(import.meta.dirname, '..')
// What makes a test slow: other processes and the peers that start them; or it says itself that it needs longer.
const slow =
  /\{ timeout: |from '(node:child_process|node:net|playwright-core|jsqr)'|dist\/main\.js|import\('playwright/

function isSlow(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || !file.startsWith(tests)) return false
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  return (
    slow.test(text) ||
    [...text.matchAll(/from '(\.[^']+)\.(?:js|ts)'/g)].some(([, path]) =>
      isSlow(`${resolve(dirname(file), path!)}.ts`, seen),
    )
  )
}

const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(tests, name))
  .sort()

/** Tests for one process, by absolute path. */
export const unit = files.filter((file) => !isSlow(file))

// How long a test may take says roughly how long it does: those that may take longest begin first, so that no long one is left
// running alone at the end.
function mayTakeMs(file: string): number {
  const said = readFileSync(file, 'utf8').matchAll(/(?:timeout: |setTimeout\()(\d[\d_]{3,})/g)
  return Math.max(0, ...[...said].map(([, ms]) => Number(ms!.replaceAll('_', ''))))
}

/** Tests that need a process of their own, from the top of the repository; the longest first. */
export const apart = files
  .filter((file) => !unit.includes(file))
  .map((file) => ({ name: relative('.', file), ms: mayTakeMs(file) }))
  .sort((one, other) => other.ms - one.ms)
  .map(({ name }) => name)
