// The messages between desk page, print agent and desk routes: schemas that the routes validate with, and the types
// derived from them. The browser imports only the types.
import { type Static, Type } from '../schema.js'

const oneOf = <const V extends readonly string[]>(values: V) =>
  Type.Unsafe<V[number]>(Type.String({ enum: [...values] }))

const jobStates = [
  'queued',
  'claimed',
  'sent',
  'confirmed',
  'unconfirmed',
  'failed',
  'expired',
  'cancelled',
] as const
export type JobState = (typeof jobStates)[number]

export const printerStates = [
  'ready',
  'paper-low',
  'no-paper',
  'cover-open',
  'error',
  'absent',
  'unknown',
] as const
export type PrinterState = (typeof printerStates)[number]

/** Why a job failed; each has its words and one action on the desk page. */
const jobFailures = [
  'no-paper',
  'cover-open',
  'printer-error',
  'printer-absent',
  'printer-busy',
  'interrupted',
  'unavailable',
] as const
export type JobFailure = (typeof jobFailures)[number]

/** Who confirmed that paper came out: the printer's completion, its status after the slip, or a person. */
const confirmers = ['completion', 'status', 'person'] as const

/** Test prints instead of slips: every Vietnamese encoding, numbered; or a few lines and a test QR. */
const tickets = ['proof', 'test'] as const
export type Ticket = (typeof tickets)[number]

const time = Type.String({ description: 'RFC 3339' })

/** GET …/receipts/{jobId} and the `job` event. */
export const JobSchema = Type.Object(
  {
    jobId: Type.String(),
    desk: Type.String(),
    dossierNo: Type.String({ description: 'empty on a ticket' }),
    ticket: Type.Optional(oneOf(tickets)),
    state: oneOf(jobStates),
    reason: Type.Optional(oneOf(jobFailures)),
    confirmedBy: Type.Optional(oneOf(confirmers)),
    copies: Type.Integer(),
    reprint: Type.Integer({ description: 'how many times a person has asked for this slip again' }),
    createdAt: time,
    changedAt: time,
    expiresAt: time,
  },
  { description: 'The slip' },
)
export type Job = Static<typeof JobSchema>

/** What asking for a slip answers. */
export const QueuedSchema = Type.Object({ jobId: Type.String(), state: oneOf(jobStates) })

/** POST …/receipts. */
export const PrintSchema = Type.Object(
  {
    dossierNo: Type.String({ maxLength: 256, description: 'dossier number or lookup number' }),
    copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 5, default: 1 })),
  },
  { additionalProperties: false },
)
export type PrintBody = Static<typeof PrintSchema>

/** Headers of POST …/receipts. */
export const RepeatableSchema = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'the same key again is the same slip; with another dossier or number of copies it is refused (422)',
    }),
  ),
})

/** PUT …/profile: the line of the proof ticket that is right. */
export const ProveSchema = Type.Object(
  { line: Type.Integer({ minimum: 0, description: '0: no line is right, plain letters' }) },
  { additionalProperties: false },
)
export type ProveBody = Static<typeof ProveSchema>

export const PreviewQuerySchema = Type.Object({ number: Type.String({ maxLength: 256 }) })
export type PreviewQuery = Static<typeof PreviewQuerySchema>

/** GET /v1/desks/{desk}/preview?number=: the slip as text, before anyone prints it. */
export const SlipPreviewSchema = Type.Object({
  dossierNo: Type.String(),
  text: Type.String(),
  columns: Type.Integer(),
})
export type SlipPreview = Static<typeof SlipPreviewSchema>

/** GET /v1/desks/{desk} and the `desk` event. */
export const DeskViewSchema = Type.Object({
  desk: Type.String(),
  name: Type.String(),
  agency: Type.Object({ code: Type.String(), name: Type.String() }),
  printer: Type.Object({
    state: oneOf(printerStates),
    since: time,
    profile: Type.String(),
    remote: Type.Boolean(),
    canConfirm: Type.Boolean(),
  }),
  jobs: Type.Array(JobSchema, { description: "today's, newest first" }),
})
export type DeskView = Static<typeof DeskViewSchema>

const scalar = Type.Optional(
  Type.Unsafe<string | number | boolean | null>({ type: ['string', 'number', 'boolean', 'null'] }),
)

/**
 * POST …/cloudprnt: how the printer is. Star's guide 2.4: every field but statusCode may be left out or null, and later
 * firmware may send more. statusCode, printerMAC and uniqueID are texts and printingInProgress is true or false; firmware that
 * writes them as something else is understood all the same, because a poll refused is a printer that never prints.
 */
export const PollSchema = Type.Object({
  statusCode: scalar,
  printerMAC: scalar,
  uniqueID: scalar,
  printingInProgress: scalar,
  /** The state itself, which only our own agent sends. */
  printerState: Type.Optional(Type.Union([oneOf(printerStates), Type.Null()])),
  canConfirm: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
})
export type Poll = Static<typeof PollSchema>
