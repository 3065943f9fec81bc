// What /metrics tells about pull sources.
import type { Metrics } from '../../metrics.js'
import type { IntakeResult } from '../intake.js'
import { skipReasons } from './source.js'

export type SourceMetrics = ReturnType<typeof openSourceMetrics>

/** `sources`: their names. Counters with an alert on their growth start at 0, or the alert would miss the first increment. */
export function openSourceMetrics(metrics: Metrics, sources: readonly string[]) {
  const records = metrics.counter('gateway_source_records_total', 'records taken in from pull sources', [
    'source',
    'outcome',
  ])
  const skipped = metrics.counter('gateway_source_skipped_total', 'records of pull sources left out', [
    'source',
    'reason',
  ])
  for (const source of sources) for (const reason of skipReasons) skipped.inc({ source, reason }, 0)
  return {
    up: metrics.gauge('gateway_source_up', '1 while the last poll succeeded', ['source']),
    fillRatio: metrics.gauge('gateway_source_fill_ratio', 'how much of the initial fill is done, 0–1', [
      'source',
    ]),
    lastSuccess: metrics.gauge(
      'gateway_source_last_success_timestamp_seconds',
      'when a poll last succeeded, Unix time',
      ['source'],
    ),
    asked: metrics.counter('gateway_source_asked_total', 'questions about one dossier not in the store', [
      'source',
      'outcome',
    ]),
    differences: metrics.gauge('gateway_source_differences', 'found by the last nightly difference', [
      'source',
      'kind',
    ]),
    count(source: string, results: readonly IntakeResult[], left: readonly { reason: string }[]): void {
      for (const result of results) {
        const outcome = 'error' in result ? 'refused' : result.applied ? 'applied' : result.reason
        records.inc({ source, outcome })
      }
      for (const { reason } of left) skipped.inc({ source, reason })
    },
  }
}
