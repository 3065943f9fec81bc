// All texts of one link from arrival to end: how many there may be, whose turn it is, and the calls to Redis about them.
// At most one call per step; what arrives meanwhile is batched into the next. Memory is only a copy: the texts are in
// Redis (ledger.ts), so losing this process loses nothing.
import type { Carrier, Verdict } from '../carriers/carrier.js'
import { Life, type LifeDeps } from './life.js'
import { Line } from './line.js'
import { Notes } from './notes.js'
import type { ArrivalRow, LeavingRow, Made, MakeStep } from './steps.js'
import type { Text } from './text.js'

/** A text from the intake: its questions, or one part of it. */
export interface Arrival {
  readonly row: Omit<ArrivalRow, 'ids'>
  readonly texts: readonly Text[]
  /** Called once, with the outcome. Left out: nobody waits, and a text that could not be stored is retried here. */
  readonly answer?: (verdict: Verdict) => void
  /** For a part: all parts of the whole text have arrived. */
  readonly whole?: (parts: readonly Buffer[]) => void
}

interface OutboxDeps extends LifeDeps {
  readonly carrier: Pick<Carrier, 'window' | 'credit' | 'takesOnce' | 'send' | 'ended'>
  readonly makeStep: MakeStep
  isReady(): boolean
  replyMaxAgeMs(): number
}

// While one step is at Redis the next is prepared; a third would only split the second's batch.
const stepsAtATime = 2
// Delay of an end that nobody waits for: about as long as a busy link needs for its next step.
const notesWithinMs = 10
// Back-pressure: while more replies wait than the link's window holds, new texts are stored and acknowledged this much later,
// so that a rush queues at the SMSC instead of as thousands of texts in memory.
const holdArrivalsMs = 20
const againAfterMs = 1000
// Pause after a failed step. Once a connection has ended, commands fail at once until its end is reported: retries without a
// pause would keep the event loop from ever reporting it.
const restMs = 100

export class Outbox {
  private readonly held = new Map<string, Text>()
  private readonly line = new Line()
  private readonly notes = new Notes()
  /** Texts with a reserved slot on the link that ask whether they may leave. */
  private readonly reserved = new Set<Text>()
  /** Texts of unknown storage state: if they were stored, they have never been sent. */
  private readonly unsure = new Set<string>()
  private readonly making = new Set<Promise<void>>()
  private readonly timers = new Set<NodeJS.Timeout>()
  private readonly life: Life
  private arrivals: Arrival[] = []
  private arrivalsSince = 0
  private isDue = false
  private isResting = false
  private isClosed = false
  private wakeAt = Number.POSITIVE_INFINITY
  /** A step failed but may have been executed: the texts Redis holds for us must be checked (`adopt`). */
  isUnsure = true

  constructor(private readonly deps: OutboxDeps) {
    this.life = new Life(deps, {
      held: this.held,
      line: this.line,
      notes: this.notes,
      wake: () => this.wake(),
      later: (ms, act) => this.later(ms, act),
    })
  }

  /** Texts here, in any stage. */
  get size(): number {
    return this.held.size + this.arrivals.length
  }

  has(id: string): boolean {
    return this.held.has(id)
  }

  /** Age of the oldest text that has not yet had a chance to leave. */
  oldestMs(now: number): number {
    const oldest = this.line.oldestAt
    return oldest === undefined ? 0 : now - oldest
  }

  /** Takes new arrivals. */
  bring(arrivals: readonly Arrival[]): void {
    if (this.arrivals.length === 0) this.arrivalsSince = performance.now()
    this.arrivals.push(...arrivals)
    this.wake()
  }

  /** Takes over stored texts that another process left, or whose storage was not confirmed. */
  adopt(texts: readonly Text[]): void {
    for (const text of texts) {
      this.held.set(text.id, text)
      if (this.unsure.delete(text.id)) text.attempts = 0
      if (text.isUnreadable) this.life.end(text, 'unreadable-entry')
      else if (text.attempts >= 2 && !this.deps.carrier.takesOnce) this.life.end(text, 'outcome-unknown')
      else this.life.waits(text)
    }
  }

  /**
   * Drops the waiting texts, which another gateway takes over (`Ledger.giveUp`). Texts at work or in back-off are dropped once
   * they wait, or ask whether they may leave. Until the hand-over is confirmed, the texts that Redis holds for us must be
   * checked.
   */
  release(): void {
    this.isUnsure = true
    for (const text of this.held.values()) text.permittedIn = undefined
    for (const text of this.line.takeOld(() => true)) this.life.gone(text)
  }

  /** Every second: ends texts that have waited too long, room or not. */
  expire(now: number): void {
    for (const text of this.line.takeOld(this.tooOld(now))) this.life.end(text, 'expired')
  }

  private tooOld(now: number): (text: Text) => boolean {
    const maxAgeMs = this.deps.replyMaxAgeMs()
    return (text) => text.isOlderThan(maxAgeMs, now)
  }

  /** There may be room, or Redis is back: checks everything that waits, once at the end of this turn. */
  wake(): void {
    if (this.isDue) return
    this.isDue = true
    process.nextTick(() => {
      this.isDue = false
      while (this.making.size < stepsAtATime && this.step());
    })
  }

  // Sends what may go at once; what needs Redis first makes one step. False when there is nothing to ask.
  private step(): boolean {
    if (this.isClosed || this.isResting || !this.deps.isReady()) return false
    const arrivals = this.takeArrivals()
    const leaving = this.choose(arrivals)
    if (arrivals.length === 0 && leaving.length === 0 && !this.areNotesDue()) return false
    const making = this.make(arrivals, leaving).finally(() => {
      this.making.delete(making)
      this.wake()
    })
    this.making.add(making)
    return true
  }

