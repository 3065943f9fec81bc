// What a monitor is handed beside a store, where a test has nothing to say of it.
import { openTruth } from '../../src/dossier/truth.js'

export const monitorParts = {
  truthOf: openTruth({ dayEnds: '17:00' }),
  known: async () => new Map(),
  settings: { notConsecutive: [], excusedDays: [] },
}
