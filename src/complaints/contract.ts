// The types that the desk page and the complaint routes exchange, and those shared with other rooms.
import { type Static, Type } from '../schema.js'

const complaintStates = ['open', 'answered', 'erased'] as const
export type ComplaintState = (typeof complaintStates)[number]

const time = Type.String({ description: 'RFC 3339' })

/** A complaint as shown to its agency's staff, without the phone. */
const ComplaintSchema = Type.Object(
  {
    ticket: Type.String(),
    agency: Type.String(),
    state: Type.Unsafe<ComplaintState>(Type.String({ enum: [...complaintStates] })),
    receivedAt: time,
    dueDay: Type.String({ description: 'YYYY-MM-DD, the last day to answer' }),
    overdue: Type.Boolean(),
    words: Type.Optional(Type.String({ description: 'left out once it is erased' })),
    dossierNo: Type.Optional(Type.String()),
    handedOnFrom: Type.Optional(Type.String()),
    answeredAt: Type.Optional(time),
    answer: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
export type ComplaintView = Static<typeof ComplaintSchema>

/** GET /v1/desks/{desk}/complaints: open ones, soonest due first; then those answered within 30 days. */
export const ComplaintListSchema = Type.Object({
  complaints: Type.Array(ComplaintSchema),
  /** The maximum length of an answer, characters: it goes out as one text. */
  answerLength: Type.Integer(),
})
export type ComplaintList = { complaints: ComplaintView[]; answerLength: number }

export const AnswerBodySchema = Type.Object(
  { answer: Type.String({ minLength: 1, maxLength: 1000 }) },
  { additionalProperties: false },
)
export const HandOnBodySchema = Type.Object(
  { agency: Type.String({ minLength: 1, maxLength: 64 }) },
  { additionalProperties: false },
)

/** Where the answer goes. */
export interface Complainant {
  readonly link: string
  readonly phone: { readonly address: string; readonly ton: number; readonly npi: number }
  readonly subject: string
  readonly language: 'vi' | 'en'
}

export interface NewComplaint {
  readonly words: string
  /** As the citizen wrote it, when it could be read. */
  readonly dossierNo?: string | undefined
  /** Code of the agency it is about; left out where no number was read. */
  readonly agency?: string | undefined
  /** The ticket that the words name, of an earlier complaint. */
  readonly former?: string | undefined
  readonly complainant: Complainant
  readonly receivedAt: number
}

/** The office that answers a complaint, as the reply names it. */
export interface Office {
  readonly name: string
  readonly shortName: string
  readonly phone: string
}

export type Taken =
  | { readonly kind: 'taken'; readonly ticket: string; readonly dueDay: string; readonly office: Office }
  /** Over the daily cap: the sender is told once, after that it is `silent`. */
  | { readonly kind: 'capped'; readonly office: Office }
  | { readonly kind: 'silent' }

/** An answer on its way to the phone. */
export interface Reply {
  readonly ticket: string
  readonly answer: string
  readonly complainant: Complainant
}

/** A complaint of the phone that asks for it: what was promised, whether its day has passed, or the answer it got. */
export type Standing =
  | (Extract<Taken, { kind: 'taken' }> & { readonly isOverdue: boolean })
  | (Reply & { readonly kind: 'answered' })

/** What the sms room needs of complaints. */
export interface ComplaintTaker {
  /** Stores it; idempotent for the same words, phone and day. Throws GatewayError redis-unavailable. */
  take(complaint: NewComplaint): Promise<Taken>
  /** The answer of a ticket; undefined when there is none (any more). */
  replyOf(ticket: string): Promise<Reply | undefined>
  /** A ticket's complaint, if this phone filed it and its content is still there. */
  standingOf(ticket: string, subject: string): Promise<Standing | undefined>
  /** Passes each queued answer to `send`; it stays queued unless that resolves with true. Call it every second. */
  tendReplies(send: (reply: Reply) => Promise<boolean>): Promise<void>
}

/** Figures of one agency, without content. */
export interface ComplaintFigures {
  readonly taken: number
  readonly open: number
  readonly overdue: number
  readonly answeredInTime: number
  readonly answeredLate: number
}
