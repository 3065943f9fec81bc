// Decides which counts of a report may be published: cell suppression as in official statistics. A count from 1 to 4 could
// identify a person and is suppressed (primary suppression); so is any count from which it could be derived through a sum
// (complementary suppression). Sums that share a cell (rows and columns of a table, a total repeated in another
// table) are checked again until none reveals a suppressed count.
//
// The smallest neighbour is chosen greedily. Bounds that follow only from several sums combined are not looked for: that
// needs a solver.

/** A count as published: `few` is 1 to 4; `withheld` would reveal one of those. */
export type Told = number | 'few' | 'withheld'

/** `total` is the sum of `parts`; all are names of cells. */
export interface Sum {
  readonly total: string
  readonly parts: readonly string[]
}

const fewest = 5
const most = fewest - 1

/** Decides for every cell. A cell that is in a sum but not in `counts` is 0. */
export function tell(counts: ReadonlyMap<string, number>, sums: readonly Sum[]): ReadonlyMap<string, Told> {
  const told = new Map<string, Told>()
  for (const [name, count] of counts) told.set(name, count > 0 && count < fewest ? 'few' : count)
  // Only sums of which a cell was suppressed since have to be looked at again.
  const isDue = new Uint8Array(sums.length).fill(1)
  const sumsWith = openIndex(sums)
  for (let isDone = false; !isDone; ) {
    isDone = true
    for (const [nth, sum] of sums.entries()) {
      if (isDue[nth] === 0) continue
      isDue[nth] = 0
      const next = givesAway(sum, counts, told) ? toWithhold(sum, told) : undefined
      if (next === undefined) continue
      told.set(next, 'withheld')
      for (const other of sumsWith(next)) isDue[other] = 1
      isDone = false
    }
  }
  return told
}

/** Returns a function: the places of the sums that a cell is in. */
function openIndex(sums: readonly Sum[]): (name: string) => readonly number[] {
  let places: Map<string, number[]> | undefined
  const index = () => {
    const all = new Map<string, number[]>()
    for (const [nth, { total, parts }] of sums.entries())
      for (const name of [total, ...parts]) {
        const its = all.get(name)
        if (its) its.push(nth)
        else all.set(name, [nth])
      }
    return all
  }
  return (name) => (places ??= index()).get(name) ?? []
}

/** Whether a suppressed cell can be derived from this sum. */
function givesAway(
  { total, parts }: Sum,
  counts: ReadonlyMap<string, number>,
  told: Map<string, Told>,
): boolean {
  const hidden = parts.filter((part) => typeof (told.get(part) ?? 0) !== 'number')
  const whole = told.get(total) ?? 0
  if (typeof whole !== 'number') {
    if (hidden.length === 0) return true
    // `few` is at most 4, so four suppressed parts must each be 1.
    return whole === 'few' && hidden.length === most
  }
  if (hidden.length === 0) return false
  if (hidden.length === 1) return true
  if (hidden.some((part) => told.get(part) === 'withheld')) return false
  const sum = hidden.reduce((of, part) => of + (counts.get(part) ?? 0), 0)
  return sum === hidden.length || sum === most * hidden.length
}

/** The smallest published part that is not 0, or else the total; undefined when nothing is left to suppress. */
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

/** A ratio from 0 to 1; null: nothing to divide. */
export type Share = number | 'withheld' | null

// From this many on, a ratio in whole percents is the same for 0 and for 4.
const manyEnough = 1000

/**
 * A ratio as published: to a tenth of a percent when its counts are published, in whole percents from a thousand on,
 * else withheld. Only a true 1 is shown as 1: what would round up to it stays below.
 */
export function shareTold([part, rest]: readonly [number, number], told: readonly Told[]): Share {
  const of = part + rest
  if (of === 0) return null
  const isTold = told.every((one) => typeof one === 'number') && of >= fewest
  if (!isTold && of < manyEnough) return 'withheld'
  const steps = isTold ? 1000 : 100
  return Math.min(Math.round((part / of) * steps), rest > 0 ? steps - 1 : steps) / steps
}
