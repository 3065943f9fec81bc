// Opens the parts of the monitor (hearing, the ledger of dossiers, kiosks, uptime) and combines them when somebody asks.

import { readWaiting } from '../complaints/figures.js'
import type { Holidays } from '../complaints/working-days.js'
import type { Config } from '../config/config.js'
import type { Agency } from '../dossier/agency.js'
import { channels } from '../dossier/channels.js'
import type { Snapshots } from '../dossier/store/snapshot.js'
import type { TellTruth } from '../dossier/truth.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import { asFault, type RedisDoor, throwFault } from '../redis/connection.js'
import type { MonitorSummary, OverdueList, PublicStatus } from './contract.js'
import { openHearing } from './hearing.js'
import { openKiosks } from './kiosks.js'
import { openLedger } from './ledger/ledger.js'
import { type LiveSources, nothingLive, readLinks, readPrinters } from './live.js'
import { eachMorning } from './morning.js'
import { lastDays } from './office-time.js'
import { type OverdueDeps, type OverdueQuestion, openOverdue } from './overdue/overdue.js'
import { readCounts, readFound } from './period-counts.js'
import { summarise } from './summary.js'
import { openUptime } from './uptime.js'

interface MonitorDeps {
  readonly door: RedisDoor
  readonly log: Log
  readonly metrics: Metrics
  readonly agencies: readonly Agency[]
  readonly snapshots: Snapshots
  readonly truthOf: TellTruth
  /** The dossiers among these numbers (canonical text) that are in the store. */
  readonly known: OverdueDeps['known']
  readonly settings: Config['monitor']
  readonly holidays: Holidays
  readonly now?: () => number
}

/** The longest period the page offers as a button, days. */
const longestLook = 182
/** Days over which the page shows on-time ratios. */
const onTimeDays = 30

export type Monitor = Awaited<ReturnType<typeof openMonitor>>

export async function openMonitor(deps: MonitorDeps) {
  const { door, log, metrics, agencies, snapshots, truthOf, now = Date.now } = deps
  const hearing = await openHearing({ door, log, metrics, agencies, holidays: deps.holidays, now })
  const { counters, freshness } = hearing
  const { notConsecutive, excusedDays } = deps.settings
  const ledger = openLedger({
    door,
    log,
    snapshots,
    agencies,
    truthOf,
    excused: { units: notConsecutive, days: excusedDays },
    now,
  })
  const overdue = openOverdue({ ...deps, ledger, now })
  // Sums up past months before anybody asks for them.
  const addUpMonths = () => readCounts(door, lastDays(longestLook, now()), now())
  const count = () => ledger.renew().then(overdue.recount)
  const morning = eachMorning(() => Promise.all([count(), addUpMonths()]), now, overdue.recount)
  const kiosks = openKiosks({ door, now })
  let live = nothingLive
  const uptime = openUptime({
    door,
    up() {
      const { status, checks } = live.checks()
      if (status === 'fail') return []
      // `checks.sms` is absent when no link is configured.
      return checks.sms === 'pass' || checks.sms === 'warn' ? ['lookup', 'sms'] : ['lookup']
    },
    now,
  })
  const lastSeen = metrics.gauge(
    'gateway_kiosk_last_seen_timestamp_seconds',
    'when a kiosk was last heard of',
    ['kiosk'],
  )

  return {
    ledger,
    /** For lookups (dossier/lookup.ts). */
    counted: counters.lookup,
    silentSince: freshness.silentSince,
    /** For the intake of agencies. */
    heard: hearing.heard,
    refused: hearing.refused,
    rated: counters.rated,
    async kioskHeard(name: string, heartbeat: Parameters<typeof kiosks.heard>[1]): Promise<void> {
      lastSeen.set({ kiosk: name }, now() / 1000)
      await kiosks.heard(name, heartbeat).catch(throwFault)
    },
    /** Sets where live states are read from; those rooms open after this one. */
    watch(sources: LiveSources): void {
      live = sources
      // The gateway can answer from now on: mark its first minute at once.
      void uptime.beat()
    },
    /** A period's summary, of some agencies (current codes) or of all. Throws GatewayError redis-unavailable. */
    async summary(days: readonly string[], only?: ReadonlySet<string>): Promise<MonitorSummary> {
      // Include what was counted within the last second.
      await counters.flush()
      const [counts, found, standing, kioskRows, links, printers, waiting] = await Promise.all([
        readCounts(door, days, now()),
        only && readFound(door, days, only, channels),
        ledger.look({ days: lastDays(onTimeDays, now()) }),
        // A kiosk's agency is not known, so only readers who may see everything see kiosks.
        only ? [] : kiosks.list(),
        readLinks(live),
        readPrinters(live, only),
        readWaiting(door, now()),
      ]).catch(throwFault)
      return summarise({
        days,
        counts,
        found,
        agencies,
        freshness: freshness.read,
        standing,
        waiting,
        live: { links, printers, kiosks: kioskRows, checks: live.checks().checks },
        now: now(),
        only,
      })
    },
    /** Dossiers overdue or due soon, and numbers never pushed. Throws GatewayError redis-unavailable. */
    async overdue(question: OverdueQuestion): Promise<OverdueList> {
      try {
        return await overdue.list(question)
      } catch (error) {
        throw asFault(error)
      }
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
    /** Runs every ten minutes: once in the morning counts the store, otherwise only the missing numbers. */
    look: morning.look,
    flush: hearing.flush,
    /** Marks the current minute as one in which the service could answer. */
    beat: uptime.beat,
    async close(): Promise<void> {
      await morning.close()
      uptime.close()
      await ledger.close()
      await hearing.close()
    },
  }
}
