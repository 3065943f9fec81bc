// Finds the headings of a sheet: one row, or two or three where the upper ones group the lower; and which rows below them hold
// no dossier.
import type { ColumnField } from './heading-words.js'
import { type ColumnMap, type Columns, fold, headingOf, readHeadings } from './headings.js'
import { usualStatusWords } from './status-words.js'
import { type Cell, FileRefusal, type Sheet, type SheetRow, textOfCell } from './tables/table.js'
import { readStatus, type StatusWords } from './words.js'

// Titles, dates and empty lines above a table; beyond it there is no table.
const rowsBeforeHeadings = 30

export interface Headed {
  readonly columns: Columns
  readonly headingLine: number
}

/** The row or the rows of headings; undefined when the sheet has none. */
export async function findHeadings(sheet: Sheet, map: ColumnMap): Promise<Headed | undefined> {
  return headingsIn(await topOf(sheet), map)
}

/** The rows among which headings are looked for. */
export async function topOf(sheet: Sheet): Promise<SheetRow[]> {
  const top: SheetRow[] = []
  for await (const rows of sheet.rows()) {
    top.push(...rows.slice(0, rowsBeforeHeadings + maxHeadingRows - top.length))
    if (top.length >= rowsBeforeHeadings + maxHeadingRows) break
  }
  return top
}

/** The headings among the top rows of a sheet; undefined when none of them has a column of dossier numbers. */
export function headingsIn(top: readonly SheetRow[], map: ColumnMap): Headed | undefined {
  let here = bestFrom(top, 0, map)
  for (const at of top.slice(0, rowsBeforeHeadings).keys()) {
    const next = bestFrom(top, at + 1, map)
    // A title above the headings adds nothing to them.
    if (here && sizeOf(here) - (here.rows > 1 ? 1 : 0) >= sizeOf(next)) return here
    here = next
  }
  return undefined
}

const maxHeadingRows = 3

// The headings that begin in row `at`, over as many rows as give the most known columns.
function bestFrom(
  top: readonly SheetRow[],
  at: number,
  map: ColumnMap,
): (Headed & { readonly rows: number }) | undefined {
  const rows: SheetRow[] = []
  let cells: readonly Cell[] = []
  let best: ReturnType<typeof bestFrom>
  for (const row of top.slice(at, at + maxHeadingRows)) {
    cells = rows.length === 0 ? row.cells : joined(cells, row.cells, map)
    rows.push(row)
    const one = headed(rows, cells, map)
    if (one && sizeOf(one) > sizeOf(best)) best = { ...one, rows: rows.length }
  }
  return best
}

const sizeOf = (headed: Headed | undefined) => headed?.columns.places.size ?? 0

function headed(rows: readonly SheetRow[], cells: readonly Cell[], map: ColumnMap): Headed | undefined {
  const columns = readHeadings(cells, map, rows[0]!.hiddenColumns)
  const last = rows.at(-1)!
  if (!columns) return undefined
  // A row of data is no row of headings.
  const place = columns.places.get('dossierNo')!
  if (rows.length > 1 && rows.some(({ cells }) => mayBeNumber(String(cells[place] ?? '')))) return undefined
  return { columns, headingLine: last.line }
}

// "Ngày" above "tiếp nhận" and "hẹn trả": joins group and heading in whichever order gives a known heading.
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
 * Whether a row under the headings is not a dossier's: empty, a row of column numbers, the headings repeated, the title of a
 * group, a total, a signature.
 */
export function holdsNoDossier(cells: readonly Cell[], columns: Columns): boolean {
  const { places } = columns
  const filled = cells.filter((cell) => !isEmpty(cell))
  if (filled.length === 0) return true
  const number = cells[places.get('dossierNo')!]
  if (filled.length > 2 && filled.every((cell) => /^\(?(\d{1,2}|[a-zA-Z])\)?$/.test(String(cell))))
    return true
  if (
    /^(tong|cong|luy ke|mang sang|total|grand total|sub ?total)\b/.test(fold(String(filled[0]))) &&
    !isLikeNumber(String(number ?? ''))
  )
    return true
  if (!isEmpty(number)) {
    const text = String(number)
    return (
      fold(text) === fold(headingOf(columns, 'dossierNo')) ||
      (!isLikeNumber(text) && isAlone(cells, columns)) ||
      (!mayBeNumber(text) && isSigned(cells, columns))
    )
  }
  const status = places.get('dossierStatus')
  if (status === undefined || isEmpty(cells[status]) || filled.length === 1) return true
  // A row whose number was forgotten has its place in the list, or a date.
  return !filled.some((cell) => /\d/.test(textOfCell(cell))) && isSigned(cells, columns)
}

