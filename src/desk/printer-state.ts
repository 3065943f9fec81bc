// From what a printer says, or does not say, to the state that people are told. No clock and no port: what was seen goes
// in, the state comes out.
import type { JobFailure, PrinterState } from './contract.js'
import type { PrinterCondition } from './escpos/status.js'
import type { Profile } from './profiles.js'

/** What was seen of a printer since its port was opened. */
export interface Sighting {
  readonly open: boolean
  readonly status: Profile['status']
  /** It has said something since the port was opened. */
  readonly answered: boolean
  /** Rounds of questions in a row that got no answer. */
  readonly misses: number
  /** What it said last. */
  readonly condition: PrinterCondition | undefined
  /** How often in a row it has said that it is off line, and no cause. */
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
  // One question may be lost; two in a row are silence. One that spoke and stopped is unplugged or off; one that never
  // spoke may be a printer that cannot.
  if (misses >= 2) return status === 'try' && !answered ? 'unknown' : 'absent'
  if (!condition || misses > 0) return undefined
  // Off line without a cause is said for a moment after a cover was closed: hear it twice before believing it.
  if (causeless === 1) return undefined
  if (condition.coverOpen) return 'cover-open'
  if (condition.paperOut) return 'no-paper'
  if (condition.error || causeless > 1) return 'error'
  return condition.paperLow ? 'paper-low' : 'ready'
}

/** The same printer after one more round of questions, or one status told by itself. */
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

/** The same printer after a round without an answer. */
export const missed = (before: Sighting): Sighting => ({ ...before, misses: before.misses + 1 })

/** Why a printer in this state prints nothing; undefined: it may be tried. One that never says is tried: people look. */
export const obstacles: Record<PrinterState, JobFailure | undefined> = {
  ready: undefined,
  'paper-low': undefined,
  unknown: undefined,
  'no-paper': 'no-paper',
  'cover-open': 'cover-open',
  error: 'printer-error',
  absent: 'printer-absent',
}
