// Tables as text, in any usual encoding (UTF-8, UTF-16, Windows-1258, TCVN 3, VNI) and with any usual separator. Between two
// candidates the caller's `score` decides: the one with which headings can be read.

import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { vni } from './fonts.js'
import { type Bytes, FileRefusal, type SheetRow, type Table } from './table.js'

/** How much a row looks like headings; the encoding and the separator with the highest best row win. */
export type Score = (cells: readonly string[]) => number

type Decode = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<string>

const pieceBytes = 1 << 16
const headCharacters = 65_536
const rowsScored = 40
// A record holds one dossier; Excel's longest cell is 32,767 characters.
const maxRecordCharacters = 65_536
/** A file without a line end within this many characters is refused before it is parsed: it is no table. */
const maxLineCharacters = 1 << 18
// Addresses and notes have some lines; a quotation mark left open swallows the rest of the file up to the next one.
const maxLinesInCell = 40
const batchRows = 500

/** The text of a file in pieces, whatever its encoding. */
export async function openText(source: Bytes, score?: Score): Promise<() => AsyncGenerator<string>> {
  const decode = await findEncoding(source, score)
  return () => decode(readBytes(source))
}

/** A file of separated values. Throws FileRefusal. */
export async function openCsv(source: Bytes, score: Score): Promise<Table> {
  const text = await openText(source, score)
  const head = await headOf(text())
  if (head.trim() === '') throw new FileRefusal('empty')
  const declared = /^sep=(.)\r?\n/.exec(head)?.[1]
  const delimiter = declared ?? delimiterOf(head, score)
  // Two programs may have written one file. A CR alone ends a line only in a file without LF; elsewhere it belongs to a cell.
  const lineEnds = head.includes('\n') ? ['\r\n', '\n'] : ['\r']
  const rows = () => csvRows(text(), delimiter, lineEnds, declared !== undefined)
  return { kind: 'csv', delimiter, sheets: [{ name: '', isHidden: false, rows }] }
}

/** The bytes of a file in pieces. Throws the system's error. */
export async function* readBytes(source: Bytes): AsyncGenerator<Buffer> {
  if ('path' in source) {
    for await (const chunk of createReadStream(source.path, { highWaterMark: pieceBytes })) yield chunk
    return
  }
  const { bytes } = source
  for (let at = 0; at < bytes.length; at += pieceBytes)
    yield Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(pieceBytes, bytes.length - at))
}

