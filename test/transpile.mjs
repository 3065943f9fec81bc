// TypeScript for tests, in worker threads too: `--import=tsx` registers in the main thread alone.
import { register } from 'tsx/esm/api'

register()
