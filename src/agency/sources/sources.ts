// All configured pull sources: one poller each, and read-through for numbers the store does not know.
import { type Agency, spokenFor } from '../../dossier/agency.js'
import type { Dossier, DossierNo } from '../../dossier/dossier.js'
import { localClock, localDate } from '../../dossier/times.js'
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { IntakeResult } from '../intake.js'
import { type AskableSource, type Asked, openAsking } from './ask.js'
import { Breaker } from './breaker.js'
import { type CursorState, openCursor } from './cursor.js'
import type { ReadyUpdate } from './dating.js'
import { writeDifference } from './difference.js'
import { openInspection, type ReadDossierNo } from './inspect.js'
import { openSource } from './kinds.js'
import { openLeases } from './lease.js'
import { openSourceMetrics } from './metrics.js'
import { Poller } from './poller.js'
import type { SourceConfig } from './settings.js'
import { openUnread } from './unread.js'

interface SourcesDeps {
  readonly sources: readonly SourceConfig[]
  readonly agencies: readonly Agency[]
  readonly door: RedisDoor
  /** Unique for this process start: the owner of leases. */
  readonly instance: string
  readonly readDossierNo: ReadDossierNo
  /** Every way a peer may have written a number, the one that was typed first. */
  readonly spellingsOf: (dossierNo: DossierNo) => readonly string[]
  /** Applies updates to the store; one result each, in order. Rejects when the store is away. */
  readonly intake: (updates: readonly ReadyUpdate[]) => Promise<readonly IntakeResult[]>
  readonly readStored: (dossierNo: DossierNo) => Promise<Dossier | undefined>
  readonly listStored: () => AsyncIterable<Dossier>
  readonly dataDir: string
  readonly log: Log
  readonly metrics: Metrics
  readonly now?: () => number
}

export interface Sources {
  /** For a number the store does not know; answers within the longest readThroughMs. `none` when no source may know it. */
  ask(dossierNo: DossierNo): Promise<Asked>
  /** Stops polling (a page in progress is abandoned; its walk goes on at the next start) and releases the leases. */
  close(): Promise<void>
}

/** Opens every configured source and starts polling. */
export function openSources(deps: SourcesDeps): Sources {
  const { door, log, intake, dataDir, readDossierNo } = deps
  const now = deps.now ?? Date.now
  const metrics = openSourceMetrics(
    deps.metrics,
    deps.sources.map(({ name }) => name),
  )
  const leases = openLeases(door, deps.instance)
  const askable: AskableSource[] = []
  const pollers: Poller[] = []

  for (const config of deps.sources) {
    const source = openSource(config)
    const breaker = new Breaker(now)
    const cursor = openCursor(door, config.name, whatDecides(config, deps.agencies))
    const { inspect, speaksFor } = openInspection(config, deps.agencies, readDossierNo)
    const note = openUnread(door, config.name, now)
    askable.push({ config, source, breaker, cursor, inspect, note, speaksFor })

    const afterPoll = async (state: CursorState, signal: AbortSignal) => {
      const day = localDate(now())
      if (state.difference === day || !isDue(config.differenceAt, now())) return
      // Recorded before it runs: a failed difference is logged and retried the next night.
      await cursor.write({ ...state, difference: day })
      const { readStored, listStored } = deps
      const difference = { source, config, inspect, speaksFor, readDossierNo, readStored, listStored }
      try {
        await writeDifference({ ...difference, intake, dataDir, log, metrics, now }, signal)
      } catch (error) {
        log.warn(
          { evt: 'source.difference.ended', source: config.name, outcome: 'failed', err: error },
          'The comparison with this source was not finished',
        )
        // A full disk must not end the polling.
        if (typeof (error as NodeJS.ErrnoException).syscall !== 'string') throw error
      }
    }
    pollers.push(
      new Poller({
        source,
        config,
        inspect,
        note,
        dating: deps,
        intake,
        lease: leases(config.name),
        cursor,
        breaker,
        log,
        metrics,
        now,
        afterPoll,
      }),
    )
  }

  const asking = openAsking(askable, deps, intake, log, metrics, now)
  const unlisten = door.onReadyChange((isReady) => {
    if (isReady) for (const poller of pollers) poller.wake()
  })
  for (const poller of pollers) poller.start()
  return {
    ask: asking.ask,
    async close() {
      unlisten()
      asking.close()
      await Promise.all(pollers.map((poller) => poller.close()))
    },
  }
}

/** The settings that decide which records a source gives and how they are read: no secrets, times or limits. */
function whatDecides({ kind, url, agencies, statuses, options }: SourceConfig, known: readonly Agency[]) {
  const own = spokenFor(known, agencies)
  const { requestTimeoutMs: _, maxBodyBytes: __, ...asked } = options
  const numbers = known
    .filter(({ code }) => own.size === 0 || own.has(code))
    .map(({ code, aliases, patterns, exact }) => ({ code, aliases, patterns, exact }))
  return { kind, url, statuses, asked: { ...asked, token: undefined, tokenFile: undefined }, numbers }
}

// Due from its time on until the end of that day: a gateway that was down at 02:30 does it when it is back.
function isDue(differenceAt: string | undefined, at: number): boolean {
  if (differenceAt === undefined) return false
  return localClock(at) >= differenceAt
}
