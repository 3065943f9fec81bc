// Watches the event loop: while one request or file blocks it, nobody else is answered, on any channel.
import type { Log } from '../../log.js'
import type { Metrics } from '../../metrics.js'

// No request or file may block it for longer than 200 ms; a suspended machine looks the same.
const longestMs = 200
const lookEveryMs = 50

/** Counts and logs stalls over 200 ms, and keeps the longest since the last scrape. */
export function openLoopGuard(metrics: Metrics, log: Log): { close(): void } {
  const stalls = metrics.counter(
    'gateway_event_loop_stalls_total',
    'times the event loop was blocked for over 200 ms',
  )
  stalls.inc(0)
  let longest = 0
  metrics.gauge(
    'gateway_event_loop_longest_stall_seconds',
    'longest time the event loop was blocked since the last scrape',
    [],
    (gauge) => {
      gauge.set(longest / 1000)
      longest = 0
    },
  )
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const stoodMs = now - last - lookEveryMs
    last = now
    longest = Math.max(longest, stoodMs)
    if (stoodMs <= longestMs) return
    stalls.inc()
    log.warn(
      { evt: 'loop.stalled', stoodMs: Math.round(stoodMs) },
      'The process stood still for so long (stoodMs), and nobody was answered meanwhile; often the machine is busy',
    )
  }, lookEveryMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}
