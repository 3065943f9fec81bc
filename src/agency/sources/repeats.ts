// Whether a peer's pages go on. One that knows no paging answers every request with the same records and would be walked for ever;
// one that counts its pages from 1 gives the first page twice and goes on.
import type { SourcePage } from './source.js'

/** A page by what is on it, and how often it came in a row. */
export interface Repeats {
  readonly print: string
  readonly times: number
}

const printLength = 2000

/** `before` after another page. Records without a number (sent online, not yet accepted) are told apart by their times. */
export function repeatsAfter(
  before: Repeats | undefined,
  { records, changed }: Pick<SourcePage, 'records' | 'changed'>,
): Repeats {
  const print = records
    .map((one, nth) => ('update' in one ? one.update.dossierNo : `${one.skip} ${changed?.[nth] ?? ''}`))
    .join()
    .slice(0, printLength)
  return { print, times: print !== '' && print === before?.print ? before.times + 1 : 1 }
}

/** The same page for the third time: no other will come. */
export const isStuck = ({ times }: Repeats): boolean => times > 2
