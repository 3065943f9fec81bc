// Dating the records of a peer that gives no time of change: its current record is valid as of the moment it was fetched.
// Otherwise such a peer's dossier would freeze at the state with the latest date.
import { type Dossier, type DossierNo, dossierStatuses } from '../../dossier/dossier.js'
import { readTime, writeTime } from '../../dossier/times.js'
import type { SourceUpdate } from './source.js'

export interface DatingDeps {
  readonly readDossierNo: (text: string) => DossierNo | undefined
  readonly readStored: (dossierNo: DossierNo) => Promise<Dossier | undefined>
}

export type ReadyUpdate = Omit<SourceUpdate, 'undated'>

/**
 * Gives undated updates a time: the latest date they contain if nothing is known, the time of the request if they differ
 * from what is known, and the known time if they do not. A push received after the request is newer than its response,
 * which is stale then.
 */
export async function dateUpdates(
  updates: readonly SourceUpdate[],
  askedAt: number,
  { readDossierNo, readStored }: DatingDeps,
): Promise<ReadyUpdate[]> {
  return Promise.all(
    latestOfEach(updates).map(async ({ undated, ...update }) => {
      if (!undated) return update
      const no = readDossierNo(update.dossierNo)
      const stored = no && (await readStored(no))
      return { ...update, eventTime: writeTime(timeOf(update, stored, askedAt)) }
    }),
  )
}

/**
 * Of several undated records of one dossier (one row per step, or a row repeated across two pages) the latest. Applied one
 * after the other, they would flip the dossier's state at every poll.
 */
function latestOfEach(updates: readonly SourceUpdate[]): SourceUpdate[] {
  const latest = new Map<string, SourceUpdate>()
  for (const update of updates) {
    const known = latest.get(update.dossierNo)
    if (update.undated && (known === undefined || isLater(update, known)))
      latest.set(update.dossierNo, update)
  }
  return updates.filter((update) => !update.undated || latest.get(update.dossierNo) === update)
}

/** Whether a record tells a later state of a dossier than another one: by its dates, then by the order of the states. */
export function isLater(one: SourceUpdate, other: SourceUpdate): boolean {
  const [at, before] = [readTime(one.eventTime) ?? 0, readTime(other.eventTime) ?? 0]
  return at === before
    ? dossierStatuses[one.dossierStatus] > dossierStatuses[other.dossierStatus]
    : at > before
}

function timeOf(update: ReadyUpdate, stored: Dossier | undefined, askedAt: number): number {
  const named = Math.min(readTime(update.eventTime) ?? askedAt, askedAt)
  if (!stored) return named
  if (differing(update, stored).length === 0) return stored.eventTime
  // Something came after our request: date this one before it. At the same instant, the later state in the procedure would win.
  if (stored.asOf > askedAt) return stored.eventTime - 1000
  return named > stored.eventTime ? named : Math.max(askedAt, stored.eventTime)
}

/** The fields in which a source differs from what is stored. */
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
