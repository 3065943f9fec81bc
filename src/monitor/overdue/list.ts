// Makes the list for readers from what was collected: number, agency, days and state; gaps with their neighbours.
import type { OpenComplaint } from '../../complaints/figures.js'
import type { Agency } from '../../dossier/agency.js'
import type { Dossier, DossierStatus } from '../../dossier/dossier.js'
import { dayMs, localDate, localDay, startOfDay } from '../../dossier/times.js'
import type { ComplaintDueRow, DueRow, GapRow, OverdueList, SeenNumber } from '../contract.js'
import { type Collected, type DueDossier, type Gap, inRuns, runsOf, runWord } from './collect.js'

/** The dossiers among these numbers (canonical text) that are in the store. */
export type Known = (numbers: readonly string[]) => Promise<ReadonlyMap<string, Dossier>>

export interface Question {
  /** Days ahead, 0 to 30; 0: overdue only. */
  readonly within: number
  /** A state in the reader's language. */
  readonly stateWord: (status: DossierStatus) => string
  /** Maximum number of dossiers, and of gaps. */
  readonly limit?: number | undefined
}

interface Found {
  /** By agency. */
  readonly collected: ReadonlyMap<string, Collected>
  readonly complaints: readonly OpenComplaint[]
}

interface TellDeps {
  readonly agencies: readonly Pick<Agency, 'code' | 'name'>[]
  readonly known: Known
  /** Epoch ms. */
  readonly now: number
}

// How many missing numbers one answer checks again; beyond that the counted figures stand.
const recheckedNumbers = 2000
// Neighbours are shown only for the first holes of a gap.
const holesShown = 3

/** Puts a list together. Rejects when Redis is away. */
export async function makeList(
  { collected, complaints }: Found,
  { agencies, known, now }: TellDeps,
  { within, stateWord, limit = Number.POSITIVE_INFINITY }: Question,
): Promise<Omit<OverdueList, 'countedAt'>> {
  const names = new Map(agencies.map(({ code, name }) => [code, name]))
  const named = (agency: string) => ({ agency, name: names.get(agency) ?? agency })
  const until = within === 0 ? now : startOfDay(now) + (within + 1) * dayMs - 1
  const due = [...collected]
    .flatMap(([agency, its]) =>
      its.due.filter(({ endsAt }) => endsAt <= until).map((one) => ({ agency, one })),
    )
    .sort((first, second) => first.one.endsAt - second.one.endsAt)
  const listed = due.slice(0, limit)
  const every = [...collected]
    .flatMap(([agency, its]) => its.gaps.map((gap) => ({ agency, gap })))
    .sort((first, second) => second.gap.day.localeCompare(first.gap.day))
  const gaps = await stillMissing(every.slice(0, limit), known)
  const around = await lookAround(gaps, known, stateWord)
  const overdue = due.filter(({ one }) => one.endsAt < now).length
  const beyond = [...collected.values()].reduce((sum, { dueBeyond }) => sum + dueBeyond, 0)
  return {
    within,
    totals: {
      overdue,
      near: due.length - overdue,
      missing:
        gaps.reduce((sum, { gap }) => sum + gap.missingCount, 0) +
        every.slice(limit).reduce((sum, { gap }) => sum + gap.missingCount, 0),
    },
    dossiers: listed.map(({ agency, one }) =>
      dueRow(one, agency, names.get(agency) ?? agency, stateWord(one.dossierStatus), now),
    ),
    notListed: beyond + due.length - listed.length,
    gaps: gaps.map(({ agency, gap }): GapRow => ({ ...named(agency), ...gapRow(gap), around: around(gap) })),
    gapsNotListed: Math.max(0, every.length - limit),
    complaints: complaints
      .filter(({ dueAt, isOverdue }) => isOverdue || dueAt <= until + 1)
      .map((one) => ({ ...named(one.agency), ...complaintRow(one, now) })),
  }
}

/** The gaps that remain after removing numbers pushed meanwhile. */
export async function stillMissing(
  gaps: readonly { agency: string; gap: Gap }[],
  known: Known,
): Promise<{ agency: string; gap: Gap }[]> {
  const asked = gaps.flatMap(({ gap }) => gap.missing.map((nth) => `${gap.series}-${nth}`))
  const came = await known(asked.slice(0, recheckedNumbers))
  return gaps.flatMap(({ agency, gap }) => {
    const missing = gap.missing.filter((nth) => !came.has(`${gap.series}-${nth}`))
    const missingCount = gap.missingCount - (gap.missing.length - missing.length)
    return missingCount === 0 ? [] : [{ agency, gap: { ...gap, missing, missingCount } }]
  })
}

/** Reads the numbers just before and after each hole. */
async function lookAround(
  gaps: readonly { gap: Gap }[],
  known: Known,
  stateWord: Question['stateWord'],
): Promise<(gap: Gap) => GapRow['around']> {
  const holesOf = ({ missing }: Gap) => runsOf(missing).slice(0, holesShown)
  const beside = ({ series }: Gap, number: string, by: 1 | -1) =>
    `${series}-${String(Number(number) + by).padStart(number.length, '0')}`
  const wanted = gaps.flatMap(({ gap }) =>
    holesOf(gap).flatMap(([first, last]) => [beside(gap, first, -1), beside(gap, last, 1)]),
  )
  const found = await known(wanted.slice(0, recheckedNumbers))
  const seen = (dossierNo: string): SeenNumber | undefined => {
    const dossier = found.get(dossierNo)
    return (
      dossier && {
        dossierNo,
        state: stateWord(dossier.dossierStatus),
        heard: new Date(dossier.asOf).toISOString(),
      }
    )
  }
  return (gap) =>
    holesOf(gap).map(([first, last]) => {
      const [before, after] = [seen(beside(gap, first, -1)), seen(beside(gap, last, 1))]
      return {
        missing: runWord([first, last]),
        ...(before ? { before } : {}),
        ...(after ? { after } : {}),
      }
    })
}

const gapRow = ({ series, seen, highest, missing, missingCount }: Gap) => ({
  series,
  seen,
  highest,
  missingCount,
  missing: inRuns(missing),
})

const daysSince = (at: number, now: number) => localDay(now) - localDay(at)

// One object for each of tens of thousands of rows.
const dueRow = (
  { dossierNo, dossierStatus, promisedAt, endsAt }: DueDossier,
  agency: string,
  name: string,
  state: string,
  now: number,
): DueRow => ({
  dossierNo,
  agency,
  name,
  dossierStatus,
  state,
  due: localDate(promisedAt),
  overdue: endsAt < now,
  days: daysSince(promisedAt, now),
})

function complaintRow(
  { ticket, receivedAt, dueAt, isOverdue }: OpenComplaint,
  now: number,
): Omit<ComplaintDueRow, 'agency' | 'name'> {
  // `dueAt` is the first moment of the day after.
  const due = localDate(dueAt - 1)
  return { ticket, received: localDate(receivedAt), due, overdue: isOverdue, days: daysSince(dueAt - 1, now) }
}
