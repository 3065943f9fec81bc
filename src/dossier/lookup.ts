// From what somebody typed, texted or scanned to what may be disclosed: one path for every channel, so that the limiter,
// the two levels of answer and the honesty of `unavailable` are the same everywhere.

import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors.js'
import type { Metrics } from '../metrics.js'
import { type Agency, answeringAgencies } from './agency.js'
import { type Channel, channels } from './channels.js'
import type { Dossier, DossierNo } from './dossier.js'
import type { Numbers } from './numbers/numbers.js'
import type { Reading, Unreadable } from './numbers/reading.js'
import type { Place } from './store/places.js'
import type { DossierStore } from './store/store.js'
import type { Tries } from './tries.js'
import type { TellTruth, Truth } from './truth.js'

/** Who asks. `subject` is a stable opaque id for the limiter (keyed hash of a phone, kiosk id, address block). */
export interface Asker {
  readonly channel: Channel
  readonly subject: string
  /**
   * The kiosk or desk where many people ask in turn; `subject` is then the visit, or the device itself if it sends no
   * visit.
   */
  readonly place?: string | undefined
  /** The networks around an address, narrowest first: limits apply to them too. */
  readonly wider?: readonly string[] | undefined
}

export type LookupResult =
  | {
      kind: 'found'
      /** `basic` by dossierNo, `full` by lookupNumber. */
      level: 'basic' | 'full'
      dossier: Dossier
      agency: Agency
      truth: Truth
      /** Set when the agency has been silent longer than usual: epoch ms of its last update. */
      silentSince?: number | undefined
    }
  | { kind: 'unknown'; dossierNo?: DossierNo }
  | { kind: 'unreadable'; reason: Unreadable; suggestion?: string | undefined }
  | { kind: 'withheld'; retryAfterSeconds: number }
  | { kind: 'unavailable' }

/** Reads `text` as one number (dossierNo or lookupNumber) and answers. Never throws for anything a citizen can type. */
export type LookUp = (text: string, asker: Asker) => Promise<LookupResult>

/**
 * Outcome of asking the pull sources after a miss: found and stored meanwhile, known to be nowhere, or no answer in time.
 */
type AskSources = (no: DossierNo) => Promise<'stored' | 'none' | 'unavailable'>

interface LookupDeps {
  readonly numbers: Numbers
  readonly store: DossierStore
  readonly tries: Tries
  readonly agencies: readonly Agency[]
  /** Given for an agency without a phone of its own. */
  readonly hotline?: string
  readonly truthOf: TellTruth
  readonly metrics: Metrics
  /** Read-through to pull sources; left out where none is configured. */
  readonly askSources?: AskSources
  /** Epoch ms of an agency's last update, when it has been silent longer than usual. */
  readonly silentSince?: (agency: string) => number | undefined
  /** Called with every answer, for the counters. */
  readonly counted?: (
    channel: Asker['channel'],
    kind: LookupResult['kind'],
    agency: string | undefined,
  ) => void
}

/**
 * Opens lookups. `lookUp` answers one text; `lookUpMany` answers texts already parsed, in one round trip; `lookUpEach`
 * does the same without making fast answers wait for those slowed down or fetched from a source.
 */
