// Derives the published state from a printer's responses, or its silence. No clock and no port: observations in, state
// out.
import type { JobFailure, PrinterState } from '../contract.js'
import type { PrinterCondition } from '../escpos/status.js'
import type { Profile } from '../profiles.js'

/** Observations of a printer since its port was opened. */
export interface Sighting {
  readonly open: boolean
  readonly status: Profile['status']
  /** It has said something since the port was opened. */
  readonly answered: boolean
  /** Consecutive rounds of requests without a response. */
  readonly misses: number
  /** What it said last. */
  readonly condition: PrinterCondition | undefined
  /** How often in a row it has reported being offline without a cause. */
  readonly causeless: number
}

export const unseen = { open: false, answered: false, misses: 0, condition: undefined, causeless: 0 } as const

/** The state that follows; undefined when it is too early to say, and the state stays as it was. */
export function stateOf({
  open,
  status,
  answered,
  misses,
  condition,
  causeless,
}: Sighting): PrinterState | undefined {
  if (!open) return 'absent'
  if (status === 'none') return 'unknown'
  // One lost response is normal; two in a row are silence. A printer that responded and stopped is unplugged or off; one
  // that never responded may be unable to.
  if (misses >= 2) return status === 'try' && !answered ? 'unknown' : 'absent'
  if (!condition || misses > 0) return undefined
  // Offline without a cause is reported for a moment after a cover was closed: believe it the second time.
  if (causeless === 1) return undefined
  if (condition.coverOpen) return 'cover-open'
  if (condition.paperOut) return 'no-paper'
  if (condition.error || causeless > 1) return 'error'
  return condition.paperLow ? 'paper-low' : 'ready'
}

/**
 * Whether the printer goes on printing by itself once this is over: a person has added paper or closed the cover, or its head
 * has cooled down. A printer that is off line without a cause may be restarting, and has then lost the slip.
 */
export const resumesByItself = (reason: JobFailure, { condition }: Sighting): boolean =>
  reason === 'no-paper' ||
  reason === 'cover-open' ||
  (reason === 'printer-error' && condition?.recovers === true)

/** The observations after one more round of requests, or one unsolicited status. */
export function heard(before: Sighting, condition: PrinterCondition): Sighting {
  const { offline, coverOpen, paperOut, error } = condition
  const isCauseless = offline && !coverOpen && !paperOut && !error
  return {
    ...before,
    answered: true,
    misses: 0,
    condition,
    causeless: isCauseless ? before.causeless + 1 : 0,
  }
}

/** The observations after a round without a response. */
export const missed = (before: Sighting): Sighting => ({ ...before, misses: before.misses + 1 })

/**
 * Why a printer in this state prints nothing; undefined: try it. One that never responds is tried: people check the
 * paper.
 */
export const obstacles: Record<PrinterState, JobFailure | undefined> = {
  ready: undefined,
  'paper-low': undefined,
  unknown: undefined,
  'no-paper': 'no-paper',
  'cover-open': 'cover-open',
  error: 'printer-error',
  absent: 'printer-absent',
}
