// Where the headings of a sheet are: one row, or two of which the upper groups the lower; and which rows below them hold
// nothing to take in.
import { type ColumnMap, type Columns, fold, headingOf, readHeadings } from './headings.js'
import type { Cell, Sheet, SheetRow } from './tables/table.js'

// Titles, dates and empty lines above a table; beyond it there is no table.
const rowsBeforeHeadings = 30

export interface Headed {
  readonly columns: Columns
  readonly headingLine: number
}

/** The row or the two rows of headings; undefined when the sheet has none. */
export async function findHeadings(sheet: Sheet, map: ColumnMap): Promise<Headed | undefined> {
  const top: SheetRow[] = []
  for await (const rows of sheet.rows()) {
    top.push(...rows.slice(0, rowsBeforeHeadings + 2 - top.length))
    if (top.length >= rowsBeforeHeadings + 2) break
  }
  for (const [at, row] of top.slice(0, rowsBeforeHeadings).entries()) {
    const next = top[at + 1]
    const alone = headed([row], row.cells, map)
    const both = next && headed([row, next], joined(row.cells, next.cells, map), map)
    const below = sizeOf(next && headed([next], next.cells, map))
    // A title above the headings adds nothing to them, and they may be two rows themselves.
    if (both && sizeOf(both) > Math.max(sizeOf(alone), below)) return both
    if (alone && sizeOf(alone) >= below) return alone
  }
  return undefined
}

const sizeOf = (headed: Headed | undefined) => headed?.columns.places.size ?? 0

function headed(rows: readonly SheetRow[], cells: readonly Cell[], map: ColumnMap): Headed | undefined {
  const columns = readHeadings(cells, map)
  const last = rows.at(-1)!
  if (!columns) return undefined
  // A row of data below a row of headings is no second row of headings.
  const number = last.cells[columns.places.get('dossierNo')!]
  if (rows.length > 1 && /\d.*\d.*\d.*\d/.test(String(number ?? ''))) return undefined
  return { columns, headingLine: last.line }
}

// "Ngày" over "tiếp nhận" and "hẹn trả": the group goes before or behind what stands below it, whichever is known.
function joined(above: readonly Cell[], below: readonly Cell[], map: ColumnMap): string[] {
  const width = Math.max(above.length, below.length)
  const isKnown = (text: string) => {
    const read = readHeadings(['Mã hồ sơ', text], map)
    return read !== undefined && read.unread.length === 0
  }
  let group = ''
  return Array.from({ length: width }, (_, place) => {
    const own = String(above[place] ?? '').trim()
    const sub = String(below[place] ?? '').trim()
    if (own !== '') group = own
    if (sub === '') return own
    return [`${group} ${sub}`, `${sub} ${group}`].find((text) => group !== '' && isKnown(text)) ?? sub
  })
}

/**
 * Whether a row under the headings holds nothing to take in: empty, a row of column numbers, the headings once more, the
 * title of a group, a total, a signature.
 */
export function isBeside(cells: readonly Cell[], columns: Columns): boolean {
  const { places } = columns
  const filled = cells.filter((cell) => !isEmpty(cell))
  if (filled.length === 0) return true
  const number = cells[places.get('dossierNo')!]
  if (filled.length > 2 && filled.every((cell) => /^\(?(\d{1,2}|[a-zA-Z])\)?$/.test(String(cell))))
    return true
  if (!isEmpty(number)) {
    const text = String(number)
    return (
      fold(text) === fold(headingOf(columns, 'dossierNo')) || (!mayBeNumber(text) && isAlone(cells, columns))
    )
  }
  const status = places.get('dossierStatus')
  return status === undefined || isEmpty(cells[status]) || filled.length === 1
}

// The shortest number has a date and a sequence.
const fewestDigits = 5
const mayBeNumber = (text: string) => (text.slice(0, 100).match(/\d/g)?.length ?? 0) >= fewestDigits

// Nothing of a dossier stands beside it; a total may have its sum of fees.
function isAlone(cells: readonly Cell[], { places }: Columns): boolean {
  return [...places].every(
    ([field, place]) => field === 'dossierNo' || field === 'feeAmount' || isEmpty(cells[place]),
  )
}

export function isEmpty(cell: Cell): boolean {
  return cell === undefined || cell === null || (typeof cell === 'string' && cell.trim() === '')
}
