// The pipeline's metrics, which the report stores, and its log. One text counts once, however many parts it came in or
// segments it leaves in.
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'
import type { Outcome } from '../carriers/carrier.js'
import type { Worded } from '../conversation/conversation.js'
import { mask } from '../msisdn.js'
import { buried, type End, type Text } from './text.js'

export type Tell = ReturnType<typeof openTell>

/** Declares the metrics of one link. */
export function openTell(link: string, log: Log, metrics: Metrics) {
  const received = metrics
    .counter('gateway_sms_received_total', 'texts received', ['bind'])
    .labels({ bind: link })
  const suppressed = metrics.counter('gateway_sms_suppressed_total', 'texts without a reply, by reason', [
    'reason',
  ])
  // Initialised to zero, so that an alert on an increase sees the first one too.
  for (const reason of ['expired', 'ceiling', 'outcome-unknown'] as const) suppressed.inc({ reason }, 0)
  const sent = metrics.counter(
    'gateway_sms_sent_total',
    'replies handed to the carrier, by what became of them',
    ['bind', 'result'],
  )
  // Cached: the label lookup costs more than counting.
  const byResult = new Map<string, { inc(): void }>()
  const countSent = (result: string) => {
    let counter = byResult.get(result)
    if (!counter) byResult.set(result, (counter = sent.labels({ bind: link, result })))
    counter.inc()
  }
  let ceilingToldIn = 0

  return {
    /** A text came in; `reason` when it gets no reply. */
    received(reason?: End): void {
      received.inc()
      if (reason) suppressed.inc({ reason })
    },

    sent(text: Text, worded: Worded, outcome: Outcome, tookMs: number): void {
      const result =
        outcome.kind === 'taken' ? 'done' : outcome.kind === 'refused' ? outcome.how : outcome.kind
      countSent(result)
      const from = mask(text.asked.phone.address)
      if (outcome.kind === 'taken') {
        const ageMs = Date.now() - text.asked.receivedAt
        log.info({ evt: 'mo.answered', link, from, result: worded.kind, tookMs, ageMs }, 'MO answered')
      } else if (outcome.kind === 'refused' && outcome.how === 'final')
        log.warn(
          { evt: 'mo.rejected', link, from, commandStatus: outcome.status },
          'The SMSC refused a reply for good; it is not sent again',
        )
    },

    ended(text: Text, end: End): void {
      if (end === 'answered') return
      suppressed.inc({ reason: end })
      if (end === 'ceiling') {
        // Once an hour: an attacker who pumps texts must not fill the log with them.
        const hour = Math.floor(Date.now() / 3_600_000)
        if (hour === ceilingToldIn) return
        ceilingToldIn = hour
        log.error(
          { evt: 'sms.ceiling', link },
          'The hourly ceiling of replies is reached; nothing is sent until the next hour',
        )
      } else if (end === 'expired' || buried.has(end))
        log.info(
          { evt: 'mo.unanswered', link, from: mask(text.asked.phone.address), reason: end },
          'A text stays without an answer',
        )
    },
  }
}
