// What the monitor page and its routes say to each other. The browser imports only these types.

import type { Channel } from '../dossier/channels.js'
import type { DossierStatus } from '../dossier/dossier.js'

/** A count; null: between 1 and 4, which is too few to be told. */
export type Count = number | null

/** GET /v1/monitor/summary?from=YYYY-MM-DD&to=YYYY-MM-DD */
export interface MonitorSummary {
  /** First and last day, in the office's zone. */
  from: string
  to: string
  generatedAt: string
  /** Codes of the agencies the reader may see; left out: all. Then lookups are those that found a dossier of theirs. */
  only?: string[]
  lookups: {
    total: Count
    found: Count
    /** found ÷ (found + unknown); null when too few. */
    hitRatio: number | null
    /** Answered at all: everything but unavailable ÷ total. */
    answeredRatio: number | null
    byDay: LookupDay[]
    byResult: { result: string; count: Count }[]
  }
  agencies: AgencyRow[]
  /** When open, overdue and in-time dossiers were counted; left out while that is under way. */
  censusAt?: string
  /** Of all agencies shown, at that moment. */
  dossiers?: { open: Count; overdue: Count }
  ratings: RatingRow[]
  /** Complaints that wait for an answer now, and those past their day; figures of the office's work, told as they are. */
  complaints: { open: number; overdue: number; agencies: ComplaintRow[] }
  live: Live
}

export type LookupDay = { day: string } & Record<Channel, Count>

export interface AgencyRow {
  code: string
  name: string
  /** When the agency was last heard of. */
  lastHeard?: string
  /** Set when it has been silent beyond its own rhythm. */
  silentSince?: string
  /** Office minutes between two words of it, usually (95 of 100 are shorter). */
  usualGapMinutes?: number
  /** Updates in the period. */
  updates: Count
  open?: Count
  overdue?: Count
  /** Overdue ÷ open. */
  overdueRatio?: number | null
  /** Finished in time ÷ finished, of those finished in the last 30 days. */
  onTimeRatio?: number | null
}

export interface ComplaintRow {
  code: string
  name: string
  open: number
  overdue: number
}

/** Taps on the three faces. `kiosk` left out: the agency as a whole. */
export interface RatingRow {
  agency: string
  kiosk?: string
  good: Count
  fine: Count
  notGood: Count
}

export interface Live {
  links: { name: string; up: boolean; since?: string; note?: string }[]
  printers: { desk: string; name: string; state: string; since?: string }[]
  kiosks: KioskRow[]
  checks: Record<string, 'pass' | 'warn' | 'fail'>
}

export interface KioskRow {
  name: string
  lastSeen: string
  /** Heard of within the last three minutes. */
  up: boolean
  version: string
  /** Parts of the morning self-test that failed. */
  failed: string[]
}

/** GET /v1/monitor/overdue?agency=CODE&within=DAYS&limit=ROWS. Numbers and days, no people. */
export interface OverdueList {
  /** When dossiers were last counted; left out while the first count is under way. */
  countedAt?: string
  /** Days ahead that were asked for. */
  within: number
  /** Over all that the reader may see, listed or not. */
  totals: { overdue: number; near: number; missing: number }
  /** Longest overdue first, then by date. */
  dossiers: DueRow[]
  /** Overdue or near, and left out of the list: beyond `limit`, or because an agency has more than 5,000. */
  notListed: number
  /** Newest day first. */
  gaps: GapRow[]
  gapsNotListed: number
  /** Complaints past their day or near it, soonest first. */
  complaints: ComplaintDueRow[]
}

export interface DueRow {
  dossierNo: string
  agency: string
  name: string
  dossierStatus: DossierStatus
  /** The state in the language that was asked for. */
  state: string
  /** The promised day, YYYY-MM-DD. */
  due: string
  overdue: boolean
  /** Days since the promised day; negative: days until it. */
  days: number
}

/** A day of a unit in which numbers below the highest were never pushed. */
export interface GapRow {
  agency: string
  name: string
  /** What the numbers of that unit and day begin with. */
  series: string
  /** How many numbers came, and the highest of them. */
  seen: number
  highest: number
  missingCount: number
  /** Missing numbers, runs as `0003–0004`; the first hundred. */
  missing: string[]
  /** What came just before and after the first three holes. */
  around: { missing: string; before?: SeenNumber; after?: SeenNumber }[]
}

/** A number that came. `heard`: when the gateway last heard of it, RFC 3339. */
export interface SeenNumber {
  dossierNo: string
  state: string
  heard: string
}

/** A complaint that waits for its answer; by ticket alone. Days are YYYY-MM-DD. */
export interface ComplaintDueRow {
  ticket: string
  agency: string
  name: string
  received: string
  /** The last day to answer. */
  due: string
  overdue: boolean
  /** Days since that day; negative: days until it. */
  days: number
}

/** GET /status.json: public and coarse. */
export interface PublicStatus {
  status: 'pass' | 'warn' | 'fail'
  channels: Record<string, 'pass' | 'warn' | 'fail'>
  /** How old each agency's data is. */
  agencies: { name: string; lastHeard?: string; silent: boolean }[]
  at: string
}
