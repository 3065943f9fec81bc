// Tables as CSV and XLSX. In CSV no text is run as a formula (../csv.ts); in
// XLSX cells have a type, so a text stays one.
import { csvLines, csvStart } from '../csv.js'

export type Cell = string | number | null
export interface Sheet {
  /** At most 31 characters, says Excel. */
  readonly name: string
  /** What stands over the table in CSV, where sheets have no names. */
  readonly title?: string
  readonly rows: readonly (readonly Cell[])[]
}

/** All tables under each other, with an empty line between; UTF-8 with a mark, so that Excel reads Vietnamese. */
export function csv(tables: readonly Sheet[]): string {
  const blocks = tables.map(({ title, rows }) =>
    csvLines([...(title === undefined ? [] : [[title]]), ...rows]),
  )
  return csvStart + blocks.join('\n')
}

/** A workbook with a sheet for each table. */
export async function xlsx(tables: readonly Sheet[]): Promise<Buffer> {
  const made = tables.map(({ name, rows }) => ({
    sheet: name,
    data: rows.map((row, nth) =>
      row.map((cell) =>
        typeof cell === 'number'
          ? { type: Number, value: cell }
          : { type: String, value: cell ?? '', ...(nth === 0 ? { fontWeight: 'bold' as const } : {}) },
      ),
    ),
    columns: widths(rows),
  }))
  // Loaded when first asked for: seldom, and it is large.
  const { default: writeXlsx } = await import('write-excel-file/node')
  return writeXlsx(made).toBuffer()
}

// As wide as what stands in it, within reason.
const widths = (rows: Sheet['rows']) =>
  (rows[0] ?? []).map((_, nth) => ({
    width: Math.min(60, Math.max(8, ...rows.map((row) => String(row[nth] ?? '').length + 2))),
  }))
