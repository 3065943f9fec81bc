// Our calls to the peer, paced, each reduced to one outcome. peer-call.ts makes them.
import type { Log } from '../../../log.js'
import type { Metrics } from '../../../metrics.js'
import { Pace } from '../../pipeline/pace.js'
import { lookupFrom } from '../addresses.js'
import type { Outcome } from '../carrier.js'
import { jsonIn, pointedAt } from './call.js'
import { callPeer, type Failed, type Told } from './peer-call.js'
import type { CallForm, Send } from './resolved.js'
import type { Values } from './template.js'
import { elementIn } from './xml.js'

interface CallerDeps {
  readonly name: string
  readonly log: Log
  readonly metrics: Metrics
  /** There may be room for another call. */
  room(): void
}

/** The outcome of a call, and the peer's id of the message. */
interface Called {
  readonly outcome: Outcome
  readonly messageId: string | undefined
}

// Retries to an unreachable peer start at one second and back off.
const firstPauseMs = 1000
const longestPauseMs = 30_000
// How often in a row a failing peer is probed without a text. A peer that answers only texts must not hold them up for ever.
const maxKnocks = 6
// A middlebox says so of a peer that is away.
const awayStatuses = [502, 503, 504]

export class Caller {
  private readonly pace: Pace
  private readonly took: ReturnType<ReturnType<Metrics['histogram']>['labels']>
  private readonly up: ReturnType<Metrics['gauge']>
  private inFlight = 0
  private failures = 0
  private pausedUntil = 0
  /** The last call may have arrived, and another could be a second copy: first probe whether the peer answers at all. */
  private isInDoubt = false
  private isKnocking = false
  private knocks = 0
  private wake: NodeJS.Timeout | undefined
  private isClosed = false
  sent = 0
  throttled = 0
  lastError: string | undefined

  constructor(
    private readonly send: Send,
    private readonly deps: CallerDeps,
  ) {
    this.pace = new Pace(send.throughput, performance.now())
    const bind = deps.name
    this.took = deps.metrics
      .histogram('gateway_sms_http_call_seconds', 'one call of ours to a peer over HTTP', ['bind'])
      .labels({ bind })
    this.up = deps.metrics.gauge(
      'gateway_sms_http_up',
      '1 while the peer of a link over HTTP answers our calls',
      ['bind'],
    )
    this.isUp(true)
  }

  /** Calls that may leave now. */
  get credit(): number {
    const waitMs = this.pausedUntil - performance.now()
    const free = this.failures > 0 ? 1 - this.inFlight : this.send.window - this.inFlight
    if (free <= 0 || this.isClosed) return 0
    if (waitMs > 0) {
      this.wakeIn(waitMs)
      return 0
    }
    if (this.isInDoubt) {
      void this.knock()
      return 0
    }
    const paced = this.pace.available(performance.now())
    if (paced < 1) this.wakeIn(this.pace.waitMs())
    return Math.min(free, paced)
  }

  get isReachable(): boolean {
    return this.failures === 0
  }

  get calling(): number {
    return this.inFlight
  }

  /** Segments a second allowed now. */
  get perSecond(): number {
    return this.pace.perSecond
  }

  shareWith(gateways: number): void {
    if (this.send.throughput > 0) this.pace.agree(this.send.throughput / gateways, performance.now())
  }

