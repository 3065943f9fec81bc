// What reading a text can come to: the vocabulary that the readers of numbers, lookups and every channel share.
import type { DossierNo } from './dossier.js'

/** Why a text could not be read as one number. */
export type Unreadable =
  | 'empty' // nothing that looks like a number
  | 'no-number' // words, but no number in them
  | 'procedure-code' // the code of a procedure, printed beside the number on many papers
  | 'bad-date' // right shape, impossible date
  | 'unknown-agency' // right shape, an agency we do not serve
  | 'mistyped' // 12 digits that no slip ever carried: a typing error
  | 'incomplete' // the beginning or the end of a number is missing
  | 'too-long'

/** What a piece of text turned out to be. */
export type Reading =
  | { readonly kind: 'dossierNo'; readonly dossierNo: DossierNo }
  | { readonly kind: 'lookupNumber'; readonly digits: string; readonly dossierNo: DossierNo }
  | {
      readonly kind: 'unreadable'
      readonly reason: Unreadable
      /** The citizen's own text put right from public structure alone (agency list, calendar); never from the store. */
      readonly suggestion?: string
    }

/** Something found in glyphs `start` to `end`. Weak finds resemble a number too little to be worth an answer of their own. */
export interface Found {
  readonly start: number
  readonly end: number
  readonly reading: Reading
  readonly isWeak: boolean
}
