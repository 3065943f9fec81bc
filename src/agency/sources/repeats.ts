// Whether a peer's pages go on. One that knows no paging answers every request with the same records and would be walked for
// ever; one that counts its pages from 1 gives the first page twice and goes on.
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
  return { print, times: print === before?.print ? before.times + 1 : 1 }
}

/** The same page, or an empty one, for the third time: no other will come. */
export const isStuck = ({ times }: Repeats): boolean => times > 2

/** For a peer that names each next page: one position that was read, and how many pages were read since the beginning. */
export interface Circle {
  readonly position: string
  readonly pages: number
  /** Of empty pages, in a row. */
  readonly empty: number
  readonly isClosed: boolean
}

// A peer that leaves out what we may not see has empty pages among others; one that names a next page for ever has only them.
const maxEmpty = 100

/**
 * `before` after a page of `size` records whose next one is at `position`. Finds a circle of any length with one noted
 * position: that of the last page whose number is a power of two (Brent).
 */
export function circleAfter(before: Circle | undefined, size: number, position: string): Circle {
  const pages = (before?.pages ?? 0) + 1
  const empty = size === 0 ? (before?.empty ?? 0) + 1 : 0
  const isNoted = before === undefined || (pages & (pages - 1)) === 0
  return {
    position: isNoted ? position : before.position,
    pages,
    empty,
    isClosed: position === before?.position || empty > maxEmpty,
  }
}
