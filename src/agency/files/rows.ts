// The rows of a file as they come, in batches and in flat memory: NDJSON, CSV (comma, semicolon or tab; UTF-8) and XLSX.
// A row is an update to be checked, or says why it is none; it keeps what it was, for the file of errors.
import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { GatewayError } from '../../errors.js'
import { readLines } from '../bulk.js'
import { type ColumnMap, type Columns, readHeadings, updateOfRow } from './columns.js'

export type FileFormat = 'ndjson' | 'csv' | 'xlsx'

export interface Row {
  /** Line of a text file, row of a sheet, from 1. */
  readonly line: number
  readonly raw: unknown
  /** Why there is no update. */
  readonly fault?: 'malformed-json' | 'too-large' | 'empty'
  /** What stood there: the cells of a table, the text of an NDJSON line. */
  readonly cells?: readonly unknown[]
  readonly text?: string
}

export interface RowsOptions {
  readonly map: ColumnMap
  /** Stands for a missing time of change (epoch ms). */
  readonly asOf: number
  /** Told once, when the headings of a table are known. */
  readonly onHeadings?: (row: readonly unknown[], columns: Columns) => void
}

const batchSize = 500
// Titles, dates and empty lines above a table; beyond it there is no table.
const rowsBeforeHeadings = 30
const maxCsvRecordBytes = 65_536
const headBytes = 4096
/** A sheet is read whole by its reader: what it may unfold to is bounded beforehand. */
const maxSheetBytes = 256 * 1024 * 1024

/** Rows of `bytes`. Throws GatewayError usage when the file as a whole is not what it should be. */
export function readRows(
  format: FileFormat,
  bytes: AsyncIterable<Buffer>,
  options: RowsOptions,
): AsyncGenerator<Row[]> {
  switch (format) {
    case 'ndjson':
      return ndjsonRows(bytes)
    case 'csv':
      return tableRows(csvCells(bytes), options)
    case 'xlsx':
      return tableRows(xlsxCells(bytes), options)
  }
}

async function* ndjsonRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<Row[]> {
  for await (const lines of readLines(bytes)) {
    yield lines.map(({ number, text, fault }): Row => {
      if (fault || text === undefined)
        return {
          line: number,
          raw: undefined,
          fault: fault?.code === 'too-large' ? 'too-large' : 'malformed-json',
        }
      try {
        return { line: number, raw: withoutOurs(JSON.parse(text)), text }
      } catch {
        return { line: number, raw: undefined, fault: 'malformed-json', text }
      }
    })
  }
}

// What an export adds to an update, and what a file of errors adds to a line. `_text` is a line that was no JSON.
function withoutOurs(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { _error, _line, _text, asOf, history, lookupNumber, ...update } = value as Record<string, unknown>
  if (typeof _text === 'string' && Object.keys(update).length === 0) return withoutOurs(JSON.parse(_text))
  return update
}

interface Cells {
  readonly line: number
  readonly cells: readonly unknown[]
}

async function* tableRows(rows: AsyncIterable<Cells>, options: RowsOptions): AsyncGenerator<Row[]> {
  let columns: Columns | undefined
  let before = 0
  let batch: Row[] = []
  for await (const { line, cells } of rows) {
    if (columns === undefined) {
      columns = readHeadings(cells, options.map)
      if (columns) options.onHeadings?.(cells, columns)
      else if (++before >= rowsBeforeHeadings) break
      continue
    }
    if (cells.every((cell) => cell === null || cell === undefined || cell === '')) continue
    batch.push({ line, raw: updateOfRow(cells, columns, options.asOf), cells })
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (columns === undefined)
    throw new GatewayError(
      'usage',
      'no column of dossier numbers was found; give it a heading such as "Mã hồ sơ", or name it with --map "HEADING=dossierNo"',
      false,
    )
  if (batch.length > 0) yield batch
}

async function* csvCells(bytes: AsyncIterable<Buffer>): AsyncGenerator<Cells> {
  const input = Readable.from(asUtf8(bytes), { objectMode: false })
  const first = await firstChunk(input)
  const { parse } = await import('csv-parse')
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(first),
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maxCsvRecordBytes,
  })
  input.on('error', (error) => parser.destroy(error))
  input.pipe(parser)
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[]
      info: { lines: number }
    }>)
      yield { line: info.lines, cells: record }
  } catch (error) {
    if (error instanceof GatewayError) throw error
    const { code, lines } = error as { code?: string; lines?: number }
    if (typeof code !== 'string' || !code.startsWith('CSV_')) throw error
    throw new GatewayError(
      'usage',
      `the file is no proper CSV near line ${lines ?? '?'} (${code}): is a quotation mark left open?`,
      false,
    )
  } finally {
    input.destroy()
  }
}

// The parser needs to know the delimiter before its first byte; what was read is put back.
async function firstChunk(input: Readable): Promise<string> {
  for await (const chunk of input.iterator({ destroyOnReturn: false })) {
    input.unshift(chunk)
    return (chunk as Buffer).toString('utf8')
  }
  return ''
}

/** Whichever stands most often outside quotation marks in the first lines; Vietnamese Excel writes semicolons. */
export function delimiterOf(text: string): string {
  const bare = text.slice(0, 20_000).replace(/"[^"]*"/g, '')
  const count = (delimiter: string) => bare.split(delimiter).length
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best))
}

async function* asUtf8(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  let isFirst = true
  for await (const chunk of bytes) {
    let whole = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    // The first piece is large enough to tell the delimiter from.
    if (isFirst && whole.length < headBytes) {
      rest = Buffer.from(whole)
      continue
    }
    isFirst = false
    // A character cut by the chunk's end waits for the rest of it: at most three bytes.
    let end = whole.length
    for (let back = 1; back <= 3 && back <= whole.length; back++) {
      const byte = whole[whole.length - back]!
      if (byte < 0x80) break
      if (byte >= 0xc0) {
        const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
        if (length > back) end = whole.length - back
        break
      }
    }
    rest = Buffer.from(whole.subarray(end))
    whole = whole.subarray(0, end)
    if (!isUtf8(whole)) throw notText()
    yield whole
  }
  if (rest.length > 0) {
    if (!isUtf8(rest)) throw notText()
    yield rest
  }
}

function notText(): GatewayError {
  return new GatewayError('usage', 'the file is not UTF-8 text; save it as "CSV UTF-8" or as XLSX', false)
}

async function* xlsxCells(bytes: AsyncIterable<Buffer>): AsyncGenerator<Cells> {
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  const file = Buffer.concat(chunks)
  if (unfoldedBytes(file) > maxSheetBytes)
    throw new GatewayError('usage', 'the sheet is too large; save it as CSV', false)
  // Loaded when the first sheet comes: seldom, and it is large.
  const { readSheet } = await import('read-excel-file/node')
  let sheet: readonly (readonly unknown[])[]
  try {
    sheet = await readSheet(file)
  } catch {
    throw new GatewayError('usage', 'the file is no XLSX workbook that can be read', false)
  }
  for (const [at, cells] of sheet.entries()) yield { line: at + 1, cells }
}

// The sum of uncompressed sizes in the zip's central directory (APPNOTE 4.3.12): a small file can unfold to gigabytes.
function unfoldedBytes(zip: Buffer): number {
  let total = 0
  for (
    let at = zip.indexOf('PK\x01\x02');
    at >= 0 && at + 46 <= zip.length;
    at = zip.indexOf('PK\x01\x02', at + 46)
  )
    total += zip.readUInt32LE(at + 24)
  return total
}