  /** Makes one call, for a reply that was refused `refusals` times. Never throws. */
  async call(
    form: CallForm,
    values: Values,
    extraHeaders: CallForm['headers'] = [],
    refusals = 0,
  ): Promise<Called> {
    this.pace.take(1)
    this.sent++
    this.inFlight++
    const startedAt = performance.now()
    const told = await callPeer(form, values, this.send.timeoutMs, extraHeaders, lookupFrom(this.failures))
    this.took.observe((performance.now() - startedAt) / 1000)
    this.inFlight--
    const called = 'failed' in told ? this.afterFailure(told) : this.afterAnswer(told, refusals)
    this.deps.room()
    return called
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.wake)
    // Left at 0, the gauge would report a link that a reload has removed as failed for ever.
    this.up.remove({ bind: this.deps.name })
  }

  // A call may outlive its link, and another link may have its name by then.
  private isUp(isUp: boolean): void {
    if (!this.isClosed) this.up.set({ bind: this.deps.name }, isUp ? 1 : 0)
  }

  // A text may have two calls without an answer. A peer that resets every call for half a minute would use up those of several
  // texts, so it is probed with a call that carries none.
  private async knock(): Promise<void> {
    if (this.isKnocking) return
    this.isKnocking = true
    const told = await callPeer(this.send.knock, {}, this.send.timeoutMs, [], lookupFrom(this.failures))
    this.isKnocking = false
    const away = 'failed' in told ? told.failed : awayStatuses.includes(told.status) && `HTTP ${told.status}`
    if (away && ++this.knocks < maxKnocks) this.failed(away, true)
    else {
      this.isInDoubt = false
      this.knocks = 0
    }
    this.deps.room()
  }

  private afterFailure({ failed, mayBeOut }: Failed): Called {
    this.failed(failed, mayBeOut)
    // A peer that deduplicates by our id is called again until it answers.
    if (mayBeOut && !this.send.repeatable) return { outcome: { kind: 'lost' }, messageId: undefined }
    return { outcome: { kind: 'refused', how: 'retry', status: failed }, messageId: undefined }
  }

  private afterAnswer(told: Told, refusals: number): Called {
    const read = readOutcome(this.send, told)
    const { outcome } = read
    // A response without an outcome counts as no answer: the call is repeated after a pause.
    if (outcome.kind === 'lost') {
      this.failed(`no outcome in HTTP ${told.status}`, true)
      return read
    }
    if (this.failures > 0)
      this.deps.log.info({ evt: 'http-link.back', link: this.deps.name }, 'The peer answers our calls again')
    this.failures = 0
    this.isUp(true)
    const isTooFast = outcome.kind === 'refused' && outcome.how === 'throttled'
    const isItsOwn = !this.pace.answered(!isTooFast, performance.now(), refusals)
    if (isTooFast) this.throttled++
    if (isItsOwn && outcome.kind === 'refused') return { ...read, outcome: { ...outcome, isOfReply: true } }
    if (outcome.kind === 'refused' && outcome.how !== 'final' && told.retryAfterMs > 0)
      this.pausedUntil = performance.now() + told.retryAfterMs
    this.lastError = outcome.kind === 'refused' ? outcome.status : undefined
    return read
  }

  private failed(why: string, mayBeOut: boolean): void {
    this.isInDoubt = mayBeOut && !this.send.repeatable
    if (this.failures === 0)
      this.deps.log.warn(
        { evt: 'http-link.lost', link: this.deps.name, why },
        'Our calls to the peer of this link fail; they are tried again. Replies and notices wait until then',
      )
    this.lastError = why
    this.isUp(false)
    const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.failures++, 10))
    this.pausedUntil = performance.now() + ceiling * (0.5 + Math.random() / 2)
  }

  private wakeIn(ms: number): void {
    if (this.wake || this.isClosed) return
    this.wake = setTimeout(
      () => {
        this.wake = undefined
        this.deps.room()
      },
      Math.max(1, ms),
    )
  }
}

/** The outcome in a response: its code looked up in the table, or its HTTP status if there is no code. */
export function readOutcome(send: Send, { status, body }: Pick<Told, 'status' | 'body'>): Called {
  const isWell = status >= 200 && status < 300
  const said = send.code === undefined ? undefined : found(body, send.code)
  const byTable = entryOf(send.outcomes, said ?? String(status))
  const messageId = send.messageId === undefined ? undefined : found(body, send.messageId)
  const refused = (how: 'retry' | 'final' | 'throttled'): Called => ({
    outcome: { kind: 'refused', how, status: codeOf(said, status) },
    messageId,
  })
  if (byTable === 'taken') return { outcome: { kind: 'taken' }, messageId }
  if (byTable) return refused(byTable)
  if (isWell && send.code === undefined) return { outcome: { kind: 'taken' }, messageId }
  // A success we do not recognise may come from a middlebox, or from a peer that accepted the text and changed its format.
  // After a 504 (RFC 9110 §15.6.5: a middlebox got no answer from the peer) the peer may have accepted it, too.
  if ((isWell || status === 504) && said === undefined)
    return send.repeatable ? refused('retry') : { outcome: { kind: 'lost' }, messageId: undefined }
  if (status === 429) return refused('throttled')
  // A code that nobody has put into the table is no success beside a status that is none.
  if (said !== undefined && (isWell || send.otherwise !== 'taken'))
    return send.otherwise === 'taken' ? { outcome: { kind: 'taken' }, messageId } : refused(send.otherwise)
  // Retry what the operator can fix while the reply lives (an account without money, an address that has moved), and what is
  // temporary; the rest means that this text is wrong.
  const mayPass =
    status >= 500 || status < 400 || [401, 402, 403, 404, 405, 407, 408, 410, 421, 423, 425].includes(status)
  return refused(mayPass ? 'retry' : 'final')
}

/** What may be logged of a response: its code or status. Never its text, which may repeat ours. */
export function codeOf(said: string | undefined, status: number): string {
  return said !== undefined && /^[\w.-]{1,40}$/.test(said) ? said : `HTTP ${status}`
}

/** Finds a value in a response: by JSON pointer, by the name of an XML element, or as its first word. */
export function found(body: string, place: string): string | undefined {
  if (place.startsWith('/')) {
    // .NET services return JSON as a JSON string, or in an XML element of that name.
    const value = pointedAt(jsonIn(elementIn(body, '<string>') ?? body), place)
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim() : undefined
  }
  return place.startsWith('<') ? elementIn(body, place) : /^[\s"'+]*([\w.-]{1,100})/.exec(body)?.[1]
}

/** The entry of a configured table for a peer's word: as spelled, or else in any case. */
export function entryOf<T>(table: Readonly<Record<string, T>> | undefined, word: string): T | undefined {
  if (!table) return undefined
  if (Object.hasOwn(table, word)) return table[word]
  const wanted = word.toLowerCase()
  return Object.entries(table).find(([own]) => own.toLowerCase() === wanted)?.[1]
}
