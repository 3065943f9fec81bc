// Settings of the process itself, which no room owns.
import type { LogLevel } from '../log.js'
import { group, oneOf, slice, text } from './slice.js'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const satisfies LogLevel[]

export const baseSettings = slice({
  dataDir: text('where secrets, embedded Redis and sockets live', './var'),
  log: group('log', { level: oneOf(levels, 'least severe level written', 'info') }),
})
