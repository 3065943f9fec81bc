// Decides which counts of a report may be published: cell suppression as in official statistics. A count from 1 to 4 could
// identify a person and is suppressed (primary suppression); so is any count from which it could be derived through a sum
// (complementary suppression). Sums that share a cell (rows and columns of a table, a total repeated in another
// table) are checked again until none reveals a suppressed count, alone or by the bounds that it gives to another.
//
// The smallest neighbour is chosen greedily. What follows only from several sums taken together at once is not looked for: that
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
  const passes = withholding(sums)
  while (!passes.next().done);
}

// The smallest cells are withheld one at a time; a province's 1,700 offices would take 300 passes of a tenth of a second. So
// from here on each pass withholds twice as many in a sum as the one before.
const passesOneByOne = 8

/** The same in steps, each well below a second for a province, so that a server can do other work between them. */
export function* withholding(sums: readonly Sum[]): Generator<void, void> {
  const places = new Places(sums)
  for (let pass = 0; ; pass++) {
    withholdInEach(sums, places)
    yield
    const found = revealing(sums, places)
    if (found.length === 0) return
    const inEach = 2 ** Math.max(0, pass - passesOneByOne)
    for (let nth = 0; nth < inEach; nth++)
      for (const cell of found.flatMap((sum) => toWithhold(sum) ?? [])) cell.isWithheld = true
    yield
  }
}

/** Until no sum alone reveals one. */
function withholdInEach(sums: readonly Sum[], places: Places): void {
  // A sum is checked again only after one of its cells was withheld.
  const isDue = new Uint8Array(sums.length).fill(1)
  for (let isDone = false; !isDone; ) {
    isDone = true
    for (const [nth, sum] of sums.entries()) {
      if (isDue[nth] === 0) continue
      isDue[nth] = 0
      const next = givesAway(sum) ? toWithhold(sum) : undefined
      if (next === undefined) continue
      next.isWithheld = true
      for (const other of places.of(next)) isDue[other] = 1
      isDone = false
    }
  }
}

/** Which sums a cell is in, by their places in the list. Only a report with something to withhold needs it. */
class Places {
  #places: Map<Cell, number[]> | undefined

  constructor(private readonly sums: readonly Sum[]) {}

  of(cell: Cell): readonly number[] {
    this.#places ??= this.#index()
    return this.#places.get(cell) ?? []
  }

  /** Those of the cell, then those of the cells beside it. */
  *near(cell: Cell): Generator<number> {
    yield* this.of(cell)
    for (const nth of this.of(cell)) {
      const { total, parts } = this.sums[nth]!
      for (const beside of [total, ...parts]) if (!beside.isPublished) yield* this.of(beside)
    }
  }

  #index(): Map<Cell, number[]> {
    const all = new Map<Cell, number[]>()
    for (const [nth, { total, parts }] of this.sums.entries())
      for (const cell of [total, ...parts]) {
        const its = all.get(cell)
        if (its) its.push(nth)
        else all.set(cell, [nth])
      }
    return all
  }
}

/** An unpublished count, what a reader knows of it, and the sums it is in. */
interface Hidden {
  readonly cell: Cell
  least: number
  most: number
  readonly equations: Equation[]
}

/** A sum without what is published of its parts: `parts` add up to `whole` less `shown`. */
interface Equation {
  readonly whole: Hidden | number
  readonly parts: readonly Hidden[]
  readonly shown: number
  isDue: boolean
}

const unbounded = Number.POSITIVE_INFINITY
// A few rounds narrow down all that can be; nobody follows a chain of so many tables by hand.
const maxRounds = 50

/**
 * Sums that together reveal a suppressed count: for each revealed one a sum near it in which something can still be withheld.
 * A reader who narrows down one count by its row goes on with that in its column.
 */
function revealing(sums: readonly Sum[], places: Places): Sum[] {
  const { hidden, equations } = equationsOf(sums)
  for (let rounds = 0, isDone = false; !isDone && rounds < maxRounds; rounds++) {
    isDone = true
    for (const equation of equations) {
      if (!equation.isDue) continue
      equation.isDue = false
      if (narrow(equation)) isDone = false
    }
  }
  const found = new Set<Sum>()
  // A column has a part for each of a province's 1,700 offices, and is near each of them.
  const isOpen = new Map<number, boolean>()
  const mayWithhold = (nth: number) => {
    let may = isOpen.get(nth)
    if (may === undefined) isOpen.set(nth, (may = toWithhold(sums[nth]!) !== undefined))
    return may
  }
  for (const { cell, least, most } of hidden) {
    if (least < most || cell.count >= fewest) continue
    for (const nth of places.near(cell)) {
      if (!mayWithhold(nth)) continue
      found.add(sums[nth]!)
      break
    }
  }
  return [...found]
}

function equationsOf(sums: readonly Sum[]): { hidden: Iterable<Hidden>; equations: readonly Equation[] } {
  const all = new Map<Cell, Hidden>()
  const hiddenOf = (cell: Cell): Hidden => {
    let its = all.get(cell)
    if (!its) all.set(cell, (its = { cell, ...boundsOf(cell), equations: [] }))
    return its
  }
  const equations: Equation[] = []
  for (const { total, parts } of sums) {
    const its = parts.filter((part) => !part.isPublished).map(hiddenOf)
    if (its.length === 0 && total.isPublished) continue
    const shown = parts.reduce((sum, part) => (part.isPublished ? sum + part.count : sum), 0)
    const whole = total.isPublished ? total.count : hiddenOf(total)
    const equation = { whole, parts: its, shown, isDue: true }
    for (const one of its) one.equations.push(equation)
    if (typeof whole !== 'number') whole.equations.push(equation)
    equations.push(equation)
  }
  return { hidden: all.values(), equations }
}

// What is withheld is no small count, or it would be called `few`; but a total of `few` may be withheld as the last thing left.
const boundsOf = ({ isWithheld, count }: Cell) =>
  isWithheld ? { least: count < fewest ? 1 : fewest, most: unbounded } : { least: 1, most }

/** Narrows the bounds of an equation's counts by each other; whether any is narrower now. */
function narrow({ whole, parts, shown }: Equation): boolean {
  let [least, bounded, open] = [shown, shown, 0]
  for (const part of parts) {
    least += part.least
    if (part.most === unbounded) open++
    else bounded += part.most
  }
  const isNumber = typeof whole === 'number'
  let isNarrower = !isNumber && limit(whole, least, open > 0 ? unbounded : bounded)
  const [atLeast, atMost] = isNumber ? [whole, whole] : [whole.least, whole.most]
  for (const part of parts) {
    const isOpen = part.most === unbounded
    // Beside another part without an upper bound it does not follow how much this one has at least.
    const isBeside = open > (isOpen ? 1 : 0)
    const others = isOpen ? bounded : bounded - part.most
    if (limit(part, isBeside ? 0 : atLeast - others, atMost - (least - part.least))) isNarrower = true
  }
  return isNarrower
}

function limit(hidden: Hidden, least: number, most: number): boolean {
  if (least <= hidden.least && most >= hidden.most) return false
  hidden.least = Math.max(hidden.least, least)
  hidden.most = Math.min(hidden.most, most)
  for (const equation of hidden.equations) equation.isDue = true
  return true
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
