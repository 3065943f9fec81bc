// TypeScript for tests, in worker threads too: `--import=tsx` registers in the main thread alone.
import { register as registerHooks } from 'node:module'
import { register } from 'tsx/esm/api'

registerHooks('./runner/hooks.mjs', import.meta.url)
register()
