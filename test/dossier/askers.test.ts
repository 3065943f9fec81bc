// What is remembered of those who ask: of the many who ask once or twice, and of the few who ask more.
import t from 'tap'
import { type Asked, Askers } from '../../src/dossier/askers.js'

const window = 495_000

function asks(askers: Askers, subject: string, tried: readonly number[], misses = 0): void {
  askers.keep({ ...askers.of(subject, window), tried: [...tried], misses })
}

const told = ({ tried, misses }: Asked) => ({ tried, misses })

t.test('what an asker tried and missed is known, in its window only', async (t) => {
  const askers = new Askers()
  const cases: [subject: string, tried: number[], misses: number][] = [
    ['nobody', [], 0],
    ['once', [11, 21], 0],
    ['once, of no block', [12, Number.NaN], 1],
    ['twice', [13, 23, 14, 24], 2],
    ['thrice', [15, 25, 16, 26, 17, 27], 0],
    ['often', Array.from({ length: 60 }, (_, nth) => 100 + nth), 9],
    ['only misses', [], 3],
  ]
  for (const [subject, tried, misses] of cases) asks(askers, subject, tried, misses)
  for (const [subject, tried, misses] of cases) {
    t.same(told(askers.of(subject, window)), { tried, misses }, subject)
    t.same(told(askers.of(subject, window + 1)), { tried: [], misses: 0 }, `${subject}, an hour later`)
  }
})

t.test('who becomes busy keeps what was known', async (t) => {
  const askers = new Askers()
  for (let nth = 1; nth <= 8; nth++) {
    const asked = askers.of('curious', window)
    asked.tried.push(nth, 50)
    askers.keep(asked)
    t.equal(askers.of('curious', window).tried.length, 2 * nth)
    t.equal(askers.busy('curious', window) !== undefined, nth >= 3)
  }
})

t.test(
  'a crowd that asks once makes few forgotten who asked just before, and none who is busy',
  async (t) => {
    const askers = new Askers()
    asks(askers, 'busy', [1, 2, 3, 4, 5, 6])
    for (let nth = 0; nth < 200_000; nth++) asks(askers, `10.${nth}`, [nth + 1, 7])
    t.equal(askers.of('busy', window).tried.length, 6)
    let known = 0
    for (let nth = 180_000; nth < 200_000; nth++)
      if (askers.of(`10.${nth}`, window).tried[0] === nth + 1) known++
    t.ok(known > 19_900, `of the last 20,000 askers ${known} are known`)
  },
)
