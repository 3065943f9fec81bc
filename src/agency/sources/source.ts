// The adapter interface: fetch a page of changed dossiers, or one dossier. It speaks the peer's protocol and maps
// records; the poller decides how often, how far back, and what to do with the result.
import type { DossierStatus } from '../../dossier/dossier.js'
import type { Way } from '../../dossier/fields.js'

/** One record of a peer in the words of the API, with its number as the peer wrote it. */
export interface SourceUpdate {
  dossierNo: string
  dossierStatus: DossierStatus
  /** RFC 3339, as all times here. */
  eventTime: string
  /** The peer does not say when this changed; `eventTime` is the latest date it names, or missing. */
  undated?: true
  version?: number
  procedure?: { code: string; name: string }
  receivedAt?: string
  dueAt?: string
  extendedDueAt?: string
  finishedAt?: string
  returnedAt?: string
  filedBy?: Way
  returnBy?: Way
  publicNote?: string
  fee?: { amount: number; paid?: boolean }
  otherNumbers?: string[]
}

/** Why a peer's record was skipped; the reason is a metric label, so the set is closed. */
export const skipReasons = [
  'not-an-object',
  'no-number',
  'unreadable-number',
  'foreign-agency',
  'no-status',
  'unknown-status',
  'ignored-status',
  'no-time',
  'bad-time',
  'too-many',
] as const
export type SkipReason = (typeof skipReasons)[number]

/** A record as the peer's protocol gives it. `dossierNo` and `word` (of a state) verbatim. */
export type Mapped = { update: SourceUpdate } | { skip: SkipReason; dossierNo?: string; word?: string }

/** How many records of one answer are read: a peer may send more than it was asked for. What is left of them is `too-many`. */
export const maxRecords = { onPage: 5000, found: 100 } as const

/** One page of records. */
export interface SourcePage {
  readonly records: readonly Mapped[]
  /** Where the following page begins; undefined: this was the last. Opaque to the poller, kept in Redis. */
  readonly next?: string
  /** The number of records of the whole walk, if the peer states it. */
  readonly total?: number
  /**
   * When each record changed by the peer's clock (epoch ms), undefined where it does not say. The poller judges by them
   * whether the peer sorts as it was asked to. Left out: the protocol itself gives changes since a moment, in full.
   */
  readonly changed?: readonly (number | undefined)[]
  /** The peer's clock when the walk began (epoch ms), where its protocol tells. */
  readonly newest?: number
}

interface PageRequest {
  /** Changes since this moment (epoch ms); undefined: everything. */
  readonly since?: number
  /** `next` of the page before; undefined: from the start. */
  readonly position?: string
  readonly signal: AbortSignal
}

/** A peer's protocol. Faults of the peer are GatewayErrors `source-unavailable` (retry) or `source-refused`. */
export interface Source {
  page(request: PageRequest): Promise<SourcePage>
  /** What the peer finds for a given spelling of a number; may include other dossiers. Empty: it knows none. */
  find(dossierNo: string, signal: AbortSignal): Promise<readonly Mapped[]>
}
