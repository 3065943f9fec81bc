// The types the monitor page and its routes exchange. The browser imports only these.

import type { Channel } from '../dossier/channels.js'
import type { DossierStatus } from '../dossier/dossier.js'

/** A count; null: between 1 and 4, withheld because it could identify a person. */
export type Count = number | null

/** GET /v1/monitor/summary?from=YYYY-MM-DD&to=YYYY-MM-DD */
export interface MonitorSummary {
  /** First and last day, in the office's zone. */
  from: string
  to: string
  generatedAt: string
  /**
   * Codes of the agencies the reader may see; left out: all. When set, `lookups` counts only those that found their dossiers.
   */
  only?: string[]
  lookups: {
    total: Count
    found: Count
    /** found ÷ (found + unknown); null when too few. */
    hitRatio: number | null
    /** (total − unavailable) ÷ total. */
    answeredRatio: number | null
    byDay: LookupDay[]
    byResult: { result: string; count: Count }[]
  }
  agencies: AgencyRow[]
  /** When open, overdue and on-time dossiers were counted; left out during the first count. */
  censusAt?: string
  /** Over all agencies shown, at that moment. */
  dossiers?: { open: Count; overdue: Count }
  ratings: RatingRow[]
  /** Unanswered complaints now, and those overdue. They measure the office's work, so small counts are shown. */
  complaints: { open: number; overdue: number; agencies: ComplaintRow[] }
  live: Live
}

export type LookupDay = { day: string } & Record<Channel, Count>

export interface AgencyRow {
  code: string
  name: string
  /** When the agency was last heard of. */
  lastHeard?: string
  /** Set when it has been silent for much longer than is usual for it. */
  silentSince?: string
  /** 95th percentile of the gaps between its updates, in office minutes. */
  usualGapMinutes?: number
  /** Updates in the period. */
  updates: Count
  open?: Count
  overdue?: Count
  /** Overdue ÷ open. */
  overdueRatio?: number | null
  /** Finished on time ÷ finished, over the last 30 days. */
  onTimeRatio?: number | null
}

interface ComplaintRow {
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
  /** The `within` of the request, days. */
  within: number
  /** Over everything the reader may see, listed or not. */
  totals: { overdue: number; near: number; missing: number }
  /** Longest overdue first, then by date. */
  dossiers: DueRow[]
  /** Overdue or near but not listed: beyond `limit`, or beyond the 5,000 kept for each agency. */
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
  /** The state in the requested language. */
  state: string
  /** The promised day, YYYY-MM-DD. */
  due: string
  overdue: boolean
  /** Days since the promised day; negative: days until it. */
  days: number
}

/** A unit and day in which numbers below the highest were never pushed. */
export interface GapRow {
  agency: string
  name: string
  /** The prefix of that unit's and day's numbers. */
  series: string
  /** How many numbers were pushed, and the highest of them. */
  seen: number
  highest: number
  missingCount: number
  /** The first hundred missing numbers, ranges as `0003–0004`. */
  missing: string[]
  /** The neighbours of the first three holes. */
  around: { missing: string; before?: SeenNumber; after?: SeenNumber }[]
}

/** A number that was pushed. `heard`: when the gateway last heard of it, RFC 3339. */
export interface SeenNumber {
  dossierNo: string
  state: string
  heard: string
}

/** An unanswered complaint, identified only by its ticket. Days are YYYY-MM-DD. */
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
