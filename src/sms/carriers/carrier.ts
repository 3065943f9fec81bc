// What every way of carrying texts has in common. Behind this boundary nobody knows whether a text came over SMPP or HTTP:
// keeping, caps, watches, counting and reloading are the pipeline's. A carrier knows its peer's bytes and pace, and
// nothing of what a text says.
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { NoticeValues, Phone } from '../conversation/conversation.js'

/** A text, or one part of a long one, as a carrier brought it. */
export interface Incoming {
  readonly from: Phone
  /** The number it was sent to. */
  readonly to: Phone
  readonly body: Buffer
  /** What `body` is written in, as SMPP data_coding says it; `Carrier.readText` reads it. */
  readonly dataCoding: number
  /** Set for a part: `reference` names the whole among the texts of one phone; numbers count from 1. */
  readonly part: PartOf | undefined
  /** Whatever else tells this text from another of the same phone, and nothing that a redelivery may change. */
  readonly identity: string
  /**
   * The session that brought it and its number there; a session that goes on with new numbers after it was answered does
   * not redeliver. '-' for a peer whose repeats are always redeliveries.
   */
  readonly session: string
  readonly sequence: number
  /** Seconds in which the same `identity` is the same text; left out: as configured for all links. */
  readonly repeatSeconds?: number
  /** The carrier's own name for the text: each reply to it comes with it (`Outgoing.question`). */
  readonly name?: string
  /** Called once, with what became of the text. */
  answer(verdict: Verdict): void
}

/**
 * `kept`: a reply will come, or the end of it is told; `silent`: kept, and it gets no reply; `seen`: it came before, and is not
 * counted again; `later`: it is not kept, and to be brought again.
 */
export type Verdict = 'kept' | 'silent' | 'seen' | 'later'

/** One of the questions of a text that its carrier named: the `nth` of `of`, from 0. */
export interface Named {
  readonly name: string
  readonly nth: number
  readonly of: number
}

export interface PartOf {
  readonly reference: string
  readonly number: number
  readonly total: number
}

/** A reply on its way out. */
export interface Outgoing {
  /** Of this reply and no other, and the same when it is sent again. */
  readonly id: string
  /** Which question it answers, where the carrier named the text. */
  readonly question: Named | undefined
  readonly text: string
  readonly to: Phone
  /** The number it leaves from. TON and NPI as the question's destination had them. */
  readonly from: Phone
  /** The citizen got what was asked for: the billing hint. */
  readonly isValid: boolean
  /** A notice, which nobody asked for at this moment; its values are for registered templates. */
  readonly notice: NoticeValues | undefined
  /** Marks the segments of one reply as belonging together: another number for each reply of a phone. */
  readonly reference: number
  /** Attempts before this one whose outcome is not known. */
  readonly attempts: number
  /** Segments that were taken at an earlier attempt; the carrier adds to it and leaves out what is in it. */
  readonly taken: Set<number>
}

/**
 * What became of a reply. `taken`: all of it; `refused`: not taken, for now or for good; `lost`: it may be out;
 * `unsent`: it is not; `unheard`: nobody answered in time, on a session that has never answered anything.
 */
export type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly how: Refusal; readonly status: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'unheard' }

/**
 * `throttled`: we are too fast and the reply is fine; `retry`: not now, or not known to be for good; `doubtful`: the status
 * speaks of the session, which is well; `final`: never.
 */
export type Refusal = 'throttled' | 'retry' | 'doubtful' | 'final'

/**
 * An answer to a named text as it was first given: in the answer to the peer's call, by a call of ours, or none at all.
 */
export interface KeptAnswer {
  readonly by: 'response' | 'call' | 'none'
  readonly text: string
  readonly isValid: boolean
}

/** Keeps answers for as long as their text may be brought again. Throws GatewayError when Redis is away. */
export interface Answers {
  /** Keeps an answer so long, unless there is one: gives the one that stands. */
  keep(question: Named, answer: KeptAnswer, seconds: number): Promise<KeptAnswer>
  /** The answers to all questions of a text, in order; undefined for one that is not there yet. Empty: none is. */
  read(name: string): Promise<readonly (KeptAnswer | undefined)[]>
}

export interface CarrierDeps {
  readonly log: Log
  readonly metrics: Metrics
  readonly answers: Answers
  /** So long a text that only its words tell from another is the same one (sms.duplicateWindowSeconds). */
  duplicateWindowSeconds(): number
  /** Address of the public listener as others reach it (http.publicUrl). */
  readonly publicUrl: string | undefined
  /** The texts of one read. Each is answered once. */
  deliver(batch: readonly Incoming[]): void
  /** There may be room to send again. */
  room(): void
  /** A reply was taken under this id: its receipt will name it. */
  accepted(messageId: string): void
  receipt(receipt: Receipt): void
}

/** What a delivery receipt says: of which message, and what became of it (the names of SMPP v3.4 §5.2.28). */
export interface Receipt {
  readonly messageId: string
  readonly state: string
}

export interface Carrier {
  readonly name: string
  /** Replies that may be on their way at once; so many more may well wait before it. */
  readonly window: number
  /** Segments that may leave now. */
  readonly credit: number
  /** Whether one reply sent twice is one for the citizen: then it is sent until its outcome is known. */
  readonly takesOnce?: boolean
  /** Whether it can send what nobody waits for: a notice, the answer to a complaint. */
  readonly sendsUnasked: boolean
  /** Texts can come and replies can go; `warn`: some sessions are away; `fail`: nothing goes. */
  readonly state: 'pass' | 'warn' | 'fail'
  /** Starts connecting; returns at once. */
  open(): void
  /** The text of a body; undefined when it is none. */
  readText(body: Buffer, dataCoding: number): string | undefined
  /** Sends a reply. `done` is called exactly once. */
  send(reply: Outgoing, done: (outcome: Outcome) => void): void
  /** A question of a text that the carrier named has ended, and gets no (further) reply. */
  ended?(question: Named): void
  /** How many gateways carry this link: they share what its peer allows. */
  shareWith(gateways: number): void
  /** Stops taking and sending; waits for outcomes that are due, then hangs up. */
  close(): Promise<void>
  view(): LinkView
}

/** What `main.js smsc` and the monitor show of one session. */
export interface BindView {
  readonly bind: string
  readonly mode: string
  readonly state: 'bound' | 'connecting' | 'waiting' | 'closed'
  readonly boundSince?: string
  readonly inFlight: number
  readonly lastError?: string
}

export interface LinkView {
  readonly link: string
  readonly kind: string
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
