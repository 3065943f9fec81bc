// How many dossiers are open, overdue and finished in time, by agency: one walk over the store.
import type { Dossier } from '../dossier/dossier.js'
import { closedStatuses } from '../dossier/dossier.js'
import { isInTime, promisedAt, type TellTruth } from '../dossier/truth.js'
import { type CountedDeps, openCounted } from './counted.js'

export interface Census {
  /** Epoch ms. */
  at: number
  agencies: Record<string, Tally>
}
export interface Tally {
  open: number
  overdue: number
  /** Finished in the last 30 days, with a promised date. */
  finished: number
  inTime: number
}

export interface CensusDeps extends Pick<CountedDeps<Census>, 'door' | 'log' | 'now'> {
  /** Every dossier once. */
  readonly walk: () => AsyncIterable<Dossier>
  /** What else is collected on the same walk, and kept when it is through. */
  readonly alongside?: (now: number) => { take(dossier: Dossier): void; keep(): Promise<void> }
  readonly truthOf: TellTruth
}

const freshMs = 10 * 60_000
const periodMs = 30 * 86_400_000

export const openCensus = ({ walk, alongside, truthOf, ...deps }: CensusDeps) =>
  openCounted<Census>({
    ...deps,
    key: 'mon:census',
    freshMs,
    async count(at) {
      const census: Census = { at, agencies: {} }
      const other = alongside?.(at)
      for await (const dossier of walk()) {
        tally(census, dossier, truthOf, at)
        other?.take(dossier)
      }
      await other?.keep()
      return census
    },
  })

/** Whether there is a result, handed over or not. */
export const isResult = ({ dossierStatus }: Dossier) =>
  dossierStatus === 'finished' || dossierStatus === 'returned'

/** When the result was there, epoch ms. */
export const resultAt = ({ finishedAt, returnedAt, eventTime }: Dossier) =>
  finishedAt ?? returnedAt ?? eventTime

function tally(census: Census, dossier: Dossier, truthOf: TellTruth, now: number): void {
  const { agency } = dossier.dossierNo
  const its = (census.agencies[agency] ??= { open: 0, overdue: 0, finished: 0, inTime: 0 })
  const due = promisedAt(dossier)
  if (isResult(dossier)) {
    const at = resultAt(dossier)
    if (due === undefined || now - at > periodMs) return
    its.finished++
    if (isInTime(at, due)) its.inTime++
  } else if (!closedStatuses.has(dossier.dossierStatus)) {
    its.open++
    if (truthOf(dossier, now).overdueSince !== undefined) its.overdue++
  }
}
