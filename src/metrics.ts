// The one registry of Prometheus metrics; each room declares its own through these three functions, with the prefix
// `gateway_`. No number, code, phone or dossier is ever a label.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type { Counter, Gauge, Histogram } from 'prom-client'

export type Metrics = ReturnType<typeof openMetrics>

/** One sample of a metric. */
export interface Count {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** A new registry with factories for counters, gauges and histograms. The same name gives the same metric. */
export function openMetrics() {
  const registry = new Registry()
  return {
    counter<L extends string>(
      name: `gateway_${string}_total`,
      help: string,
      labelNames: readonly L[] = [],
    ): Counter<L> {
      const known = registry.getSingleMetric(name)
      if (known) return known as Counter<L>
      return new Counter({ name, help, labelNames: [...labelNames], registers: [registry] })
    },
    gauge<L extends string>(
      name: `gateway_${string}`,
      help: string,
      labelNames: readonly L[] = [],
      /** Called on each scrape to set the gauge; only the first declaration's is used. */
      collect?: (gauge: Gauge<L>) => void | Promise<void>,
    ): Gauge<L> {
      const known = registry.getSingleMetric(name)
      if (known) return known as Gauge<L>
      const gauge: Gauge<L> = new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [registry],
        ...(collect ? { collect: () => collect(gauge) } : {}),
      })
      return gauge
    },
    histogram<L extends string>(
      name: `gateway_${string}_seconds`,
      help: string,
      labelNames: readonly L[] = [],
      buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ): Histogram<L> {
      const known = registry.getSingleMetric(name)
      if (known) return known as Histogram<L>
      return new Histogram({ name, help, labelNames: [...labelNames], buckets, registers: [registry] })
    },
    /** The values of a counter, or the cumulative buckets of a histogram (label `le`). Empty while no room has declared it. */
    async counts(name: string): Promise<Count[]> {
      const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {}
      return values.flatMap(({ value, labels, ...rest }) => {
        const { metricName = name } = rest as { metricName?: string }
        const isCount = metricName === name || metricName === `${name}_bucket`
        return isCount ? [{ labels: labels as Count['labels'], value }] : []
      })
    },
    /** The text of GET /metrics. */
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