/** The first bytes of a file. */
export async function firstBytes(source: Bytes, count: number): Promise<Buffer> {
  if ('bytes' in source) return Buffer.from(source.bytes.subarray(0, count))
  const file = await open(source.path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function headOf(pieces: AsyncGenerator<string>): Promise<string> {
  let head = ''
  for await (const piece of pieces) {
    head += piece
    if (head.length >= headCharacters) break
  }
  return head
}

function decoderOf(label: string, fatal = false): Decode {
  return async function* (chunks) {
    const decoder = new TextDecoder(label, { fatal })
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  }
}

const require = createRequire(import.meta.url)

// Fonts of before Unicode (.VnTime and its like); the letters stand where TCVN 5712 puts them.
const tcvn: Decode = async function* (chunks) {
  const iconv = require('iconv-lite') as typeof import('iconv-lite')
  for await (const chunk of chunks) yield iconv.decode(chunk, 'tcvn')
}

const vniLetters: Decode = async function* (chunks) {
  // A vowel and its mark may stand in two chunks.
  let rest = ''
  for await (const chunk of chunks) {
    const text = rest + chunk.toString('latin1')
    rest = text.slice(-1)
    yield vni(text.slice(0, -1))
  }
  yield rest
}

async function findEncoding(source: Bytes, score?: Score): Promise<Decode> {
  const head = await firstBytes(source, 4096)
  if (head[0] === 0xff && head[1] === 0xfe) return decoderOf('utf-16le')
  if (head[0] === 0xfe && head[1] === 0xff) return decoderOf('utf-16be')
  const zeros = [0, 0]
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2]!++
  if (zeros[1]! > head.length / 8) return decoderOf('utf-16le')
  if (zeros[0]! > head.length / 8) return decoderOf('utf-16be')
  if (await isUtf8(source)) return decoderOf('utf-8')
  // UTF-8 again, leniently: a file may have been cut off, or one line of another encoding copied into it.
  const candidates = [decoderOf('windows-1258'), tcvn, vniLetters, decoderOf('utf-8')]
  const scored = await Promise.all(
    candidates.map(async (decode) => {
      const text = await headOf(decode(readBytes(source)))
      return {
        decode,
        points: vietnameseWords(text) + 1000 * (score ? bestDelimiter(text, score).points : 0),
      }
    }),
  )
  const best = scored.reduce((best, one) => (one.points > best.points ? one : best))
  if (best.points === 0) throw new FileRefusal('encoding')
  return best.decode
}

async function isUtf8(source: Bytes): Promise<boolean> {
  try {
    for await (const _ of decoderOf('utf-8', true)(readBytes(source))) {
    }
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

const usualWords =
  /(?<!\p{L})(mã|hồ|sơ|xử|lý|đã|đang|ngày|tiếp|nhận|trả|kết|quả|bổ|sung|của|số|thủ|tục|nguyễn|trần|thị|lê)(?!\p{L})/giu

function vietnameseWords(text: string): number {
  return text.normalize('NFC').match(usualWords)?.length ?? 0
}

const delimiters = [',', ';', '\t', '|'] as const

/** The separator with which headings can be read; else the one that stands most often outside quotation marks. */
function delimiterOf(text: string, score: Score): string {
  const { delimiter, points } = bestDelimiter(text, score)
  if (points > 0) return delimiter
  const bare = text.slice(0, 20_000).replace(/"[^"]*"/g, '')
  const count = (delimiter: string) => bare.split(delimiter).length
  return delimiters.reduce<string>((best, one) => (count(one) > count(best) ? one : best), ',')
}

function bestDelimiter(text: string, score: Score): { delimiter: string; points: number } {
  const lines = text.slice(0, headCharacters).split(/\r\n|\n|\r/, rowsScored)
  let best = { delimiter: ',', points: 0 }
  for (const delimiter of delimiters) {
    const points = Math.max(
      ...lines.map((line) => score(line.split(delimiter).map((cell) => cell.replace(/^\s*"|"\s*$/g, '')))),
    )
    if (points > best.points) best = { delimiter, points }
  }
  return best
}

async function* csvRows(
  pieces: AsyncIterable<string>,
  delimiter: string,
  lineEnds: readonly string[],
  skipsFirst: boolean,
): AsyncGenerator<SheetRow[]> {
  const { parse } = await import('csv-parse')
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maxRecordCharacters,
    record_delimiter: [...lineEnds],
    ...(skipsFirst ? { from_line: 2 } : {}),
  })
  const input = Readable.from(withLineEnds(pieces), { objectMode: false })
  input.on('error', (error) => parser.destroy(error))
  input.pipe(parser)
  let lastLine = skipsFirst ? 1 : 0
  let doubled = 0
  let batch: SheetRow[] = []
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      // A record may hold line breaks, and empty lines are left out: it is named by the line it begins in.
      const breaks = breaksIn(record, /\r\n|\n|\r/g)
      // The parser counts CRLF in a quoted cell as two lines.
      doubled += breaksIn(record, /\r\n/g)
      const ended = info.lines - doubled
      const line = Math.max(lastLine + 1, ended - breaks)
      if (ended - line >= maxLinesInCell && record.some((cell) => swallows(cell, delimiter)))
        throw new FileRefusal('open-quote', { line })
      lastLine = ended
      batch.push({ line, cells: record.map(withoutFormula) })
      if (batch.length < batchRows) continue
      yield batch
      batch = []
    }
  } catch (error) {
    const { code } = error as { code?: string }
    if (error instanceof FileRefusal || !code?.startsWith('CSV_')) throw error
    throw new FileRefusal(/QUOTE|RECORD/.test(code) ? 'open-quote' : 'damaged', { line: lastLine + 1 })
  } finally {
    input.destroy()
  }
  if (batch.length > 0) yield batch
}

// The parser keeps quotation marks after a blank as part of the cell. ="0012" keeps Excel from taking a text for a number.
function withoutFormula(cell: string): string {
  const quoted = /^ +"([^"]*)" *$/.exec(cell)?.[1]
  if (quoted !== undefined) return quoted
  return cell.startsWith('="') && cell.endsWith('"') && cell.length > 2
    ? cell.slice(2, -1).replaceAll('""', '"')
    : cell
}

function breaksIn(record: readonly string[], sign: RegExp): number {
  return record.reduce((sum, cell) => sum + (/[\r\n]/.test(cell) ? (cell.match(sign)?.length ?? 0) : 0), 0)
}

type Parsed = { record: string[]; info: { lines: number } }

async function* withLineEnds(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let lineLength = 0
  let lines = 1
  for await (const piece of pieces) {
    const lastBreak = Math.max(piece.lastIndexOf('\n'), piece.lastIndexOf('\r'))
    lineLength = lastBreak < 0 ? lineLength + piece.length : piece.length - lastBreak
    if (lineLength > maxLineCharacters) throw new FileRefusal('long-line', { line: lines })
    for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', at + 1)) lines++
    if (piece !== '') yield piece
  }
}

function swallows(cell: string, delimiter: string): boolean {
  const lines = cell.split('\n', maxLinesInCell + 1)
  return lines.length > maxLinesInCell && lines.filter((line) => line.split(delimiter).length > 2).length > 2
}
