// TypeScript for tests and their worker threads. Not tsx: it reads every module of node_modules too, half a second of CPU for each
// process of the suite, and gives every closure its name anew each time it is made.
import { createRequire, register, syncBuiltinESMExports } from 'node:module'

register('./runner/hooks.mjs', import.meta.url)

// The runner makes every process that a test spawns load a module of its own, which notes the files it reads: 0.4 s of CPU each,
// and nothing an operator's gateway would have in its memory. Worker threads inherit this and what it loads to find mocks: 0.7 s each.
const runner = globalThis[Symbol.for('process-on-spawn@*:singletonId')]
if (runner) {
  runner.listeners = []
  delete process.env.NODE_OPTIONS
  const threads = createRequire(import.meta.url)('node:worker_threads')
  threads.Worker = class Worker extends threads.Worker {
    constructor(file, options) {
      super(file, { execArgv: ['--enable-source-maps', `--import=${import.meta.url}`], ...options })
    }
  }
  syncBuiltinESMExports()
}
