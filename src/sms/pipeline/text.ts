// One question of a citizen, or one notice, from arrival until its end is recorded. Its stage says who may touch it next;
// the table has the allowed transitions.
import { randomInt } from 'node:crypto'
import type { Named } from '../carriers/carrier.js'
import type { Phone, Plan, Speaker, Worded } from '../conversation/conversation.js'
import { isOurs, type Question, type Silence } from '../conversation/inquiry.js'
import { noticeMaxAgeMs } from '../conversation/news.js'

/** Allowed transitions from each stage. */
const moves = {
  /** Received, and being stored in Redis; nothing acknowledged yet. */
  coming: ['waiting', 'out', 'working', 'ending', 'gone'],
  /** Stored; queues for room on the link. */
  waiting: ['leaving', 'out', 'working', 'waiting', 'ending', 'gone'],
  /** Has a reserved slot on the link; Redis is asked whether it may leave. */
  leaving: ['out', 'working', 'waiting', 'ending', 'gone'],
  /** Its reply takes time: the asker is slowed down, a source is asked, a watch is set. Holds no slot. */
  working: ['waiting', 'ending'],
  /** Handed to the carrier; outcome pending. */
  out: ['waiting', 'pausing', 'ending'],
  /** Refused for now; in back-off. */
  pausing: ['waiting', 'ending'],
  /** Has ended, not recorded yet. */
  ending: ['gone'],
  gone: [],
} as const satisfies Record<string, readonly string[]>

type Stage = keyof typeof moves

/** Why a text got no reply. Counted durably, per link. */
const reasons = [
  'duplicate',
  'capped',
  'loop',
  'ceiling',
  'prefix',
  'alphanumeric',
  'not-text',
  'expired',
  'rejected',
  'outcome-unknown',
  'unreadable-entry',
  'mistake',
] as const
export type Reason = (typeof reasons)[number] | Silence
export type End = Reason | 'answered'

/** Ends that a person may want to see: the text becomes a dead letter and can be retried. */
export const buried: ReadonlySet<End> = new Set<End>([
  'rejected',
  'outcome-unknown',
  'unreadable-entry',
  'mistake',
])

/** What is known of a text on arrival, stored sealed until its end. */
export interface Asked {
  readonly question: Question
  readonly phone: Phone
  /** Keyed hash of the phone number, which caps and the limiter count by. */
  readonly subject: string
  /** The number it was sent to: its reply leaves from there. An empty address is the link's own. */
  readonly to: Phone
  readonly receivedAt: number
  /** Which question of which text it is, if the carrier named the text. */
  readonly named?: Named
}

const wordedForMs = 5000

// Starts at a random number, which becomes the reference of a reply's segments: a phone must not join those of a new reply with
// those of one still on its way, from before a restart or from another process.
let texts = randomInt(256)

/** Lives in memory from arrival to end; Redis holds the sealed original. */
export class Text {
  stage: Stage = 'coming'
  /** Submits of unknown outcome. */
  attempts = 0
  /**
   * Submits refused for now; of them, those as too fast, and those with a status that blames the session, while others were
   * accepted.
   */
  refusals = 0
  overtaken = 0
  doubts = 0
  /** The first refusal that blamed the session (performance.now()). */
  blamedAt: number | undefined
  /** Submits on sessions that never answered. */
  unheard = 0
  /** Was in flight and came back unsent. */
  isReturned = false
  /** The caps have counted this reply. */
  isCounted = false
  /** How to produce its reply, from the first look at it until it is worded. */
  plan: Plan | undefined
  /** Part of its plan; stays after the plan has been carried out. */
  identity = ''
  /** The reply that took time to word. */
  worded: { readonly reply: Worded; readonly at: number } | undefined
  /** A reply of which some segments were accepted: its words must not change. */
  started: Worded | undefined
  /** The accepted segments. */
  readonly taken: number[] = []
  /** Redis has recorded the next attempt, in this lease of the process (redis/instance.ts). */
  permittedIn: number | undefined

  constructor(
    /** Unique across all processes. */
    readonly id: string,
    readonly asked: Asked,
    /** Sealed under another key, or not by us: nobody can answer it. */
    readonly isUnreadable = false,
  ) {
    // Caps limit what a phone causes; a notice was requested once and notices are few.
    if (isOurs(asked.question)) this.isCounted = true
  }

  /** Groups the segments of its reply. */
  get reference(): number {
    return Number.parseInt(this.id.slice(this.id.indexOf('.') + 1), 36)
  }

  /** A copy of the text as it arrived, for another attempt at storing it. */
  asArrived(): Text {
    return new Text(this.id, this.asked)
  }

  static newId(instance: string): string {
    return `${instance}.${(texts++).toString(36)}`
  }

  moveTo(stage: Stage): void {
    if (!(moves[this.stage] as readonly Stage[]).includes(stage))
      throw new RangeError(`a text cannot go from ${this.stage} to ${stage}`)
    this.stage = stage
  }

  /** Whether nobody waits for its reply any more; `replyMaxAgeMs` as configured. */
  isOlderThan(replyMaxAgeMs: number, now: number): boolean {
    const maxAgeMs = isOurs(this.asked.question) ? noticeMaxAgeMs : replyMaxAgeMs
    return now - this.asked.receivedAt > maxAgeMs
  }

  /** Whether it was worded a moment ago, so that a slow answer is still current. */
  isStillWorded(now: number): boolean {
    return this.worded !== undefined && now - this.worded.at < wordedForMs
  }

  speaker(link: string, shortCode: string): Speaker {
    const { phone, subject, receivedAt, to } = this.asked
    return { id: this.id, phone, subject, receivedAt, link, shortCode: to.address || shortCode }
  }
}
