// Which counts of a report may be told. A count from 1 to 4 could be a person and is not; nor is one that would give it
// away, because it stands in a sum with nothing else unknown. Sums that share a cell (a table's rows and columns, a total
// that another table begins with) are looked at together until every one of them keeps its secret.
//
// This is cell suppression as offices of statistics do it, with the greedy choice of the smallest neighbour. What the rules
// of many sums combined could still narrow down (it needs a solver to know) is not looked for.

/** A count as it may be told: `few` is 1 to 4, `withheld` would give a few away. */
export type Told = number | 'few' | 'withheld'

/** `total` is the sum of `parts`; all are names of cells. */
export interface Sum {
  readonly total: string
  readonly parts: readonly string[]
}

const fewest = 5
const most = fewest - 1

/** Decides for every cell. A cell that a sum names and `counts` does not have is 0. */
export function tell(counts: ReadonlyMap<string, number>, sums: readonly Sum[]): ReadonlyMap<string, Told> {
  const told = new Map<string, Told>()
  for (const [name, count] of counts) told.set(name, count > 0 && count < fewest ? 'few' : count)
  for (let isDone = false; !isDone; ) {
    isDone = true
    for (const sum of sums) {
      const next = givesAway(sum, counts, told) ? toWithhold(sum, told) : undefined
      if (next === undefined) continue
      told.set(next, 'withheld')
      isDone = false
    }
  }
  return told
}

/** Whether a sum leaves one answer for something it does not tell. */
function givesAway(
  { total, parts }: Sum,
  counts: ReadonlyMap<string, number>,
  told: Map<string, Told>,
): boolean {
  const hidden = parts.filter((part) => typeof (told.get(part) ?? 0) !== 'number')
  const whole = told.get(total) ?? 0
  if (typeof whole !== 'number') {
    if (hidden.length === 0) return true
    // Four parts of one each are all that makes four.
    return whole === 'few' && hidden.length === most
  }
  if (hidden.length === 0) return false
  if (hidden.length === 1) return true
  if (hidden.some((part) => told.get(part) === 'withheld')) return false
  const sum = hidden.reduce((of, part) => of + (counts.get(part) ?? 0), 0)
  return sum === hidden.length || sum === most * hidden.length
}

/** The smallest told part that is not 0, or else the total; undefined when nothing is left to hold back. */
function toWithhold({ total, parts }: Sum, told: Map<string, Told>): string | undefined {
  let smallest: string | undefined
  for (const part of parts) {
    const count = told.get(part)
    if (typeof count !== 'number' || count === 0) continue
    if (smallest === undefined || count < (told.get(smallest) as number)) smallest = part
  }
  if (smallest !== undefined) return smallest
  return told.get(total) === 'withheld' || (told.get(total) ?? 0) === 0 ? undefined : total
}

/** A share of 1; null: there was nothing to share. */
export type Share = number | 'withheld' | null

// From this many on a share in whole percents is the same for 0 and for 4.
const manyEnough = 1000

/**
 * A share as it may be told: to a tenth of a percent where both its part and the rest are told, in whole percents of a
 * thousand and more, else not. 1 is all of them: what rounds up to it without being it stays below.
 */
export function shareTold([part, rest]: readonly [number, number], told: readonly Told[]): Share {
  const of = part + rest
  if (of === 0) return null
  const isTold = told.every((one) => typeof one === 'number') && of >= fewest
  if (!isTold && of < manyEnough) return 'withheld'
  const steps = isTold ? 1000 : 100
  return Math.min(Math.round((part / of) * steps), rest > 0 ? steps - 1 : steps) / steps
}
