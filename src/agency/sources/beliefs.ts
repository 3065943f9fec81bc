// Dating the records of a peer that gives no time of change: its current record is valid as of the moment it was fetched.
// Otherwise such a peer's dossier would freeze at the state with the latest date.
import type { Dossier, DossierNo } from '../../dossier/dossier.js'
import { readTime, writeTime } from '../../dossier/times.js'
import type { SourceUpdate } from './source.js'

export interface BeliefDeps {
  readonly readDossierNo: (text: string) => DossierNo | undefined
  readonly readStored: (dossierNo: DossierNo) => Promise<Dossier | undefined>
}

export type ReadyUpdate = Omit<SourceUpdate, 'undated'>

/**
 * Gives undated updates a time: the latest date they contain if nothing is known, the time of the request if they differ
 * from what is known, and the known time if they do not. A push received after the request is newer than its response.
 */
export async function believe(
  updates: readonly SourceUpdate[],
  askedAt: number,
  { readDossierNo, readStored }: BeliefDeps,
): Promise<ReadyUpdate[]> {
  return Promise.all(
    updates.map(async ({ undated, ...update }) => {
      if (!undated) return update
      const no = readDossierNo(update.dossierNo)
      const stored = no && (await readStored(no))
      return { ...update, eventTime: writeTime(timeOf(update, stored, askedAt)) }
    }),
  )
}

function timeOf(update: ReadyUpdate, stored: Dossier | undefined, askedAt: number): number {
  const named = Math.min(readTime(update.eventTime) ?? askedAt, askedAt)
  if (!stored) return named
  if (stored.asOf > askedAt || differing(update, stored).length === 0) return stored.eventTime
  return named > stored.eventTime ? named : Math.max(askedAt, stored.eventTime)
}

/** The fields in which a source says something else than what is stored. */
export function differing(update: ReadyUpdate, stored: Dossier): string[] {
  const fields: string[] = []
  if (update.dossierStatus !== stored.dossierStatus) fields.push('dossierStatus')
  for (const way of ['filedBy', 'returnBy'] as const)
    if (update[way] !== undefined && update[way] !== stored[way]) fields.push(way)
  const times = ['receivedAt', 'dueAt', 'extendedDueAt', 'finishedAt', 'returnedAt'] as const
  for (const key of times) {
    const theirs = update[key] === undefined ? undefined : readTime(update[key])
    if (theirs === undefined || sameMinute(theirs, stored[key])) continue
    // A peer that overwrites a moved date reports the one we keep as the moved date.
    if (key === 'dueAt' && update.extendedDueAt === undefined && sameMinute(theirs, stored.extendedDueAt))
      continue
    fields.push(key)
  }
  return fields
}

// The store may drop the seconds of promised dates; a citizen sees the same date.
function sameMinute(theirs: number, ours: number | undefined): boolean {
  return ours !== undefined && Math.abs(theirs - ours) < 60_000
}
