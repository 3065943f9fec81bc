// Replies on their way out of one link. A question waits here until the link has room; only then is its answer looked up
// and worded, its attempt recorded, and the submit_sm sent. What the SMSC says decides whether it is done, tried again
// or given up with a reason. Everything here is also in the inbox stream: losing this memory loses nothing.
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { Batch, Reply } from '../../redis/connection.js'
import type { SmscLink, SubmitOutcome } from '../carriers/smpp/smsc-link.js'
import { reactionTo, statusName } from '../carriers/smpp/wire/command-status.js'
import type { Said, Worded } from '../conversation/conversation.js'
import { isOurs } from '../conversation/inquiry.js'
import { mask } from '../msisdn.js'
import { segmentsOf } from '../segments.js'
import { type Caps, wordsHash } from './caps.js'
import type { Held, Inbox, Reason } from './inbox.js'

/** At once, or as a promise where it takes longer; 'mistake' when we made one. */
export type Wording = Said | 'mistake' | Promise<Said | 'mistake'>

export interface OutboxDeps {
  readonly link: Pick<SmscLink, 'name' | 'config' | 'credit' | 'submit'>
  readonly inbox: Pick<Inbox, 'queuePermit' | 'notTaken' | 'queueDone' | 'bury'>
  readonly caps: Caps
  batch(): Batch
  isReady(): boolean
  /** Looks up and words replies that are about to leave; those that take longer come as promises of their own. */
  word(helds: readonly Held[]): Promise<Wording[]>
  readonly replyMaxAgeMs: number
  readonly log: Log
  readonly metrics: Metrics
}

// A backlog older than this is answered from its young end: the fresh ones still help, the old ones may expire.
const freshFirstAfterMs = 30_000
const noticeMaxAgeMs = 86_400_000
// ESME_RSYSERR and the like: so often, then a person looks at it.
const maxRefusals = 6
const firstBackoffMs = 250
const longestBackoffMs = 10_000
const calmWithinMs = 20

type End = Reason | 'answered'

export class Outbox {
  private readonly held = new Map<string, Held>()
  private readonly again: Held[] = []
  private fresh: Held[] = []
  private freshHead = 0
  private moving = 0
  private ready: { held: Held; worded: Worded }[] = []
  // Each step asks Redis once at a time: what comes meanwhile goes together in its next call.
  private isPreparing = false
  private isLeaving = false
  private refused: Held[] = []
  private ended = new Map<End, string[]>()
  private endedDue: NodeJS.Immediate | undefined
  private readonly timers = new Set<NodeJS.Timeout>()
  private isClosed = false
  private calming: Promise<void> | undefined
  private becalm: (() => void) | undefined
  private ceilingToldIn = 0
  private readonly metrics: ReturnType<typeof outboxMetrics>

  constructor(private readonly deps: OutboxDeps) {
    this.metrics = outboxMetrics(deps.metrics, deps.link.name)
  }

  /** Questions here, at whatever stage. */
  get size(): number {
    return this.held.size
  }

  has(id: string): boolean {
    return this.held.has(id)
  }

  /** Whether so many questions more would leave at once. */
  hasRoomFor(count: number): boolean {
    return this.backlog === 0 && this.deps.link.credit - this.moving >= count
  }

