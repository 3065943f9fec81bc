// The only importer of OpenTelemetry: spans for HTTP requests, texts answered and slips printed, sent by OTLP over HTTP
// when the standard environment variables ask for it; otherwise nothing of it is loaded. A span says what kind of
// thing happened and how long it took; it never holds numbers, addresses, phones or texts.
import type { Attributes, Tracer } from '@opentelemetry/api'
import type { FastifyInstance } from 'fastify'
import type { Log } from './log.js'
import { version } from './version.js'

interface Traces {
  /** A log that also turns completion events into spans. */
  readonly log: Log
  /** Makes each request of this server a span; call it before adding routes. */
  watch(server: FastifyInstance): void
  /** Sends the spans still queued. */
  close(): Promise<void>
}

/** Whether https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ asks for traces. */
export function wantsTraces(env: NodeJS.ProcessEnv): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false
  const exporter = env.OTEL_TRACES_EXPORTER?.trim()
  if (exporter) return exporter.split(',').includes('otlp')
  return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)
}

// A collector that is away fails every few seconds; log it at most once in this time.
const complainEveryMs = 600_000
// How long shutdown may wait for the last spans.
const lastFlushMs = 2000

/** Loads the libraries, which read their settings (endpoint, headers, sampler, batch) from the environment themselves. */
export async function openTraces(log: Log): Promise<Traces> {
  const [api, core, sdk, exporter, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  let complainedAt = Number.NEGATIVE_INFINITY
  const complain = () => {
    if (performance.now() - complainedAt < complainEveryMs) return
    complainedAt = performance.now()
    log.warn(
      { evt: 'traces.not-sent' },
      'Traces could not be sent: the collector is away or refuses. Nothing else depends on it',
    )
  }
  const ignore = () => {}
  api.diag.setLogger(
    { error: complain, warn: ignore, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: api.DiagLogLevel.ERROR, suppressOverrideMessage: true },
  )
  const provider = new sdk.BasicTracerProvider({
    resource: resources
      .resourceFromAttributes({ 'service.name': 'dossier-gateway', 'service.version': version })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter())],
  })
  const tracer = provider.getTracer('dossier-gateway', version)
  const propagator = new core.W3CTraceContextPropagator()
  log.info({ evt: 'traces.opened' }, 'Traces are sent by OTLP')

  return {
    log: spanning(log, tracer),
    watch(server) {
      server.addHook('onRequest', (request, reply, done) => {
        // The route's pattern, never the URL: that holds the dossier number.
        const route = request.routeOptions.url
        // From an untrusted client take only traceparent; tracestate is free text.
        const { traceparent } = request.headers
        const parent = propagator.extract(api.ROOT_CONTEXT, { traceparent }, api.defaultTextMapGetter)
        const span = tracer.startSpan(
          route === undefined ? request.method : `${request.method} ${route}`,
          {
            kind: api.SpanKind.SERVER,
            attributes: {
              'http.request.method': request.method,
              'url.scheme': request.protocol,
              ...(route === undefined ? {} : { 'http.route': route }),
            },
          },
          parent,
        )
        reply.raw.once('close', () => {
          const { headersSent, statusCode } = reply.raw
          if (headersSent) span.setAttribute('http.response.status_code', statusCode)
          if (headersSent && statusCode >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR })
          span.end()
        })
        done()
      })
    },
    async close() {
      // A collector that does not answer must not block shutdown.
      setTimeout(() => process.exit(0), lastFlushMs).unref()
      await provider.shutdown().catch(complain)
    },
  }
}

// Rooms log when work has ended and how long it took, which is enough for a span; they need not know about tracing.
// `attributes` lists the log fields that may be exported.
const ends: Record<string, { name: string; tookMs: string; attributes: readonly string[] }> = {
  'mo.answered': { name: 'text answered', tookMs: 'ageMs', attributes: ['link', 'result'] },
  'slip.ended': { name: 'slip printed', tookMs: 'tookMs', attributes: ['outcome', 'reason'] },
}

function spanning(log: Log, tracer: Tracer): Log {
  const info: Log['info'] = (fields, sentence) => {
    log.info(fields, sentence)
    const end = Object.hasOwn(ends, fields.evt) ? ends[fields.evt]! : undefined
    if (!end) return
    const attributes: Attributes = {}
    for (const key of end.attributes) {
      const value = fields[key]
      if (typeof value === 'string') attributes[`gateway.${key}`] = value
    }
    const now = Date.now()
    tracer.startSpan(end.name, { startTime: now - Number(fields[end.tookMs] ?? 0), attributes }).end(now)
  }
  return {
    trace: log.trace.bind(log),
    debug: log.debug.bind(log),
    info,
    warn: log.warn.bind(log),
    error: log.error.bind(log),
    fatal: log.fatal.bind(log),
  }
}
