// One link to one SMSC: its sessions (transceivers, or pairs of transmitter and receiver), kept bound with jitter between
// attempts, paced as a whole. It moves deliver_sm in and submit_sm out; what they mean is the responder's.
import { readFileSync } from 'node:fs'
import type { Log } from '../../../log.js'
import type { Metrics } from '../../../metrics.js'
import { Pace } from '../../pipeline/pace.js'
import type { LinkConfig } from './settings.js'
import { reactionTo, statusName } from './wire/command-status.js'
import type { BindMode, DeliverSm, SubmitSm } from './wire/pdu.js'
import { type CloseReason, Session, type SubmitOutcome } from './wire/session.js'

export type { SubmitOutcome } from './wire/session.js'

/** A deliver_sm and the session that waits for its answer. */
export interface Incoming {
  readonly deliverSm: DeliverSm
  readonly session: Pick<Session, 'acknowledge' | 'id'>
}

export interface LinkDeps {
  readonly log: Log
  readonly metrics: Metrics
  /** The texts of one read. Each must be answered through its session. */
  deliver(batch: Incoming[]): void
  /** There may be room to send again. */
  room(): void
}

/** What `main.js smsc` and the monitor show of one session. */
export interface BindView {
  readonly bind: string
  readonly mode: BindMode
  readonly state: 'bound' | 'connecting' | 'waiting' | 'closed'
  readonly boundSince?: string
  readonly inFlight: number
  readonly lastError?: string
}

export interface LinkView {
  readonly link: string
  readonly peer: string
  readonly shortCode: string
  readonly window: number
  /** Segments a second allowed now; null without a limit. */
  readonly throughput: number | null
  readonly received: number
  readonly sent: number
  readonly throttled: number
  readonly binds: readonly BindView[]
}

interface Slot {
  readonly bind: string
  readonly mode: BindMode
  session: Session | undefined
  attempts: number
  timer: NodeJS.Timeout | undefined
  lastError: string | undefined
}

const firstRetryMs = 1000
const longestRetryMs = 30_000

export class SmscLink {
  readonly name: string
  private readonly slots: Slot[]
  private readonly pace: Pace
  private isClosing = false
  private wake: NodeJS.Timeout | undefined
  private received = 0
  private sent = 0
  private throttled = 0
  private readonly metrics: ReturnType<typeof linkMetrics>

  constructor(
    readonly config: LinkConfig,
    private readonly deps: LinkDeps,
  ) {
    this.name = config.name
    // By the clock that nobody sets: an hour back would otherwise be an hour without a token.
    this.pace = new Pace(config.throughput, performance.now())
    this.metrics = linkMetrics(deps.metrics)
    const modes: BindMode[] = config.bindMode === 'split' ? ['transmitter', 'receiver'] : ['transceiver']
    this.slots = Array.from({ length: config.binds }, (_, at) =>
      modes.map((mode) => ({
        bind: `${config.name}.${at + 1}${mode === 'transceiver' ? '' : mode === 'transmitter' ? 't' : 'r'}`,
        mode,
        session: undefined,
        attempts: 0,
        timer: undefined,
        lastError: undefined,
      })),
    ).flat()
  }

  /** Starts binding; returns at once. */
  open(): void {
    for (const slot of this.slots) this.connect(slot)
  }

  get isBound(): boolean {
    return this.slots.some((slot) => slot.session?.isBound)
  }

  /** Segments that may leave now: free window places over all sessions, within the pace. */
  get credit(): number {
    let free = 0
    for (const slot of this.slots) free += slot.session?.credit ?? 0
    if (free === 0) return 0
    const paced = this.pace.available(performance.now())
    if (paced < 1) this.wakeLater()
    return Math.min(free, paced)
  }

  get inFlight(): number {
    return this.slots.reduce((sum, slot) => sum + (slot.session?.inFlight ?? 0), 0)
  }

  /** Sends one segment by the session with most room. `done` is called exactly once. */
  submit(sm: SubmitSm, done: (outcome: SubmitOutcome) => void): void {
    let best: Session | undefined
    for (const { session } of this.slots) {
      if (session && session.credit > (best?.credit ?? 0)) best = session
    }
    if (!best) {
      done({ kind: 'unsent' })
      return
    }
    const session = best
    this.pace.take(1)
    this.sent++
    session.submit(sm, (outcome) => {
      if (outcome.kind === 'answered') {
        const reaction = reactionTo(outcome.commandStatus)
        if (reaction === 'throttled') this.throttled++
        this.pace.answered(reaction !== 'throttled', performance.now())
        if (reaction === 'rebind') session.destroy('rebind')
      }
      done(outcome)
    })
  }

  /** Stops taking texts and sending; waits until the window is empty or the budget is spent, then unbinds. */
  async close(budgetMs = 3000): Promise<void> {
    this.isClosing = true
    clearTimeout(this.wake)
    for (const slot of this.slots) clearTimeout(slot.timer)
    const deadline = Date.now() + budgetMs
    while (this.inFlight > 0 && Date.now() < deadline) await later(20)
    const open = this.slots.filter((slot) => slot.session)
    for (const slot of open) slot.session!.unbind()
    while (open.some((slot) => slot.session) && Date.now() < deadline + 500) await later(10)
    for (const slot of open) slot.session?.destroy()
  }

