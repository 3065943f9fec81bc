// What follows the code in a dossier number: the date (YYMMDD, or YYYYMMDD as some ministries' systems print it) and the
// sequence of 4 to 7 digits. Dates written in parts are joined; errors are corrected only where the calendar alone
// determines how.
import { dayOfYymmdd, yymmddOfDay } from '../days.js'
import { type Glyphs, gap, isLetter } from './glyphs.js'

export type Tail =
  | {
      readonly kind: 'read'
      readonly day: number
      /** As the paper bears it: `260609` or `20260609`. */
      readonly date: string
      readonly sequence: string
      readonly end: number
    }
  | {
      readonly kind: 'bad-date' | 'too-long' | 'short'
      /** Date and sequence, corrected. */
      readonly mended: string | undefined
      readonly end: number
    }

const shortestSequence = 4
const longestSequence = 7

/**
 * The date and sequence at glyph `from`, or undefined if nothing resembles them. `latestDay` is the last day a receipt
 * can bear.
 */
export function readTail(glyphs: Glyphs, from: number, latestDay: number): Tail | undefined {
  const date = readDate(glyphs, from, latestDay)
  if (date === undefined) return undefined
  const run = sequenceLength(glyphs, date.end)
  const length =
    partedLength(glyphs, date.end, run) ?? (date.isParted && run === 2 ? pairsLength(glyphs, date.end) : run)
  if (length === 0) return undefined
  const end = date.end + length
  // A date-like group with more after it belongs to some longer code.
  if ((date.isParted || length === 6) && goesOn(glyphs, end, glyphs.before[date.end]!)) return undefined
  if (length > longestSequence) return { kind: 'too-long', mended: undefined, end }
  const sequence = textAt(glyphs, date.end, length)
  if (date.day === undefined)
    return { kind: 'bad-date', mended: date.mended && withSequence(date.mended, sequence), end }
  if (length < shortestSequence) return shortTail(glyphs, from, date, length)
  return { kind: 'read', day: date.day, date: date.text, sequence, end }
}

function shortTail(glyphs: Glyphs, from: number, date: Pick<DatePart, 'text' | 'end'>, length: number): Tail {
  const { before } = glyphs
  const end = date.end + length
  // "2408223-0001": the sequence stands behind what is glued to the date.
  const rest = before[date.end] === gap.none && before[end] === before[from] ? digitRun(glyphs, end) : 0
  if (rest > 0 && length + rest !== shortestSequence)
    return { kind: 'too-long', mended: undefined, end: end + rest }
  // "00 01": more digits after a blank may be the rest of it.
  const isOpen = rest === 0 && isDigitHere(glyphs, end) && before[end] === gap.blank
  const sequence = textAt(glyphs, date.end, length + rest)
  return { kind: 'short', mended: isOpen ? undefined : withSequence(date.text, sequence), end: end + rest }
}

// No office numbers a dossier 0000.
const withSequence = (date: string, sequence: string) =>
  Number(sequence) > 0 ? `${date}-${sequence.padStart(shortestSequence, '0')}` : undefined

interface DatePart {
  readonly end: number
  readonly text: string
  /** Undefined when it is not a real date, or later than a receipt can bear. */
  readonly day: number | undefined
  /** When it is not a real date: the date it becomes with its parts in people's order, if that is one. */
  readonly mended?: string | undefined
  /** Written in parts (23/08/2024). */
  readonly isParted: boolean
}

function readDate(glyphs: Glyphs, from: number, latestDay: number): DatePart | undefined {
  const run = digitRun(glyphs, from)
  // An identity card: no date of a number begins with 0.
  if (run === 12 && glyphs.digit[from] === 0) return undefined
  if (run < 6)
    return readThousands(glyphs, from, run, latestDay) ?? readPartedDate(glyphs, from, run, latestDay)
  const short = numberAt(glyphs, from, 6)
  const day = dayOf(short, latestDay)
  // Eight digits when they stand alone, or when six are no date. Never both: as YYMMDD every year 20YY would be month YY
  // of 2020, and the years in numbers are above 12.
  if (run === 8 ? digitRun(glyphs, from + 8) > 0 : run >= 12 && day === undefined) {
    const [a, b, year] = [
      numberAt(glyphs, from, 2),
      numberAt(glyphs, from + 2, 2),
      numberAt(glyphs, from + 4, 4),
    ]
    const long = a === 20 ? dayOf(numberAt(glyphs, from + 2, 6), latestDay) : undefined
    const mended = dayOf(ymdOf(a, b, year), latestDay)
    if (long !== undefined || run === 8) return datePart(from + 8, textAt(glyphs, from, 8), long, mended)
  }
  const mended = dayOf(
    ymdOf(numberAt(glyphs, from, 2), numberAt(glyphs, from + 2, 2), numberAt(glyphs, from + 4, 2)),
    latestDay,
  )
  return datePart(from + 6, textAt(glyphs, from, 6), day, mended)
}

