// One link to one SMSC: its sessions (transceivers, or pairs of transmitter and receiver), kept bound with jittered
// retries and paced as a whole. It moves deliver_sm in and submit_sm out, and does not look at texts.
import { readFileSync } from 'node:fs'
import { decodeText } from '../../decoding.js'
import { Pace } from '../../pipeline/pace.js'
import { lookupFrom } from '../addresses.js'
import type { Carrier, CarrierDeps, Incoming, LinkView, Outcome, Outgoing } from '../carrier.js'
import { readIncoming, readReceipt } from './deliver.js'
import { Doubt } from './doubt.js'
import { linkMetrics } from './link-metrics.js'
import type { SmppConfig } from './settings.js'
import { type SubmitSegment, submitReply } from './submit.js'
import { commandStatus, reactionTo, statusName } from './wire/command-status.js'
import { Patience } from './wire/patience.js'
import type { BindMode, DeliverSm } from './wire/pdu.js'
import { type CloseReason, Session } from './wire/session.js'

interface Slot {
  readonly bind: string
  readonly mode: BindMode
  session: Session | undefined
  attempts: number
  timer: NodeJS.Timeout | undefined
  lastError: string | undefined
  /** The reasons logged since it was last bound. */
  readonly logged: Set<string>
  readonly patience: Patience
  /** Replies the previous session left in doubt. They leave first, one at a time. */
  oneByOne: number
  readonly doubt: Doubt
}

// SMPP v3.4 §5.2.2
const standardPassword = 8
const firstRetryMs = 1000
const longestRetryMs = 30_000
// A session that lived this long, or carried traffic, was good: the back-off starts over. Some SMSCs close what is idle for 20
// s.
const goodAfterMs = 10_000
// Odd PDUs are logged once a minute per reason.
const oddEveryMs = 60_000

export class SmscLink implements Carrier {
  readonly name: string
  readonly window: number
  readonly sendsUnasked = true
  private readonly slots: Slot[]
  private readonly pace: Pace
  private isClosing = false
  private wake: NodeJS.Timeout | undefined
  private sharers = 1
  private readonly oddToldUntil = new Map<string, number>()
  private received = 0
  private sent = 0
  private throttled = 0
  private readonly metrics: ReturnType<typeof linkMetrics>

