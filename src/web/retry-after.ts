// How long a peer asks us to wait.

/**
 * How long a peer asks us to wait, ms, by its Retry-After header (RFC 9110 §10.2.3): seconds, or a time by its own clock
 * (`peerNow`, epoch ms). 0 where it asks for nothing that can be read, `longestMs` at most.
 */
export function readRetryAfter(said: string | null | undefined, peerNow: number, longestMs: number): number {
  const ms = /^\s*\d+\s*$/.test(said ?? '') ? Number(said) * 1000 : Date.parse(said ?? '') - peerNow
  return ms > 0 ? Math.min(ms, longestMs) : 0
}
