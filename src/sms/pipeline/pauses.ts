// How long a refused reply waits before it is tried again. Too fast is over in a moment: the link's pace sees to the rest.
import type { Refusal } from '../carriers/carrier.js'

const pauses: Readonly<Record<Refusal, readonly [firstMs: number, longestMs: number]>> = {
  throttled: [100, 1000],
  retry: [500, 20_000],
  doubtful: [500, 20_000],
  final: [0, 0],
}

/** Twice as long each time, up to the longest, and a quarter to either side, so that a crowd does not come back as one. */
export function pauseMs(how: Refusal, refusals: number): number {
  const [firstMs, longestMs] = pauses[how]
  return Math.min(firstMs * 2 ** Math.min(refusals, 16), longestMs) * (0.75 + Math.random() / 2)
}