  view(): LinkView {
    const perSecond = this.pace.perSecond
    return {
      link: this.name,
      peer: `${this.config.host}:${this.config.port}${this.config.tls ? ' (TLS)' : ''}`,
      shortCode: this.config.shortCode,
      window: this.config.window,
      throughput: Number.isFinite(perSecond) ? Math.round(perSecond * 10) / 10 : null,
      received: this.received,
      sent: this.sent,
      throttled: this.throttled,
      binds: this.slots.map((slot) => ({
        bind: slot.bind,
        mode: slot.mode,
        state: slot.session?.isBound
          ? 'bound'
          : slot.session
            ? 'connecting'
            : this.isClosing
              ? 'closed'
              : 'waiting',
        ...(slot.session?.boundSince ? { boundSince: new Date(slot.session.boundSince).toISOString() } : {}),
        inFlight: slot.session?.inFlight ?? 0,
        ...(slot.lastError ? { lastError: slot.lastError } : {}),
      })),
    }
  }

  private connect(slot: Slot): void {
    const { config } = this
    const startedAt = Date.now()
    slot.session = new Session(
      {
        host: config.host,
        port: config.port,
        tls: config.tls ? { ...(config.tlsCa ? { ca: readFileSync(config.tlsCa) } : {}) } : undefined,
        mode: slot.mode,
        systemId: config.systemId,
        password: config.password ?? '',
        systemType: config.systemType,
        window: config.window,
        enquireLinkIntervalMs: config.enquireLinkIntervalMs,
        responseTimeoutMs: config.responseTimeoutMs,
      },
      {
        bound: () => {
          this.metrics.bound.set({ bind: slot.bind }, 1)
          this.deps.log.info(
            {
              evt: 'smsc.bound',
              link: this.name,
              bind: slot.bind,
              mode: slot.mode,
              tookMs: Date.now() - startedAt,
            },
            'SMSC bound',
          )
          slot.lastError = undefined
          this.deps.room()
        },
        deliver: (batch) => {
          this.received += batch.length
          const session = slot.session!
          this.deps.deliver(batch.map((deliverSm) => ({ deliverSm, session })))
        },
        credit: () => this.deps.room(),
        oddPdu: (what) => this.metrics.odd.inc({ bind: this.name, what }),
        enquireLinkRtt: (ms) => this.metrics.rtt.observe(ms / 1000),
        closed: (reason, status, cause) => this.closed(slot, reason, status, cause),
      },
    )
  }

  private closed(slot: Slot, reason: CloseReason, status: number | undefined, cause: unknown): void {
    const boundSince = slot.session?.boundSince ?? 0
    const wasBound = boundSince > 0
    const lived = wasBound ? Date.now() - boundSince : 0
    slot.session = undefined
    this.metrics.bound.set({ bind: slot.bind }, 0)
    const error = status === undefined ? reason : `${reason} ${statusName(status)}`
    // A state is logged when it changes: an SMSC that stays away is one line, not one a second.
    if (error !== slot.lastError || wasBound) {
      const fields = { evt: 'smsc.lost', link: this.name, bind: slot.bind, reason: error, livedMs: lived }
      if (reason === 'closed-by-us' && this.isClosing) this.deps.log.info(fields, 'SMSC unbound')
      else this.deps.log.warn({ ...fields, ...(cause ? { err: cause } : {}) }, 'SMSC link lost, binding anew')
    }
    slot.lastError = error
    if (this.isClosing) return
    // Once bound, the SMSC is there and wants us: the next attempt is a first one again.
    if (wasBound) slot.attempts = 0
    const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** slot.attempts)
    slot.attempts = Math.min(slot.attempts + 1, 10)
    this.metrics.reconnects.inc({ bind: slot.bind })
    // Half to full: sessions that fell together do not come back together.
    slot.timer = setTimeout(() => this.connect(slot), ceiling * (0.5 + Math.random() / 2))
  }

  private wakeLater(): void {
    if (this.wake || this.isClosing) return
    this.wake = setTimeout(() => {
      this.wake = undefined
      this.deps.room()
    }, this.pace.waitMs())
  }
}

function linkMetrics(metrics: Metrics) {
  return {
    bound: metrics.gauge('gateway_smpp_bound', '1 while the session is bound', ['bind']),
    reconnects: metrics.counter('gateway_smpp_reconnects_total', 'sessions lost and bound anew', ['bind']),
    rtt: metrics.histogram('gateway_smpp_enquire_link_rtt_seconds', 'enquire_link to its response'),
    odd: metrics.counter('gateway_smpp_odd_pdus_total', 'PDUs refused, by what was wrong', ['bind', 'what']),
  }
}

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
