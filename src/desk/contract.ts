// What the desk page, the print agent and the desk routes say to each other. The browser imports only these types.

export type JobState =
  | 'queued'
  | 'claimed'
  | 'sent'
  | 'confirmed'
  | 'unconfirmed'
  | 'failed'
  | 'expired'
  | 'cancelled'

export type PrinterState = 'ready' | 'paper-low' | 'no-paper' | 'cover-open' | 'error' | 'absent' | 'unknown'

/** Why a job failed; each has its words and one action on the desk page. */
export type JobFailure =
  | 'no-paper'
  | 'cover-open'
  | 'printer-error'
  | 'printer-absent'
  | 'printer-busy'
  | 'interrupted'
  | 'unavailable'

/** What tries a printer instead of telling of a dossier: every way of Vietnamese, numbered; a few lines and a test QR. */
export type Ticket = 'proof' | 'test'

/** GET …/receipts/{jobId} and the `job` event. */
export interface Job {
  jobId: string
  desk: string
  /** Empty on a ticket. */
  dossierNo: string
  /** Not a slip but this ticket. */
  ticket?: Ticket
  lookupNumber?: string
  state: JobState
  reason?: JobFailure
  /** Who said that paper came out: the printer's completion, its status after the slip, or a person. */
  confirmedBy?: 'completion' | 'status' | 'person'
  copies: number
  /** How many times a person has asked for this slip again; > 0 prints "BẢN IN LẠI". */
  reprint: number
  createdAt: string
  changedAt: string
  expiresAt: string
}

/** GET /v1/desks/{desk}/preview?number=: the slip as text, before anyone prints it. */
export interface SlipPreview {
  dossierNo: string
  text: string
  columns: number
}

/** GET /v1/desks/{desk} and the `desk` event. */
export interface DeskView {
  desk: string
  name: string
  agency: { code: string; name: string }
  printer: { state: PrinterState; since: string; profile: string; remote: boolean; canConfirm: boolean }
  /** Newest first, today's only. */
  jobs: Job[]
}
