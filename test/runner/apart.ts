// Prints what the whole suite runs, a process each: the fast lane, the lanes of what shares a process, and every test that
// needs one of its own.
import { apart } from './lanes.js'

console.log(['test/unit.ts', ...apart].join('\n'))
