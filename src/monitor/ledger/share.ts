// What one dossier adds to the figures: on the day it was received, on the day of its result, and while it is open.
import { closedStatuses, type Dossier } from '../../dossier/dossier.js'
import { type Way, ways } from '../../dossier/fields.js'
import { isInTime, promisedAt, type TellTruth, withoutPlans } from '../../dossier/truth.js'

/** How dossiers came in; `unsaid` where the agency did not say. */
export const filings = [...ways, 'unsaid'] as const
export type Filing = Way | 'unsaid'

/** By the promised date or after it. `undated`: no date was promised, or the agency's list gave no day of the result. */
export const outcomes = ['inTime', 'late', 'undated'] as const
export type Outcome = (typeof outcomes)[number]

/** Times are epoch ms. */
export interface Share {
  readonly filed?: { readonly at: number; readonly as: Filing } | undefined
  readonly result?: { readonly at: number; readonly as: Outcome } | undefined
  readonly open?: 'running' | 'overdue' | undefined
}

/** What a dossier adds at `now` (epoch ms). */
export function shareOf(dossier: Dossier, truthOf: TellTruth, now: number): Share {
  if (dossier.isSuperseded) return {}
  const { receivedAt, filedBy, dossierStatus } = dossier
  const filed =
    receivedAt === undefined ? {} : { filed: { at: receivedAt, as: filedBy ?? 'unsaid' } as const }
  if (isResult(dossier)) return { ...filed, result: resultOf(dossier) }
  if (closedStatuses.has(dossierStatus)) return filed
  return { ...filed, open: truthOf(dossier, now).overdueSince === undefined ? 'running' : 'overdue' }
}

/** Whether there is a result, handed over or not. */
const isResult = ({ dossierStatus }: Dossier) => dossierStatus === 'finished' || dossierStatus === 'returned'

function resultOf(dossier: Dossier): { at: number; as: Outcome } {
  const { eventTime, since, readyAt, finishedAt, returnedAt } = withoutPlans(dossier)
  // The day it was ready counts, not the day the citizen fetched it.
  const ready = finishedAt ?? readyAt ?? returnedAt ?? since
  const at = ready ?? eventTime
  const due = promisedAt(dossier)
  // A list without a day for the result, received after the promised date, does not prove that the result was late.
  if (due === undefined || (ready === undefined && dossier.undated && !isInTime(at, due)))
    return { at, as: 'undated' }
  return { at, as: isInTime(at, due) ? 'inTime' : 'late' }
}
