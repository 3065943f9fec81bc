// Keeps the store in sync with one source: an initial fill, then polls for changes with an overlap, on one gateway at a
// time. Position and progress are saved in Redis after every page, so a restart resumes the walk.

import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import type { IntakeResult } from '../intake.js'
import type { Breaker } from './breaker.js'
import type { Cursor, CursorState, Tally, Walk } from './cursor.js'
import { type DatingDeps, dateUpdates, type ReadyUpdate } from './dating.js'
import type { Inspect } from './inspect.js'
import { type Lease, leaseMs } from './lease.js'
import type { SourceMetrics } from './metrics.js'
import { after, noOrder } from './order.js'
import { askedToWaitMs } from './peer.js'
import { circleAfter, isStuck, repeatsAfter } from './repeats.js'
import type { SourceConfig } from './settings.js'
import type { Source, SourcePage } from './source.js'
import type { NoteUnread } from './unread.js'

interface PollerDeps {
  readonly source: Source
  readonly config: SourceConfig
  readonly inspect: Inspect
  readonly note: NoteUnread
  readonly dating: DatingDeps
  /** Applies to the store; one result for each update in order. Rejects when the store is away. */
  readonly intake: (updates: readonly ReadyUpdate[]) => Promise<readonly IntakeResult[]>
  readonly lease: Lease
  readonly cursor: Cursor
  readonly breaker: Breaker
  readonly log: Log
  readonly metrics: SourceMetrics
  readonly now: () => number
  /** Work that follows a poll on the gateway that holds the lease. */
  readonly afterPoll: (state: CursorState, signal: AbortSignal) => Promise<void>
}

// Safety limit for a peer that never stops returning a next page: at 200 records a page this is 20 million dossiers.
const maxPages = 100_000
const firstBackOffMs = 1000
const longestBackOffMs = 60_000
const progressEveryMs = 5000

/** The polls of one source, for as long as this gateway holds its lease. */
export class Poller {
  readonly #deps: PollerDeps
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #wake: () => void = () => {}
  #reported = ''

  constructor(deps: PollerDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Checks again now: Redis came back and may be empty. */
  wake(): void {
    this.#wake()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#running
    await this.#deps.lease.release()
  }

  async #run(): Promise<void> {
    const { config, breaker, lease, log, metrics, now } = this.#deps
    const fields = { source: config.name, kind: config.kind }
    let failures = 0
    while (!this.#stop.signal.aborted) {
      let pauseMs = config.pollSeconds * 1000
      try {
        if (await lease.hold()) {
          const state = await this.#holding((signal) => this.#poll(signal))
          if (failures > 0) log.info({ evt: 'source.up', ...fields }, 'Source answers again')
          failures = 0
          metrics.up.set({ source: config.name }, 1)
          metrics.lastSuccess.set({ source: config.name }, Math.floor(now() / 1000))
          await this.#holding((signal) => this.#deps.afterPoll(state, signal))
        } else {
          // Another gateway polls; if it dies its lease expires.
          pauseMs = Math.min(leaseMs / 3, pauseMs)
        }
      } catch (error) {
        if (this.#stop.signal.aborted) break
        if (!(error instanceof GatewayError)) throw error
        const ofPeer = error.code === 'source-unavailable' || error.code === 'source-refused'
        if (ofPeer) {
          breaker.failed(askedToWaitMs(error))
          metrics.up.set({ source: config.name }, 0)
          // State changes are logged once; the store logs its own outages.
          if (failures++ === 0)
            log.warn(
              { evt: 'source.down', ...fields, err: error },
              'The source does not answer, or not as expected; it is polled again. Its dossiers grow old until then',
            )
        }
        const backOff = Math.min(
          firstBackOffMs * 2 ** Math.min(Math.max(failures - 1, 0), 10),
          longestBackOffMs,
        )
        const ownMs = Math.min(backOff, Math.max(pauseMs, firstBackOffMs)) * (0.5 + Math.random() / 2)
        pauseMs = Math.max(ownMs, askedToWaitMs(error))
      }
      await this.#pause(pauseMs)
    }
  }

  // Renews the lease while `work` runs; aborts the work when the lease is lost.
  async #holding<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lost = new AbortController()
    const stop = () => lost.abort()
    this.#stop.signal.addEventListener('abort', stop, { once: true })
    if (this.#stop.signal.aborted) stop()
    const timer = setInterval(() => {
      this.#deps.lease.hold().then(
        (held) => held || lost.abort(),
        () => {}, // Redis is away: the store refuses the work itself
      )
    }, leaseMs / 3)
    try {
      return await work(lost.signal)
    } finally {
      clearInterval(timer)
      this.#stop.signal.removeEventListener('abort', stop)
    }
  }

