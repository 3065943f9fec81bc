// Prints what the whole suite runs, a process each: the fast lane, then every test that needs a process of its own.
import { apart } from './lanes.js'

console.log(['test/unit.ts', ...apart].join('\n'))
