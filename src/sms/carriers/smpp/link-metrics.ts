// The metrics of a link to an SMSC and of its sessions.
import type { Metrics } from '../../../metrics.js'

export function linkMetrics(metrics: Metrics) {
  return {
    bound: metrics.gauge('gateway_smpp_bound', '1 while the session is bound', ['bind']),
    reconnects: metrics.counter('gateway_smpp_reconnects_total', 'sessions lost and rebound', ['bind']),
    rtt: metrics.histogram('gateway_smpp_enquire_link_rtt_seconds', 'enquire_link to its response'),
    odd: metrics.counter('gateway_smpp_odd_pdus_total', 'PDUs refused or not expected, by what was wrong', [
      'bind',
      'what',
    ]),
  }
}