  async #poll(signal: AbortSignal): Promise<CursorState> {
    const { config, cursor, log, now, metrics } = this.#deps
    const fields = { source: config.name, kind: config.kind }
    const state = await cursor.read()
    const filling = state.filledAt === undefined
    const walk: Walk = state.walk ?? {
      ...(filling || state.newest === undefined || !mayEndEarly(state)
        ? {}
        : { since: state.newest - config.overlapSeconds * 1000 }),
      startedAt: now(),
      seen: 0,
      order: noOrder,
      tally: { applied: 0, stale: 0, duplicate: 0, refused: 0, skipped: {} },
    }
    const startedAt = now()
    if (filling) {
      metrics.fillRatio.set({ source: config.name }, 0)
      log.info(
        { evt: 'source.fill.started', ...fields, resumedAt: walk.seen },
        'Filling from this source from the beginning',
      )
    }
    await this.#walk(walk, state, filling, signal)
    const done: CursorState = {
      ...state,
      filledAt: state.filledAt ?? now(),
      // Never later than the walk's start by our clock: what changed meanwhile comes with the next poll.
      ...judged(walk, state),
      newest: Math.min(walk.newest ?? state.newest ?? walk.startedAt, walk.startedAt),
    }
    delete done.walk
    await cursor.write(done)
    if (filling) {
      metrics.fillRatio.set({ source: config.name }, 1)
      log.info(
        {
          evt: 'source.fill.ended',
          ...fields,
          outcome: 'ok',
          seen: walk.seen,
          ...walk.tally,
          tookMs: now() - startedAt,
        },
        'Filled from this source',
      )
    }
    this.#report(walk.tally.skipped, walk.seen)
    return done
  }

  async #walk(walk: Walk, state: CursorState, filling: boolean, signal: AbortSignal): Promise<void> {
    const { source, config, inspect, intake, cursor, breaker, log, metrics, now } = this.#deps
    const { tally } = walk
    let loggedAt = now()
    for (let pages = 0; pages < maxPages; pages++) {
      const askedAt = now()
      const page = await source
        .page({
          signal,
          ...(walk.since === undefined ? {} : { since: walk.since }),
          ...(walk.position === undefined ? {} : { position: walk.position }),
        })
        .catch(async (error: unknown) => {
          // A position the peer no longer knows (restart, expired cursor) must not block us: restart the walk.
          if (error instanceof GatewayError && error.code === 'source-refused' && walk.position !== undefined)
            await cursor.write(withoutWalk(state))
          throw error
        })
      breaker.succeeded()
      const { updates, skipped } = inspect(page.records)
      count(tally.skipped, skipped)
      this.#deps.note(skipped)
      const ready = await dateUpdates(updates, askedAt, this.#deps.dating)
      const results = ready.length > 0 ? await intake(ready) : []
      for (const result of results) tallyUp(tally, result)
      metrics.count(config.name, results, skipped)
      walk.seen += page.records.length
      if (isLastPage(page, walk)) return
      walk.position = page.next
      await cursor.write({ ...state, walk })
      if (!filling) continue
      if (page.total) metrics.fillRatio.set({ source: config.name }, Math.min(walk.seen / page.total, 0.999))
      if (now() - loggedAt >= progressEveryMs) {
        loggedAt = now()
        log.info(
          { evt: 'source.fill.progress', source: config.name, seen: walk.seen, total: page.total },
          'Filling goes on',
        )
      }
    }
  }

  // Because of the overlap the same bad records come with every poll: logged on change, always counted.
  #report(skipped: Record<string, number>, seen: number): void {
    const picture = JSON.stringify(skipped)
    if (picture === this.#reported) return
    this.#reported = picture
    const { config, log } = this.#deps
    if (picture !== '{}')
      log.warn(
        { evt: 'source.skipped', source: config.name, seen, skipped },
        'Some records of this source were left out',
      )
  }

  #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

// Every this many polls is a full walk, to check whether the peer still sorts.
const pollsBetweenWholeWalks = 20

/** Whether a poll may stop early: only once a full walk has shown that the peer sorts by change. */
function mayEndEarly({ isSorted, polls = 0 }: CursorState): boolean {
  return isSorted === true && polls < pollsBetweenWholeWalks
}

/** What a finished walk has shown of the peer's order. A poll that stopped early has shown nothing new. */
function judged({ since, order, isExact }: Walk, { isSorted, polls = 0 }: CursorState) {
  if (isExact) return { isSorted: true, polls: 0 }
  const wasWhole = since === undefined || !order.isKept
  return wasWhole
    ? { isSorted: order.isKept && (order.isTelling || isSorted === true), polls: 0 }
    : { isSorted: true, polls: polls + 1 }
}

/** Notes what the page shows of change and order; true when nothing new can follow. */
function isLastPage(page: SourcePage, walk: Walk): boolean {
  const { records, next, changed, newest } = page
  const times = changed?.filter((at) => at !== undefined) ?? []
  const latest = newest ?? (times.length > 0 ? Math.max(...times) : undefined)
  if (latest !== undefined) walk.newest = Math.max(walk.newest ?? 0, latest)
  else if (records.length > 0) walk.newest = walk.startedAt
  // A protocol that gives changes since a moment and nothing else has no order to judge.
  if (changed)
    walk.order = after(
      walk.order,
      changed.filter((at, nth) => at !== undefined || 'update' in records[nth]!),
    )
  else walk.isExact = true
  if (next === undefined || next === walk.position) return true
  if (walk.isExact) {
    walk.circle = circleAfter(walk.circle, records.length, next)
    return walk.circle.isClosed
  }
  walk.repeats = repeatsAfter(walk.repeats, page)
  if (isStuck(walk.repeats)) return true
  return walk.since !== undefined && walk.order.isKept && latest !== undefined && latest < walk.since
}

function tallyUp(tally: Tally, result: IntakeResult): void {
  if ('error' in result) {
    tally.refused++
    count(tally.skipped, [{ reason: `refused-${result.error.code}` }])
  } else if (result.applied) tally.applied++
  else tally[result.reason]++
}

function count(counts: Record<string, number>, skipped: readonly { reason: string }[]): void {
  for (const { reason } of skipped) counts[reason] = (counts[reason] ?? 0) + 1
}

function withoutWalk({ walk: _, ...state }: CursorState): CursorState {
  return state
}
