// Runs files one after the other in this process, each a subtest of its own name: what it opened is closed before the next
// one is loaded, and one that fails, or hangs, is named.
import { relative } from 'node:path'
import t, { type Test } from 'tap'

/** For one file, all its tests together: as for one that has a process of its own (.taprc). */
const fileMs = 450_000

let now: Test = t

/** What such a file gets as `tap` (hooks.mjs): its own subtest instead of the whole process's. */
export default new Proxy(t, {
  get(_, name) {
    const value = Reflect.get(now, name)
    return typeof value === 'function' ? value.bind(now) : value
  },
  set: (_, name, value) => Reflect.set(now, name, value),
})

/** Tests of these files, by absolute path. */
export function runLane(files: readonly string[]): void {
  t.setTimeout(files.length * fileMs)
  for (const file of files)
    t.test(relative('.', file), { timeout: fileMs }, async (test) => {
      now = test
      await import(`${file}?lane`)
    })
}
