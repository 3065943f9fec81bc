// The week on paper, for an office that has no time for the monitor: what is overdue or due this week, numbers that were never
// pushed, open complaints, and how well each agency keeps its dossiers up to date.

import { readOpen } from '../../complaints/figures.js'
import type { Holidays } from '../../complaints/working-days.js'
import { type Agency, sandboxAgency } from '../../dossier/agency.js'
import type { DossierStatus } from '../../dossier/dossier.js'
import { dayMs, localDate } from '../../dossier/times.js'
import { silentLog } from '../../log.js'
import { asFault, type RedisDoor } from '../../redis/connection.js'
import type { Count, OverdueList } from '../contract.js'
import { openFreshness } from '../freshness.js'
import type { Ledger } from '../ledger/ledger.js'
import { type Known, makeList } from '../overdue/list.js'
import { readCounts } from '../period-counts.js'
import { daysOf, type Period } from '../report/period.js'
import { shy } from '../summary.js'

export interface Digest {
  /** The past week; what is overdue or due is as of `generatedAt`. */
  readonly period: Period
  readonly generatedAt: string
  /** Codes of the agencies covered; left out: all. */
  readonly agencies?: readonly string[]
  /** Agencies with anything to report, most overdue first. */
  readonly rows: readonly DigestRow[]
  readonly list: Omit<OverdueList, 'countedAt'>
}

/** One agency at the moment of the digest; `updates` and `found` (lookups) are the week's. */
interface DigestRow {
  readonly code: string
  readonly name: string
  readonly overdue: number
  readonly near: number
  readonly missing: number
  readonly complaints: number
  readonly complaintsOverdue: number
  readonly updates: Count
  readonly found: Count
  readonly lastHeard?: string
  readonly silentSince?: string
}

interface DigestSources {
  readonly door: RedisDoor
  readonly agencies: readonly Agency[]
  readonly holidays: Holidays
  readonly ledger: Pick<Ledger, 'count'>
  readonly known: Known
  readonly stateWord: (status: DossierStatus) => string
}

/** How many days ahead a digest looks. */
export const digestWithin = 7

/** The last complete week, Monday to Sunday. */
export function lastWeek(now: number): Period {
  const today = Date.parse(localDate(now))
  // 1970-01-01 was a Thursday, so day 4 of the epoch was a Monday.
  const monday = today - ((today / dayMs + 3) % 7) * dayMs - 7 * dayMs
  const day = (at: number) => new Date(at).toISOString().slice(0, 10)
  return { from: day(monday), to: day(monday + 6 * dayMs), label: 'tuần' }
}

/** Reads the digest as of `now`. Throws GatewayError redis-unavailable. */
export async function readDigest(
  { door, agencies, holidays, ledger, known, stateWord }: DigestSources,
  period: Period,
  now: number,
  only?: ReadonlySet<string>,
): Promise<Digest> {
  const freshness = await openFreshness({ door, log: silentLog, holidays, now: () => now })
  try {
    const isIts = (code: string) => only?.has(code) ?? true
    const codes = agencies.map(({ code }) => code).filter(isIts)
    const [counts, waiting, { lists }] = await Promise.all([
      readCounts(door, daysOf(period), now),
      readOpen(door, now),
      ledger.count({ lists: codes }, now),
    ])
    const complaints = waiting.filter(({ agency }) => isIts(agency))
    const list = await makeList(
      { collected: lists, complaints },
      { agencies, known, now },
      { within: digestWithin, stateWord },
    )
    const sums = { update: new Map<string, number>(), found: new Map<string, number>() }
    for (const [what, byAgency] of counts.agencies) {
      const kind = what.split('|', 1)[0]
      if (kind === 'update' || kind === 'found')
        for (const [agency, by] of byAgency) add(sums[kind], agency, by)
    }
    const count = (rows: readonly { agency: string }[]) => {
      const counts = new Map<string, number>()
      for (const { agency } of rows) add(counts, agency, 1)
      return (code: string) => counts.get(code) ?? 0
    }
    const overdue = count(list.dossiers.filter((row) => row.overdue))
    const near = count(list.dossiers.filter((row) => !row.overdue))
    const open = count(complaints)
    const late = count(complaints.filter(({ isOverdue }) => isOverdue))
    const missing = new Map<string, number>()
    for (const { agency, missingCount } of list.gaps) add(missing, agency, missingCount)
    const rows = agencies
      .filter((agency) => agency !== sandboxAgency && isIts(agency.code))
      .map(({ code, name }): DigestRow => {
        const { lastHeard, silentSince } = freshness.read(code)
        return {
          code,
          name,
          overdue: overdue(code),
          near: near(code),
          missing: missing.get(code) ?? 0,
          complaints: open(code),
          complaintsOverdue: late(code),
          updates: shy(sums.update.get(code) ?? 0),
          found: shy(sums.found.get(code) ?? 0),
          ...(lastHeard === undefined ? {} : { lastHeard: new Date(lastHeard).toISOString() }),
          ...(silentSince === undefined ? {} : { silentSince: new Date(silentSince).toISOString() }),
        }
      })
    return {
      period,
      generatedAt: new Date(now).toISOString(),
      ...(only ? { agencies: rows.map(({ code }) => code) } : {}),
      rows: rows.filter((row) => only !== undefined || needsWord(row)).sort(mostOverdueFirst),
      list,
    }
  } catch (error) {
    throw asFault(error)
  } finally {
    await freshness.close()
  }
}

const needsWord = ({ overdue, near, missing, complaints, silentSince }: DigestRow) =>
  overdue + near + missing + complaints > 0 || silentSince !== undefined

const mostOverdueFirst = (one: DigestRow, other: DigestRow) =>
  other.overdue - one.overdue ||
  other.complaintsOverdue - one.complaintsOverdue ||
  other.missing - one.missing ||
  other.near - one.near

function add(counts: Map<string, number>, code: string, by: number): void {
  counts.set(code, (counts.get(code) ?? 0) + by)
}
