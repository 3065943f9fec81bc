// Where the headings of a sheet are: one row, or two of which the upper groups the lower; and which rows below them hold
// nothing to take in.
import { type ColumnMap, type Columns, readHeadings } from './headings.js'
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
    const candidates = [
      headed([row], row.cells, map),
      next && headed([next], next.cells, map),
      next && headed([row, next], joined(row.cells, next.cells, map), map),
    ].filter((one) => one !== undefined)
    if (candidates.length > 0)
      return candidates.reduce((best, one) =>
        one.columns.places.size > best.columns.places.size ? one : best,
      )
  }
  return undefined
}

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

/** Whether a row under the headings holds nothing to take in: empty, a row of column numbers, a total, a signature. */
export function isBeside(cells: readonly Cell[], { places }: Columns): boolean {
  const filled = cells.filter((cell) => !isEmpty(cell))
  if (filled.length === 0) return true
  const number = cells[places.get('dossierNo')!]
  if (filled.length > 2 && filled.every((cell) => /^\(?(\d{1,2}|[a-zA-Z])\)?$/.test(String(cell))))
    return true
  if (!isEmpty(number)) return false
  const status = places.get('dossierStatus')
  return status === undefined || isEmpty(cells[status])
}

export function isEmpty(cell: Cell): boolean {
  return cell === undefined || cell === null || (typeof cell === 'string' && cell.trim() === '')
}
