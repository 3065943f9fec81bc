// Translates a peer's status words and numbers to ours. Each kind has the table its documents give; the source's `statuses` in
// the configuration override it, because numbers differ between installations.

import { type DossierStatus, dossierStatuses, statusOfCode } from '../../dossier/dossier.js'
import { fold } from '../files/headings.js'
import { usualStatusWords } from '../files/status-words.js'
import { readStatus } from '../files/words.js'
import { text } from './fields.js'
import type { SourceConfig } from './settings.js'

type StatusTable = (value: unknown) => DossierStatus | 'unknown-status' | 'ignored-status' | 'no-status'

// OpenCPS v2, DossierTerm: states of its own workflow. A sub-status may be written as `processing_12` or so in
// other installations; the configuration may map `status/substatus` first.
const opencps: Record<string, DossierStatus | 'ignore'> = {
  new: 'submitted',
  receiving: 'submitted',
  waiting: 'supplement',
  processing: 'processing',
  pausing: 'processing',
  posting: 'processing',
  interoperating: 'processing',
  correcting: 'processing',
  cancelling: 'processing',
  releasing: 'finished',
  denied: 'refused',
  unresolved: 'stopped',
  cancelled: 'withdrawn',
  done: 'returned',
}

// The feed speaks our own words; the portal speaks our own numbers. iGate's numbers are its own: no
// table of them is published, so all of them come from the configuration.
const byKind: Record<SourceConfig['kind'], Record<string, DossierStatus | 'ignore'>> = {
  feed: {},
  dvcqg: {},
  igate: {},
  opencps,
}

/** The table of a source. Looks for each given spelling in order: the configuration first, then the kind's own. */
export function openStatuses(kind: SourceConfig['kind'], own: SourceConfig['statuses']): StatusTable {
  const table = new Map<string, DossierStatus | 'ignored-status'>()
  const usual = kind === 'feed' || kind === 'dvcqg' ? usualWords() : undefined
  for (const [theirs, ours] of [...Object.entries(byKind[kind]), ...Object.entries(own)]) {
    table.set(fold(theirs), ours === 'ignore' ? 'ignored-status' : ourStatus(ours))
  }
  return (value) => {
    const word = text(value, longest + 1)
    if (word === undefined) return 'no-status'
    const key = fold(word)
    // "04" and 4 and "4" are the same number.
    const said = table.get(key) ?? table.get(key.replace(/^0+(?=\d)/, ''))
    if (said) return said
    // A longer text was cut: its end may have made it another state.
    const isCut = [...word].length > longest
    return (usual && !isCut ? readStatus(word, usual, noWords) : undefined) ?? 'unknown-status'
  }
}

const longest = 80
const noWords: ReadonlyMap<string, DossierStatus> = new Map()

function usualWords(): ReadonlyMap<string, DossierStatus> {
  const ours = (Object.keys(dossierStatuses) as DossierStatus[]).map((word) => [word, word] as const)
  return new Map([...usualStatusWords(), ...ours])
}

/** Whether the table gave no state, and if so why. */
export function isSkip<T extends string>(
  value: T | 'unknown-status' | 'ignored-status' | 'no-status',
): value is 'unknown-status' | 'ignored-status' | 'no-status' {
  return value === 'unknown-status' || value === 'ignored-status' || value === 'no-status'
}

function ourStatus(value: string | number): DossierStatus {
  const byCode = statusOfCode(Number(value))
  // settings.ts has checked every entry.
  return byCode ?? (value as DossierStatus)
}
