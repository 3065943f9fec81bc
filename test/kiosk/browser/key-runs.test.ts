// Scanners of every pace, with gaps and stalls, and people who type: fed key by key on a simulated clock.
import t from 'tap'
import { openKeyRuns } from '../../../kiosk/parts/key-runs.js'
import { random } from './random.js'

/** A desk with a keyboard on a simulated clock. */
function openClock() {
  let now = 0
  let waiting: { run: () => void; at: number }[] = []
  const told: string[] = []
  let field = ''
  const runs = openKeyRuns(
    {
      type: (text) => {
        field += text
        // A card is recognised by its twelfth digit.
        const isCard = /^0\d{11}/.test(field)
        if (isCard) field = ''
        return isCard
      },
      submit: (whole) => told.push(`submit ${field}${whole === undefined ? '' : `, whole ${whole}`}`),
      scan: (text) => {
        field = ''
        told.push(`scan ${text}`)
      },
    },
    {
      set: (run, ms) => {
        const timer = { run, at: now + ms }
        waiting.push(timer)
        return timer
      },
      clear: (timer) => {
        waiting = waiting.filter((other) => other !== timer)
      },
    },
  )
  const pass = (ms: number) => {
    const until = now + ms
    for (;;) {
      const [next] = waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (!next) break
      now = next.at
      waiting = waiting.filter((other) => other !== next)
      next.run()
    }
    now = until
  }
  const seen: string[] = []
  return {
    told,
    seen,
    field: () => field,
    pass,
    /** Keys with the gap before each. */
    keys(text: string, gap: (nth: number) => number) {
      ;[...text].forEach((char, nth) => {
        pass(gap(nth))
        runs.key(char, now)
        seen.push(field)
      })
    },
    enter(gap: number) {
      pass(gap)
      if (runs.isRunning(now)) runs.end(now, true)
      else told.push('enter')
    },
    touch: runs.touched,
  }
}

const lookup = '482719360518'
const long = '7229401855310264'
const legal = '000.00.15.H45-261118-0003'

t.test('a scan is one number, whatever its pace, its gaps and its end', async (t) => {
  const cases: [label: string, text: string, gap: (nth: number) => number, enter: boolean][] = [
    ['2 ms a key', lookup, () => 2, true],
    ['20 ms a key without an end', lookup, () => 20, false],
    ['35 ms a key', long, () => 35, true],
    ['60 ms a key', legal, () => 60, true],
    ['90 ms a key', lookup, () => 90, true],
    ['90 ms a key without an end', legal, () => 90, false],
    ['a gap of 40 ms among the first keys', lookup, (nth) => (nth === 1 ? 40 : 3), true],
    ['a gap of 60 ms before the third', long, (nth) => (nth === 2 ? 60 : 5), true],
    ['a page that stalls at the first keys', lookup, (nth) => (nth < 4 ? 120 : 45), true],
    ['a stall of 130 ms in the middle', lookup, (nth) => (nth === 6 ? 130 : 4), true],
    ['a stall of 250 ms after the first key', legal, (nth) => (nth === 1 ? 250 : 6), false],
    ['a stall of 500 ms near the end', legal, (nth) => (nth === 20 ? 500 : 10), true],
    ['two stalls', long, (nth) => (nth === 3 || nth === 12 ? 350 : 8), true],
    ['a stall after twelve of sixteen digits', long, (nth) => (nth === 12 ? 400 : 8), true],
    ['uneven, 2 to 90 ms', lookup, (nth) => [2, 90, 31, 55, 12, 78, 44, 9, 66, 23, 85, 37][nth % 12]!, true],
  ]
  for (const [label, text, gap, enter] of cases) {
    const clock = openClock()
    clock.keys(text, gap)
    if (enter) clock.enter(gap(0))
    clock.pass(1000)
    t.equal(clock.told.at(-1), `scan ${text}`, label)
    t.equal(clock.field(), '', `${label}: the field is empty`)
  }
})

t.test('what stood half-typed is no part of a scan', async (t) => {
  for (const pace of [2, 15, 35, 60, 90])
    for (const typed of ['1', '12', '123', '4827', '48271936']) {
      const clock = openClock()
      clock.keys(typed, () => 220)
      clock.pass(450)
      clock.keys(lookup, (nth) => (nth === 0 ? 0 : pace))
      clock.enter(pace)
      t.strictSame(clock.told, [`scan ${lookup}`], `${typed} typed, then a scan at ${pace} ms`)
    }
})

