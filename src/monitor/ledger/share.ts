// What one dossier adds to the figures: on the day it was received, on the day of its result, and while it is open.
import { closedStatuses, type Dossier } from '../../dossier/dossier.js'
import { type Way, ways } from '../../dossier/fields.js'
import { isInTime, promisedAt, type TellTruth, withoutPlans } from '../../dossier/truth.js'

/** How dossiers came in; `unsaid` where the agency did not say. */
export const filings = [...ways, 'unsaid'] as const
export type Filing = Way | 'unsaid'

/** Result by the promised date, after it, or nobody knows: no date was promised, or a list names no day of the result. */
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
  // Ready in time and fetched a week later is in time.
  const ready = finishedAt ?? readyAt ?? returnedAt ?? since
  const at = ready ?? eventTime
  const due = promisedAt(dossier)
  // Of a result without a day of its own, a list that names it later than promised proves nothing.
  if (due === undefined || (ready === undefined && dossier.undated && !isInTime(at, due)))
    return { at, as: 'undated' }
  return { at, as: isInTime(at, due) ? 'inTime' : 'late' }
}