// "H45.12-240.823-0001": dictation writes a number that was said in thousands with their dot.
function readThousands(glyphs: Glyphs, from: number, first: number, latestDay: number): DatePart | undefined {
  const { before } = glyphs
  if (
    first !== 3 ||
    before[from] === gap.dot ||
    before[from + 3] !== gap.dot ||
    digitRun(glyphs, from + 3) !== 3
  )
    return undefined
  const day = dayOf(numberAt(glyphs, from, 6), latestDay)
  return day === undefined ? undefined : { end: from + 6, text: textAt(glyphs, from, 6), day, isParted: true }
}

function datePart(end: number, text: string, day: number | undefined, mended: number | undefined): DatePart {
  return { end, text, day, mended: mended === undefined ? undefined : yymmddOfDay(mended), isParted: false }
}

function dayOf(yymmdd: number, latestDay: number): number | undefined {
  const day = dayOfYymmdd(yymmdd)
  return day >= 0 && day <= latestDay ? day : undefined
}

// 19.05.21 as in the number; 23/08/2024 and 2024-08-23 as people and machines write a date. 23/08/24 is people's order, too,
// and certain where the number's order makes no date.
function readPartedDate(
  glyphs: Glyphs,
  from: number,
  first: number,
  latestDay: number,
): DatePart | undefined {
  const second = digitRun(glyphs, from + first)
  const third = digitRun(glyphs, from + first + second)
  if (third === 0 || second > 2) return undefined
  const [a, b, c] = [
    numberAt(glyphs, from, first),
    numberAt(glyphs, from + first, second),
    numberAt(glyphs, from + first + second, third),
  ] as const
  const end = from + first + second + third
  const meant = dayOf(ymdOf(a, b, c), latestDay)
  const mended = meant === undefined ? undefined : yymmddOfDay(meant)
  const isInPairs = first === 2 && second === 2 && third === 2
  if (mended !== undefined && first <= 2 && third === 2 && isSlashed(glyphs, from + first, second)) {
    const other = isInPairs ? dayOf(a * 10_000 + b * 100 + c, latestDay) : undefined
    const day = other === undefined || other === meant ? meant : undefined
    return { end, text: mended, day, mended, isParted: true }
  }
  let yymmdd: number
  if (isInPairs) yymmdd = a * 10_000 + b * 100 + c
  else if (first <= 2 && third === 4) yymmdd = ymdOf(a, b, c)
  else if (first === 4 && third <= 2) yymmdd = ymdOf(c, b, a)
  else return undefined
  return {
    end,
    text: String(yymmdd).padStart(6, '0'),
    day: dayOf(yymmdd, latestDay),
    mended,
    isParted: true,
  }
}

const isSlashed = ({ before }: Glyphs, month: number, length: number) =>
  before[month] === gap.slash && before[month + length] === gap.slash

// YYMMDD of a date in people's order (day, month, year); -1 for a year outside 2000–2099.
function ymdOf(date: number, month: number, year: number): number {
  if (year >= 100 && Math.floor(year / 100) !== 20) return -1
  return (year % 100) * 10_000 + month * 100 + date
}

// After the fourth digit a letter O, I or L begins an attached word, unless digits follow it.
function sequenceLength(glyphs: Glyphs, at: number): number {
  let length = digitRun(glyphs, at)
  while (length > shortestSequence && isLetter(glyphs, at + length - 1)) length--
  return length
}

