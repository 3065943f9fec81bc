// The room: opens counters, freshness, census and kiosks, and puts what they know together when somebody asks.
import type { Agency, Dossier } from '../dossier/dossier.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import { asFault, type RedisDoor } from '../redis/connection.js'
import { openCensus } from './census.js'
import type { MonitorSummary, PublicStatus } from './contract.js'
import { openCounters } from './counters.js'
import { openFreshness } from './freshness.js'
import { openKiosks } from './kiosks.js'
import { type LiveSources, nothingLive, readLinks, readPrinters } from './live.js'
import { summarise } from './summary.js'

export interface MonitorDeps {
  readonly door: RedisDoor
  readonly log: Log
  readonly metrics: Metrics
  readonly agencies: readonly Agency[]
  /** Every dossier once (dossier/walk.ts). */
  readonly walk: () => AsyncIterable<Dossier>
  readonly now?: () => number
}

export type Monitor = Awaited<ReturnType<typeof openMonitor>>

export async function openMonitor({ door, log, metrics, agencies, walk, now = Date.now }: MonitorDeps) {
  const counters = openCounters({ door, log, now })
  const freshness = await openFreshness({ door, log, agencies, now })
  const census = openCensus({ door, log, walk, now })
  const kiosks = openKiosks({ door, now })
  let live = nothingLive
  const lastPush = metrics.gauge(
    'gateway_agency_last_push_timestamp_seconds',
    'when an agency was last heard of',
    ['agency'],
  )
  const lastSeen = metrics.gauge(
    'gateway_kiosk_last_seen_timestamp_seconds',
    'when a kiosk was last heard of',
    ['kiosk'],
  )

  return {
    /** For lookups (dossier/lookup.ts). */
    counted: (channel: string, result: string) => counters.lookup(channel, result),
    silentSince: freshness.silentSince,
    /** For the intake of agencies: so many updates were taken in. */
    heard(agency: string, updates: number, at: number): void {
      counters.updates(agency, updates)
      freshness.heard(agency, at)
      lastPush.set({ agency }, at / 1000)
    },
    rated: counters.rated,
    async kioskHeard(name: string, heartbeat: Parameters<typeof kiosks.heard>[1]): Promise<void> {
      lastSeen.set({ kiosk: name }, now() / 1000)
      await kiosks.heard(name, heartbeat).catch((error) => {
        throw asFault(error)
      })
    },
    /** Tells where the live states are to be asked; rooms open after this one. */
    watch(sources: LiveSources): void {
      live = sources
    },
    /** A period's summary. Throws GatewayError redis-unavailable. */
    async summary(days: readonly string[]): Promise<MonitorSummary> {
      // What was counted this second belongs to the answer.
      await counters.flush()
      const [counts, counted, kioskRows, links, printers] = await Promise.all([
        counters.days(days),
        census.read(),
        kiosks.list(),
        readLinks(live),
        readPrinters(live),
      ]).catch((error) => {
        throw asFault(error)
      })
      return summarise({
        days,
        counts,
        agencies,
        freshness: freshness.read,
        census: counted,
        live: { links, printers, kiosks: kioskRows, checks: live.checks().checks },
        now: now(),
      })
    },
    publicStatus(): PublicStatus {
      const { status, checks } = live.checks()
      return {
        status,
        channels: checks,
        agencies: agencies.map(({ code, name }) => {
          const { lastHeard, silentSince } = freshness.read(code)
          return {
            name,
            ...(lastHeard === undefined ? {} : { lastHeard: new Date(lastHeard).toISOString() }),
            silent: silentSince !== undefined,
          }
        }),
        at: new Date(now()).toISOString(),
      }
    },
    flush: counters.flush,
    async close(): Promise<void> {
      await census.close()
      await freshness.close()
      await counters.close()
    },
  }
}
