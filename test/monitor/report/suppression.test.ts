// Suppressed counts cannot be derived: checked by enumerating every table consistent with what is published.
import fc from 'fast-check'
import t from 'tap'
import { Cell, type Published, publishedShare, withhold } from '../../../src/monitor/report/suppression.js'

interface NamedSum {
  readonly total: string
  readonly parts: readonly string[]
}

const published = (counts: Record<string, number>, ...sums: NamedSum[]): Record<string, Published> => {
  const cells = new Map(Object.entries(counts).map(([name, count]) => [name, new Cell(count)]))
  const cell = (name: string) => cells.get(name)!
  withhold(sums.map(({ total, parts }) => ({ total: cell(total), parts: parts.map(cell) })))
  return Object.fromEntries([...cells].map(([name, { published }]) => [name, published]))
}

t.test('a small count is never published, nor one that would reveal it', async (t) => {
  const whole = { total: 'all', parts: ['a', 'b', 'c'] }
  for (const [label, counts, expected] of [
    ['many are published', { all: 30, a: 10, b: 20, c: 0 }, { all: 30, a: 10, b: 20, c: 0 }],
    [
      'one few takes its smallest neighbour along',
      { all: 33, a: 10, b: 20, c: 3 },
      { all: 33, a: 'withheld', b: 20, c: 'few' },
    ],
    ['two few hide each other', { all: 25, a: 2, b: 20, c: 3 }, { all: 25, a: 'few', b: 20, c: 'few' }],
    [
      'two that can only be one each do not',
      { all: 22, a: 1, b: 20, c: 1 },
      { all: 22, a: 'few', b: 'withheld', c: 'few' },
    ],
    [
      'nor two that can only be four each',
      { all: 28, a: 4, b: 20, c: 4 },
      { all: 28, a: 'few', b: 'withheld', c: 'few' },
    ],
    ['alone among nothing', { all: 3, a: 3, b: 0, c: 0 }, { all: 'few', a: 'few', b: 0, c: 0 }],
    [
      'one and the least that is withheld do not',
      { all: 26, a: 5, b: 20, c: 1 },
      { all: 26, a: 'withheld', b: 'withheld', c: 'few' },
    ],
    [
      'nothing is left but the total',
      { all: 8, a: 4, b: 4, c: 0 },
      { all: 'withheld', a: 'few', b: 'few', c: 0 },
    ],
  ] as const)
    t.strictSame(published(counts, whole), expected, label)
})

t.test('what one table withholds is not in another', async (t) => {
  const result = published(
    { all: 60, a: 10, b: 48, c: 2, a1: 4, a2: 6 },
    { total: 'all', parts: ['a', 'b', 'c'] },
    { total: 'a', parts: ['a1', 'a2'] },
  )
  t.match(result, { a: 'withheld', c: 'few', a1: 'few' })
})

// A reader knows the published numbers, that `few` is 1 to 4, that what is withheld of the parts is more, and that the parts
// add up to the total.
function canBe(parts: readonly Published[], total: Published, at: number): Set<number> {
  const found = new Set<number>()
  const most = typeof total === 'number' ? total : 40
  const walk = (nth: number, sum: number, its: number) => {
    if (sum > most) return
    if (nth === parts.length) {
      const fits = total === 'withheld' || (total === 'few' ? sum >= 1 && sum <= 4 : sum === total)
      if (fits) found.add(its)
      return
    }
    const part = parts[nth]!
    const [from, to] = typeof part === 'number' ? [part, part] : part === 'few' ? [1, 4] : [5, most]
    for (let value = from; value <= to; value++) walk(nth + 1, sum + value, nth === at ? value : its)
  }
  walk(0, 0, -1)
  return found
}