export function openLookup(deps: LookupDeps) {
  const { numbers, store, tries, truthOf, metrics } = deps
  const agencies = answeringAgencies(deps.agencies, deps.hotline)
  const total = metrics.counter('gateway_lookups_total', 'lookups by channel and result', [
    'channel',
    'result',
  ])
  // Creates each counter at 0: the alert looks at its growth, and would miss the first increment.
  for (const channel of channels)
    for (const result of ['found', 'unavailable'] as const) total.inc({ channel, result }, 0)
  const duration = metrics.histogram(
    'gateway_lookup_duration_seconds',
    'time of one round of lookups: to the store and back',
  )
  const counters = new Map<string, { inc(): void }>()
  const counterOf = (channel: string, result: string) => {
    const key = `${channel} ${result}`
    let counter = counters.get(key)
    if (!counter) counters.set(key, (counter = total.labels({ channel, result } as never)))
    return counter
  }

  function finish(result: LookupResult, asker: Asker): LookupResult {
    counterOf(asker.channel, result.kind).inc()
    deps.counted?.(asker.channel, result.kind, result.kind === 'found' ? result.agency.code : undefined)
    return result
  }

  function found(dossier: Dossier, level: 'basic' | 'full', now: number): LookupResult {
    const agency = agencies.get(dossier.dossierNo.agency)
    if (!agency) return { kind: 'unknown' } // the agency was removed from the configuration
    return {
      kind: 'found',
      level,
      dossier,
      agency,
      truth: truthOf(dossier, now),
      silentSince: deps.silentSince?.(agency.code),
    }
  }

  async function miss(
    reading: Readable,
    asker: Asker,
    level: 'basic' | 'full',
    now: number,
  ): Promise<LookupResult> {
    const no = reading.dossierNo
    try {
      const other = await store.read(no, now, level === 'full')
      if (other) return found(other, level, now)
      if (deps.askSources) {
        const said = await deps.askSources(no)
        if (said === 'unavailable') return { kind: 'unavailable' }
        const stored = said === 'stored' ? await store.read(no, Date.now(), level === 'full') : undefined
        if (stored) return found(stored, level, now)
      }
    } catch (error) {
      return away(error)
    }
    const verdict = tries.missed({ ...asker, block: blockOf(no) }, now)
    if (verdict.kind === 'withheld') return verdict
    return isRare(reading) ? { kind: 'unreadable', reason: 'mistyped' } : { kind: 'unknown', dossierNo: no }
  }

  /** The part before the store: what was read, and whether this asker may ask. */
  function admit(reading: Reading, asker: Asker, now: number): LookupResult | { delayMs: number } {
    if (reading.kind === 'unreadable') {
      // Digits that no slip ever carried are as likely a guess as a typing error: count them as a miss.
      if (reading.reason === 'mistyped') {
        const verdict = tries.check({ ...asker, number: '' }, now)
        tries.missed(asker, now)
        if (verdict.kind === 'withheld') return verdict
      }
      return { kind: 'unreadable', reason: reading.reason, suggestion: reading.suggestion }
    }
    const { dossierNo } = reading
    // Field by field: this is the hot path, and spreading costs more than the check.
    const { subject, place, wider } = asker
    const verdict = tries.check(
      { subject, place, wider, number: dossierNo.text, block: blockOf(dossierNo) },
      now,
    )
    if (verdict.kind === 'withheld') return verdict
    return { delayMs: verdict.kind === 'slow' ? verdict.delayMs : 0 }
  }

  /** Counts the try and returns what must be read; the store has not been asked yet. */
  const begin: BeginLookup = ({ reading, asker }, now = Date.now()) => {
    const admission = admit(reading, asker, now)
    if ('kind' in admission)
      return { delayMs: 0, decided: admission, places: nowhere, finish: () => finish(admission, asker) }
    const readable = reading as Readable
    return {
      delayMs: admission.delayMs,
      decided: undefined,
      places: [store.whereIs(readable.dossierNo)],
      finish: ([packed]) => finishReadable(readable, asker, packed ?? null),
    }
  }

  function finishReadable(
    readable: Readable,
    asker: Asker,
    packed: Buffer | null | Error,
  ): LookupResult | Promise<LookupResult> {
    const now = Date.now()
    const level = readable.kind === 'lookupNumber' ? 'full' : 'basic'
    const record = packed instanceof Error ? packed : store.presentOf(packed, now)
    if (record instanceof Error) return failed(record, asker)
    const whole = record && store.complete(readable.dossierNo, record, level === 'full')
    if (whole && !(whole instanceof Promise)) return finish(found(whole, level, now), asker)
    return (async () => {
      try {
        return finish(whole ? found(await whole, level, now) : await miss(readable, asker, level, now), asker)
      } catch (error) {
        return finish(away(error), asker)
      }
    })()
  }

  async function lookUpEach(
    questions: readonly Question[],
  ): Promise<(LookupResult | Promise<LookupResult>)[]> {
    const now = Date.now()
    const started = performance.now()
    const begun = questions.map((question) => begin(question, now))
    const found = await store.fetch(begun.flatMap(({ places }) => places))
    let at = 0
    const results = begun.map(({ delayMs, places, finish }): LookupResult | Promise<LookupResult> => {
      const its = found.slice(at, (at += places.length))
      return delayMs > 0 ? delay(delayMs).then(() => finish(its)) : finish(its)
    })
    duration.observe((performance.now() - started) / 1000)
    return results
  }

  // One unreadable record must not spoil its neighbours' answers.
  function failed(error: unknown, asker: Asker): LookupResult | Promise<LookupResult> {
    try {
      return finish(away(error), asker)
    } catch (mistake) {
      return Promise.reject(mistake)
    }
  }

  const lookUpMany = async (questions: readonly Question[]): Promise<LookupResult[]> =>
    Promise.all(await lookUpEach(questions))

  const lookUpTexts = async (asked: readonly Waiting[]) => {
    const readings = numbers.readAll(asked.map(({ text }) => text))
    return lookUpEach(asked.map(({ asker }, nth) => ({ reading: readings[nth]!, asker })))
  }

  // Questions of one event-loop turn are parsed and sent to the store in one batch. Under load they share one write and one
  // read of the socket; a single question waits for no other.
  let waiting: Waiting[] = []
  const flush = () => {
    const asked = waiting
    waiting = []
    lookUpTexts(asked).then(
      (results) => {
        for (let at = 0; at < asked.length; at++) asked[at]!.resolve(results[at]!)
      },
      (error) => {
        for (const { reject } of asked) reject(error)
      },
    )
  }
  const lookUp: LookUp = (text, asker) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ text, asker, resolve, reject }) === 1) setImmediate(flush)
    })

  return { lookUp, lookUpMany, lookUpEach, begin }
}

