// A minimal HTTP service on Fastify: a static object, one GET, one Lua script a PUT, NDJSON with a schema and one Lua
// script a line. Runs as its own process: fastify.ts SOCKET; prints its URL on stdout.
import { Ajv } from 'ajv'
import fastify from 'fastify'
import { Redis } from 'ioredis'

const redis = new Redis({ path: process.argv[2]!, protocol: 2 } as never)
const lua = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old and tonumber(string.sub(old, 1, 13)) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ARGV[3])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 4000, '*', 'n', ARGV[1])
return 1`
redis.defineCommand('put', { lua, numberOfKeys: 2 })
type Put = (...args: string[]) => Promise<number>
const put = (redis as unknown as { put: Put }).put.bind(redis)

const update = {
  type: 'object',
  required: ['dossierStatus', 'eventTime'],
  properties: {
    dossierNo: { type: 'string', maxLength: 60 },
    dossierStatus: { type: 'string', maxLength: 20 },
    eventTime: { type: 'string', maxLength: 40 },
    receivedAt: { type: 'string', maxLength: 40 },
    dueAt: { type: 'string', maxLength: 40 },
    procedure: {
      type: 'object',
      required: ['code', 'name'],
      properties: { code: { type: 'string', maxLength: 40 }, name: { type: 'string', maxLength: 200 } },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const
interface Line {
  dossierNo: string
  dossierStatus: string
  eventTime: string
}
const check = new Ajv().compile<Line>(update)
// As in the product: a hash for each agency and day, 128 to a bucket.
const keyOf = (no: string) => `base:${no.slice(0, 20)}`
const argsOf = (no: string, { eventTime, dossierStatus }: Line): [string, string, string, string, string] => [
  keyOf(no),
  'base:changes',
  no.slice(-4),
  String(Date.parse(eventTime)),
  dossierStatus,
]

const app = fastify({ logger: false, bodyLimit: 64 * 1024 * 1024 })
const fixed = {
  dossierNo: '000.00.15.H45-190521-0003',
  level: 'basic',
  dossierStatus: 'processing',
  overdue: false,
}
app.get('/static', async () => fixed)
app.get('/get/:key', async (request) => ({
  value: await redis.get(`base:one:${(request.params as { key: string }).key}`),
}))
app.put('/put/:no', { schema: { body: update } }, async (request) => ({
  applied: (await put(...argsOf((request.params as { no: string }).no, request.body as Line))) === 1,
}))
app.addContentTypeParser('application/x-ndjson', { parseAs: 'string' }, (_request, body, done) =>
  done(null, body),
)
app.post('/bulk', async (request) => {
  const pipeline = redis.pipeline()
  const lines = (request.body as string).split('\n')
  let failed = 0
  for (const text of lines) {
    if (text === '') continue
    const line: unknown = JSON.parse(text)
    if (check(line)) void (pipeline as unknown as { put: Put }).put(...argsOf(line.dossierNo, line))
    else failed++
  }
  const replies = (await pipeline.exec()) ?? []
  return `${replies.map(([, applied], at) => `{"line":${at + 1},"applied":${applied === 1}}`).join('\n')}\n{"failed":${failed}}\n`
})

process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
