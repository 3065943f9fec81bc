// What agencies send and are told, as JSON Schema: one source for the checks (check.ts) and the documentation (docs.ts).

import { type DossierStatus, dossierStatuses } from '../dossier/dossier.js'
import { type StatedField, type StatedName, statedFields, ways } from '../dossier/fields.js'
import { type Static, Type } from '../schema.js'

// No control characters but line breaks and tabs, no marks that turn the direction of writing, no halves of characters:
// none of them may reach a log, a slip, a text message or a page.
const cleanText =
  '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]*$'
const printable = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]+$'

export const longestNote = 300

const optional = Type.Optional
const closed = { additionalProperties: false } as const
const clearable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  optional(Type.Union([schema, Type.Null()], { description: `${description}; null clears it` }))

const Time = Type.String({
  maxLength: 40,
  description:
    'RFC 3339 (also +0700 without a colon); in Asia/Ho_Chi_Minh also yyyyMMddHHmmss, or a day alone: 2026-11-24 or 20261124',
  examples: ['2026-11-24T08:30:00+07:00', '20261124083000', '2026-11-24'],
})

const Way = Type.String({ enum: [...ways] })

/** A schema for each field that is one small value (dossier/fields.ts). */
const statedSchemas = <S>(of: (field: StatedField) => S) =>
  Object.fromEntries(statedFields.map((field) => [field.name, of(field)])) as { [Name in StatedName]: S }

const Status = Type.Union(
  [
    ...Object.keys(dossierStatuses).map((word) => Type.Literal(word)),
    Type.Integer({ minimum: 1, maximum: 10 }),
  ] as never,
  { description: 'the word, or its number in the national portal (1–10)', examples: ['processing', 4] },
)

const updateFields = {
  agency: optional(
    Type.String({ maxLength: 40, description: "agency code; when given it must be the dossier number's" }),
  ),
  dossierStatus: Status,
  eventTime: Time,
  version: optional(
    Type.Integer({
      minimum: 0,
      maximum: 2 ** 53 - 2,
      description: "the agency's own counter; decides which of two updates is newer when both have one",
    }),
  ),
  procedure: clearable(
    Type.Object(
      {
        code: Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\x21-\\x7e]+$' }),
        name: Type.String({ minLength: 1, maxLength: 500, pattern: printable }),
      },
      closed,
    ),
    'the procedure',
  ),
  ...statedSchemas(({ kind, about }) => clearable(kind === 'time' ? Time : Way, about)),
  publicNote: clearable(
    Type.String({ maxLength: longestNote, pattern: cleanText }),
    'what to bring or do, at most 300 characters, nothing personal',
  ),
  fee: clearable(
    Type.Object(
      { amount: Type.Integer({ minimum: 0, maximum: 1e12 }), paid: optional(Type.Boolean()) },
      closed,
    ),
    'the fee in đồng, 0 for none; paid is left out where it is not known',
  ),
  otherNumbers: clearable(
    Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 8 }),
    'other numbers of the same dossier, also a former one: what is known under it is then answered and counted as this dossier',
  ),
  contact: clearable(
    Type.Object(
      { phone: Type.String({ maxLength: 24, description: 'a mobile number' }), notify: Type.Boolean() },
      closed,
    ),
    'where notices go; kept encrypted, never shown',
  ),
}

/** Body of PUT. A signed one must name its dossier: the signature does not cover the address. */
export const UpdateBody = Type.Object(
  { dossierNo: optional(Type.String({ maxLength: 256 })), ...updateFields },
  { ...closed, $id: 'Update', description: 'Left out: what is known stays. null: cleared.' },
)
export type UpdateBody = Omit<Static<typeof UpdateBody>, 'dossierStatus'> & { dossierStatus: string | number }

/** One line of a bulk upload. */
export const UpdateLine = Type.Object(
  { dossierNo: Type.String({ maxLength: 256 }), ...updateFields },
  { ...closed, $id: 'UpdateLine' },
)

