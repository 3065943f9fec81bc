// Amounts and counters in a column. "150.000" is a hundred and fifty thousand here, and a hundred and fifty in an export
// with decimals; the column as a whole decides which sign is the thousands separator.
import type { Cell } from './tables/table.js'

const currency = /(₫|đồng|dong|đ|vnđ|vnd|vnd\.)/giu
const nothing = /^(miễn phí|miễn|không thu|không|mien phi|mien|khong thu|khong|-|–)$/iu

/** What the cells of one column say of its decimal sign. */
export class AmountColumn {
  readonly #decimal = { '.': 0, ',': 0 }
  readonly #thousands = { '.': 0, ',': 0 }

  add(cell: Cell): void {
    if (typeof cell !== 'string') return
    const text = bare(cell)
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

  /** The sign before decimals; undefined: none was seen, and every sign parts thousands. */
  get decimal(): '.' | ',' | undefined {
    for (const [sign, other] of [
      ['.', ','],
      [',', '.'],
    ] as const)
      if (this.#decimal[sign] > 0 && this.#thousands[sign] === 0 && this.#decimal[other] === 0) return sign
    return undefined
  }
}

/** A whole amount. Undefined when the cell is none: not a number, or with non-zero decimals. */
export function readAmount(cell: Cell, decimal: '.' | ',' | undefined): number | undefined {
  if (typeof cell === 'number') {
    // A sum of a spreadsheet may miss a whole number by the last bit.
    const whole = Math.round(cell)
    return Math.abs(cell - whole) < 1e-6 && whole >= 0 ? whole : undefined
  }
  if (typeof cell !== 'string') return undefined
  if (nothing.test(cell.trim())) return 0
  const text = bare(cell)
  if (!/^\d[\d.,]{0,23}$/.test(text)) return undefined
  const last = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','))
  const sign = text[last]
  const rest = text.slice(last + 1)
  const isMixed = text.includes('.') && text.includes(',')
  const isDecimal =
    last >= 0 && (sign === decimal || isMixed ? !isThousands(text, last, isMixed) : rest.length !== 3)
  const whole = (isDecimal ? text.slice(0, last) : text).replace(/[.,]/g, '')
  if (isDecimal && /[1-9]/.test(rest)) return undefined
  return /^\d{1,15}$/.test(whole) ? Number(whole) : undefined
}

// "1.500.000" in a column of decimals: a sign that stands twice parts thousands.
function isThousands(text: string, last: number, isMixed: boolean): boolean {
  return !isMixed && text.indexOf(text[last]!) < last
}

function bare(text: string): string {
  return text
    .slice(0, 60)
    .normalize('NFC')
    .replace(currency, '')
    .replace(/[\s\u00a0'’]|[,.]?-$/g, '')
    .replace(/^\.|\.$/g, '')
}
