// Read-through: a number missing in the store is fetched from the sources that may know it, within a short budget.
// Guessing numbers must not hammer the peer, so requests are coalesced, bounded and cached.

import { type DossierNo, isSameDossier } from '../../dossier/dossier.js'
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import type { IntakeResult } from '../intake.js'
import type { Breaker } from './breaker.js'
import type { Cursor } from './cursor.js'
import { type DatingDeps, dateUpdates, isLater, type ReadyUpdate } from './dating.js'
import type { Inspect } from './inspect.js'
import type { SourceMetrics } from './metrics.js'
import { askedToWaitMs, patiently } from './peer.js'
import type { SourceConfig } from './settings.js'
import type { Source, SourceUpdate } from './source.js'
import type { NoteUnread } from './unread.js'

/** `none`: every source that could know says no. `unavailable`: none had it and at least one could not be asked. */
export type Asked = 'stored' | 'none' | 'unavailable'

export interface AskableSource {
  readonly config: SourceConfig
  readonly source: Source
  readonly breaker: Breaker
  readonly cursor: Cursor
  readonly inspect: Inspect
  readonly note: NoteUnread
  readonly speaksFor: (dossierNo: DossierNo) => boolean
}

// Concurrent requests per source; more would only queue at the peer past their budget.
const maxOutstanding = 16
// Negative cache: a citizen who asks after this triggers a new request.
const noneForMs = 30_000
const maxRemembered = 10_000

interface AskingDeps extends DatingDeps {
  /** Every way the number may be written in a peer's files, the likeliest first. */
  readonly spellingsOf: (dossierNo: DossierNo) => readonly string[]
}

interface Asking {
  ask(dossierNo: DossierNo): Promise<Asked>
  close(): void
}

/** Opens read-through to these sources. `now` is epoch ms. */
export function openAsking(
  sources: readonly AskableSource[],
  deps: AskingDeps,
  intake: (updates: readonly ReadyUpdate[]) => Promise<readonly IntakeResult[]>,
  log: Log,
  metrics: SourceMetrics,
  now: () => number,
): Asking {
  const stop = new AbortController()
  const outstanding = new Map<string, number>()
  const joined = new Map<string, Promise<Asked>>()
  const remembered = new Map<string, number>()

  async function askOne(known: AskableSource, dossierNo: DossierNo): Promise<Asked> {
    // A source that must not be asked still blocks "unknown" until its initial fill is done: until then the dossier may exist
    // without being in the store.
    if (!known.config.readThrough) return (await isFilled(known)) ? 'none' : 'unavailable'
    const outcome = await askWithinBounds(known, dossierNo)
    metrics.asked.inc({ source: known.config.name, outcome: outcome === 'stored' ? 'found' : outcome })
    return outcome
  }

  /** Asks a peer unless it has enough of our requests already or its breaker is open. */
  async function askWithinBounds(known: AskableSource, dossierNo: DossierNo): Promise<Asked> {
    const { name } = known.config
    const busy = outstanding.get(name) ?? 0
    if (busy >= maxOutstanding || !known.breaker.allows()) return 'unavailable'
    outstanding.set(name, busy + 1)
    try {
      return await fetchOne(known, dossierNo)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (error.code === 'source-unavailable' || error.code === 'source-refused') peerFailed(known, error)
      return 'unavailable'
    } finally {
      outstanding.set(name, outstanding.get(name)! - 1)
    }
  }

  /** Fetches the dossier and stores it. Throws what the peer or the store throws. */
  async function fetchOne(known: AskableSource, dossierNo: DossierNo): Promise<Asked> {
    const { config, breaker } = known
    const askedAt = now()
    const { own, isUnreadable } = await patiently(config.readThroughMs, stop.signal, (signal) =>
      findOwn(known, dossierNo, signal),
    )
    breaker.succeeded()
    if (own) return take(config.name, await dateUpdates([own], askedAt, deps))
    return isUnreadable ? 'unavailable' : 'none'
  }

  function peerFailed({ config, breaker }: AskableSource, error: GatewayError): void {
    const wasOpen = breaker.isOpen
    breaker.failed(askedToWaitMs(error))
    if (breaker.isOpen && !wasOpen)
      log.warn(
        { evt: 'source.breaker.opened', source: config.name, err: error },
        'Source is left alone for a while; numbers it may know are answered "unavailable"',
      )
  }

  /** Asks by each spelling until the peer finds it. A record that cannot be parsed may be the wanted one. */
  async function findOwn(
    { config, source, inspect, note }: AskableSource,
    dossierNo: DossierNo,
    signal: AbortSignal,
  ) {
    let isUnreadable = false
    for (const spelling of deps.spellingsOf(dossierNo)) {
      const { updates, skipped } = inspect(await source.find(spelling, signal))
      const own = updates
        .filter((update) =>
          [update.dossierNo, ...(update.otherNumbers ?? [])].some((text) => isSame(text, dossierNo)),
        )
        .reduce<SourceUpdate | undefined>(
          (best, one) => (best === undefined || isLater(one, best) ? one : best),
          undefined,
        )
      if (own) return { own, isUnreadable }
      const unread = skipped.filter(
        ({ reason, dossierNo: theirs }) =>
          reason !== 'foreign-agency' &&
          reason !== 'ignored-status' &&
          (theirs === undefined || reason === 'unreadable-number' || isSame(theirs, dossierNo)),
      )
      metrics.count(config.name, [], unread)
      note(unread)
      isUnreadable ||= unread.length > 0
    }
    return { own: undefined, isUnreadable }
  }

  function isSame(text: string, dossierNo: DossierNo): boolean {
    const read = deps.readDossierNo(text)
    // A number that cannot be read may be the one that was asked for.
    return read === undefined || isSameDossier(read, dossierNo)
  }

  // An update that the checks refuse counts as unreadable.
  async function take(name: string, updates: readonly ReadyUpdate[]): Promise<'stored' | 'unavailable'> {
    const results = await intake(updates)
    metrics.count(name, results, [])
    return results.some((result) => 'error' in result) ? 'unavailable' : 'stored'
  }

  async function askAll(dossierNo: DossierNo): Promise<Asked> {
    const able = sources.filter((known) => known.speaksFor(dossierNo))
    const answers = await Promise.all(able.map((known) => askOne(known, dossierNo)))
    if (answers.includes('stored')) return 'stored'
    if (answers.includes('unavailable')) return 'unavailable'
    if (able.some(({ config }) => config.readThrough)) remember(dossierNo.text)
    return 'none'
  }

  function remember(number: string): void {
    if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value!)
    remembered.set(number, now() + noneForMs)
  }

  return {
    async ask(dossierNo) {
      const number = dossierNo.text
      const until = remembered.get(number)
      if (until !== undefined && now() < until) return 'none'
      remembered.delete(number)
      const same = joined.get(number)
      if (same) return same
      const asked = askAll(dossierNo).finally(() => joined.delete(number))
      joined.set(number, asked)
      return asked
    },
    close: () => stop.abort(),
  }
}

async function isFilled({ cursor }: AskableSource): Promise<boolean> {
  try {
    return (await cursor.read()).filledAt !== undefined
  } catch {
    return false // the store is away: unknown
  }
}
