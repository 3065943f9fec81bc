// How often a reply is retried, and with what back-off.
import type { Refusal } from '../carriers/carrier.js'

/** Retries on sessions that never answered anything: up to this many, a duplicate is unlikely. */
export const unheardAtMost = 3
/**
 * When one reply gets a status that blames the session this many times, while others are accepted, the status is about that
 * reply.
 */
export const doubtsAtMost = 3

// Throttling passes quickly; the link's pace does the rest.
const pauses: Readonly<Record<Refusal, readonly [firstMs: number, longestMs: number]>> = {
  throttled: [100, 1000],
  retry: [500, 20_000],
  doubtful: [500, 20_000],
  final: [0, 0],
}

/**
 * Exponential back-off with a maximum, ±25 % jitter, so that a burst does not return as one. `overtaken`: how often it was
 * throttled for its own sake, which does not pass quickly.
 */
export function pauseMs(how: Refusal, refusals: number, overtaken = 0): number {
  const [firstMs, usualMs] = pauses[how]
  const longestMs = how === 'throttled' ? Math.min(usualMs * 2 ** overtaken, pauses.retry[1]) : usualMs
  return Math.min(firstMs * 2 ** Math.min(refusals, 16), longestMs) * (0.75 + Math.random() / 2)
}