/** A lookup whose try is counted and whose store is not asked yet: a caller that reads the store itself reads `places`. */
interface BegunLookup {
  /** The asker is slowed down: do not finish before this. */
  readonly delayMs: number
  /** Decided without the store (unreadable, withheld); `finish` returns the same and counts it. */
  readonly decided: LookupResult | undefined
  readonly places: readonly Place[]
  /**
   * Answers from what was found at `places`, in their order. A promise when more must be read (a missing number, a note
   * beside the record). Call it once: it counts the answer.
   */
  finish(found: readonly (Buffer | null | Error)[]): LookupResult | Promise<LookupResult>
}
export type BeginLookup = (question: Question, now?: number) => BegunLookup
const nowhere: readonly Place[] = []

/** One question whose number is already parsed. */
export interface Question {
  readonly reading: Reading
  readonly asker: Asker
}

interface Waiting {
  readonly text: string
  readonly asker: Asker
  resolve(result: LookupResult | Promise<LookupResult>): void
  reject(error: unknown): void
}

type Readable = Exclude<Reading, { kind: 'unreadable' }>

// Almost no office has ten thousand dossiers in a day, but nine in ten twelve-digit numbers would decode to such a
// sequence: one that nobody has pushed is a typing error.
const isRare = ({ kind, dossierNo }: Readable) => kind === 'lookupNumber' && dossierNo.sequence.length > 4

const blockOf = (no: DossierNo) => (no.day === undefined ? undefined : `${no.issuer}:${no.day}`)

function away(error: unknown): LookupResult {
  if (error instanceof GatewayError && error.retryable) return { kind: 'unavailable' }
  throw error
}
