// From what somebody typed, texted or scanned to what may be told: one path for every channel, so that the limiter,
// the two levels of answer and the honesty of `unavailable` are the same at each door.
import type { Agency, Dossier, DossierNo } from './dossier.js'

/** Who asks. `subject` is a stable opaque id for the limiter (keyed hash of a phone, kiosk id, address block). */
export interface Asker {
  readonly channel: 'sms' | 'kiosk' | 'web' | 'desk'
  readonly subject: string
}

export type Unreadable =
  | 'empty' // nothing that looks like a number
  | 'no-number' // words, but no number in them
  | 'procedure-code' // the code of a procedure, printed beside the number on many papers
  | 'bad-date' // right shape, impossible date
  | 'unknown-agency' // right shape, an agency we do not serve
  | 'mistyped' // 12 digits that no slip ever carried: a typing error
  | 'incomplete' // the beginning or the end of a number is missing
  | 'too-long'

export type LookupResult =
  | {
      kind: 'found'
      /** `basic` by dossierNo, `full` by lookupNumber (DESIGN "Two levels of answer"). */
      level: 'basic' | 'full'
      dossier: Dossier
      agency: Agency
      overdue: boolean
      /** Set when the agency has been silent beyond its rhythm: epoch ms of its last word. */
      silentSince?: number
    }
  | { kind: 'unknown'; dossierNo?: DossierNo }
  | { kind: 'unreadable'; reason: Unreadable; suggestion?: string }
  | { kind: 'withheld'; retryAfterSeconds: number }
  | { kind: 'unavailable' }

/** Reads `text` as one number (dossierNo or lookupNumber) and answers. Never throws for anything a citizen can type. */
export type LookUp = (text: string, asker: Asker) => Promise<LookupResult>
