// Default dependencies of a monitor for tests that do not care about them.
import type { Agency } from '../../src/dossier/agency.js'
import type { Numbers } from '../../src/dossier/numbers/numbers.js'
import { openSnapshots } from '../../src/dossier/store/snapshot.js'
import type { DossierStore } from '../../src/dossier/store/store.js'
import { openTruth } from '../../src/dossier/truth.js'
import { type Ledger, openLedger } from '../../src/monitor/ledger/ledger.js'
import { noHolidays } from '../../src/monitor/office-time.js'
import type { RedisDoor } from '../../src/redis/connection.js'

export const monitorParts = {
  truthOf: openTruth({ dayEnds: '17:00' }),
  known: async () => new Map(),
  holidays: noHolidays,
  settings: { notConsecutive: [], excusedDays: [] },
}

interface Side {
  readonly door: RedisDoor
  readonly store: DossierStore
  readonly numbers: Numbers
}

/** A ledger on a test's own store. */
export const ledgerOn = (side: Side, agencies: readonly Agency[], now?: () => number): Ledger =>
  openLedger({
    door: side.door,
    snapshots: openSnapshots({ ...side, agencies }),
    agencies,
    truthOf: monitorParts.truthOf,
    excused: { units: [], days: [] },
    ...(now ? { now } : {}),
  })
