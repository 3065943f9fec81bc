// Reads what a report is made of: counts by day, minutes of service, complaints, and one walk over the store.
import { readFigures } from '../../complaints/figures.js'
import { type Agency, sandboxAgency } from '../../dossier/agency.js'
import type { Dossier } from '../../dossier/dossier.js'
import type { TellTruth } from '../../dossier/truth.js'
import { silentLog } from '../../log.js'
import { asFault, type RedisDoor } from '../../redis/connection.js'
import { openFreshness } from '../freshness.js'
import { dayMs, officeDayStart } from '../office-time.js'
import { readCounts } from '../period-counts.js'
import { readUptime } from '../uptime.js'
import { countHandled } from './dossiers.js'
import { daysOf, type Period } from './period.js'
import { makeReport, type Report } from './report.js'

export interface ReportSources {
  readonly door: RedisDoor
  /** Every dossier once. */
  readonly walk: () => AsyncIterable<Dossier>
  readonly truthOf: TellTruth
  readonly agencies: readonly Agency[]
}

/** Epoch ms at which a period begins, and at which it has ended. */
export function momentsOf({ from, to }: Pick<Period, 'from' | 'to'>): { from: number; until: number } {
  const start = (day: string) => officeDayStart(Date.parse(`${day}T12:00:00+07:00`))
  return { from: start(from), until: start(to) + dayMs }
}

/**
 * The report of a period, of all agencies or of some (`only`, current codes). Reads what is kept and counts what is in the
 * store. Throws GatewayError redis-unavailable.
 */
export async function readReport(
  { door, walk, truthOf, agencies }: ReportSources,
  period: Period,
  now: number,
  only?: readonly string[],
): Promise<Report> {
  const days = daysOf(period)
  const freshness = await openFreshness({ door, log: silentLog, agencies, now: () => now })
  try {
    const { from, until } = momentsOf(period)
    const [counts, uptime, handled, complaints] = await Promise.all([
      readCounts(door, days, now),
      readUptime(door, days, now),
      countHandled(walk(), truthOf, { from, until, now }),
      readFigures(door, from, until, now),
    ])
    return makeReport({
      period,
      days,
      counts,
      handled,
      complaints,
      uptime,
      agencies: agencies.filter((agency) => agency !== sandboxAgency),
      only,
      freshness: freshness.read,
      now,
    })
  } catch (error) {
    throw asFault(error)
  } finally {
    await freshness.close()
  }
}
