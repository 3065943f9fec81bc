// What each agency did on one day, as figures for the authority above it (decision 03/2018/QĐ-UBND, article 10.4), so that
// nobody types them. Each agency's summary is one CloudEvent. Small counts are not masked: they measure an office's work
// and are not for publication.
import { readFigures, readWaiting } from '../../complaints/figures.js'
import { sandboxAgency } from '../../dossier/agency.js'
import { writeTime } from '../../dossier/times.js'
import { asFault } from '../../redis/connection.js'
import { spanOf } from '../ledger/cells.js'
import { noneHandled } from '../ledger/standing.js'
import { type AgencyCounts, readCounts } from '../period-counts.js'
import type { ReportSources } from '../report/read.js'

/** `day` is local; `open`, `overdue` and `waiting` are as of `asOf` (RFC 3339). */
interface DailySummary {
  readonly agency: string
  readonly name: string
  readonly day: string
  readonly asOf: string
  readonly dossiers: {
    readonly received: number
    readonly filedOnline: number
    readonly filedAtCounter: number
    readonly filedByPost: number
    readonly results: number
    readonly inTime: number
    readonly late: number
    readonly undated: number
    readonly open: number
    readonly overdue: number
  }
  readonly updates: {
    readonly applied: number
    readonly stale: number
    readonly duplicate: number
    readonly refused: number
  }
  readonly lookupsFound: number
  readonly complaints: {
    readonly taken: number
    readonly answeredInTime: number
    readonly answeredLate: number
    readonly waiting: number
    readonly overdue: number
  }
}

export interface DailyEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: 'vn.dossier.daily.v1'
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: DailySummary
}

/** Sums up a day, of every agency or of some (current codes). Throws GatewayError redis-unavailable. */
export async function readSummaries(
  { door, ledger, agencies }: ReportSources,
  day: string,
  now: number,
  only?: ReadonlySet<string>,
): Promise<DailySummary[]> {
  const { from, until } = spanOf({ from: day, to: day })
  try {
    const [{ agencies: counts }, { handled }, taken, waiting] = await Promise.all([
      readCounts(door, [day], now),
      ledger.count({ days: [day] }, now),
      readFigures(door, from, until, now),
      readWaiting(door, now),
    ])
    const found = foundByAgency(counts)
    return agencies
      .filter((agency) => agency !== sandboxAgency && (only?.has(agency.code) ?? true))
      .map(({ code, name }): DailySummary => {
        const { filed, inTime, late, undated, running, overdue } = handled.get(code) ?? noneHandled()
        const { taken: came = 0, answeredInTime = 0, answeredLate = 0 } = taken.get(code) ?? {}
        const { open: isWaiting = 0, overdue: isLate = 0 } = waiting.get(code) ?? {}
        const updates = (result: string) => counts.get(`update|${result}`)?.get(code) ?? 0
        return {
          agency: code,
          name,
          day,
          asOf: writeTime(now),
          dossiers: {
            received: filed.counter + filed.online + filed.post + filed.unsaid,
            filedOnline: filed.online,
            filedAtCounter: filed.counter,
            filedByPost: filed.post,
            results: inTime + late + undated,
            inTime,
            late,
            undated,
            open: running + overdue,
            overdue,
          },
          updates: {
            applied: updates('applied'),
            stale: updates('stale'),
            duplicate: updates('duplicate'),
            refused: counts.get('refused')?.get(code) ?? 0,
          },
          lookupsFound: found.get(code) ?? 0,
          complaints: { taken: came, answeredInTime, answeredLate, waiting: isWaiting, overdue: isLate },
        }
      })
  } catch (error) {
    throw asFault(error)
  }
}

function foundByAgency(counts: AgencyCounts): Map<string, number> {
  const found = new Map<string, number>()
  for (const [what, byAgency] of counts)
    if (what.startsWith('found|'))
      for (const [agency, by] of byAgency) found.set(agency, (found.get(agency) ?? 0) + by)
  return found
}

/** `source`: the gateway's address. The id depends only on day and agency, so that receivers can deduplicate. */
export const eventOf = (data: DailySummary, source: string): DailyEvent => ({
  specversion: '1.0',
  id: `daily/${data.day}/${data.agency}`,
  source,
  type: 'vn.dossier.daily.v1',
  subject: data.agency,
  time: data.asOf,
  datacontenttype: 'application/json',
  data,
})
