// The messages between the lobby page and the gateway: each body is a schema, which the routes validate and the
// documentation shows, and its type. The browser imports only the types.
import { type DossierStatus, dossierStatuses } from '../dossier/dossier.js'
import { ways } from '../dossier/fields.js'
import { type Static, Type } from '../schema.js'

const optional = Type.Optional
const oneOf = <const V extends readonly string[]>(...values: V) =>
  Type.Unsafe<V[number]>(Type.String({ enum: values }))
// RFC 3339 with +07:00.
const Moment = Type.String({ format: 'date-time' })
const Status = Type.Unsafe<DossierStatus>(Type.String({ enum: Object.keys(dossierStatuses) }))

/** GET /v1/status/{number} → 200. Never a name, phone or address of an applicant. */
export const Answer = Type.Object({
  dossierNo: Type.String({ description: 'in its canonical form' }),
  level: Type.Unsafe<'basic' | 'full'>(
    Type.String({
      enum: ['basic', 'full'],
      description: '`basic` when asked by dossier number, `full` by lookup number',
    }),
  ),
  dossierStatus: Status,
  words: Type.Object(
    {
      label: Type.String(),
      meaning: Type.String(),
      nextAction: Type.String(),
      apology: optional(Type.String({ description: 'where one is owed' })),
    },
    { description: 'in the language asked for: ?lang=, else Accept-Language, else vi' },
  ),
  agency: Type.Object({
    code: Type.String(),
    name: Type.String(),
    phone: Type.String(),
    address: Type.String(),
  }),
  receivedAt: optional(Moment),
  dueAt: optional(
    Type.String({ format: 'date-time', description: 'the promised date, as long as it holds or counts' }),
  ),
  extendedDueAt: optional(
    Type.String({ format: 'date-time', description: 'the moved date; the former one is shown beside it' }),
  ),
  overdue: Type.Boolean(),
  overdueSince: optional(Moment),
  apology: optional(oneOf('moved', 'overdue', 'late')),
  awaitsCitizen: Type.Boolean({ description: 'nothing goes on until the citizen brings papers or pays' }),
  canWatch: Type.Boolean({ description: 'something may still happen that a notice would tell' }),
  hasEnded: Type.Boolean({ description: 'nothing more is expected' }),
  filedBy: optional(oneOf(...ways)),
  returnBy: optional(oneOf(...ways)),
  asOf: Type.String({ format: 'date-time', description: 'when the gateway last heard of this dossier' }),
  silentSince: optional(
    Type.String({ format: 'date-time', description: 'the agency has been silent beyond its rhythm' }),
  ),
  // Only at level `full`:
  procedure: optional(Type.Object({ code: Type.String(), name: Type.String() })),
  publicNote: optional(Type.String()),
  fee: optional(Type.Object({ amount: Type.Integer(), paid: optional(Type.Boolean()) })),
  finishedAt: optional(Moment),
  returnedAt: optional(Moment),
  history: optional(
    Type.Array(Type.Object({ dossierStatus: Status, label: Type.String(), at: optional(Moment) }), {
      description: 'oldest first, the last is now; at level full alone',
    }),
  ),
})
export type Answer = Static<typeof Answer>

/** POST /v1/status. */
export const StatusQuestion = Type.Object({
  number: Type.String({
    maxLength: 500,
    description: 'dossier number or lookup number, as typed or scanned',
  }),
})
export type StatusQuestion = Static<typeof StatusQuestion>

/** RFC 9457 body of every error. `code` is stable; for 400 it is `unreadable` and `reason` says what is wrong. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: optional(Type.String()),
  instance: optional(Type.String()),
  reason: optional(Type.String()),
  suggestion: optional(
    Type.String({ description: 'for a number whose form alone was wrong: the text as typed, corrected' }),
  ),
  errors: optional(
    Type.Array(
      Type.Object({
        pointer: optional(Type.String()),
        line: optional(Type.Integer()),
        code: Type.String(),
        detail: optional(Type.String()),
      }),
    ),
  ),
  retryAfterSeconds: optional(Type.Integer()),
})
export type Problem = Static<typeof Problem>

/** GET /v1/kiosk/setup: what the lobby page must know at start; no secrets. */
export const KioskSetup = Type.Object({
  version: Type.String(),
  page: Type.String({ description: 'the build of the pages that this gateway serves' }),
  kiosk: optional(
    Type.Object(
      { name: Type.String(), hasPrinter: Type.Boolean() },
      { description: "present when this browser carries a kiosk's device cookie" },
    ),
  ),
  idleSeconds: Type.Integer(),
  warnSeconds: Type.Integer(),
  sms: optional(
    Type.Object(
      {
        shortCode: Type.String(),
        keywordPrefix: Type.String(),
        price: optional(Type.String({ description: 'what a text costs, as the operator states it' })),
      },
      { description: 'where a text about a dossier is sent' },
    ),
  ),
  office: Type.Object(
    { name: Type.String(), province: Type.String(), hotline: Type.String() },
    { description: 'who answers here; a text is empty where the configuration leaves it out' },
  ),
  agencies: Type.Array(Type.Object({ code: Type.String(), name: Type.String() })),
  languages: Type.Array(Type.String()),
})
export type KioskSetup = Static<typeof KioskSetup>

/** POST /v1/kiosk/heartbeat, once a minute and after a self-test → 204. */
export const Heartbeat = Type.Object(
  {
    version: Type.String({ maxLength: 40, description: "the page's own" }),
    screen: optional(Type.String({ maxLength: 20, description: 'the screen that stands' })),
    clockOffsetMs: optional(Type.Number({ description: "the device's clock minus the gateway's" })),
    selftest: optional(
      Type.Record(Type.String(), oneOf('ok', 'failed', 'skipped'), {
        maxProperties: 10,
        description: 'what the morning self-test found, by part',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Heartbeat = Static<typeof Heartbeat>

/** POST /v1/kiosk/satisfaction: one tap, 3 good, 2 fine, 1 not good. */
export const Rating = Type.Object(
  {
    agency: Type.String({ maxLength: 40 }),
    mood: Type.Unsafe<1 | 2 | 3>(Type.Integer({ minimum: 1, maximum: 3 })),
  },
  { additionalProperties: false },
)
export type Rating = Static<typeof Rating>

/** POST /v1/kiosk/receipts: a slip for the number the person has in hand. */
export const SlipRequest = Type.Object(
  { number: Type.String({ maxLength: 60 }) },
  { additionalProperties: false },
)
export type SlipRequest = Static<typeof SlipRequest>