  private takeArrivals(): Arrival[] {
    const waitMs = this.arrivalsSince + holdArrivalsMs - performance.now()
    if (this.arrivals.length > 0 && this.line.length > this.deps.carrier.window && waitMs > 0) {
      this.wakeIn(waitMs)
      return []
    }
    return this.arrivals.splice(0)
  }

  private areNotesDue(): boolean {
    if (this.notes.since === undefined) return false
    const waitMs = this.notes.since + notesWithinMs - performance.now()
    if (waitMs > 0) this.wakeIn(waitMs)
    return waitMs <= 0
  }

  // Reserves room for as many as the link takes: first those in the queue, then new arrivals that are quick.
  private choose(arrivals: readonly Arrival[]): Text[] {
    const { life, line, deps, reserved } = this
    const now = Date.now()
    const lease = deps.instance.lease()
    const leaving: Text[] = []
    let room = lease === undefined ? 0 : deps.carrier.credit - reserved.size
    const isTooOld = this.tooOld(now)
    while (room > 0) {
      const text = line.take(now, isTooOld)
      if (!text) break
      if (isTooOld(text)) life.end(text, 'expired')
      else if (text.worded && text.permittedIn === lease) {
        room--
        life.send(text, text.worded.reply)
      } else if (life.isReady(text, now)) {
        room--
        text.moveTo('leaving')
        leaving.push(text)
      }
    }
    for (const { texts } of arrivals)
      for (const text of texts) {
        this.held.set(text.id, text)
        // A guess counts as a try, so it is planned only once it is known not to be a redelivery.
        if (room <= 0 || text.asked.question.reading?.kind === 'unreadable' || !deps.worder.isQuick(text))
          continue
        room--
        leaving.push(text)
      }
    for (const text of leaving) reserved.add(text)
    return leaving
  }

  private async make(arrivals: readonly Arrival[], leaving: readonly Text[]): Promise<void> {
    const lease = this.deps.instance.lease()
    const notes = this.notes.take()
    let made: Made
    try {
      made = await this.deps.makeStep({
        ...notes.step,
        arrivals: arrivals.map(({ row, texts }) => ({ ...row, ids: texts.map(({ id }) => id) })),
        leaving: leaving.map(leavingRow),
      })
    } catch {
      notes.keep()
      this.notMade(arrivals, leaving)
      return
    }
    for (const text of notes.ended) this.life.gone(text)
    arrivals.forEach((arrival, nth) => this.arrived(arrival, made.arrivals[nth]!))
    leaving.forEach((text, nth) => {
      this.reserved.delete(text)
      if (text.stage !== 'gone') this.life.judged(text, made.leaving[nth]!, lease)
    })
  }

  private arrived({ texts, answer, whole, row }: Arrival, is: boolean | readonly Buffer[]): void {
    if (typeof is !== 'boolean') {
      answer?.('kept')
      whole?.(is)
      return
    }
    answer?.(is ? (texts.length > 0 ? 'kept' : 'silent') : 'seen')
    // Parts and notices are not citizens' texts.
    if (!row.part && !row.isOurs)
      this.deps.tell.received(is ? row.reason : row.parts ? undefined : 'duplicate')
    for (const text of texts) {
      if (!is) this.life.gone(text)
      else if (!this.reserved.has(text)) this.life.waits(text)
    }
  }

  // Perhaps it was executed and only the response was lost: stored texts are then found among those Redis holds for us.
  private notMade(arrivals: readonly Arrival[], leaving: readonly Text[]): void {
    this.isUnsure = true
    this.rest()
    for (const text of leaving) {
      this.reserved.delete(text)
      // Redis is away or came back empty. Nothing was sent: put everything back.
      if (text.stage === 'leaving') this.life.waits(text)
    }
    for (const arrival of arrivals) {
      for (const { id } of arrival.texts) {
        this.held.delete(id)
        this.unsure.add(id)
      }
      if (arrival.answer) arrival.answer('later')
      else
        this.later(againAfterMs, () =>
          this.bring([{ ...arrival, texts: arrival.texts.map((text) => text.asArrived()) }]),
        )
    }
  }

  private rest(): void {
    if (this.isResting) return
    this.isResting = true
    this.later(restMs, () => {
      this.isResting = false
      this.wake()
    })
  }

  /** Stops processing, with ends recorded if Redis is there. Waiting texts stay stored. */
  async close(): Promise<void> {
    this.isClosed = true
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
    for (const { answer } of this.arrivals.splice(0)) answer?.('later')
    await Promise.all(this.making)
    const { step } = this.notes.take()
    if (step.ended.length > 0 || step.back.length > 0)
      await this.deps.makeStep({ ...step, arrivals: [], leaving: [] })
  }

  private wakeIn(ms: number): void {
    const at = performance.now() + ms
    if (at >= this.wakeAt) return
    this.wakeAt = at
    this.later(ms, () => {
      this.wakeAt = Number.POSITIVE_INFINITY
      this.wake()
    })
  }

  private later(ms: number, act: () => void): void {
    if (this.isClosed) return
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      act()
    }, ms)
    this.timers.add(timer)
  }
}

function leavingRow({ id, attempts, asked, plan, identity, isCounted, started, worded }: Text): LeavingRow {
  return {
    id,
    // Stored as one digit; only a carrier that deduplicates counts further, and need not.
    attempts: Math.min(attempts + 1, 9),
    places: started || worded ? [] : (plan?.places ?? []),
    caps: isCounted ? undefined : { subject: asked.subject, identity },
  }
}
