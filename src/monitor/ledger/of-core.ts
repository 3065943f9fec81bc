// Opens the ledger for commands, which run beside a gateway or without one.
import type { Config } from '../../config/config.js'
import type { Numbers } from '../../dossier/numbers/numbers.js'
import { openSnapshots } from '../../dossier/store/snapshot.js'
import type { DossierStore } from '../../dossier/store/store.js'
import type { TellTruth } from '../../dossier/truth.js'
import type { Log } from '../../log.js'
import type { RedisDoor } from '../../redis/connection.js'
import { type Ledger, openLedger } from './ledger.js'

interface LedgerParts {
  readonly door: RedisDoor
  readonly store: DossierStore
  readonly numbers: Numbers
  readonly truthOf: TellTruth
}

/** `now` is epoch ms. */
export function ledgerOf(
  { door, store, numbers, truthOf }: LedgerParts,
  { agencies, monitor }: Pick<Config, 'agencies' | 'monitor'>,
  more: { readonly log?: Log; readonly now?: () => number } = {},
): Ledger {
  return openLedger({
    door,
    snapshots: openSnapshots({ door, store, numbers, agencies }),
    agencies,
    truthOf,
    excused: { units: monitor.notConsecutive, days: monitor.excusedDays },
    ...more,
  })
}
