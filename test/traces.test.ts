// Spans as a collector gets them from the built gateway, and that without the standard variables there is nothing of it.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { wantsTraces } from '../src/traces.js'
import { startFakeSmsc } from './peers/fake-smsc.js'
import { startGateway } from './peers/gateway.js'

const number = '000.00.15.H45-190521-0003'
const phone = '84901234567'

interface Span {
  readonly name: string
  readonly traceId: string
  readonly parentSpanId?: string
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[]
}

/** A collector that speaks OTLP/HTTP with JSON and keeps what it gets. */
async function startCollector(t: Test) {
  const spans: Span[] = []
  let said = ''
  let more = () => {}
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      said += text
      const { resourceSpans } = JSON.parse(text) as {
        resourceSpans: { scopeSpans: { spans: Span[] }[] }[]
      }
      for (const { scopeSpans } of resourceSpans)
        for (const { spans: some } of scopeSpans) spans.push(...some)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      more()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get said() {
      return said
    },
    /** The first span that is like this, as soon as it is there. */
    async until(isIt: (span: Span) => boolean): Promise<Span> {
      for (;;) {
        const found = spans.find(isIt)
        if (found) return found
        await new Promise<void>((resolve) => {
          more = resolve
        })
      }
    },
  }
}

function withEnvironment(t: Test, variables: Record<string, string>): void {
  Object.assign(process.env, variables)
  t.teardown(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
}

const told = ({ attributes }: Span) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

t.test('requests, texts and slips become spans, and no number is in one', async (t) => {
  const collector = await startCollector(t)
  withEnvironment(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: 'gateway-of-the-test',
    OTEL_BSP_SCHEDULE_DELAY: '20',
  })
  const smsc = await startFakeSmsc()
  t.teardown(() => smsc.close())
  const gateway = await startGateway(t, {
    sms: {
      links: [{ name: 'smsc-a', host: '127.0.0.1', port: smsc.port, password: 'secret', shortCode: '8188' }],
    },
  })
  await smsc.until('the link is bound', () => smsc.boundCount === 1)
  await gateway.waitFor('traces.opened', undefined, true)

  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  await fetch(`${gateway.http}/v1/status/${number}?note=${phone}`, {
    headers: {
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      tracestate: `who=${phone}`,
      'x-request-id': phone,
    },
  })
  const asked = await collector.until(({ name }) => name === 'GET /v1/status/:number')
  t.equal(asked.traceId, traceId, "the caller's trace goes on")
  t.equal(asked.parentSpanId, '00f067aa0ba902b7')
  t.strictSame(told(asked), {
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'http.route': '/v1/status/:number',
    'http.response.status_code': 404,
  })
  await fetch(`${gateway.http}/${number}`)
  t.match(told(await collector.until(({ name }) => name === 'GET')), { 'http.response.status_code': 404 })

  const reply = smsc.replyTo(phone)
  await smsc.text(phone, `HS ${number}`).taken
  await reply
  const answered = await collector.until(({ name }) => name === 'text answered')
  t.strictSame(told(answered), { 'gateway.link': 'smsc-a', 'gateway.result': 'unknown' })

  t.match(collector.said, /"service\.name","value":\{"stringValue":"gateway-of-the-test"\}/)
  t.notMatch(collector.said, /190521|0003|90123|H45/, 'nothing of what was asked, nor who asked')
  t.equal(await gateway.kill('SIGTERM'), 0)
})

t.test('a collector that is away costs a line in the log, and no time at the end', async (t) => {
  withEnvironment(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_BSP_SCHEDULE_DELAY: '20',
    OTEL_EXPORTER_OTLP_TIMEOUT: '200',
  })
  const gateway = await startGateway(t)
  const complained = gateway.waitFor('traces.not-sent')
  await fetch(`${gateway.http}/v1/status/${number}`)
  t.equal((await complained).level, 'warn')
  const asked = performance.now()
  t.equal(await gateway.kill('SIGTERM'), 0)
  t.ok(performance.now() - asked < 10_000)
})

t.test('only the standard variables ask for it', async (t) => {
  const rows: [env: NodeJS.ProcessEnv, wanted: boolean][] = [
    [{}, false],
    [{ OTEL_SERVICE_NAME: 'x' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, false],
    [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, false],
  ]
  for (const [env, wanted] of rows) t.equal(wantsTraces(env), wanted, JSON.stringify(env))
  const source = readFileSync(new URL('../src/traces.ts', import.meta.url), 'utf8')
  t.notMatch(
    source,
    /^import (?!type)[^\n]*@opentelemetry/m,
    'loaded when asked for, not when this file is read',
  )
})