// The shortest number has a date and a sequence.
const fewestDigits = 5
const mayBeNumber = (text: string) => (text.slice(0, 100).match(/\d/g)?.length ?? 0) >= fewestDigits

/**
 * Whether a cell may hold a dossier's number. A title, a date of printing and the count of a group have figures too. A number
 * is one word without blanks, or has a date and a sequence in it.
 */
export const isLikeNumber = (text: string) =>
  mayBeNumber(text) && (/^\S+$/.test(text.trim()) || /\d{6}[-–. ]{1,3}\d{3}|\d{12}/.test(text.slice(0, 100)))

// Whether no other field of a dossier is filled; a total may have its sum of fees.
function isAlone(cells: readonly Cell[], { places }: Columns): boolean {
  return [...places].every(
    ([field, place]) => field === 'dossierNo' || field === 'feeAmount' || isEmpty(cells[place]),
  )
}

// "Người lập biểu", "Thủ trưởng" and their names below a table: no figure in any column, and no state.
function isSigned(cells: readonly Cell[], { places }: Columns): boolean {
  const status = cells[places.get('dossierStatus') ?? -1]
  if (!isEmpty(status) && readStatus(status, usual, noWords) !== undefined) return false
  return [...places.values()].every((place) => !/\d/.test(String(cells[place] ?? '')))
}

const usual = usualStatusWords()
const noWords: StatusWords = new Map()

/** Refuses each row of a second table, below the first or beside it. The rows are given in order. */
export function refuseOtherTables({ columns, headingLine }: Headed, map: ColumnMap): (row: SheetRow) => void {
  const twins = twinsOf(columns, map)
  return (row) => {
    const { line, cells } = row
    if (isOtherTable(row, columns, map)) throw new FileRefusal('other-headings', { line })
    if (hasOtherBeside(cells, columns, twins)) throw new FileRefusal('other-headings', { line: headingLine })
  }
}

// A second row of headings that assigns columns differently, whatever word it has for the number: "Số hồ sơ".
function isOtherTable(
  { cells, hiddenColumns }: SheetRow,
  { places, headings }: Columns,
  map: ColumnMap,
): boolean {
  if (cells.some((cell) => !isEmpty(cell) && (typeof cell !== 'string' || mayBeNumber(cell)))) return false
  const again = readHeadings(cells, map, hiddenColumns)?.places ?? new Map<ColumnField, number>()
  const place = places.get('dossierNo')!
  if (again.size < 2 && fold(String(cells[place] ?? '')) !== fold(headings[place]!)) return false
  const fieldAt = new Map([...places].map(([field, at]) => [at, field]))
  return [...again].some(
    ([field, at]) => (places.get(field) ?? at) !== at || (fieldAt.get(at) ?? field) !== field,
  )
}

// Further columns of dossier numbers: with the same heading, or with another one where each has a column of states behind it.
function twinsOf({ places, headings }: Columns, map: ColumnMap): number[] {
  const place = places.get('dossierNo')!
  const name = fold(headings[place]!)
  const starts = [...headings.keys()].filter((at) => readHeadings([headings[at]], map))
  const hasStates = (at: number, nth: number) =>
    readHeadings(headings.slice(at, starts[nth + 1]), map)?.places.has('dossierStatus') === true
  const own = starts.filter(hasStates)
  return starts.filter(
    (at) => at !== place && (fold(headings[at]!) === name || (own.includes(place) && own.includes(at))),
  )
}

// A second table stands beside the first, with dossiers of its own under one of the `twins`.
function hasOtherBeside(cells: readonly Cell[], { places }: Columns, twins: readonly number[]): boolean {
  return twins.some((at) => {
    const other = textOfCell(cells[at]).trim()
    return mayBeNumber(other) && other !== textOfCell(cells[places.get('dossierNo')!]).trim()
  })
}

/**
 * The cells of a row, filled in from cells merged down over it; except the dossier number, since the rows below a merged number
 * are not further dossiers.
 */
export function filledDown({ cells, covered }: SheetRow, { places }: Columns): readonly Cell[] {
  if (!covered) return cells
  const filled = Array.from(cells)
  for (const [place, cell] of covered) if (place !== places.get('dossierNo')) filled[place] = cell
  return filled
}

// What databases and their programs write where there is no value.
const noValue = /^(?:|\\N|null|none|nil|nan|undefined|\(null\)|<null>|\[null\])$/i
const longestNoValue = 9

/** Whether a cell has no value: nothing, blanks, or a database's word for it. */
export function isEmpty(cell: Cell): boolean {
  if (typeof cell !== 'string') return cell === undefined || cell === null
  const text = cell.trim()
  return text.length <= longestNoValue && noValue.test(text)
}
