// How agencies kept their dates in a period, counted by walking the store. What retention has removed is no longer there:
// dossiers that were closed longer ago than `retention.closedDays`.
import type { Dossier } from '../../dossier/dossier.js'
import { closedStatuses } from '../../dossier/dossier.js'
import { type Way, ways } from '../../dossier/fields.js'
import { isInTime, promisedAt, type TellTruth } from '../../dossier/truth.js'
import { isResult, resultAt } from '../census.js'

/** How dossiers came in; `unsaid` where the agency did not say. */
export const filings = [...ways, 'unsaid'] as const
export type Filing = Way | 'unsaid'

/** `filed`, `inTime`, `late`, `undated` in the period; `running` and `overdue` are open at the moment of counting. */
export interface Handled {
  /** Received in the period, by how they were filed. */
  filed: Record<Filing, number>
  /** Results there by the promised date, after it, and of dossiers without one. */
  inTime: number
  late: number
  undated: number
  running: number
  overdue: number
}

/** Nothing happened yet. */
export const noneHandled = (): Handled => ({
  filed: { counter: 0, online: 0, post: 0, unsaid: 0 },
  inTime: 0,
  late: 0,
  undated: 0,
  running: 0,
  overdue: 0,
})

/** Counts by current agency code. `from` and `until` are epoch ms; `until` is not included. */
export async function countHandled(
  dossiers: AsyncIterable<Dossier>,
  truthOf: TellTruth,
  { from, until, now }: { from: number; until: number; now: number },
): Promise<Map<string, Handled>> {
  const byAgency = new Map<string, Handled>()
  const isWithin = (at: number | undefined) => at !== undefined && at >= from && at < until
  for await (const dossier of dossiers) {
    const { agency } = dossier.dossierNo
    let its = byAgency.get(agency)
    if (!its) byAgency.set(agency, (its = noneHandled()))
    if (isWithin(dossier.receivedAt)) its.filed[dossier.filedBy ?? 'unsaid']++
    if (isResult(dossier)) {
      const at = resultAt(dossier)
      const due = promisedAt(dossier)
      if (isWithin(at)) its[due === undefined ? 'undated' : isInTime(at, due) ? 'inTime' : 'late']++
    } else if (!closedStatuses.has(dossier.dossierStatus))
      its[truthOf(dossier, now).overdueSince === undefined ? 'running' : 'overdue']++
  }
  return byAgency
}
