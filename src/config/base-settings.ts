// Settings of the process itself, which no room owns.
import { logLevels } from '../log.js'
import { group, oneOf, slice, text } from './slice.js'

export const baseSettings = slice({
  dataDir: text('where secrets, embedded Redis and sockets live', './var'),
  log: group('log', { level: oneOf(logLevels, 'least severe level written', 'info') }),
})