t.test('for every `few` at least two values remain possible, in any table', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 5, max: 9 })), {
        minLength: 1,
        maxLength: 5,
      }),
      (counts) => {
        const parts = counts.map((_, nth) => `p${nth}`)
        const sum = counts.reduce((of, count) => of + count, 0)
        const all = Object.fromEntries(counts.map((count, nth) => [parts[nth]!, count]))
        const result = published({ ...all, all: sum }, { total: 'all', parts })
        const shown = parts.map((part) => result[part]!)
        const total = result.all!
        for (const [nth, count] of counts.entries()) {
          if (count < 1 || count > 4) continue
          if (shown[nth] !== 'few') return false
          if (canBe(shown, total, nth).size < 2) return false
        }
        return true
      },
    ),
    { numRuns: 1500 },
  )
  t.pass('1500 tables')
})

/** What a reader works out who narrows down each count by its row, then by its column, and so on. */
function workedOut(result: Record<string, Published>, sums: readonly NamedSum[]): Map<string, number[]> {
  const known = new Map(
    Object.entries(result).map(([name, its]) => [
      name,
      typeof its === 'number' ? [its, its] : its === 'few' ? [1, 4] : [name.includes('*') ? 1 : 5, 1e6],
    ]),
  )
  for (let isDone = false; !isDone; ) {
    isDone = true
    const limit = (name: string, least: number, most: number) => {
      const its = known.get(name)!
      if (least <= its[0]! && most >= its[1]!) return
      known.set(name, [Math.max(its[0]!, least), Math.min(its[1]!, most)])
      isDone = false
    }
    for (const { total, parts } of sums) {
      const sum = (end: 0 | 1, but?: string) =>
        parts.reduce((of, part) => (part === but ? of : of + known.get(part)![end]!), 0)
      limit(total, sum(0), sum(1))
      const [least, most] = known.get(total)! as [number, number]
      for (const part of parts) limit(part, least - sum(1, part), most - sum(0, part))
    }
  }
  return known
}

t.test('rows and columns together: no small count can be worked out, one after the other', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 5 }),
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 6, max: 90 })), {
        minLength: 4,
        maxLength: 25,
      }),
      (width, cells) => {
        const height = Math.floor(cells.length / width)
        if (height < 2) return true
        const counts: Record<string, number> = {}
        for (let row = 0; row < height; row++)
          for (let column = 0; column < width; column++)
            for (const name of [`${row}:${column}`, `${row}:*`, `*:${column}`, '*:*'])
              counts[name] = (counts[name] ?? 0) + cells[row * width + column]!
        const [rows, columns] = [height, width].map((size) =>
          Array.from({ length: size }, (_, nth) => nth),
        ) as [number[], number[]]
        const sums: NamedSum[] = [
          ...[...rows, '*'].map((row) => ({
            total: `${row}:*`,
            parts: columns.map((one) => `${row}:${one}`),
          })),
          ...[...columns, '*'].map((column) => ({
            total: `*:${column}`,
            parts: rows.map((one) => `${one}:${column}`),
          })),
        ]
        const result = published(counts, ...sums)
        const known = workedOut(result, sums)
        return Object.entries(counts).every(([name, count]) => {
          const [least, most] = known.get(name)! as [number, number]
          return count === 0 || count > 4 || least < most
        })
      },
    ),
    { numRuns: 500 },
  )
  t.pass('500 tables')
})

t.test('a ratio reveals no more than its parts', async (t) => {
  t.equal(publishedShare([0, 0], [0, 0]), null, 'nothing to share')
  t.equal(publishedShare([45, 15], [45, 15]), 0.75)
  t.equal(publishedShare([57, 3], [57, 'few']), 'withheld')
  t.equal(publishedShare([57, 30], ['withheld', 30]), 'withheld')
  t.equal(publishedShare([9997, 3], [9997, 'few']), 0.99, 'of many in whole percents, and all is only all')
  t.equal(publishedShare([99_990, 10], [99_990, 10]), 0.999)
  t.equal(publishedShare([5000, 0], [5000, 0]), 1)
  t.equal(publishedShare([3, 0], ['few', 0]), 'withheld')
  t.equal(publishedShare([3, 61], [64]), 'withheld', 'few of a published whole')
  t.equal(publishedShare([61, 3], [64]), 'withheld', 'or all but few')
  t.equal(publishedShare([64, 0], [64]), 1)
})
