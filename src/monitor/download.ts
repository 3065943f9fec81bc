// Tables as CSV and XLSX. CSV escapes texts that a spreadsheet would run as formulas (../csv.ts); XLSX cells are typed.
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

/** A workbook with one sheet for each table. */
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
  // Loaded on first use: it is large and seldom needed.
  const { default: writeXlsx } = await import('write-excel-file/node')
  return writeXlsx(made).toBuffer()
}

// Column widths in characters: the longest cell, within 8 to 60.
const widths = (rows: Sheet['rows']) =>
  (rows[0] ?? []).map((_, nth) => ({
    width: Math.min(60, Math.max(8, ...rows.map((row) => String(row[nth] ?? '').length + 2))),
  }))
