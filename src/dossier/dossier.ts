// The gateway's central record: what an agency reports about one dossier, and its set of states. numbers/ reads numbers, store/ keeps
// records, wording.ts has the words.
import type { Stated } from './fields.js'

/** The ten states, numbered as on the national public service portal. The API accepts word or number; inside, the word. */
export const dossierStatuses = {
  submitted: 1,
  accepted: 2,
  refused: 3,
  processing: 4,
  supplement: 5,
  payment: 6,
  withdrawn: 7,
  stopped: 8,
  finished: 9,
  returned: 10,
} as const

export type DossierStatus = keyof typeof dossierStatuses

const names = Object.keys(dossierStatuses) as DossierStatus[]

/** Code 1–10 to word; undefined for any other number. */
export function statusOfCode(code: number): DossierStatus | undefined {
  return Number.isInteger(code) && code >= 1 && code <= names.length ? names[code - 1] : undefined
}

/** States after which nothing more is expected; retention counts from them. */
export const closedStatuses: ReadonlySet<DossierStatus> = new Set([
  'refused',
  'withdrawn',
  'stopped',
  'returned',
])

/** A parsed dossier number: its text, and where it belongs. Made only by dossier-no.ts and numbers.ts. */
export interface DossierNo {
  /** As on the paper, separators normalised, e.g. `000.00.15.H45-190521-0003`. */
  readonly text: string
  /**
   * The code whose sequence the number belongs to. Every code is its own number space, but an alias shares its entry's:
   * numbers with the same issuer, day and sequence are one dossier, however they are spelled.
   */
  readonly issuer: string
  /** Code of the entry that owns the issuer and speaks for the dossier. */
  readonly agency: string
  /** The issuer's index, part of lookup numbers; undefined without an entry or index of its own. */
  readonly index?: number | undefined
  /** Days since 2015-01-01 of the date inside the number; undefined for extra per-agency patterns without a date. */
  readonly day?: number | undefined
  /** The sequence digits as written, e.g. `0003`, `00108`; for extra patterns the whole text. */
  readonly sequence: string
}

/** Whether two numbers, however spelled, name the same dossier. */
export function isSameDossier(a: DossierNo, b: DossierNo): boolean {
  return a.issuer === b.issuer && a.day === b.day && a.sequence === b.sequence
}

/** One past step: the state and when it began (epoch milliseconds, second precision), if anybody has said. */
export interface Step {
  readonly dossierStatus: DossierStatus
  readonly at?: number
}

/** What the gateway knows of one dossier. Times are epoch milliseconds. No name, phone, address or identity number. */
export interface Dossier extends Stated {
  readonly dossierNo: DossierNo
  readonly dossierStatus: DossierStatus
  /** Of the latest update, by the agency's clock. */
  readonly eventTime: number
  /** `eventTime` is only when the state was reported; it may have begun long before. */
  readonly undated?: boolean
  /**
   * When the state began, by the first update that gave a time for it: a later one in the same state brings a note or a fee,
   * not a new beginning. Left out when no update gave one.
   */
  readonly since?: number
  /** When the result was ready, by the same rule: of a finished dossier, and of a returned one that was finished before. */
  readonly readyAt?: number
  /** The agency's own counter, when it sends one. */
  readonly version?: number
  /** When the gateway last heard of this dossier from the agency. */
  readonly asOf: number
  readonly procedure?: { readonly code: string; readonly name: string }
  /** At most 300 characters: what to bring or do. Never personal. */
  readonly publicNote?: string
  /** Vietnamese đồng, whole; `paid` is left out where the agency has not said. */
  readonly fee?: { readonly amount: number; readonly paid?: boolean }
  /** The fee was paid before the payment that is asked for now. */
  readonly isFeeSettled?: boolean
  /** Other national codes of the same dossier, canonical where readable. */
  readonly otherNumbers: readonly string[]
  /** The dossier goes on under another number: only counts over the whole store see this one. */
  readonly isSuperseded?: boolean
  /** Oldest first; the last is the present state. */
  readonly history: readonly Step[]
}