  constructor(
    readonly config: SmppConfig,
    private readonly deps: CarrierDeps,
  ) {
    this.name = config.name
    this.window = config.window
    // Monotonic clock: setting the system clock back an hour would otherwise mean an hour without a token.
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
        logged: new Set<string>(),
        patience: new Patience(config.responseTimeoutMs),
        oneByOne: 0,
        doubt: new Doubt(),
      })),
    ).flat()
  }

  /** Starts binding; returns at once. */
  open(): void {
    if ((this.config.password ?? '').length > standardPassword)
      this.deps.log.warn(
        { evt: 'smsc.long-password', link: this.name, standard: standardPassword },
        'The password is longer than SMPP allows; it is sent whole, as some SMSCs want it',
      )
    for (const slot of this.slots) {
      this.metrics.reconnects.inc({ bind: slot.bind }, 0)
      this.metrics.bound.set({ bind: slot.bind }, 0)
      this.connect(slot)
    }
  }

  /**
   * Health by what is bound: one half of a transmitter/receiver pair is worth a warning, since texts then pile up unnoticed.
   */
  get state(): 'pass' | 'warn' | 'fail' {
    const bound = this.slots.filter(({ session }) => session?.isBound)
    if (bound.length === this.slots.length) return 'pass'
    return bound.length === 0 ? 'fail' : 'warn'
  }

  readText = (body: Buffer, dataCoding: number): string | undefined =>
    decodeText(body, dataCoding, this.config.defaultAlphabet)

  shareWith(gateways: number): void {
    if (this.config.throughput === 0 || gateways === this.sharers) return
    this.sharers = gateways
    this.pace.agree(this.config.throughput / gateways, performance.now())
    this.deps.log.info(
      { evt: 'smsc.shared', link: this.name, gateways, throughput: this.config.throughput },
      'Gateways on this link share its throughput',
    )
  }

  /** Segments that may leave now: free window places over all sessions, within the pace. */
  get credit(): number {
    let free = 0
    for (const slot of this.slots) free += this.creditOf(slot)
    if (free === 0) return 0
    const paced = this.pace.available(performance.now())
    if (paced < 1) this.wakeLater()
    return Math.min(free, paced)
  }

  private creditOf({ session, doubt }: Slot): number {
    return session && !doubt.isOn ? session.credit : 0
  }

  // A session that refuses everything (behind it is a faulty node of the peer) always has the most room, so it ranks last of
  // those with room.
  private rankOf(slot: Slot): number {
    const credit = this.creditOf(slot)
    return slot.doubt.isRefusing(performance.now()) ? Math.min(credit, 1) / 2 : credit
  }

  get inFlight(): number {
    return this.slots.reduce((sum, slot) => sum + (slot.session?.inFlight ?? 0), 0)
  }

  send(reply: Outgoing, done: (outcome: Outcome) => void): void {
    submitReply(this.config, this.submit, reply, this.deps.accepted, done)
  }

  // Uses the session with the most room. A reply in two segments may exceed the window by one.
  private submit: SubmitSegment = (sm, { blamedAt, refusals }, done) => {
    let best: Slot | undefined
    for (const slot of this.slots)
      if (slot.session && slot.mode !== 'receiver' && (!best || this.rankOf(slot) > this.rankOf(best)))
        best = slot
    if (!best?.session?.isBound || this.isClosing) {
      done({ kind: 'unsent' }, false)
      return
    }
    const slot = best
    const session = best.session
    this.pace.take(1)
    this.sent++
    const sentAt = performance.now()
    const othersTaken = ({ doubt }: Slot) => blamedAt !== undefined && doubt.hasTakenSince(blamedAt)
    session.submit(sm, (outcome) => {
      let isItsOwn = false
      if (outcome.kind === 'answered') {
        const now = performance.now()
        const reaction = reactionTo(outcome.commandStatus)
        if (reaction === 'done') slot.doubt.taken(sentAt, blamedAt !== undefined, now)
        if (reaction === 'throttled') this.throttled++
        isItsOwn = !this.pace.answered(reaction !== 'throttled', now, refusals)
        if (reaction !== 'done' && reaction !== 'final') slot.doubt.refused(now)
        if (reaction === 'rebind' && !othersTaken(slot)) slot.doubt.blamed(now)
      }
      done(outcome, isItsOwn || othersTaken(slot))
      this.rebindIfDoubted(slot, session)
    })
  }

  private rebindIfDoubted({ doubt, session: current }: Slot, session: Session): void {
    if (!doubt.isOn || current !== session || session.inFlight > 0) return
    doubt.rebound(performance.now())
    session.destroy('rebind')
  }

  /** Stops receiving and sending; waits until the window is empty or the budget is spent, then unbinds. */
  async close(budgetMs = 3000): Promise<void> {
    this.isClosing = true
    clearTimeout(this.wake)
    for (const slot of this.slots) clearTimeout(slot.timer)
    const deadline = performance.now() + budgetMs
    while (this.inFlight > 0 && performance.now() < deadline) await later(20)
    const open = this.slots.filter((slot) => slot.session)
    for (const slot of open) slot.session!.unbind()
    while (open.some((slot) => slot.session) && performance.now() < deadline + 500) await later(10)
    for (const slot of open) slot.session?.destroy()
    // Left at 0, the gauge would report a link that a reload has removed as failed for ever.
    for (const { bind } of this.slots) this.metrics.bound.remove({ bind })
  }

  view(): LinkView {
    const perSecond = this.pace.perSecond
    return {
      link: this.name,
      kind: 'smpp',
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
    try {
      slot.session = this.openSession(slot)
    } catch (cause) {
      // The CA file is being replaced or is unreadable: handled like a peer that cannot be reached, until the file is there
      // again.
      this.closed(slot, 'connect-failed', undefined, cause)
    }
  }

  private openSession(slot: Slot): Session {
    const { config } = this
    const { bind, mode } = slot
    const startedAt = Date.now()
    return new Session(
      {
        host: config.host,
        port: config.port,
        lookup: lookupFrom(slot.attempts),
        tls: config.tls ? { ...(config.tlsCa ? { ca: readFileSync(config.tlsCa) } : {}) } : undefined,
        mode,
        systemId: config.systemId,
        password: config.password ?? '',
        systemType: config.systemType,
        window: config.window,
        enquireLinkIntervalMs: config.enquireLinkIntervalMs,
        responseTimeoutMs: config.responseTimeoutMs,
        oneByOne: slot.oneByOne,
        patience: slot.patience,
      },
      {
        bound: () => {
          this.metrics.bound.set({ bind }, 1)
          const tookMs = Date.now() - startedAt
          this.deps.log.info({ evt: 'smsc.bound', link: this.name, bind, mode, tookMs }, 'SMSC bound')
          slot.lastError = undefined
          this.deps.room()
        },
        deliver: (batch) => this.deliver(slot, batch),
        credit: () => this.deps.room(),
        oddPdu: (what) => this.odd(what),
        enquireLinkRtt: (ms) => this.metrics.rtt.observe(ms / 1000),
        blamed: () => {
          slot.doubt.blamed(performance.now())
          if (slot.session) this.rebindIfDoubted(slot, slot.session)
        },
        closed: (reason, status, cause) => this.closed(slot, reason, status, cause),
      },
    )
  }

  private deliver(slot: Slot, batch: readonly DeliverSm[]): void {
    const session = slot.session!
    const texts: Incoming[] = []
    this.received += batch.length
    for (const deliverSm of batch) {
      const receipt = readReceipt(deliverSm)
      if (!receipt) {
        texts.push(readIncoming(deliverSm, session, this.config.defaultAlphabet))
        continue
      }
      session.acknowledge(deliverSm, commandStatus.ESME_ROK)
      this.deps.receipt(receipt)
    }
    if (texts.length > 0) this.deps.deliver(texts)
  }

  private odd(what: string): void {
    this.metrics.odd.inc({ bind: this.name, what })
    const now = performance.now()
    if (now < (this.oddToldUntil.get(what) ?? 0)) return
    this.oddToldUntil.set(what, now + oddEveryMs)
    this.deps.log.warn(
      { evt: 'smsc.odd-pdu', link: this.name, what },
      'The SMSC sent a PDU that cannot be read, or that nobody waits for',
    )
  }

  private closed(slot: Slot, reason: CloseReason, status: number | undefined, cause: unknown): void {
    const boundSince = slot.session?.boundSince ?? 0
    const wasBound = boundSince > 0
    const lived = wasBound ? Date.now() - boundSince : 0
    const { answered = 0, inFlight = 0, hasCarried = false } = slot.session ?? {}
    slot.session = undefined
    slot.doubt.isOn = false
    this.metrics.bound.set({ bind: slot.bind }, 0)
    const error = status === undefined ? reason : `${reason} ${statusName(status)}`
    // Each reason is logged once: an SMSC that stays down is a line or two, not one per second.
    if (wasBound) slot.logged.clear()
    const reasonAndCode = `${error} ${(cause as NodeJS.ErrnoException | undefined)?.code}`
    if (!slot.logged.has(reasonAndCode)) {
      slot.logged.add(reasonAndCode)
      const fields = { evt: 'smsc.lost', link: this.name, bind: slot.bind, reason: error, livedMs: lived }
      if (reason === 'closed-by-us' && this.isClosing) this.deps.log.info(fields, 'SMSC unbound')
      else this.deps.log.warn({ ...fields, ...(cause ? { err: cause } : {}) }, 'SMSC link lost, rebinding')
    }
    slot.lastError = error
    if (this.isClosing) return
    if (wasBound && (lived >= goodAfterMs || hasCarried)) slot.attempts = 0
    // Replies in flight may have been sent. The next session sends them one at a time: if it breaks, too, at most one of them
    // is duplicated.
    if (wasBound) slot.oneByOne = answered > 0 ? inFlight : 0
    const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** slot.attempts)
    slot.attempts = Math.min(slot.attempts + 1, 10)
    this.metrics.reconnects.inc({ bind: slot.bind })
    // Jitter from half the delay to all of it: sessions that dropped together must not return together.
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

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