/** CloudEvents 1.0, structured; attributes we do not know are allowed by its rules and ignored. */
export const CloudEvent = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String({ minLength: 1, maxLength: 256 }),
    source: Type.String({ minLength: 1, maxLength: 1024 }),
    type: Type.Literal('vn.dossier.status.v1'),
    subject: Type.String({ minLength: 1, maxLength: 256, description: 'the dossier number' }),
    time: optional(Type.String({ maxLength: 40 })),
    datacontenttype: optional(Type.String({ pattern: '^application/json\\s*(;.*)?$' })),
    data: optional(UpdateBody),
    data_base64: optional(Type.String({ description: 'the data as JSON in base64, instead of `data`' })),
  },
  { $id: 'DossierEvent' },
)

const LookupNumber = Type.String({ pattern: '^\\d{12}(\\d{4})?$', description: 'what the slip carries' })

export const Outcome = Type.Object(
  {
    applied: Type.Boolean(),
    reason: optional(
      Type.Union([Type.Literal('stale'), Type.Literal('duplicate')], {
        description: 'stale: a newer update was there; duplicate: this very one was',
      }),
    ),
    version: optional(Type.Integer()),
    lookupNumber: optional(LookupNumber),
  },
  { $id: 'Outcome' },
)

const FieldError = Type.Object({
  code: Type.String(),
  pointer: optional(Type.String({ description: 'JSON pointer (RFC 6901) to the field' })),
  reason: optional(Type.String()),
})

export const EventOutcomes = Type.Object(
  {
    results: Type.Array(
      Type.Object({
        event: Type.Integer({ description: 'place in the batch, from 1' }),
        applied: optional(Type.Boolean()),
        reason: optional(Type.String()),
        error: optional(FieldError),
      }),
    ),
    summary: Type.Object({
      events: Type.Integer(),
      applied: Type.Integer(),
      stale: Type.Integer(),
      duplicate: Type.Integer(),
      failed: Type.Integer(),
    }),
  },
  { $id: 'EventOutcomes' },
)
export type EventOutcomesBody = Static<typeof EventOutcomes>

const Moment = Type.String({ format: 'date-time' })

/** GET /v1/dossiers/{dossierNo}: all that is kept, but the contact's telephone. */
export const StoredDossier = Type.Object(
  {
    dossierNo: Type.String(),
    lookupNumber: optional(LookupNumber),
    agency: Type.String(),
    dossierStatus: Type.Unsafe<DossierStatus>(
      Type.Union(Object.keys(dossierStatuses).map((word) => Type.Literal(word)) as never),
    ),
    eventTime: Moment,
    version: optional(Type.Integer()),
    asOf: Moment,
    procedure: optional(Type.Object({ code: Type.String(), name: Type.String() })),
    ...statedSchemas(({ kind }) => optional(kind === 'time' ? Moment : Way)),
    publicNote: optional(Type.String()),
    fee: optional(Type.Object({ amount: Type.Integer(), paid: optional(Type.Boolean()) })),
    otherNumbers: Type.Array(Type.String()),
    history: Type.Array(Type.Object({ dossierStatus: Type.String(), at: optional(Moment) })),
  },
  { $id: 'Record' },
)
/** A member that is not known is `undefined` here and left out of the JSON. */
export type RecordBody = {
  [K in keyof Static<typeof StoredDossier>]:
    | Static<typeof StoredDossier>[K]
    | (undefined extends Static<typeof StoredDossier>[K] ? undefined : never)
}

export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'stable; what programs compare' }),
    detail: optional(Type.String()),
    instance: optional(Type.String({ description: 'id of the request, for the log' })),
    reason: optional(Type.String()),
    suggestion: optional(Type.String()),
    errors: optional(Type.Array(FieldError)),
    retryAfterSeconds: optional(Type.Integer()),
  },
  { $id: 'Problem', description: 'RFC 9457. Values that were sent are never repeated here.' },
)
