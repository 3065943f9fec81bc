// The documentation of the HTTP API: OpenAPI 3.1 at /openapi.json, rendered at /docs, from the same schemas that validate
// requests.
import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyReply, FastifySchema, onRequestHookHandler } from 'fastify'
import { sandboxAgency } from '../../dossier/agency.js'
import { sandboxAnswers } from '../../dossier/sandbox.js'
import { sendProblem } from '../problem.js'
import { problem } from './answers.js'

/** Documentation merged into the schemas of routes that have too little of their own, by `METHOD url`. */
type MoreDocs = Readonly<Record<string, object>>

const beside = (name: string) => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')

// Replaces the policy of Swagger UI, which makes browsers fetch its scripts over HTTPS (over plain HTTP the page stays empty
// except on localhost) and allows images, styles and frames from other sites.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Registers the documentation. Call it before adding routes; earlier ones are not included. */
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
            description: 'the key of a device: `keys create --desk ID`, or `--monitor NAME` to read figures',
          },
          basic: {
            type: 'http',
            scheme: 'basic',
            description:
              "the desk's key as password, with any user name: for off-the-shelf CloudPRNT printers",
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
              'Standard Webhooks over the raw body, with webhook-id and webhook-timestamp; ?keyId= names the key. PUT bodies must then contain dossierNo.',
          },
        },
      },
    },
    transform: ({ schema, url, route }) => ({
      schema: completed({ ...schema, ...more[`${route.method} ${url}`] }, String(route.method), url),
      url,
    }),
  })
  // Serialised once, as JSON: that takes 4 ms, as YAML 300 ms during which the event loop is blocked. JSON is valid YAML.
  let made: string | undefined
  const asJson = (reply: FastifyReply) => {
    made ??= JSON.stringify(app.swagger())
    return reply.type('application/json; charset=utf-8').send(made)
  }
  const withoutMaking: onRequestHookHandler = (request, reply, done) => {
    const { url } = request.routeOptions
    if (url === '/docs/json') asJson(reply)
    else if (url === '/docs/yaml') sendProblem(request, reply, 404, 'no-such-address')
    else done()
  }
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: policy,
    // BaseLayout has no URL bar, which would load other documents.
    uiConfig: { deepLinking: false, layout: 'BaseLayout' },
    theme: {
      title: 'Dossier gateway',
      css: [{ filename: 'docs.css', content: beside('docs.css') }],
      js: [{ filename: 'docs.js', content: beside('docs.js') }],
    },
    uiHooks: { onRequest: withoutMaking },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => asJson(reply))
}

// Completes an operation for client generators: a unique operationId, a description, its security, and the listener's own
// errors.
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
  const answer =
    rule.kind === 'found'
      ? [
          `200, ${rule.dossierStatus}`,
          ...(rule.overdue ? ['past its date'] : []),
          ...(rule.delayMs > 0 ? [`after ${rule.delayMs / 1000} s`] : []),
        ].join(', ')
      : rule.kind === 'withheld'
        ? '429 withheld, with Retry-After'
        : '503 unavailable, with Retry-After'
  return `| \`${sandboxNo(sequence)}\` | ${answer} |`
}

const description = `Agencies push the state of dossiers; citizens look it up. Errors are RFC 9457 problem details with a stable \`code\`.
429 and 503 carry Retry-After; after a 503 it is safe to send again.

## Sandbox

With \`sandbox: true\` in its configuration a gateway always answers these numbers the same way. They are never stored and do not
count towards limits; build and test against them.

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
