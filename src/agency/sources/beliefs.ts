// What is believed of a peer that does not say when a record changed: its present word, as of the moment it was asked.
// Without this such a peer's dossier would freeze at the state with the latest date.
import type { Dossier, DossierNo } from '../../dossier/dossier.js'
import { readTime, writeTime } from '../../dossier/times.js'
import type { SourceUpdate } from './source.js'

export interface BeliefDeps {
  readonly readDossierNo: (text: string) => DossierNo | undefined
  readonly readStored: (dossierNo: DossierNo) => Promise<Dossier | undefined>
}

export type ReadyUpdate = Omit<SourceUpdate, 'undated'>

/**
 * Gives undated updates their time: the latest date they name while nothing is known, the moment they were asked for when
 * they say something else than what is known, and the known one when they say the same. What was pushed after the question
 * is newer than its answer.
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
    // A peer that overwrites its date when it is moved names what is kept here as the moved one.
    if (key === 'dueAt' && update.extendedDueAt === undefined && sameMinute(theirs, stored.extendedDueAt))
      continue
    fields.push(key)
  }
  return fields
}

// The store keeps minutes of promised dates where seconds mean nothing; both are the same date to a citizen.
function sameMinute(theirs: number, ours: number | undefined): boolean {
  return ours !== undefined && Math.abs(theirs - ours) < 60_000
}
