// The documentation of the HTTP interface: OpenAPI 3.1 at /openapi.json, to read at /docs, from the same schemas that the
// checks use.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema } from 'fastify'
import {
  CloudEvent,
  EventOutcomes,
  Outcome,
  Problem,
  Record,
  UpdateBody,
  UpdateLine,
} from '../agency/schemas.js'
import { sandboxAgency } from '../dossier/agency.js'
import { sandboxAnswers } from '../dossier/sandbox.js'
import { Type } from '../schema.js'

/** Documentation laid over the schemas of routes that bring too little of their own, by `METHOD address`. */
export type MoreDocs = Readonly<Record<string, object>>

/** Registers the documentation; before any route, or that route is not in it. */
export async function openDocs(app: FastifyInstance, version: string, more: MoreDocs = {}): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Dossier gateway',
        version,
        description,
        license: { name: 'MIT', identifier: 'MIT' },
        contact: { name: 'the office that runs this gateway' },
      },
      servers: [{ url: '/', description: 'this gateway' }],
      tags: [
        { name: 'agencies', description: 'for the systems of agencies' },
        { name: 'public', description: 'for anybody' },
        { name: 'desk', description: 'for reception desks and print agents' },
        { name: 'monitor', description: 'for leaders' },
      ],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'the key of a device: `keys create --desk ID`, or `--monitor NAME` to look on',
          },
          basic: {
            type: 'http',
            scheme: 'basic',
            description: "the desk's key as password, with any name: for CloudPRNT printers as they are sold",
          },
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: 'dossier_desk',
            description: 'set by the one-time link of a desk',
          },
          monitor: {
            type: 'apiKey',
            in: 'cookie',
            name: 'dossier_monitor',
            description: 'set by the one-time link of a monitor',
          },
          key: { type: 'http', scheme: 'bearer', description: 'made by `keys create --agency CODE`' },
          signature: {
            type: 'apiKey',
            in: 'header',
            name: 'webhook-signature',
            description:
              'Standard Webhooks over the raw body, with webhook-id and webhook-timestamp; the key is named by ?keyId=. PUT bodies must then carry dossierNo.',
          },
        },
      },
    },
    transform: ({ schema, url, route }) => ({
      schema: completed({ ...schema, ...more[`${route.method} ${url}`] }, String(route.method), url),
      url,
    }),
  })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { deepLinking: false } })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

// What every operation has for the programs that make clients of it: a name of its own, a sentence, who may call it, and what
// the listener itself may answer.
function completed(schema: FastifySchema, method: string, url: string): FastifySchema {
  const words = url
    .replace(/[{}:]/g, '')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
  const operationId = [
    method.toLowerCase(),
    ...words.map((word) => word[0]!.toUpperCase() + word.slice(1)),
  ].join('')
  const plain = { 200: { description: schema.summary ?? 'done', type: 'null' } }
  const response = (schema.response ?? plain) as Record<string, unknown>
  const isRefusable = Object.keys(response).some((status) => status.startsWith('4'))
  return {
    operationId,
    description: schema.summary,
    security: [],
    ...schema,
    response: isRefusable ? response : { ...response, 431: problem('headers-too-large') },
  } as FastifySchema
}

const sandboxNo = (sequence: string) => `${sandboxAgency.code}-260101-${sequence}`

function sandboxRow(sequence: string, rule: (typeof sandboxAnswers)[keyof typeof sandboxAnswers]): string {
  const told =
    rule.kind === 'found'
      ? [
          `200, ${rule.dossierStatus}`,
          ...(rule.overdue ? ['past its date'] : []),
          ...(rule.delayMs > 0 ? [`after ${rule.delayMs / 1000} s`] : []),
        ].join(', ')
      : rule.kind === 'withheld'
        ? '429 withheld, with Retry-After'
        : '503 unavailable, with Retry-After'
  return `| \`${sandboxNo(sequence)}\` | ${told} |`
}

const description = `Agencies say how dossiers stand; citizens ask. Errors are RFC 9457 problem details whose \`code\` is stable.
429 and 503 carry Retry-After; after a 503 nothing is lost by sending again.

## Sandbox

With \`sandbox: true\` in its configuration a gateway answers these numbers always the same way. They are stored nowhere and count
for no limit; build and test against them.

| number | answer |
|---|---|
${Object.entries(sandboxAnswers)
  .map(([sequence, rule]) => sandboxRow(sequence, rule))
  .join('\n')}
| any other of \`${sandboxNo('NNNN')}\` | 404 unknown |

\`\`\`sh
GATEWAY=http://127.0.0.1:8080
curl -sS "$GATEWAY/v1/status/${sandboxNo('0004')}"               # found
curl -sS "$GATEWAY/v1/status/${sandboxNo('0004')}?lang=en"       # in English
curl -sS -i "$GATEWAY/v1/status/${sandboxNo('9999')}"            # unknown
curl -sS -i "$GATEWAY/v1/status/${sandboxNo('0200')}"            # slow
curl -sS -i "$GATEWAY/v1/status/${sandboxNo('0429')}"            # throttled
curl -sS -i "$GATEWAY/v1/status/${sandboxNo('0503')}"            # unavailable
\`\`\`
`

/** A schema without its $id: each route carries its own copy, nothing is looked up. */
function inline<T extends object>(schema: T): T {
  const { $id: _, ...rest } = schema as T & { $id?: string }
  return rest as T
}

const problems: Record<number, string> = {
  400: 'malformed-json, invalid (with errors[]) or unreadable (with reason)',
  401: 'unauthorized: no valid key or signature',
  403: "forbidden: another agency's dossier, or another desk",
  404: 'unknown',
  408: 'too-slow',
  409: 'under-way: the same Idempotency-Key is being worked on',
  413: 'too-large',
  415: 'wrong-content-type, or wrong-content-encoding: agencies may send gzip, nobody anything else',
  422: 'key-reused: the Idempotency-Key was used with another body',
  429: 'too-many-requests, with Retry-After',
  503: 'unavailable, with Retry-After; nothing is lost by sending again',
}

/** The answers of a route: those given, and problems of these statuses. */
export function answers(success: { [status: number]: unknown }, ...statuses: number[]) {
  const told: { [status: number]: unknown } = { ...success }
  for (const status of statuses) {
    const one = problem(problems[status]!)
    told[status] = status === 429 || status === 503 ? withRetryAfter(one) : one
  }
  return told
}

export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: inline(Problem) } },
})

export const withRetryAfter = <T extends object>(answer: T) => ({
  ...answer,
  headers: { 'Retry-After': { type: 'integer', description: 'seconds' } },
})

export const answer = (description: string, schema: object, type = 'application/json') => ({
  description,
  content: { [type]: { schema: inline(schema) } },
})

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
  response: answers({ 200: answer('the record', Record) }, 400, 401, 403, 404, 429, 503),
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

/** What browsers call files of rows. No form of another site can send one of these without asking first. */
export const fileTypes: readonly string[] = [
  'text/csv',
  'application/csv',
  'text/tab-separated-values',
  'application/x-ndjson',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.ms-excel.sheet.macroenabled.12',
  'application/vnd.ms-excel',
  'application/vnd.oasis.opendocument.spreadsheet',
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
    status: Type.Optional(Type.Array(Type.String(), { description: '`WORDS=state`' })),
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
