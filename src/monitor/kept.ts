// Keeps by day the Prometheus metrics that reports need too. They are sampled every ten seconds, so that report and metrics
// agree and the hot path counts only once. A killed process loses its last ten seconds; around midnight a sample may
// count to the next day.
import type { Count, Metrics } from '../metrics.js'
import type { DayCounts } from './counters.js'

/** Name in the field → metric. Of a histogram every cumulative bucket is kept. */
const keptMetrics = {
  answered: 'gateway_lookup_duration_seconds',
  received: 'gateway_sms_received_total',
  sent: 'gateway_sms_sent_total',
  segments: 'gateway_sms_segments_total',
  suppressed: 'gateway_sms_suppressed_total',
  notices: 'gateway_sms_notices_total',
  slips: 'gateway_print_jobs_total',
} as const
type KeptMetric = keyof typeof keptMetrics

const sampleMs = 10_000

interface KeptDeps {
  readonly metrics: Pick<Metrics, 'counts'>
  readonly add: (field: string, by: number) => void
}

/** Samples the metrics every ten seconds, and once more at `close`; `add` counts a field of today. */
export function openKept({ metrics, add }: KeptDeps) {
  const before = new Map<string, number>()
  async function sample(): Promise<void> {
    for (const [word, metric] of Object.entries(keptMetrics))
      for (const { labels, value } of await metrics.counts(metric)) {
        const field = fieldOf(word, labels)
        const more = value - (before.get(field) ?? 0)
        if (more <= 0) continue
        before.set(field, value)
        add(field, more)
      }
  }
  const timer = setInterval(sample, sampleMs)
  timer.unref()
  return {
    sample,
    async close(): Promise<void> {
      clearInterval(timer)
      await sample()
    },
  }
}

// Names of links and desks are the operator's free text; encoding keeps a `|` or `=` in them from splitting the field.
const fieldOf = (word: string, labels: Count['labels']) =>
  [
    'kept',
    word,
    ...Object.entries(labels).map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
  ].join('|')

/** The sums of one kept metric over days. */
export function readKept(days: readonly DayCounts[], word: KeptMetric): Count[] {
  const sums = new Map<string, number>()
  for (const day of days)
    for (const [field, by] of day)
      if (field.startsWith(`kept|${word}`)) sums.set(field, (sums.get(field) ?? 0) + by)
  return [...sums].flatMap(([field, value]) => {
    const [, its, ...labels] = field.split('|')
    if (its !== word) return []
    const pairs = labels.map((label) => {
      const at = label.indexOf('=')
      return [label.slice(0, at), decodeURIComponent(label.slice(at + 1))]
    })
    return [{ labels: Object.fromEntries(pairs) as Record<string, string>, value }]
  })
}
