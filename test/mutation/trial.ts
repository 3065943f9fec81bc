// Tries changes in this process, one at a time as the parent asks: runs the tests' bundle with one switch on, up to the first
// assertion that fails. The bundle takes `tap` from here: assertions that throw, nothing printed.
import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { Script } from 'node:vm'
import { switchName } from './changes.js'

export type Order = { readonly bundle: string } | { readonly id: number }
export interface Outcome {
  readonly id: number
  /** What an assertion said; empty when none noticed anything. */
  readonly noticed: string
  readonly tookMs: number
}
/** Without any change: which changes the tests reach at all. */
export interface Baseline {
  readonly reached: readonly number[]
  readonly failed: string
  /** Titles of tests that are left out because they take too long. */
  readonly slow: readonly string[]
  readonly tookMs: number
}

const require = createRequire(import.meta.url)
/** Random tests run fewer inputs than in the suite: a change that only the rest would find counts as survived. */
const maxRuns = 100
/** Tests that take more of the processor without a change are left out; what only they would find counts as survived too. */
const slowMs = 600

const bundleName = '$bundle'
const script = new Script(`${bundleName}()`)
let onTrial = -1
let isCounting = true
const counts: number[] = []
const slow = new Set<string>()
let left = 0
let patienceMs = 600_000
let failed = ''

const world = globalThis as Record<string, unknown>
world[switchName] = (id: number): boolean => {
  if (isCounting) counts[id] = (counts[id] ?? 0) + 1
  if (id !== onTrial) return false
  // An endless loop passes its switch far oftener than any test needs.
  if (left-- <= 0) throw fail('endless')
  return true
}
world.require = (name: string): unknown =>
  name === 'tap' ? tap : name === 'fast-check' ? fewerRuns(require(name)) : require(name)

type Check = (property: unknown, options?: { numRuns?: number }) => unknown
const fewerRuns = (fc: { assert: Check }) => ({
  ...fc,
  assert: (property: unknown, { numRuns = 100 } = {}) =>
    fc.assert(property, { numRuns: Math.min(numRuns, maxRuns), ...{ seed: 1, endOnFailure: true } }),
})

function fail(says: string): Error {
  failed ||= says || 'failed'
  return new Error(failed)
}
const claim = (holds: boolean, says: unknown): boolean => {
  if (!holds) throw fail(String(says))
  return true
}

interface Tap {
  readonly test: (title: string, run: (t: Tap) => unknown) => void
  readonly [assertion: string]: (...args: never[]) => unknown
}

const tap: Tap = {
  ok: (value: unknown, says?: string) => claim(Boolean(value), says),
  notOk: (value: unknown, says?: string) => claim(!value, says),
  equal: (found: unknown, wanted: unknown, says?: string) => claim(Object.is(found, wanted), says ?? found),
  not: (found: unknown, other: unknown, says?: string) => claim(!Object.is(found, other), says),
  same: (found: unknown, wanted: unknown, says?: string) =>
    claim(isDeepStrictEqual(found, wanted), says ?? JSON.stringify(found)),
  match: (found: unknown, pattern: unknown, says?: string) => claim(matches(found, pattern), says ?? found),
  fail: (says?: string) => claim(false, says),
  pass: () => true,
  comment: () => undefined,
  end: () => undefined,
  test(title, run) {
    if (failed || slow.has(title)) return
    const started = process.cpuUsage()
    const done = run(tap)
    if (done instanceof Promise) done.catch((error: unknown) => fail(String(error)))
    if (isCounting && process.cpuUsage(started).user > slowMs * 1000) slow.add(title)
  },
}

function matches(found: unknown, pattern: unknown): boolean {
  if (pattern instanceof RegExp) return pattern.test(String(found))
  if (typeof pattern !== 'object' || pattern === null) return Object.is(found, pattern)
  return Object.entries(pattern).every(([key, value]) =>
    matches((found as Record<string, unknown> | undefined)?.[key], value),
  )
}

async function run(): Promise<{ says: string; tookMs: number }> {
  failed = ''
  const started = performance.now()
  try {
    script.runInThisContext({ timeout: patienceMs })
  } catch (error) {
    fail((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'endless' : String(error))
  }
  // Tests are async functions: what they threw is known a turn later.
  await new Promise(setImmediate)
  return { says: failed, tookMs: performance.now() - started }
}

process.on('disconnect', () => process.exit())
process.on('message', async (order: Order) => {
  if ('bundle' in order) {
    // One function called again and again keeps what the engine has compiled; a script run again begins cold.
    world[bundleName] = new Script(`(() => {${order.bundle}})`).runInThisContext()
    const { says } = await run()
    isCounting = false
    const { tookMs } = await run()
    // The machine may be busier later.
    patienceMs = Math.ceil(tookMs * 5) + 1000
    const baseline: Baseline = {
      reached: Object.keys(counts).map(Number),
      failed: says,
      slow: [...slow],
      tookMs,
    }
    process.send!(baseline)
  } else {
    onTrial = order.id
    left = (counts[order.id] ?? 0) * 20 + 10_000
    const { says, tookMs } = await run()
    const outcome: Outcome = { id: order.id, noticed: says, tookMs }
    process.send!(outcome)
  }
})
