// OpenAPI documentation of the agencies' routes, and of the files that desks hand in.
import type { FastifySchema } from 'fastify'
import { Type } from '../schema.js'
import { answer, answers, inline, problem, withRetryAfter } from '../web/docs/answers.js'
import { CloudEvent, EventOutcomes, Outcome, StoredDossier, UpdateBody, UpdateLine } from './schemas.js'

const number = Type.Object({
  dossierNo: Type.String({ description: 'the dossier number, in any spelling', maxLength: 256 }),
})
const keyId = Type.Optional(Type.String({ description: 'the id of the key, for signed requests' }))
const idempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ maxLength: 255, description: 'the same key and body get the same answer for a day' }),
  ),
})
const shared: Pick<FastifySchema, 'tags' | 'security'> = {
  tags: ['agencies'],
  security: [{ key: [] }, { signature: [] }],
}

export const putDocs = {
  ...shared,
  summary: 'Say how one dossier stands',
  description:
    'Newest wins: by `version` when both have one, else by `eventTime`. A late one is answered 200 with applied: false. 200 means it is durable.',
  params: number,
  querystring: Type.Object({ keyId }),
  body: inline(UpdateBody),
  response: answers(
    { 200: answer('taken, or known already', Outcome) },
    400,
    401,
    403,
    408,
    413,
    415,
    429,
    503,
  ),
}

export const getDocs = {
  ...shared,
  security: [{ key: [] }],
  summary: 'Everything that is kept of one dossier',
  params: number,
  response: answers({ 200: answer('the record', StoredDossier) }, 400, 401, 403, 404, 429, 503),
}

export const deleteDocs = {
  ...shared,
  security: [{ key: [] }],
  summary: 'Erase one dossier with its contact and watches',
  params: number,
  response: answers(
    { 204: { type: 'null', description: 'erased, or was not there' } },
    400,
    401,
    403,
    429,
    503,
  ),
}

export const bulkDocs = {
  ...shared,
  summary: 'Say how many dossiers stand, one a line',
  description:
    'NDJSON both ways, streamed, of any size: one result line for each line, in order, and a summary line at the end. Wrong lines are told and do not hold up the others. With an Idempotency-Key or a signature the upload is held whole: at most 16 MiB, and 200,000 lines with a key. It may be packed with gzip (Content-Encoding).',
  consumes: ['application/x-ndjson'],
  querystring: Type.Object({
    abortOver: Type.Optional(
      Type.String({
        pattern: '^\\d{1,9}(\\.\\d{1,3})?%?$',
        description:
          'stop when more lines than this are wrong: `25`, or `10%` once a hundred lines were read',
      }),
    ),
    keyId,
  }),
  headers: idempotencyKey,
  body: inline(UpdateLine),
  response: answers(
    {
      200: answer(
        'a line for each line: {"line":1,"applied":true}, {"line":2,"applied":false,"reason":"stale"}, {"line":3,"error":{"code":"bad-time","pointer":"/dueAt"}}; last {"summary":{…}}',
        Type.Object({}, { additionalProperties: true }),
        'application/x-ndjson',
      ),
    },
    400,
    401,
    408,
    409,
    413,
    415,
    422,
    429,
    503,
  ),
}

export const eventsDocs = {
  ...shared,
  summary: 'Send CloudEvents 1.0 of type vn.dossier.status.v1',
  description:
    "Structured, batch or binary (attributes in `ce-` headers, the body is the data). An event counts once by its source and id within the sender's key.",
  consumes: ['application/cloudevents+json', 'application/cloudevents-batch+json'],
  querystring: Type.Object({ keyId }),
  headers: idempotencyKey,
  body: {
    content: {
      'application/json': { schema: inline(UpdateBody) },
      'application/cloudevents+json': { schema: inline(CloudEvent) },
      'application/cloudevents-batch+json': {
        schema: Type.Array(inline(CloudEvent), { maxItems: 1000 }),
      },
    },
  },
  response: answers(
    {
      200: {
        description: 'of one event its outcome; of a batch one result for each, in order',
        content: {
          'application/json': { schema: { anyOf: [inline(Outcome), inline(EventOutcomes)] } },
        },
      },
    },
    400,
    401,
    403,
    408,
    409,
    413,
    415,
    422,
    429,
    503,
  ),
}

/** Content types that browsers give to files of rows. Another site cannot send any of these without a CORS preflight. */
export const fileTypes: readonly string[] = [
  'text/csv',
  'application/csv',
  'text/tab-separated-values',
  'application/x-ndjson',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.ms-excel.sheet.macroenabled.12',
  'application/vnd.ms-excel',
  'application/vnd.oasis.opendocument.spreadsheet',
  // Web pages and Excel's XML under their own names. No text/plain: any other site may send that with the desk's cookie.
  'text/html',
  'text/xml',
  'application/xml',
  'application/octet-stream',
]

export const importDocs: FastifySchema = {
  tags: ['desk'],
  security: [{ cookie: [] }, { bearer: [] }],
  summary: "Take in a file of updates of the desk's own agency",
  description:
    'NDJSON, CSV in any usual encoding and separator, XLSX, XLSM, ODS, XLS or a web page saved as one; at most 16 MiB. What it is, its bytes say. One result line for each row, as it is done; with dryRun=true {"line":2,"checked":true} and nothing is changed. The last line is {"summary":{…},"file":{…}}: the columns read and not read, and what was decided about dates, amounts and states. Where two readings are possible the answer is 400 with both in `detail`, a `reason` (which-sheet, date-order …) and the choices in `errors`; nothing was changed.',
  consumes: [...fileTypes],
  params: Type.Object({ desk: Type.String() }),
  querystring: Type.Object({
    dryRun: Type.Optional(Type.Boolean({ description: 'check, change nothing' })),
    sheet: Type.Optional(Type.String({ description: 'the sheet to read, by its name' })),
    dates: Type.Optional(
      Type.String({
        enum: ['dmy', 'mdy', 'swapped'],
        description:
          "day first, month first, or dates whose day and month a spreadsheet put in each other's place",
      }),
    ),
    map: Type.Optional(
      Type.Array(Type.String(), { description: '`HEADING=field`, or `HEADING=-` to leave a column out' }),
    ),
    status: Type.Optional(
      Type.Array(Type.String(), {
        description: '`WORDS=state`; `*=state` where a row names none',
      }),
    ),
    useMap: Type.Optional(
      Type.String({
        description: 'a way of reading that `import --save-map` kept; left out: the one for these headings',
      }),
    ),
    asOf: Type.Optional(
      Type.String({
        description: 'when the file was saved: stands for a missing time of change; left out: now',
      }),
    ),
  }),
  body: Type.String({ format: 'binary' }),
  response: answers(
    {
      200: answer(
        'a line for each row: {"line":2,"applied":true}, {"line":3,"error":{"code":"bad-time","pointer":"/dueAt"}}; last {"summary":{…}}',
        Type.Object({}, { additionalProperties: true }),
        'application/x-ndjson',
      ),
      400: problem('unreadable-file: why is in `reason` and, for a person, in `detail`'),
      403: problem('forbidden: another desk'),
      429: withRetryAfter(problem('busy: this desk is handing in another file')),
    },
    401,
    408,
    413,
    415,
    503,
  ),
}
