// The one way into the store: pushed, pulled and imported updates are checked, applied and counted here.
import type { Agency } from '../dossier/agency.js'
import type { Numbers } from '../dossier/numbers/numbers.js'
import type { DossierStore } from '../dossier/store/store.js'
import type { Applied } from '../dossier/store/updates.js'
import { GatewayError } from '../errors.js'
import type { Metrics } from '../metrics.js'
import { type Checker, type Fault, type Item, type MayWrite, openChecker } from './check.js'

/** Outcome of one update. */
export type IntakeResult =
  | { applied: true; version?: number }
  | { applied: false; reason: 'stale' | 'duplicate'; version?: number }
  | { error: Fault }

export interface IntakeDeps {
  readonly numbers: Numbers
  readonly store: Pick<DossierStore, 'applyMany'>
  readonly agencies: readonly Agency[]
  readonly metrics: Metrics
  /** Called once per batch for each agency that sent something. */
  readonly heard?: (agency: string, news: News, now: number) => void
  /** Called for each update that the checks refused; `unknown` if no agency could be determined. */
  readonly refused?: (agency: string) => void
  readonly now?: () => number
}

/** Outcome of an agency's updates in one batch; `lateMs` of each applied one: from its event to here. */
interface News {
  applied: number
  stale: number
  duplicate: number
  lateMs: number[]
}

/** What became of one update, with the number a slip for its dossier bears. */
type Taken = Exclude<IntakeResult, { error: Fault }> & { readonly lookupNumber: string | undefined }

/** `update` counts refusals. */
export interface Intake extends Checker {
  now(): number
  /** Like `update`, without counting: for a dry run. */
  readonly dryCheck: Checker['update']
  /** Counts what was refused before it could be checked as an update, such as a line that is not JSON. */
  refuse(agency?: string): void
  /** Applies checked items in order. A fault in a position means the store could not confirm that one. */
  apply(items: readonly Item[]): Promise<IntakeResult[]>
  /** One item, batched with all others of the same event-loop turn. Rejects when the store is away. */
  applySoon(item: Item): Promise<Taken>
  /**
   * Checks and applies raw updates (like lines of a bulk upload) for callers that may write for every agency: sources and
   * files. Rejects when the store is away.
   */
  take(updates: readonly unknown[]): Promise<IntakeResult[]>
}

const everyone: MayWrite = () => true

/** Opens the intake. Updates of one event-loop turn share a round trip (`applySoon`). */
export function openIntake(deps: IntakeDeps): Intake {
  const { numbers, store, agencies, metrics, heard, now = Date.now } = deps
  const checker = openChecker(numbers, agencies)
  const counter = metrics.counter('gateway_updates_total', 'updates of agencies by what became of them', [
    'agency',
    'result',
  ])
  const children = new Map<string, { inc(by: number): void }>()
  const count = (agency: string, result: string, by: number) => {
    const key = `${agency} ${result}`
    let child = children.get(key)
    if (!child) children.set(key, (child = counter.labels(agency, result)))
    child.inc(by)
  }

  const refuse = (agency = 'unknown') => {
    count(agency, 'rejected', 1)
    deps.refused?.(agency)
  }
  const update: Checker['update'] = (raw, mayWrite, at, addressed) => {
    const checked = checker.update(raw, mayWrite, at, addressed)
    if ('no' in checked) return checked
    const given = (raw as { dossierNo?: unknown } | null)?.dossierNo
    const read = typeof given === 'string' ? checker.number(given) : undefined
    const agency = addressed?.agency ?? (read && 'no' in read ? read.no.agency : undefined)
    // A refused update counts for an agency only if its sender may write for that agency.
    refuse(agency !== undefined && mayWrite(agency) ? agency : undefined)
    return checked
  }

  const apply = async (items: readonly Item[]): Promise<IntakeResult[]> => {
    if (items.length === 0) return []
    const at = now()
    const results = (await store.applyMany(items, at)).map(resultOf)
    const byAgency = new Map<string, News & { failed: number }>()
    results.forEach((result, nth) => {
      const { no, update } = items[nth]!
      let news = byAgency.get(no.agency)
      if (!news)
        byAgency.set(no.agency, (news = { applied: 0, stale: 0, duplicate: 0, failed: 0, lateMs: [] }))
      news['error' in result ? 'failed' : result.applied ? 'applied' : result.reason]++
      // A clock ahead of ours must not give a negative delay.
      if ('applied' in result && result.applied) news.lateMs.push(Math.max(0, at - update.eventTime))
    })
    for (const [agency, news] of byAgency) {
      for (const word of ['applied', 'stale', 'duplicate', 'failed'] as const)
        if (news[word] > 0) count(agency, word, news[word])
      if (news.applied + news.stale + news.duplicate > 0) heard?.(agency, news, at)
    }
    return results
  }

  let waiting: {
    item: Item
    resolve: (taken: Taken) => void
    reject: (error: unknown) => void
  }[] = []
  const flush = () => {
    const batch = waiting
    waiting = []
    apply(batch.map(({ item }) => item)).then(
      (results) => {
        const lookupNumbers = numbers.lookupNumbersOf(batch.map(({ item }) => item.no))
        batch.forEach(({ resolve, reject }, nth) => {
          const result = results[nth]!
          if ('error' in result) reject(awayError(result.error))
          else resolve({ ...result, lookupNumber: lookupNumbers[nth] })
        })
      },
      (error) => {
        for (const { reject } of batch) reject(error)
      },
    )
  }

  return {
    number: checker.number,
    update,
    dryCheck: checker.update,
    refuse,
    now,
    apply,
    applySoon(item) {
      return new Promise((resolve, reject) => {
        // Requests read in one turn share a round trip to Redis and one write to its disk.
        if (waiting.push({ item, resolve, reject }) === 1) setImmediate(flush)
      })
    },
    async take(updates) {
      const at = now()
      const results: IntakeResult[] = new Array(updates.length)
      const items: Item[] = []
      const places: number[] = []
      updates.forEach((raw, place) => {
        const checked = update(raw, everyone, at)
        if ('no' in checked) {
          items.push(checked)
          places.push(place)
        } else results[place] = { error: checked[0]! }
      })
      const applied = await apply(items)
      applied.forEach((result, nth) => {
        if ('error' in result) throw awayError(result.error)
        results[places[nth]!] = result
      })
      return results
    },
  }
}

function resultOf(applied: Applied | Error): IntakeResult {
  if (applied instanceof Error) {
    const isAway = applied instanceof GatewayError && applied.retryable
    return { error: { code: isAway ? 'unavailable' : 'internal' } }
  }
  const version = applied.version === undefined ? {} : { version: applied.version }
  return applied.kind === 'applied'
    ? { applied: true, ...version }
    : { applied: false, reason: applied.kind, ...version }
}

function awayError(fault: Fault): GatewayError {
  return fault.code === 'unavailable'
    ? new GatewayError('redis-unavailable', 'the store did not answer', true)
    : new GatewayError('redis-refused', 'the store refused an update', false)
}
