// TypeScript for tests, in worker threads too: `--import=tsx` registers in the main thread alone.
import { register as registerHooks } from 'node:module'
import { register } from 'tsx/esm/api'

registerHooks('./runner/hooks.mjs', import.meta.url)
register()

// The runner makes every process that a test spawns load a module of its own, which notes the files it reads: 0.4 s of CPU each,
// and nothing an operator's gateway would have in its memory.
const runner = globalThis[Symbol.for('process-on-spawn@*:singletonId')]
if (runner) {
  runner.listeners = []
  delete process.env.NODE_OPTIONS
}
