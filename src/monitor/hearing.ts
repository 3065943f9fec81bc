// Counts by day and the time of each agency's updates, kept in Redis. A gateway has one as part of its monitor; a
// command that takes updates in beside the gateways (`import`) opens one for as long as it runs.
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import { type News, openCounters } from './counters.js'
import { openFreshness } from './freshness.js'
import { openKept } from './kept.js'

export interface HearingDeps {
  readonly door: RedisDoor
  readonly log: Log
  readonly metrics: Metrics
  readonly agencies: readonly { readonly code: string }[]
  readonly now?: () => number
}

export type Hearing = Awaited<ReturnType<typeof openHearing>>

export async function openHearing({ door, log, metrics, agencies, now = Date.now }: HearingDeps) {
  const counters = openCounters({ door, log, now })
  const freshness = await openFreshness({ door, log, agencies, now })
  const kept = openKept({ metrics, add: counters.add })

  // Told when somebody reads, from what Redis told this process: an agency may have been heard by another one.
  const eachHeard = (tell: (agency: string, lastHeard: number) => void) => {
    for (const { code } of agencies) {
      const { lastHeard } = freshness.read(code)
      if (lastHeard !== undefined) tell(code, lastHeard)
    }
  }
  metrics.gauge(
    'gateway_agency_last_push_timestamp_seconds',
    'when an agency was last heard of, by any gateway',
    ['agency'],
    (gauge) => eachHeard((agency, at) => gauge.set({ agency }, at / 1000)),
  )
  metrics.gauge(
    'gateway_data_age_seconds',
    'time since an agency was last heard of: how old its answers may be',
    ['agency'],
    (gauge) => eachHeard((agency, at) => gauge.set({ agency }, Math.max(0, now() - at) / 1000)),
  )

  return {
    counters,
    freshness,
    /** An agency's updates were taken in. */
    heard(agency: string, news: News, at: number): void {
      counters.updates(agency, news)
      freshness.heard(agency, at)
    },
    /** An update was refused by the checks. */
    refused: counters.refused,
    /** Sends all that was heard and counted; resolves when Redis has it (or has refused). */
    async flush(): Promise<void> {
      await kept.sample()
      await freshness.flush()
      await counters.flush()
    },
    async close(): Promise<void> {
      await kept.close()
      await freshness.close()
      await counters.close()
    },
  }
}
