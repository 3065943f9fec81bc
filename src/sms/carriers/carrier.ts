// What all carriers have in common. Behind this boundary nothing depends on whether a text came by SMPP or HTTP: storing,
// caps, watches, counting and reloading belong to the pipeline. A carrier knows its peer's bytes and pace, not what a
// text says.
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { NoticeValues, Phone } from '../conversation/conversation.js'

/** A text, or one part of a long one, as a carrier brought it. */
export interface Incoming {
  readonly from: Phone
  /** The number it was sent to. */
  readonly to: Phone
  readonly body: Buffer
  /** The encoding of `body`, as an SMPP data_coding; `Carrier.readText` decodes it. */
  readonly dataCoding: number
  /** Set for a part: `reference` identifies the whole text among those of one phone; numbers start at 1. */
  readonly part: PartOf | undefined
  /** What else distinguishes this text from others of the same phone; nothing that a redelivery may change. */
  readonly identity: string
  /**
   * The session that delivered it and its sequence number. A session that got our answer and continues with new numbers
   * is not redelivering. '-' for a peer whose repeats are always redeliveries.
   */
  readonly session: string
  readonly sequence: number
  /** How long the same `identity` means the same text, in seconds; left out: as configured for all links. */
  readonly repeatSeconds?: number
  /** The carrier's own name for the text; each reply to it carries that name (`Outgoing.question`). */
  readonly name?: string
  /** Called once, with the outcome. */
  answer(verdict: Verdict): void
}

/**
 * `kept`: stored; a reply will come, or its end is reported. `silent`: stored, and gets no reply. `seen`: a redelivery,
 * not counted again. `later`: not stored, to be redelivered.
 */
export type Verdict = 'kept' | 'silent' | 'seen' | 'later'

/** One of the questions in a text that its carrier named: the `nth` of `of`, from 0. */
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
  /** Unique to this reply, and the same when it is sent again. */
  readonly id: string
  /** Which question it answers, if the carrier named the text. */
  readonly question: Named | undefined
  readonly text: string
  readonly to: Phone
  /** The number it leaves from, with TON and NPI of the question's destination. */
  readonly from: Phone
  /** The citizen got what they asked for: the billing hint. */
  readonly isValid: boolean
  /** A notice, not the answer to a text; its values are for registered templates. */
  readonly notice: NoticeValues | undefined
  /** Groups the segments of one reply: a different number for each reply to a phone. */
  readonly reference: number
  /** Earlier attempts whose outcome is unknown. */
  readonly attempts: number
  /** When (performance.now()) it was first refused as `doubtful`. */
  readonly blamedAt: number | undefined
  /** How often it was refused for now. */
  readonly refusals: number
  /** Segments accepted in an earlier attempt; the carrier adds to it and skips what is in it. */
  readonly taken: number[]
}

/**
 * Outcome of a reply. `taken`: all of it was accepted; `refused`: not accepted, for now or permanently; `lost`: it may
 * have been sent; `unsent`: it was not; `unheard`: no answer in time, on a session that has never answered anything.
 */
export type Outcome =
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'refused'
      readonly how: Refusal
      readonly status: string
      /** Others are accepted meanwhile: the status is about this reply. */
      readonly isOfReply?: boolean
    }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'unheard' }

/**
 * `throttled`: we are too fast, the reply is fine; `retry`: a temporary failure, or not known to be permanent;
 * `doubtful`: the status blames the session; `final`: permanent.
 */
export type Refusal = 'throttled' | 'retry' | 'doubtful' | 'final'

/** The first answer given to a named text: in the response to the peer's call, by a call of ours, or none. */
export interface KeptAnswer {
  readonly by: 'response' | 'call' | 'none'
  readonly text: string
  readonly isValid: boolean
}

/** Keeps answers for as long as their text may be redelivered. Throws GatewayError when Redis is away. */
export interface Answers {
  /** Stores an answer for `seconds`, unless there is one already; returns the stored one. */
  keep(question: Named, answer: KeptAnswer, seconds: number): Promise<KeptAnswer>
  /** The answers to all questions of a text, in order; undefined for those not there yet. Empty: none are. */
  read(name: string): Promise<readonly (KeptAnswer | undefined)[]>
}

export interface CarrierDeps {
  readonly log: Log
  readonly metrics: Metrics
  readonly answers: Answers
  /** How long two texts told apart only by their words count as the same one (sms.duplicateWindowSeconds). */
  duplicateWindowSeconds(): number
  /** Address of the public listener as others reach it (http.publicUrl). */
  readonly publicUrl: string | undefined
  /** The texts of one read. Each must be answered once. */
  deliver(batch: readonly Incoming[]): void
  /** There may be room to send again. */
  room(): void
  /** A reply was accepted under this id, which its delivery receipt will name. */
  accepted(messageId: string): void
  receipt(receipt: Receipt): void
}

/** A delivery receipt: the message it is about, and its state (the names of SMPP v3.4 §5.2.28). */
export interface Receipt {
  readonly messageId: string
  readonly state: string
}

export interface Carrier {
  readonly name: string
  /** How many replies may be in flight at once; as many again may be waiting. */
  readonly window: number
  /** Segments that may leave now. */
  readonly credit: number
  /** Whether the peer deduplicates: then a reply is sent until its outcome is known. */
  readonly takesOnce?: boolean
  /** Whether it can send unsolicited texts: a notice, the answer to a complaint. */
  readonly sendsUnasked: boolean
  /** `pass`: texts can come and replies can go; `warn`: some sessions are down; `fail`: nothing goes. */
  readonly state: 'pass' | 'warn' | 'fail'
  /** Starts connecting; returns at once. */
  open(): void
  /** The text of a body; undefined when it is not text. */
  readText(body: Buffer, dataCoding: number): string | undefined
  /** Sends a reply. `done` is called exactly once. */
  send(reply: Outgoing, done: (outcome: Outcome) => void): void
  /** A question of a text that the carrier named has ended, and gets no (further) reply. */
  ended?(question: Named): void
  /** How many gateways run this link: they share the peer's limit. */
  shareWith(gateways: number): void
  /** Stops receiving and sending; waits for pending outcomes, then disconnects. */
  close(): Promise<void>
  view(): LinkView
}

/** What `main.js smsc` and the monitor show of one session. */
interface BindView {
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