t.test('500 scans of one device after another, each device at its own pace', async (t) => {
  const next = random(20)
  let wrong = 0
  for (let device = 0; device < 25; device++) {
    const clock = openClock()
    const pace = 2 + next() * 88
    const ends = next() < 0.7
    for (let nth = 0; nth < 20; nth++) {
      const text = [lookup, long, legal, `H45.12-2408${10 + nth}-0${100 + nth}`][nth % 4]!
      const number = /^\d+$/.test(text) ? String(BigInt(text) + BigInt(device * 100 + nth)) : text
      const before = clock.told.length
      const stallAt = next() < 0.3 ? Math.floor(next() * number.length) : -1
      clock.keys(number, (at) => (at === stallAt ? pace + next() * 400 : pace * (0.85 + next() * 0.3)))
      if (ends) clock.enter(pace)
      clock.pass(2000)
      const told = clock.told.slice(before)
      if (told.at(-1) !== `scan ${number}` || clock.field() !== '') {
        wrong++
        t.comment(`${pace.toFixed(0)} ms, stall at ${stallAt}: ${number} was told as ${told}`)
      }
    }
  }
  t.equal(wrong, 0)
})

t.test('a person who types is shown each key, and Enter sends what stands', async (t) => {
  for (const [label, gap] of [
    ['slow', () => 400],
    ['one finger', (nth: number) => 180 + ((nth * 37) % 90)],
    ['quick, uneven', (nth: number) => [150, 95, 130, 88, 210, 120][nth % 6]!],
  ] as [string, (nth: number) => number][]) {
    const clock = openClock()
    clock.keys('48271936', gap)
    clock.pass(150)
    t.equal(clock.field(), '48271936', label)
    clock.enter(60)
    t.strictSame(clock.told, ['submit 48271936'], label)
  }
  const clock = openClock()
  clock.keys('4', () => 0)
  clock.pass(150)
  t.equal(clock.field(), '4', 'a single key shows within 150 ms')
})

t.test('nothing of a code at a scanner’s pace is shown before it is known what it is', async (t) => {
  const card = '079203001234|271234567|NGUYEN VAN A|01011990|NAM'
  for (const pace of [2, 20, 45, 90]) {
    const clock = openClock()
    clock.keys(card, () => pace)
    clock.enter(pace)
    t.strictSame(clock.told, [`scan ${card}`])
    t.strictSame([...new Set(clock.seen)], [''], `${pace} ms a key`)
  }
})

t.test('a number typed in one go is told with Enter: it may be all of the field, or its end', async (t) => {
  const clock = openClock()
  clock.keys('7229', () => 200)
  clock.pass(1000)
  clock.keys('401855310264', (nth) => [180, 150, 240, 130][nth % 4]!)
  clock.enter(200)
  t.strictSame(clock.told, ['submit 7229401855310264, whole 401855310264'])
})

t.test('of a card read at a person’s pace nothing follows its number, nor its Enter', async (t) => {
  const clock = openClock()
  clock.keys('079203001234|271234567|NGUYEN VAN A', (nth) => [130, 190, 150, 220][nth % 4]!)
  clock.enter(150)
  clock.pass(2000)
  t.equal(clock.field(), '')
  t.strictSame(clock.told, [])
  clock.keys('4827', () => 200)
  clock.pass(300)
  t.equal(clock.field(), '4827', 'who types next is shown each key')
})

t.test('the same slip read again at once is one scan; CR and LF are one end', async (t) => {
  const clock = openClock()
  clock.keys(lookup, () => 5)
  clock.enter(5)
  clock.enter(5)
  clock.pass(600)
  clock.keys(lookup, () => 5)
  clock.enter(5)
  t.strictSame(clock.told, [`scan ${lookup}`])
  clock.pass(3000)
  clock.keys(lookup + lookup, () => 5)
  clock.enter(5)
  t.equal(clock.told.length, 2)
  t.equal(clock.told[1], `scan ${lookup}`, 'two reads without a pause')
})

t.test('a scanner that has sent CR and LF sends both, however late the second is', async (t) => {
  const clock = openClock()
  clock.keys(lookup, () => 5)
  clock.enter(5)
  clock.enter(5)
  for (const number of [long, lookup]) {
    clock.pass(3000)
    clock.keys(number, () => 5)
    clock.enter(5)
    clock.enter(400)
    clock.enter(400)
  }
  const both = [`scan ${lookup}`, `scan ${long}`, 'enter', `scan ${lookup}`, 'enter']
  t.strictSame(clock.told, both, 'a third is a person’s')
  clock.told.length = 0
  for (const number of [long, lookup]) {
    clock.pass(3000)
    clock.keys(number, () => 5)
    clock.enter(5)
    clock.enter(number === long ? 900 : 400)
  }
  t.strictSame(clock.told, [`scan ${long}`, 'enter', `scan ${lookup}`, 'enter'], 'another scanner sends one')
})

t.test('a third Enter is a person’s, and so is the same slip read again after a touch', async (t) => {
  const clock = openClock()
  clock.keys(lookup, () => 5)
  clock.enter(5)
  clock.enter(5)
  clock.enter(5)
  t.strictSame(clock.told, [`scan ${lookup}`, 'enter'])
  clock.touch()
  clock.keys(lookup, () => 5)
  clock.enter(5)
  t.strictSame(clock.told, [`scan ${lookup}`, 'enter', `scan ${lookup}`])
})
