// Amounts and counters in a column. "150.000" is a hundred and fifty thousand here, and a hundred and fifty in an export
// with decimals; the column as a whole decides which sign is the thousands separator.
import { fold } from './headings.js'
import type { Cell } from './tables/table.js'

const currency = /(₫|đồng|dong|đ|vnđ|vnd|vnd\.)/giu
const nothing =
  /^(?:(?:được )?(?:miễn|không|mien|khong)(?: (?:thu|mất|nộp|mat|nop))?(?: (?:lệ|le))?(?: (?:phí|phi))?|-|–)$/iu

/** Collects what the cells of one column say about its decimal separator. */
export class AmountColumn {
  readonly #decimal = { '.': 0, ',': 0 }
  readonly #thousands = { '.': 0, ',': 0 }

  add(cell: Cell): void {
    if (typeof cell !== 'string') return
    const text = bare(cell).replace(unitInCell, '')
    const both = /^\d{1,3}([.,])\d{3}.*([.,])\d+$/.exec(text)
    if (both && both[1] !== both[2]) {
      this.#thousands[both[1] as '.']++
      this.#decimal[both[2] as '.']++
      return
    }
    const parts = text.split(/([.,])/)
    if (parts.length === 3) {
      const [whole, sign, rest] = parts as [string, '.' | ',', string]
      if (rest.length !== 3 || whole.length > 3) this.#decimal[sign]++
    } else if (parts.length > 3) this.#thousands[parts[1] as '.']++
  }

  /** The decimal separator; undefined: none was seen, so every separator groups thousands. */
  get decimal(): '.' | ',' | undefined {
    for (const [sign, other] of [
      ['.', ','],
      [',', '.'],
    ] as const)
      if (this.#decimal[sign] > 0 && this.#thousands[sign] === 0 && this.#decimal[other] === 0) return sign
    return undefined
  }
}

/** The value of one unit of a cell in đồng; `foreign` for another currency. */
export type AmountUnit = 1 | 1000 | 1_000_000 | 'foreign'

const thousands = /\b(?:(?:nghin|ngan|ng|k|1 ?000) ?(?:dong|d|vnd)|x ?1 ?000|(?:nghin|ngan)$)\b/
const millions = /\b(?:(?:trieu|tr|1 ?000 ?000) ?(?:dong|d|vnd)|trieu$)\b/
const foreign = /\b(?:usd|do la|eur|euro|gbp|jpy|cny|krw|aud)\b/

/** The unit that a heading or the line of a title names: "Lệ phí (nghìn đồng)", "ĐVT: 1.000đ"; undefined: it names none. */
export function unitNamed(text: string): AmountUnit | undefined {
  const said = fold(text)
  if (foreign.test(said)) return 'foreign'
  if (millions.test(said)) return 1_000_000
  return thousands.test(said) ? 1000 : undefined
}

const unitInCell = /(?<=\d)\s*(nghìn|nghin|ngàn|ngan|k|triệu|trieu|tr)\s*$/iu

/**
 * A whole amount in đồng. Undefined when the cell is not a number, or has a fraction of a đồng. `unit`: how many đồng a number
 * in this column stands for, unless the cell names a unit itself ("150 nghìn").
 */
export function readAmount(cell: Cell, decimal: '.' | ',' | undefined, unit = 1): number | undefined {
  // Floating point: a spreadsheet's sum may differ from a whole number in the last bit.
  if (typeof cell === 'number') return whole(cell * unit)
  if (typeof cell !== 'string') return undefined
  // "Miễn (hộ nghèo)": for whom.
  if (nothing.test(cell.replace(/\([^()\d]*\)\s*$/, '').trim())) return 0
  const text = bare(cell)
  const said = unitInCell.exec(text)
  if (said) return ofText(text.slice(0, said.index), decimal, /^t/i.test(said[1]!) ? 1_000_000 : 1000)
  return ofText(text, decimal, unit)
}

function whole(value: number): number | undefined {
  const rounded = Math.round(value)
  return Math.abs(value - rounded) < 1e-6 && rounded >= 0 && rounded < 1e15 ? rounded : undefined
}

function ofText(text: string, decimal: '.' | ',' | undefined, unit: number): number | undefined {
  if (!/^\d[\d.,]{0,23}$/.test(text)) return undefined
  const last = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','))
  const sign = text[last]
  const rest = text.slice(last + 1)
  const isMixed = text.includes('.') && text.includes(',')
  const isDecimal =
    last >= 0 && (sign === decimal || isMixed ? !isThousands(text, last, isMixed) : rest.length !== 3)
  const digits = (isDecimal ? text.slice(0, last) : text).replace(/[.,]/g, '')
  return /^\d{1,15}$/.test(digits)
    ? whole(Number(isDecimal ? `${digits}.${rest}` : digits) * unit)
    : undefined
}

// "1.500.000" in a column of decimals: a separator that occurs twice groups thousands.
function isThousands(text: string, last: number, isMixed: boolean): boolean {
  return !isMixed && text.indexOf(text[last]!) < last
}

function bare(text: string): string {
  return (
    text
      .slice(0, 60)
      .normalize('NFKC')
      .replace(/\([^()\d]*\)\s*$/, '')
      // "150.000 đ/hồ sơ", "150.000 - đã nộp"
      .replace(/\s+/g, ' ')
      .replace(/ ?(?:\/ ?|[-–:,] )\p{L}[\p{L} ]*$/u, '')
      .replace(currency, '')
      .replace(/[\s\u00a0'’]|[,.]?-$/g, '')
      .replace(/^\.|\.$/g, '')
  )
}
