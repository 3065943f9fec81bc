// Tables as CSV and XLSX. CSV escapes texts that a spreadsheet would run as formulas (../csv.ts); XLSX cells are typed
// (../workbook.ts).
import { csvLines, csvStart } from '../csv.js'

export type Cell = string | number | null
export interface Sheet {
  /** At most 31 characters (Excel's limit). */
  readonly name: string
  /** Heading above the table in CSV, where sheets have no names. */
  readonly title?: string
  readonly rows: readonly (readonly Cell[])[]
}

/** All tables one below the other, separated by an empty line; UTF-8 with a BOM, so that Excel reads Vietnamese. */
export function csv(tables: readonly Sheet[]): string {
  const blocks = tables.map(({ title, rows }) =>
    csvLines([...(title === undefined ? [] : [[title]]), ...rows]),
  )
  return csvStart + blocks.join('\n')
}
