// How often a reply is tried again, and after how long.
import type { Refusal } from '../carriers/carrier.js'

/** Sent on sessions that never answered anything: so often nobody need fear that it is out. */
export const unheardAtMost = 3
/** A status that speaks of the session, for one reply again and again while others are taken, is about that reply. */
export const doubtsAtMost = 3

// Too fast is over in a moment: the link's pace sees to the rest.
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
