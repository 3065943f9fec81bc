// Decides which counts of a report may be published: cell suppression as in official statistics. A count from 1 to 4 could
// identify a person and is suppressed (primary suppression); so is any count from which it could be derived through a sum
// (complementary suppression). Sums that share a cell (rows and columns of a table, a total repeated in another
// table) are checked again until none reveals a suppressed count.
//
// The smallest neighbour is chosen greedily. Bounds that follow only from several sums combined are not looked for: that
// needs a solver.

/** A count as published: `few` is 1 to 4; `withheld` would reveal one of those. */
export type Published = number | 'few' | 'withheld'

const fewest = 5
const most = fewest - 1

/** A count, and whether it is withheld because a small one could be derived from it. */
export class Cell {
  count: number
  isWithheld = false

  constructor(count = 0) {
    this.count = count
  }

  get isPublished(): boolean {
    return !this.isWithheld && (this.count === 0 || this.count >= fewest)
  }

  get published(): Published {
    if (this.isWithheld) return 'withheld'
    return this.isPublished ? this.count : 'few'
  }
}

/** `total` is the sum of `parts`. */
export interface Sum {
  readonly total: Cell
  readonly parts: readonly Cell[]
}

/** Withholds cells until no sum reveals a suppressed count. */
export function withhold(sums: readonly Sum[]): void {
  // A sum is checked again only after one of its cells was withheld.
  const isDue = new Uint8Array(sums.length).fill(1)
  const sumsWith = openIndex(sums)
  for (let isDone = false; !isDone; ) {
    isDone = true
    for (const [nth, sum] of sums.entries()) {
      if (isDue[nth] === 0) continue
      isDue[nth] = 0
      const next = givesAway(sum) ? toWithhold(sum) : undefined
      if (next === undefined) continue
      next.isWithheld = true
      for (const other of sumsWith(next)) isDue[other] = 1
      isDone = false
    }
  }
}

/** Returns a function: the places of the sums that a cell is in. */
function openIndex(sums: readonly Sum[]): (cell: Cell) => readonly number[] {
  let places: Map<Cell, number[]> | undefined
  const index = () => {
    const all = new Map<Cell, number[]>()
    for (const [nth, { total, parts }] of sums.entries())
      for (const cell of [total, ...parts]) {
        const its = all.get(cell)
        if (its) its.push(nth)
        else all.set(cell, [nth])
      }
    return all
  }
  return (cell) => (places ??= index()).get(cell) ?? []
}

/** Whether a suppressed cell can be derived from this sum. */
function givesAway({ total, parts }: Sum): boolean {
  const hidden = parts.filter((part) => !part.isPublished)
  if (!total.isPublished) {
    if (hidden.length === 0) return true
    // `few` is at most 4, so four suppressed parts must each be 1.
    return total.published === 'few' && hidden.length === most
  }
  if (hidden.length === 0) return false
  if (hidden.length === 1) return true
  if (hidden.some((part) => part.isWithheld)) return false
  const sum = hidden.reduce((of, { count }) => of + count, 0)
  return sum === hidden.length || sum === most * hidden.length
}

/** The smallest published part that is not 0, or else the total; undefined when nothing is left to suppress. */
function toWithhold({ total, parts }: Sum): Cell | undefined {
  let smallest: Cell | undefined
  for (const part of parts)
    if (part.isPublished && part.count > 0 && (smallest === undefined || part.count < smallest.count))
      smallest = part
  if (smallest !== undefined) return smallest
  return total.isWithheld || total.count === 0 ? undefined : total
}

/** A ratio from 0 to 1; null: nothing to divide. */
export type Share = number | 'withheld' | null

// From a total of this many on, whole percents do not tell a part of 0 from a part of 4.
const manyEnough = 1000

/**
 * A ratio as published: to a tenth of a percent when its counts are published, in whole percents from a total of 1000 on,
 * else withheld. Its part and rest are masked like published counts even when no table shows them, because the ratio and a
 * published total would reveal them. Only an exact 1 is shown as 1; what would round up to it is shown one step lower.
 */
export function publishedShare(
  [part, rest]: readonly [number, number],
  published: readonly Published[],
): Share {
  const of = part + rest
  if (of === 0) return null
  const all = [...published, new Cell(part).published, new Cell(rest).published]
  const isPublished = all.every((one) => typeof one === 'number') && of >= fewest
  if (!isPublished && of < manyEnough) return 'withheld'
  const steps = isPublished ? 1000 : 100
  return Math.min(Math.round((part / of) * steps), rest > 0 ? steps - 1 : steps) / steps
}