  /**
   * Resolves when little waits here, or after a moment: whoever takes texts in does so no faster than replies leave, so that
   * in a rush they queue at the SMSC, within its window, and not as thousands in memory. A link that has stopped sending
   * holds nobody up for long: then texts are kept here.
   */
  calm(): Promise<void> | undefined {
    if (this.backlog <= this.deps.link.config.window) return undefined
    this.calming ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.becalm?.(), calmWithinMs)
      this.becalm = () => {
        clearTimeout(timer)
        this.calming = this.becalm = undefined
        resolve()
      }
    })
    return this.calming
  }

  private get backlog(): number {
    return this.again.length + this.fresh.length - this.freshHead
  }

  /** Age of the oldest question that waits to be looked at, for the metrics. */
  oldestMs(now: number): number {
    const oldest = this.fresh[this.freshHead]
    return oldest ? now - oldest.receivedAt : 0
  }

  /** Takes questions over. Those with attempts of unknown outcome go first: they are the older ones. */
  offer(helds: readonly Held[]): void {
    for (const held of helds) {
      if (this.held.has(held.id)) continue
      // The caps are for what a phone causes; a notice was asked for once and is few by itself.
      if (isOurs(held.question)) held.isCounted = true
      this.held.set(held.id, held)
      if (held.unknownAttempts >= 2) this.give(held, 'outcome-unknown')
      else if (held.unknownAttempts > 0) this.again.push(held)
      else this.fresh.push(held)
    }
    this.pump()
  }

  /** Moves as many as the link has room for. Called whenever there may be room. */
  pump(): void {
    if (this.isClosed || this.isPreparing || !this.deps.isReady()) return
    const now = Date.now()
    let room = this.deps.link.credit - this.moving
    const leaving: Held[] = []
    while (room > 0) {
      const held = this.take(now)
      if (!held) break
      if (now - held.receivedAt > this.maxAgeMs(held)) {
        this.end(held, 'expired')
        continue
      }
      room--
      this.moving++
      if (held.started) this.prepared(held, { text: held.started.text, isValid: true, kind: 'rest' })
      else leaving.push(held)
    }
    if (leaving.length > 0) void this.prepare(leaving)
    if (this.becalm && this.backlog <= this.deps.link.config.window) this.becalm()
  }

  /** Stops moving. What is under way is settled by the link; what waits stays in the inbox. */
  close(): void {
    this.isClosed = true
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
  }

  /** Writes down what has ended; again after an outage. */
  async settle(): Promise<void> {
    clearImmediate(this.endedDue)
    this.endedDue = undefined
    if (this.refused.length > 0) {
      const refused = this.refused
      this.refused = []
      // A process that dies while these wait must not make the next one believe they may be out already.
      await this.deps.inbox.notTaken(refused)
    }
    if (this.ended.size === 0) return
    const batch = this.deps.batch()
    const ended = this.queueEnded(batch)
    this.endedWritten(ended, await batch.exec())
  }

  private queueEnded(batch: Batch): Map<End, string[]> | undefined {
    if (this.ended.size === 0) return undefined
    const ended = this.ended
    this.ended = new Map()
    this.deps.inbox.queueDone(batch, ended)
    return ended
  }

  private endedWritten(ended: Map<End, string[]> | undefined, replies: readonly Reply[]): void {
    if (!ended) return
    if (replies.every(([error]) => !error)) {
      for (const ids of ended.values()) for (const id of ids) this.held.delete(id)
      return
    }
    // Redis is away: the entries stay with us and are ended when it is back (the next settle).
    for (const [end, ids] of ended) this.ended.set(end, [...(this.ended.get(end) ?? []), ...ids])
  }

  private take(now: number): Held | undefined {
    const first = this.again.shift()
    if (first) return first
    if (this.freshHead >= this.fresh.length) return undefined
    const oldest = this.fresh[this.freshHead]!
    if (now - oldest.receivedAt > freshFirstAfterMs && now - oldest.receivedAt <= this.maxAgeMs(oldest))
      return this.fresh.pop()
    this.freshHead++
    if (this.freshHead > 1024 && this.freshHead * 2 > this.fresh.length) {
      this.fresh = this.fresh.slice(this.freshHead)
      this.freshHead = 0
    }
    return oldest
  }

  // Nobody waits for a notice with the phone in hand: it is good for a day.
  private maxAgeMs(held: Held): number {
    return isOurs(held.question) ? noticeMaxAgeMs : this.deps.replyMaxAgeMs
  }

  private async prepare(helds: readonly Held[]): Promise<void> {
    let worded: Wording[]
    this.isPreparing = true
    try {
      worded = await this.deps.word(helds)
    } catch {
      for (const held of helds) this.putBack(held)
      return
    } finally {
      this.isPreparing = false
    }
    worded.forEach((one, nth) => {
      const held = helds[nth]!
      if (!(one instanceof Promise)) {
        this.prepared(held, one)
        return
      }
      // Somebody who is slowed down must not take the room of others meanwhile.
      this.moving--
      const goOn = () => {
        this.moving++
      }
      one.then(
        (value) => {
          goOn()
          this.prepared(held, value)
        },
        () => {
          goOn()
          this.putBack(held)
        },
      )
    })
    this.pump()
  }

  // All that became ready in one tick, or while others asked, asks its permission in one go.
  private prepared(held: Held, worded: Said | 'mistake'): void {
    if (worded === 'mistake') {
      this.moving--
      this.give(held, 'mistake')
      return
    }
    if (typeof worded === 'string') {
      this.moving--
      this.end(held, worded)
      return
    }
    this.ready.push({ held, worded })
    if (this.isLeaving) return
    this.isLeaving = true
    process.nextTick(() => void this.leaveAll())
  }

  private async leaveAll(): Promise<void> {
    while (this.ready.length > 0) {
      const ready = this.ready
      this.ready = []
      await this.leave(ready)
    }
    this.isLeaving = false
  }

  private async leave(ready: { held: Held; worded: Worded }[]): Promise<void> {
    const { inbox, caps } = this.deps
    const batch = this.deps.batch()
    inbox.queuePermit(
      batch,
      ready.map(({ held }) => held),
    )
    const uncounted = ready.filter(({ held }) => !held.isCounted)
    if (uncounted.length > 0)
      caps.queue(
        batch,
        uncounted.map(({ held, worded }) => ({
          subject: held.subject,
          replyHash: `r${wordsHash(worded.text)}`,
          textHash: `r${held.textHash}`,
        })),
        Date.now(),
      )
    // What has ended meanwhile travels along.
    const ended = this.queueEnded(batch)
    const replies = await batch.exec()
    this.endedWritten(ended, replies.slice(uncounted.length > 0 ? 2 : 1))
    const [permits, second] = replies
    const verdicts = uncounted.length > 0 ? second : undefined
    if (!permits || permits[0] || verdicts?.[0]) {
      // Away, or lost and empty: nothing has left, so it is as it was.
      for (const { held } of ready) this.putBack(held)
      return
    }
    const judged = verdicts ? caps.verdictsOf(verdicts) : []
    let nthJudged = 0
    const permitted = permits[1] as number[]
    ready.forEach(({ held, worded }, nth) => {
      this.moving--
      const verdict = held.isCounted ? 'may-leave' : judged[nthJudged++]!
      if (permitted[nth] !== 1) {
        // Another gateway has taken it over, or it is done: not ours to answer.
        this.held.delete(held.id)
        return
      }
      if (verdict !== 'may-leave') {
        if (verdict === 'ceiling') this.tellCeiling()
        this.end(held, verdict)
        return
      }
      held.isCounted = true
      this.send(held, worded)
    })
  }

  // Once an hour: whoever pumps texts must not fill the log with them.
  private tellCeiling(): void {
    const hour = Math.floor(Date.now() / 3_600_000)
    if (hour === this.ceilingToldIn) return
    this.ceilingToldIn = hour
    this.deps.log.error(
      { evt: 'sms.ceiling', link: this.deps.link.name },
      'The hourly ceiling of replies is reached; nothing is sent until the next hour',
    )
  }

  private send(held: Held, worded: Worded): void {
    const { config } = this.deps.link
    const reference = Number(held.id.slice(0, held.id.indexOf('-'))) & 0xff
    const segments = segmentsOf(worded.text, config.defaultAlphabet, reference)
    if (segments.length > 1) held.started ??= { text: worded.text, taken: new Set() }
    const due = segments.map((_, at) => at).filter((at) => !held.started?.taken.has(at))
    const startedAt = Date.now()
    let waiting = due.length
    let worst: SubmitOutcome | undefined
    for (const at of due) {
      const segment = segments[at]!
      this.deps.link.submit(
        {
          serviceType: (worded.isValid ? config.billing?.valid : config.billing?.invalid) ?? '',
          sourceTon: config.sourceTon ?? held.toTon,
          sourceNpi: config.sourceNpi ?? held.toNpi,
          source: config.shortCode,
          destTon: config.destTon ?? held.phone.ton,
          destNpi: config.destNpi ?? held.phone.npi,
          dest: held.phone.address,
          esmClass: segment.hasUdh ? 0x40 : 0,
          registeredDelivery: config.deliveryReceipts ? 1 : 0,
          dataCoding: segment.dataCoding,
          message: segment.message,
          tlv: config.billing?.tlv && {
            tag: config.billing.tlv.tag,
            value: worded.isValid ? config.billing.tlv.valid : config.billing.tlv.invalid,
          },
        },
        (outcome) => {
          this.metrics.sent(resultOf(outcome)).inc()
          if (outcome.kind === 'answered' && outcome.commandStatus === 0) {
            held.started?.taken.add(at)
            this.metrics.segments.inc()
            this.accepted?.(outcome.messageId, held)
          }
          if (severity(outcome) > severity(worst)) worst = outcome
          if (--waiting === 0) this.settled(held, worded, worst!, Date.now() - startedAt)
        },
      )
    }
  }

  /** Set by whoever matches delivery receipts. */
  accepted?: (messageId: string, held: Held) => void

  private settled(held: Held, worded: Worded, outcome: SubmitOutcome, tookMs: number): void {
    if (outcome.kind === 'unsent') {
      this.refused.push(held)
      this.retry(held, 0)
      return
    }
    if (outcome.kind === 'lost') {
      // Once more, and only once: a second answer is a nuisance, a third would be a fault.
      if (++held.unknownAttempts >= 2) this.give(held, 'outcome-unknown')
      else this.retry(held, 0)
      return
    }
    const status = outcome.commandStatus
    if (status !== 0) this.refused.push(held)
    switch (reactionTo(status)) {
      case 'done':
        this.deps.log.info(
          {
            evt: 'mo.answered',
            link: this.deps.link.name,
            from: mask(held.phone.address),
            result: worded.kind,
            tookMs,
            ageMs: Date.now() - held.receivedAt,
          },
          'MO answered',
        )
        this.end(held, 'answered')
        return
      case 'throttled':
        // The message is fine and we were too fast: it waits as long as it may live.
        this.retry(held, backoffMs(held.refusals++))
        return
      case 'rebind':
        this.retry(held, firstBackoffMs)
        return
      case 'retry':
        if (++held.refusals < maxRefusals) {
          this.retry(held, 4 * backoffMs(held.refusals))
          return
        }
        break
      case 'final':
    }
    this.deps.log.warn(
      {
        evt: 'mo.rejected',
        link: this.deps.link.name,
        from: mask(held.phone.address),
        commandStatus: statusName(status),
      },
      'The SMSC will not take this reply',
    )
    this.give(held, 'rejected')
  }

  private retry(held: Held, waitMs: number): void {
    this.settleSoon()
    if (waitMs === 0) {
      this.again.push(held)
      // Not from here: the link is in the middle of reporting outcomes.
      setImmediate(() => this.pump())
      return
    }
    if (this.isClosed) return
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      this.again.push(held)
      this.pump()
    }, waitMs)
    this.timers.add(timer)
  }

  private putBack(held: Held): void {
    this.moving--
    this.again.push(held)
  }

  private end(held: Held, end: End): void {
    if (end !== 'answered') this.metrics.suppressed.inc({ reason: end })
    const ids = this.ended.get(end)
    if (ids) ids.push(held.id)
    else this.ended.set(end, [held.id])
    this.settleSoon()
  }

  // Ends for a reason that an operator may want to see; the entry goes to the dead letters.
  private give(held: Held, reason: Reason): void {
    this.metrics.suppressed.inc({ reason })
    this.deps.inbox.bury(held.id, reason).then(
      () => this.held.delete(held.id),
      () => {
        if (!this.isClosed) this.later(() => this.give(held, reason))
      },
    )
  }

  // At once when nothing else is on its way to Redis; else with that.
  private settleSoon(): void {
    this.endedDue ??= setImmediate(() => {
      if (this.moving > 0 && this.refused.length === 0) this.endedDue = undefined
      else void this.settle()
    })
  }

  private later(act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      act()
    }, 1000)
    this.timers.add(timer)
  }
}

