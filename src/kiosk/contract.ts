// What the kiosk's pages and the public lookup route say to each other. The browser imports only this file's types.
import type { DossierStatus } from '../dossier/dossier.js'

/** GET /v1/status/{number} → 200. Times are RFC 3339 with +07:00. Never a name, phone of an applicant, address of one. */
export interface Answer {
  /** Canonical dossier number. */
  dossierNo: string
  /** `basic` when asked by dossierNo, `full` when asked by lookupNumber. */
  level: 'basic' | 'full'
  dossierStatus: DossierStatus
  /** The wording in the language asked for (?lang= or Accept-Language; default vi). */
  words: { label: string; meaning: string; nextAction: string }
  agency: { code: string; name: string; phone: string; address: string }
  receivedAt?: string
  dueAt?: string
  /** The moved date; when present the old one is shown with an apology. */
  extendedDueAt?: string
  overdue: boolean
  /** When the gateway last heard of this dossier. */
  asOf: string
  /** Present when the agency has been silent beyond its usual rhythm. */
  silentSince?: string
  /** Only at level `full`: */
  procedure?: { code: string; name: string }
  publicNote?: string
  fee?: { amount: number; paid: boolean }
  finishedAt?: string
  returnedAt?: string
  /** Oldest first, last = now. */
  history?: { dossierStatus: DossierStatus; label: string; at: string }[]
}

/** RFC 9457 body of every error. `code` is stable; for 400 it is `unreadable` and `reason` says what is wrong. */
export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail?: string
  instance?: string
  reason?: string
  /** For unreadable numbers whose form alone was wrong: the citizen's own text corrected. */
  suggestion?: string
  errors?: { pointer?: string; line?: number; code: string; detail?: string }[]
  retryAfterSeconds?: number
}

/** GET /v1/kiosk/setup: what the lobby page must know at start; no secrets. */
export interface KioskSetup {
  version: string
  /** Set when this browser carries a kiosk's device cookie. */
  kiosk?: { name: string; hasPrinter: boolean }
  idleSeconds: number
  warnSeconds: number
  /** The exact text to send and where, for the "watch this dossier" QR and for advice. */
  sms?: { shortCode: string; keywordPrefix: string }
  agencies: { code: string; name: string }[]
  languages: string[]
}

/** POST /v1/kiosk/heartbeat, once a minute and after a self-test. */
export interface Heartbeat {
  /** The page's own version. */
  version: string
  /** The screen that stands. */
  screen?: string
  /** The device's clock minus the gateway's. */
  clockOffsetMs?: number
  /** What the morning self-test found, by part. */
  selftest?: Record<string, 'ok' | 'failed' | 'skipped'>
}
