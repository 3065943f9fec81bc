// What a monitor is handed beside a store, where a test has nothing to say of it.
import { openTruth } from '../../src/dossier/truth.js'

export const monitorParts = {
  tellTruth: openTruth({ dayEndsMinutes: 17 * 60 }),
  known: async () => new Set<string>(),
  settings: { notConsecutive: [], excusedDays: [] },
}
