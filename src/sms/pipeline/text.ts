// One question of a citizen, or one notice, from the moment it is heard until its end is written down. Its stage says who
// may touch it next; the table says where it may go from there.
import type { Named } from '../carriers/carrier.js'
import type { Phone, Plan, Speaker, Worded } from '../conversation/conversation.js'
import { isOurs, type Question, type Silence } from '../conversation/inquiry.js'

/** Where a text may go from each stage. */
export const moves = {
  /** Heard, and on its way to Redis for the first time; nobody has been promised anything. */
  coming: ['waiting', 'out', 'working', 'ending', 'gone'],
  /** Kept; waits in line for room on the link. */
  waiting: ['leaving', 'out', 'working', 'waiting', 'ending'],
  /** Has a place reserved on the link; Redis is asked whether it may leave. */
  leaving: ['out', 'working', 'waiting', 'ending', 'gone'],
  /** Its reply takes time: the asker is slowed down, a source is asked, a watch is set. Holds no place. */
  working: ['waiting', 'ending'],
  /** Handed to the carrier; what becomes of it is not known yet. */
  out: ['waiting', 'pausing', 'ending'],
  /** Refused for now; its pause runs. */
  pausing: ['waiting', 'ending'],
  /** Has its end, which is not written down yet. */
  ending: ['gone'],
  gone: [],
} as const satisfies Record<string, readonly string[]>

export type Stage = keyof typeof moves

/** Why a text got no reply. Counted durably, link by link. */
export const reasons = [
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

/** Ends that a person may want to look at: the text goes to the dead letters and can be tried again. */
export const buried: ReadonlySet<End> = new Set<End>([
  'rejected',
  'outcome-unknown',
  'unreadable-entry',
  'mistake',
])

/** What is known of a text when it comes, and kept sealed until its end. */
export interface Asked {
  readonly question: Question
  readonly phone: Phone
  /** Keyed hash of the number: what caps and the limiter count by. */
  readonly subject: string
  /** The number it was sent to: its reply leaves from there. An empty address is the link's own. */
  readonly to: Phone
  readonly receivedAt: number
  /** Which question of which text it is, where the carrier gave the text a name. */
  readonly named?: Named
}

// Nobody waits for a notice with the phone in hand: it is good for a day.
const noticeMaxAgeMs = 86_400_000
const wordedForMs = 5000

let texts = 0

export class Text {
  stage: Stage = 'coming'
  /** Submits whose outcome is not known. */
  attempts = 0
  /** Submits refused for now; of them, those that may mean the session and not this reply. */
  refusals = 0
  doubts = 0
  /** Submits on sessions that never answered. */
  unheard = 0
  /** Was on its way and came back without having been out. */
  isReturned = false
  /** The caps have counted this reply. */
  isCounted = false
  /** How its reply comes about, from the first look at it until it is worded. */
  plan: Plan | undefined
  /** Of its plan; stays when the plan has been carried out. */
  identity = ''
  /** What took time to be worded. */
  worded: { readonly reply: Worded; readonly at: number } | undefined
  /** A reply in segments of which some have been taken: its words stay what they were. */
  started: Worded | undefined
  /** The segments that were taken. */
  readonly taken = new Set<number>()
  /** Redis has the next attempt on record, in this lease of the process (redis/instance.ts). */
  permittedIn: number | undefined

  constructor(
    /** No other text ever has it, in whatever process. */
    readonly id: string,
    readonly asked: Asked,
    /** Sealed under another key, or not by us: nobody can answer it. */
    readonly isUnreadable = false,
  ) {
    // The caps are for what a phone causes; a notice was asked for once and is few by itself.
    if (isOurs(asked.question)) this.isCounted = true
  }

  /** Marks the segments of its reply as belonging together. */
  get reference(): number {
    return Number.parseInt(this.id.slice(this.id.indexOf('.') + 1), 36)
  }

  /** The same text as it came, for another try at keeping it. */
  anew(): Text {
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

  /** Whether it was worded a moment ago; what takes time to be worded is still true then. */
  isStillWorded(now: number): boolean {
    return this.worded !== undefined && now - this.worded.at < wordedForMs
  }

  speaker(link: string, shortCode: string): Speaker {
    const { phone, subject, receivedAt, to } = this.asked
    return { id: this.id, phone, subject, receivedAt, link, shortCode: to.address || shortCode }
  }
}