function backoffMs(refusals: number): number {
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** refusals) * (0.75 + Math.random() / 2)
}

function severity(outcome: SubmitOutcome | undefined): number {
  if (!outcome) return -1
  if (outcome.kind === 'lost') return 4
  if (outcome.kind === 'unsent') return 2
  const reaction = reactionTo(outcome.commandStatus)
  return reaction === 'done' ? 0 : reaction === 'final' ? 3 : 1
}

function resultOf(outcome: SubmitOutcome): string {
  return outcome.kind === 'answered' ? reactionTo(outcome.commandStatus) : outcome.kind
}

// A counter with its labels looked up once: that look-up costs more than the counting.
function outboxMetrics(metrics: Metrics, bind: string) {
  const sent = metrics.counter('gateway_sms_sent_total', 'submit_sm by what became of them', [
    'bind',
    'result',
  ])
  const byResult = new Map<string, { inc(): void }>()
  return {
    sent(result: string): { inc(): void } {
      let one = byResult.get(result)
      if (!one) byResult.set(result, (one = sent.labels({ bind, result })))
      return one
    },
    segments: metrics
      .counter('gateway_sms_segments_total', 'segments the SMSC took', ['bind'])
      .labels({ bind }),
    suppressed: metrics.counter('gateway_sms_suppressed_total', 'texts without a reply, by reason', [
      'reason',
    ]),
  }
}