// Seven digits as people group them: 1.800.123, or 18-00123 with the ministry's two digits apart. With blanks they may be
// anything.
function partedLength(glyphs: Glyphs, at: number, run: number): number | undefined {
  const isMarked = (place: number) => glyphs.before[place]! >= gap.dot && glyphs.before[place]! < gap.mark
  const groups = run === 1 ? [3, 3] : run === 2 ? [5] : []
  let end = at + run
  for (const length of groups) {
    if (!isMarked(end) || digitRun(glyphs, end) !== length) return undefined
    end += length
  }
  return groups.length === 0 || goesOn(glyphs, end, glyphs.before[at + run]!) ? undefined : end - at
}

// "26 10 08 09 75": in pairs to the end.
function pairsLength(glyphs: Glyphs, at: number): number {
  let end = at
  while (digitRun(glyphs, end) === 2 && glyphs.before[end]! <= gap.dash) end += 2
  const isWhole = end - at === shortestSequence || end - at === shortestSequence + 2
  return isWhole && !isDigitHere(glyphs, end) ? end - at : 2
}

// No group in a number is longer; without the bound a text of digits would cost quadratic time.
const longestRun = 24

/** Digits that run from `at` without a gap; 0 behind a wall. */
export function digitRun(glyphs: Glyphs, at: number): number {
  if (!isDigitHere(glyphs, at)) return 0
  const last = Math.min(glyphs.length, at + longestRun)
  let end = at + 1
  while (end < last && glyphs.before[end] === gap.none && glyphs.digit[end]! >= 0) end++
  return end - at
}

/** Whether a digit stands at `at`, with no wall before it. */
export function isDigitHere(glyphs: Glyphs, at: number): boolean {
  return glyphs.before[at]! < gap.wall && glyphs.digit[at]! >= 0
}

// Whether the number goes on at `at`: with a group short enough for one, after a mark no weaker than `mark`, the one before the
// last group. A date, an hour, a telephone number or an old code does not continue it, nor does anything in brackets or after a
// slash.
function goesOn(glyphs: Glyphs, at: number, mark: number): boolean {
  const parting = glyphs.before[at]!
  if (!isDigitHere(glyphs, at) || isLetter(glyphs, at) || parting === gap.none || parting < mark) return false
  if (parting >= gap.slash && parting > mark) return false
  const length = digitRun(glyphs, at)
  const behind = at + length
  const next = digitRun(glyphs, behind)
  const isMobile = length === 4 && glyphs.digit[at] === 0 && next === 3
  const isOldCode = length === 3 && next === 2 && glyphs.before[behind] === gap.dot
  const isDateOrWord = glyphs.before[behind] === gap.none || glyphs.before[behind] === gap.slash
  return length <= longestSequence && !isMobile && !isOldCode && !isDateOrWord
}

function numberAt(glyphs: Glyphs, at: number, length: number): number {
  let value = 0
  for (let index = at; index < at + length; index++) value = value * 10 + glyphs.digit[index]!
  return value
}

/** Glyphs as text, with O, I and L as digits where they stand for digits. */
export function textAt(glyphs: Glyphs, at: number, length: number): string {
  let text = ''
  for (let index = at; index < at + length; index++)
    text += glyphs.digit[index]! < 0 ? String.fromCharCode(glyphs.code[index]!) : String(glyphs.digit[index])
  return text
}

/** Whether twelve or sixteen digits stand at `at` in one piece, apart from what is before them. */
export function isLookupForm(glyphs: Glyphs, at: number): boolean {
  const run = digitRun(glyphs, at)
  const before = glyphs.before[at]!
  return (run === 12 || run === 16) && (before === gap.blank || before === gap.mark)
}

/** How many letters and digits run from `at` without a gap; from six on they are not counted. */
export function groupLength(glyphs: Glyphs, at: number): number {
  const last = Math.min(glyphs.length, at + 6)
  let end = at + 1
  while (end < last && glyphs.before[end] === gap.none) end++
  return end - at
}

/** How many gaps there are between the glyphs from `start` up to, not including, `end`. */
export function marksIn({ before }: Glyphs, start: number, end: number): number {
  let marks = 0
  for (let at = start + 1; at < end; at++) if (before[at] !== gap.none) marks++
  return marks
}
