// Counts by day and the time of each agency's last update, kept in Redis. A gateway opens it as part of its monitor; a
// command that stores updates itself (`import`) opens it for as long as it runs.
import type { Holidays } from '../complaints/working-days.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import { type News, openCounters } from './counters.js'
import { openFreshness } from './freshness.js'
import { openKept } from './kept.js'

interface HearingDeps {
  readonly door: RedisDoor
  readonly log: Log
  readonly metrics: Metrics
  readonly agencies: readonly { readonly code: string }[]
  readonly holidays: Holidays
  readonly now?: () => number
}

export type Hearing = Awaited<ReturnType<typeof openHearing>>

/** Opens counters and freshness; `close` flushes both. */
export async function openHearing({ door, log, metrics, agencies, holidays, now = Date.now }: HearingDeps) {
  const counters = openCounters({ door, log, now })
  const freshness = await openFreshness({ door, log, holidays, now })
  const kept = openKept({ metrics, add: counters.add })

  // Computed on scrape from what was last read from Redis: another gateway may have heard the agency.
  const eachHeard = (set: (agency: string, lastHeard: number) => void) => {
    for (const { code } of agencies) {
      const { lastHeard } = freshness.read(code)
      if (lastHeard !== undefined) set(code, lastHeard)
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

  metrics.gauge(
    'gateway_agency_silent',
    '1 while an agency has not been heard of for much longer than its usual gap, in office time; answers then say so',
    ['agency'],
    (gauge) => {
      for (const { code } of agencies) {
        const { lastHeard, silentSince } = freshness.read(code)
        if (lastHeard !== undefined) gauge.set({ agency: code }, silentSince === undefined ? 0 : 1)
      }
    },
  )

  return {
    counters,
    freshness,
    /** An agency's updates were stored. */
    heard(agency: string, news: News, at: number): void {
      counters.updates(agency, news)
      freshness.heard(agency, at)
    },
    /** An update failed validation. */
    refused: counters.refused,
    /** Flushes everything to Redis; resolves when Redis has stored or refused it. */
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
