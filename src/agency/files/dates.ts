// Dates of a column. A date of figures alone can be read day first (Vietnam) or month first (what Excel writes on a machine
// set to American English); the column as a whole decides, with the dossier numbers as witnesses, because they carry the
// day a dossier was received.
import { dayMs, localOffsetMs, readLooseTime } from '../../dossier/times.js'
import type { Cell } from './tables/table.js'
import { momentOf, plainDate, takeApart } from './written-dates.js'

/** `swapped`: the spreadsheet misread day first as month first where that gives a date, and left the other cells as text. */
export const dateOrders = ['dmy', 'mdy', 'swapped'] as const
export type DateOrder = (typeof dateOrders)[number]
const textOrders = ['dmy', 'mdy'] as const
type TextOrder = (typeof textOrders)[number]

const machine = /^\d{4}-\d\d-\d\dT/
const dayNumber = /^\d{5}(?:[.,]\d{1,12})?$/

/** Day and month of a date in figures, in the order written; undefined for every other text. */
function twoFigures(text: string): { first: number; second: number; isPlain: boolean } | undefined {
  const written = takeApart(text)
  if (!written?.figures) return undefined
  const { first, second } = written.figures
  // "05/06/2026" is how forms and systems here write a day; "5/6/26" is how Excel does elsewhere.
  const isPlain = first.length === 2 && second.length === 2 && written.year.length === 4
  return { first: Number(first), second: Number(second), isPlain }
}

/** Whether a text has an American clock and figures that most likely have the month first: "1/5/2026 8:30:00 AM". */
export function isAmerican(text: string): boolean {
  const plain = plainDate(text)
  const figures = twoFigures(plain)
  return (
    figures !== undefined &&
    !figures.isPlain &&
    figures.first <= 12 &&
    takeApart(plain)?.clock?.isAmerican === true
  )
}

const noDate =
  /^(?:[-–—./…?x]*|n\/?a|null|none|undefined|nan|invalid date|không|không (?:có|hẹn|xác định|thời hạn|có thời hạn|áp dụng)|chưa|chưa (?:có|trả|xong|xác định|hoàn thành|có kết quả)|0{1,4}[/.-]0{1,2}[/.-]0{1,4}(?: 0?0:00(?::00)?)?)$/i
const firstYear = 1901
// "Thứ Năm, 12/11/2026", "12/11/2026 2:15 CH": with these words the day comes first.
const inVietnamese = /ngày|thứ |giờ|sáng|trưa|chiều|tối|\d ?(?:SA|CH)\b/i
// A weekday, a date, its clock and a zone in words.
const longest = 80

/** Whether a cell says that there is no date: in words, or by the epoch of a system or a spreadsheet (01/01/1900). */
export function isNoDate(cell: Cell): boolean {
  if (cell instanceof Date)
    return cell.getUTCFullYear() < firstYear || cell.toISOString().startsWith('1970-01-01')
  if (cell === 0) return true
  if (typeof cell !== 'string') return false
  const text = plainDate(cell)
  return (
    noDate.test(text) ||
    /^(?:0001|1753|1900|1970)-01-0[01]\b|^0?1[/.-]0?1[/.-](?:0001|1753|1900|1970)\b|^30[/.-]12[/.-]1899\b|\b9999\b/.test(
      text,
    )
  )
}

/** A cell as epoch milliseconds, read in `order` where that matters. Undefined when it is no date. */
export function readDate(cell: Cell, order: DateOrder): number | undefined {
  if (cell instanceof Date) {
    const meant = order === 'swapped' ? (swapped(cell) ?? cell) : cell
    return readLooseTime(new Date(meant.getTime() - localOffsetMs))
  }
  if (typeof cell === 'number') return ofNumber(cell)
  if (typeof cell !== 'string' || cell.length > longest) return undefined
  if (machine.test(cell)) return readLooseTime(cell) ?? readWritten(cell, order)
  return readWritten(cell, order)
}

function readWritten(cell: string, order: DateOrder): number | undefined {
  const text = plainDate(cell)
  if (dayNumber.test(text)) return ofNumber(Number(text.replace(',', '.')))
  const written = takeApart(text)
  if (written === undefined) return readLooseTime(text)
  const { day, month, figures } = written
  const isDayFirst = !figures || order === 'dmy' || (order === 'swapped' && Number(day) > 12)
  return isDayFirst ? momentOf(written, day, month) : momentOf(written, month, day)
}

/** A spreadsheet's day number of this century, counted from 1900, as epoch milliseconds; undefined for any other number. */
export function readDayNumber(value: number): number | undefined {
  if (!(value >= 36_526 && value < 73_051)) return undefined
  return readLooseTime(new Date(Math.round((value - 25_569) * 86_400) * 1000 - localOffsetMs))
}

// 20261112 and 20261112083000 as numbers, a day number of a cell that lost its format, or milliseconds since 1970.
function ofNumber(value: number): number | undefined {
  const day = readDayNumber(value)
  if (day !== undefined) return day
  return readLooseTime(Number.isInteger(value) && value < 1e15 && value > 1.9e7 ? String(value) : value)
}

/** The date with day and month swapped; undefined where that is no date, or the same one. */
function swapped(date: Date): Date | undefined {
  const [day, month] = [date.getUTCDate(), date.getUTCMonth()]
  if (day > 12 || day === month + 1) return undefined
  return new Date(Date.UTC(date.getUTCFullYear(), day - 1, month + 1) + (date.getTime() % dayMs))
}

