// Parses Retry-After.

/**
 * How long a peer asks us to wait, ms, by its Retry-After header (RFC 9110 §10.2.3): seconds, or a time by its own clock
 * (`peerNow`, epoch ms). 0 when the header is missing or unreadable; at most `longestMs`.
 */
export function readRetryAfter(said: string | null | undefined, peerNow: number, longestMs: number): number {
  const ms = /^\s*\d+\s*$/.test(said ?? '') ? Number(said) * 1000 : Date.parse(said ?? '') - peerNow
  return ms > 0 ? Math.min(ms, longestMs) : 0
}
