// The possible outcomes of reading a text: the vocabulary shared by the number parsers, lookups and every channel.
import type { DossierNo } from '../dossier.js'
import { personalKinds } from './personal.js'

/** Why a text could not be read as one number. */
export const unreadables = [
  'empty', // nothing that looks like a number
  'no-number', // words, but no number in them
  'procedure-code', // the code of a procedure, printed beside the number on many papers
  'bad-date', // right shape, impossible date
  'unknown-agency', // right shape, a code of our own province that no agency has
  'elsewhere', // right shape, a ministry's or another province's number
  'mistyped', // 12 or 16 digits that no slip ever carried: a typing error
  'incomplete', // the beginning or the end of a number is missing
  'too-long',
  ...personalKinds, // a person's own number: must not be stored or shown
] as const
export type Unreadable = (typeof unreadables)[number]

/** What a piece of text turned out to be. */
export type Reading =
  | { readonly kind: 'dossierNo'; readonly dossierNo: DossierNo }
  | { readonly kind: 'lookupNumber'; readonly digits: string; readonly dossierNo: DossierNo }
  | {
      readonly kind: 'unreadable'
      readonly reason: Unreadable
      /** The citizen's own text corrected from public structure alone (agency list, calendar); never from the store. */
      readonly suggestion?: string | undefined
    }

/** A find in glyphs `start` to `end`. Weak finds resemble a number too little to deserve an answer of their own. */
export interface Found {
  readonly start: number
  readonly end: number
  readonly reading: Reading
  readonly isWeak: boolean
}
