// Reads the data of a report: counts by day, uptime, complaints, and the ledger's figures of dossiers.
import { readFigures } from '../../complaints/figures.js'
import { type Agency, sandboxAgency } from '../../dossier/agency.js'
import { dayMs, localDate } from '../../dossier/times.js'
import { silentLog } from '../../log.js'
import { asFault, type RedisDoor } from '../../redis/connection.js'
import { type FreshnessDeps, openFreshness } from '../freshness.js'
import { spanOf } from '../ledger/cells.js'
import type { Ledger } from '../ledger/ledger.js'
import { readCounts } from '../period-counts.js'
import { readUptime } from '../uptime.js'
import { daysOf, type Period } from './period.js'
import { makeReport, type Report } from './report.js'

export interface ReportSources {
  readonly door: RedisDoor
  readonly ledger: Pick<Ledger, 'count' | 'closedDays'>
  readonly agencies: readonly Agency[]
}

/**
 * The report of a period, of all agencies or of some (`only`, current codes). Open and overdue counts are as of `now`.
 * Throws GatewayError redis-unavailable.
 */
export async function readReport(
  { door, ledger, agencies, holidays }: ReportSources & Pick<FreshnessDeps, 'holidays'>,
  period: Period,
  now: number,
  only?: readonly string[],
): Promise<Report> {
  const days = daysOf(period)
  const firstKept = localDate(now - ledger.closedDays * dayMs)
  const freshness = await openFreshness({ door, log: silentLog, holidays, now: () => now })
  try {
    const { from, until } = spanOf(period)
    const [counts, uptime, { handled }, complaints] = await Promise.all([
      readCounts(door, days, now),
      readUptime(door, days, now),
      ledger.count({ days }, now),
      readFigures(door, from, until, now),
    ])
    return await makeReport({
      period,
      deletedBefore: period.from < firstKept ? firstKept : undefined,
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