/** Judges a reading (epoch ms) by what else is known of the row; undefined: it says nothing. */
type IsLikely = (at: number) => boolean | undefined

/** Collects what the cells of one column say about its order of day and month. */
export class DateColumn {
  /** Texts of two figures. */
  #seen = 0
  #isPlain = true
  #dates = 0
  /** Cells that are dates to the spreadsheet, by whether they or their swapped reading fit the row. */
  readonly #cells = { fit: 0, fitSwapped: 0, example: new Date(0) }
  readonly #impossible: Record<TextOrder, { count: number; example: string }> = {
    dmy: { count: 0, example: '' },
    mdy: { count: 0, example: '' },
  }
  readonly #unlikely: Record<TextOrder, number> = { dmy: 0, mdy: 0 }
  readonly #likely: Record<TextOrder, number> = { dmy: 0, mdy: 0 }
  /** Cells readable in both orders whose reading in this order contradicts the row, while the other may fit. */
  readonly #against: Record<TextOrder, number> = { dmy: 0, mdy: 0 }
  #example = ''

  add(cell: Cell, isLikely: IsLikely): void {
    if (cell instanceof Date || typeof cell === 'number') this.#addDate(cell, isLikely)
    else if (typeof cell === 'string' && cell.length <= longest) this.#addText(cell, isLikely)
  }

  // A cell that is a date to the spreadsheet, or a number that may be one.
  #addDate(cell: Date | number, isLikely: IsLikely): void {
    const at = readDate(cell, 'dmy')
    if (at === undefined) return
    this.#dates++
    const other = cell instanceof Date ? swapped(cell) : undefined
    if (other === undefined) return
    if (isLikely(at) === true) this.#cells.fit++
    else if (isLikely(readDate(other, 'dmy')!) === true) {
      this.#cells.fitSwapped++
      this.#cells.example = cell as Date
    }
  }

  #addText(cell: string, isLikely: IsLikely): void {
    const text = plainDate(cell)
    const figures = twoFigures(text)
    if (!figures) {
      if (readDate(text, 'dmy') !== undefined) this.#dates++
      return
    }
    const readings = textOrders.map((order) =>
      order === 'mdy' && inVietnamese.test(cell) ? undefined : readDate(text, order),
    )
    if (readings.every((at) => at === undefined)) return
    this.#dates++
    this.#seen++
    this.#isPlain &&= figures.isPlain
    if (readings[0] === readings[1]) return
    if (!readings.includes(undefined)) this.#example ||= text
    const [dayFirst, monthFirst] = readings.map((at) => at !== undefined && isLikely(at))
    if (!readings.includes(undefined) && dayFirst !== monthFirst) {
      if (dayFirst === false) this.#against.dmy++
      if (monthFirst === false) this.#against.mdy++
    }
    textOrders.forEach((order, nth) => {
      const at = readings[nth]
      if (at === undefined) {
        this.#impossible[order].count++
        this.#impossible[order].example ||= text
        return
      }
      const likely = isLikely(at)
      if (likely === true) this.#likely[order]++
      else if (likely === false) this.#unlikely[order]++
    })
  }

  /** Whether any cell could be read as a date. */
  get hasDates(): boolean {
    return this.#dates > 0
  }

  /**
   * The order that the column proves, and by what; `both` when its cells contradict each other in more than `slips` of
   * those that prove anything.
   */
  verdict(slips: number): Verdict {
    const { fit, fitSwapped, example } = this.#cells
    if (fitSwapped > fit * (1 + slips)) return { kind: 'swapped', example: readDate(example, 'dmy')! }
    const { dmy, mdy } = this.#impossible
    const most = Math.max(dmy.count, mdy.count) * slips
    if (Math.min(dmy.count, mdy.count) > most) return { kind: 'both', examples: [mdy.example, dmy.example] }
    const proven = mdy.count > dmy.count ? 'dmy' : dmy.count > 0 ? 'mdy' : undefined
    if (proven) {
      const [by, other] = proven === 'dmy' ? ([mdy, 'mdy'] as const) : ([dmy, 'dmy'] as const)
      // Some cells prove one order and the dossier numbers beside others prove the other: the column mixes both.
      const against = this.#against[proven]
      if (against > this.#seen * slips && against > this.#against[other])
        return {
          kind: 'both',
          examples: proven === 'dmy' ? [by.example, this.#example] : [this.#example, by.example],
        }
      return { kind: 'proven', order: proven, by: by.example }
    }
    if (this.#example === '') return { kind: 'free' }
    for (const [order, other] of [
      ['dmy', 'mdy'],
      ['mdy', 'dmy'],
    ] as const) {
      const isClear = this.#unlikely[order] === 0 && this.#unlikely[other] > 0
      if (
        isClear ||
        (this.#likely[order] > 2 * this.#likely[other] && this.#unlikely[order] * 10 < this.#seen)
      )
        return { kind: 'likely', order, by: this.#example }
    }
    return { kind: 'open', isPlain: this.#isPlain, example: this.#example }
  }
}

export type Verdict =
  /** The spreadsheet's own dates fit the dossier numbers only with day and month swapped. */
  | { kind: 'swapped'; example: number }
  | { kind: 'proven' | 'likely'; order: TextOrder; by: string }
  | { kind: 'both'; examples: readonly [dayFirst: string, monthFirst: string] }
  /** Readable in both orders, and nothing decides. */
  | { kind: 'open'; isPlain: boolean; example: string }
  /** No cell in which the order matters. */
  | { kind: 'free' }
