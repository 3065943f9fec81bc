// Lines of a text file whose cells ended up in one cell. On a machine whose list separator is the semicolon, Excel reads a line
// with commas as one cell, and quotes that cell when it saves the file again.
import { headingsIn, isEmpty, isLikeNumber, topOf } from './heading-rows.js'
import { type ColumnMap, scoreHeadings } from './headings.js'
import { type Cell, maxColumns, type SheetRow, type Table } from './tables/table.js'

const separators = [',', ';', '\t', '|'] as const

/** The table with such lines taken apart; the same table where it has none. */
export async function withoutLinesInCells(table: Table, map: ColumnMap): Promise<Table> {
  const tops: SheetRow[][] = []
  for (const sheet of table.sheets) {
    const top = await topOf(sheet)
    // Headings that stand apart: only a line with the separator in a value was quoted as a whole.
    if (headingsIn(top, map)) return table.delimiter ? takenApart(table, table.delimiter, map) : table
    tops.push(top)
  }
  const separator = separators.find((one) =>
    tops.some((top) =>
      headingsIn(
        top.map((row) => apart(row, one, map)),
        map,
      ),
    ),
  )
  return separator ? takenApart(table, separator, map) : table
}

function takenApart(table: Table, separator: string, map: ColumnMap): Table {
  const sheets = table.sheets.map((sheet) => ({
    ...sheet,
    async *rows() {
      for await (const rows of sheet.rows()) yield rows.map((row) => apart(row, separator, map))
    },
  }))
  return { ...table, sheets }
}

// A title or a remark with commas in it is left whole.
function apart(row: SheetRow, separator: string, map: ColumnMap): SheetRow {
  const line = onlyCell(row.cells)
  if (typeof line !== 'string' || !line.includes(separator)) return row
  const cells = cellsOf(line, separator)
  const isRow = cells.length > 2 && cells.some((cell) => isLikeNumber(cell))
  return isRow || scoreHeadings(cells, map) > 1 ? { ...row, cells } : row
}

function onlyCell(cells: readonly Cell[]): Cell {
  let only: Cell
  for (const cell of cells) {
    if (isEmpty(cell)) continue
    if (only !== undefined) return undefined
    only = cell
  }
  return only
}

// `a,"b, c",d`: RFC 4180, in one line. Empty for a line with more cells than a table may have.
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]!
    if (letter === '"' && isQuoted && line[at + 1] === '"') {
      cell += letter
      at++
    } else if (letter === '"' && (isQuoted || cell === '')) isQuoted = !isQuoted
    else if (letter === separator && !isQuoted) {
      if (cells.push(cell) >= maxColumns) return []
      cell = ''
    } else cell += letter
  }
  return [...cells, cell]
}
