// The life of a text, top to bottom: it queues, is planned and perhaps worked on, is judged, worded, sent, and ends with
// an answer or a reason. The cost in Redis calls is up to the outbox (outbox.ts), which drives this.
import type { Instance } from '../../redis/instance.js'
import type { Carrier, Outcome, Refusal } from '../carriers/carrier.js'
import type { Worded } from '../conversation/conversation.js'
import type { Line } from './line.js'
import type { Notes } from './notes.js'
import { doubtsAtMost, pauseMs, unheardAtMost } from './retries.js'
import type { Made } from './steps.js'
import type { Tell } from './tell.js'
import type { End, Text } from './text.js'
import type { Worder, Wording } from './worder.js'

export interface LifeDeps {
  readonly carrier: Pick<Carrier, 'send' | 'ended'>
  readonly worder: Worder
  readonly instance: Pick<Instance, 'lease'>
  readonly tell: Tell
  /** The number to reply from if the text does not say which number it was sent to. */
  readonly shortCode: string
  /** Whether nobody is texted unasked at this hour. */
  isQuiet(): boolean
}

const quietCheckMs = 2000

interface Surroundings {
  /** Every text from storing to end. */
  readonly held: Map<string, Text>
  readonly line: Line
  readonly notes: Notes
  /** Something may proceed: checks the queue and the notes again. */
  wake(): void
  later(ms: number, act: () => void): void
}

/** Each method is one stage; `Text.moveTo` refuses a transition that the table lacks. */
export class Life {
  constructor(
    private readonly deps: LifeDeps,
    private readonly its: Surroundings,
  ) {}

  /** 1. Stored: it queues for room. */
  waits(text: Text): void {
    text.moveTo('waiting')
    this.its.line.push(text)
    this.its.wake()
  }

  /**
   * 2. Its turn has come. True: it may ask to leave. False: its reply takes time and is worded first, without occupying a
   * slot on the link.
   */
  isReady(text: Text, now: number): boolean {
    if (text.started || text.isStillWorded(now)) return true
    text.worded = undefined
    const { worder } = this.deps
    // A notice that could not leave before the quiet hours waits until they are over.
    if (text.asked.question.action === 'notice' && this.deps.isQuiet()) {
      text.moveTo('working')
      this.its.later(quietCheckMs, () => this.waits(text))
      return false
    }
    if (worder.isQuick(text)) return true
    const plan = worder.planFor(text)
    text.moveTo('working')
    this.its.later(plan.delayMs, () => this.work(text, worder.work(text, plan)))
    return false
  }

  private work(text: Text, working: Promise<Wording>): void {
    working.then(
      (wording) => {
        const worded = this.isWorded(text, wording)
        if (!worded) return
        text.worded = { reply: worded, at: Date.now() }
        this.waits(text)
      },
      // Redis is away.
      () => this.its.later(1000, () => this.waits(text)),
    )
  }

  private isWorded(text: Text, wording: Wording): Worded | undefined {
    text.plan = undefined
    if (typeof wording !== 'string') return wording
    this.end(text, wording)
    return undefined
  }

  /** 3. Judged: it may leave and is worded; or has already ended; or takes the slow path after all. */
  judged(text: Text, { verdict, found }: Made['leaving'][number], lease: number | undefined): void {
    const { worder } = this.deps
    switch (verdict) {
      case 'not-ours': // another gateway has taken it over, or it is done
        this.gone(text)
        return
      case 'capped':
      case 'ceiling': // written down in the same step
        this.tellEnd(text, verdict)
        this.gone(text)
        return
      case 'may-leave':
        text.permittedIn = lease
        text.isCounted = true
        break
      case 'absent': // kept, and not permitted: it is asked about elsewhere first
    }
    const wording = text.started ?? text.worded?.reply ?? worder.word(text, worder.planFor(text), found)
    if (wording instanceof Promise) {
      text.moveTo('working')
      this.work(text, wording)
      return
    }
    const worded = this.isWorded(text, wording)
    if (worded) this.send(text, worded)
  }

  /** 4. Sent, while its lease guarantees that nobody has taken it over. */
  send(text: Text, worded: Worded): void {
    const { carrier, instance, shortCode, tell } = this.deps
    const { phone, to } = text.asked
    if (text.permittedIn === undefined || text.permittedIn !== instance.lease()) {
      this.unsent(text)
      return
    }
    text.moveTo('out')
    text.permittedIn = undefined
    const startedAt = Date.now()
    carrier.send(
      {
        id: text.id,
        question: text.asked.named,
        text: worded.text,
        isValid: worded.isValid,
        notice: worded.notice,
        to: phone,
        from: to.address === '' ? { ...to, address: shortCode } : to,
        reference: text.reference,
        attempts: text.attempts,
        blamedAt: text.blamedAt,
        refusals: text.refusals,
        taken: text.taken,
      },
      (outcome) => {
        tell.sent(text, worded, outcome, Date.now() - startedAt)
        if (text.taken.length > 0) text.started = worded
        this.settled(text, outcome)
      },
    )
  }

  /** 5. The carrier's outcome decides whether it is done, retried, or given up with a reason. */
  private settled(text: Text, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'taken':
        this.end(text, 'answered')
        return
      case 'lost':
        // Once more, and only once: a second answer is a nuisance, a third would be a fault.
        if (++text.attempts >= 2) this.end(text, 'outcome-unknown')
        else this.waits(text)
        return
      case 'unheard':
        if (++text.unheard >= unheardAtMost) this.settled(text, { kind: 'lost' })
        else this.unsent(text)
        return
      case 'unsent':
        this.unsent(text)
        return
      case 'refused': {
        const { how, isOfReply } = outcome
        if (how === 'doubtful') text.blamedAt ??= performance.now()
        if (how === 'throttled' && isOfReply) text.overtaken++
        const isDoomed = how === 'doubtful' && isOfReply && ++text.doubts >= doubtsAtMost
        if (how === 'final' || isDoomed) this.end(text, 'rejected')
        else this.pause(text, how)
      }
    }
  }

  private pause(text: Text, how: Refusal): void {
    text.moveTo('pausing')
    this.its.notes.takeBack(text)
    this.its.later(pauseMs(how, text.refusals++, text.overtaken), () => this.waits(text))
  }

  private unsent(text: Text): void {
    text.permittedIn = undefined
    text.isReturned = true
    this.its.notes.takeBack(text)
    this.waits(text)
  }

  /** 6. Its end is noted, and deleted from Redis with the next step. */
  end(text: Text, end: End): void {
    this.its.notes.end(text, end)
    this.tellEnd(text, end)
    this.its.wake()
  }

  private tellEnd(text: Text, end: End): void {
    const { carrier, tell } = this.deps
    tell.ended(text, end)
    if (text.asked.named && end !== 'answered') carrier.ended?.(text.asked.named)
  }

  /** 7. Recorded. */
  gone(text: Text): void {
    text.moveTo('gone')
    this.its.held.delete(text.id)
  }
}
