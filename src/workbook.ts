// Writes workbooks (XLSX): typed cells, widths by what is in them, and a filter over each table, whose first row are headings.

import { deflateRawSync } from 'node:zlib'

/**
 * Texts stay texts: a dossier number is no number, and nothing is a formula. A Date holds local wall-clock time as if it were
 * UTC.
 */
type Cell = string | number | boolean | Date | null | undefined

interface Sheet {
  /** At most 31 characters (Excel's limit). */
  readonly name: string
  readonly rows: readonly (readonly Cell[])[]
}

/** The bytes of an XLSX file with these sheets. */
export const workbookOf = async (sheets: readonly Sheet[]): Promise<Buffer> => (await openWorkbooks())(sheets)

/** Loads the library, on first use: it is large and seldom needed. */
export async function openWorkbooks(): Promise<(sheets: readonly Sheet[]) => Buffer> {
  const xlsx = await load()
  return (sheets) => write(xlsx, sheets)
}

function write(xlsx: Awaited<ReturnType<typeof load>>, sheets: readonly Sheet[]): Buffer {
  const book = xlsx.utils.book_new()
  for (const { name, rows } of sheets) {
    const options = { UTC: true, dateNF: 'dd/mm/yyyy hh:mm', dense: true }
    const sheet = xlsx.utils.aoa_to_sheet(rows as Cell[][], options)
    sheet['!cols'] = widths(rows)
    const range = sheet['!ref']
    if (range !== undefined && rows.length > 1) sheet['!autofilter'] = { ref: range }
    xlsx.utils.book_append_sheet(book, sheet, name)
  }
  return xlsx.write(book, { type: 'buffer', bookType: 'xlsx', compression: true }) as Buffer
}

/**
 * The library, with node's deflate: its own is in JavaScript, slower and with files three times as large. It expects the whole
 * zlib module and reads a deprecated property of it, which prints a warning; it gets deflate alone, and a dummy for that
 * property.
 */
async function load() {
  const { default: xlsx } = await import('@e965/xlsx')
  xlsx.CFB.utils.use_zlib({
    InflateRaw: NoInflate,
    deflateRawSync: (bytes: Uint8Array) => deflateRawSync(bytes, { level }),
  })
  return xlsx
}

// Against zlib's default of 6, a third of the time for files an eighth larger.
const level = 3

class NoInflate {
  readonly bytesRead = 1
  _processChunk(): void {}
}

/** Column widths in characters: the longest cell, within 8 to 60. */
function widths(rows: Sheet['rows']) {
  const longest: number[] = []
  for (const row of rows)
    row.forEach((cell, nth) => {
      const length = cell instanceof Date ? 16 : String(cell ?? '').length
      if (length > (longest[nth] ?? 0)) longest[nth] = length
    })
  return Array.from(longest, (length = 0) => ({ wch: Math.min(60, Math.max(8, length + 2)) }))
}
