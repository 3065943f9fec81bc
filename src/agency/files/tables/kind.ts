// Detects a file's type by its bytes: names lie, and Vietnamese systems save web pages as .xls. Other types are named, so
// that a clerk knows what to do.
import { buffer } from 'node:stream/consumers'
import { openBiff } from './biff.js'
import { openHtml, openSpreadsheetMl } from './html.js'
import { openOds } from './ods.js'
import { type Bytes, FileRefusal, type Table } from './table.js'
import { firstBytes, openCsv, openText, readBytes, type Score } from './text.js'
import { openXlsx } from './xlsx.js'
import { openZip } from './zip.js'

/** Opens any table but NDJSON, with at most `maxStringBytes` of a workbook's strings in memory. Throws FileRefusal. */
export async function openTable(source: Bytes, score: Score, maxStringBytes: number): Promise<Table> {
  const head = await firstBytes(source, 4096)
  if (head.length === 0) throw new FileRefusal('empty')
  const before = lengthBefore(head)
  if (before > 0)
    return openTable({ bytes: (await buffer(readBytes(source))).subarray(before) }, score, maxStringBytes)
  const signature = head.toString('latin1', 0, 8)
  if (signature.startsWith('PK\x03\x04') || signature.startsWith('PK\x05\x06'))
    return openZipped(source, maxStringBytes)
  if (signature === '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1') return openCompound(source)
  // Workbooks of Excel 2 to 4 have signatures of their own.
  if (/^\x09[\x00\x02\x04\x08]/.test(signature)) return openBiff(source)
  const other =
    others.find(([mark]) => signature.startsWith(mark)) ??
    pictures.find(([mark]) => mark.test(head.toString('latin1', 0, 16)))
  if (other) throw new FileRefusal('not-a-table', { kind: other[1] })
  if (isDbase(head)) throw new FileRefusal('not-a-table', { kind: 'DBF' })
  const text = head.toString('latin1').replace(/\0/g, '').slice(0, 2000)
  // Browsers put "From:", "Subject:" and others before the version.
  if (/^(?:\W*|[\w-]+: .*\n)MIME-Version:/is.test(text))
    throw new FileRefusal('not-a-table', { kind: 'MHTML' })
  if (/urn:schemas-microsoft-com:office:spreadsheet/.test(text))
    return openSpreadsheetMl(await openText(source))
  if (/<(!doctype html|html|head|body|meta|table|tr)[\s>]/i.test(text))
    return openHtml(await openText(source))
  if (isBinary(head)) throw new FileRefusal('damaged')
  const written = textKinds.find(([mark]) => mark.test(text))
  if (written) throw new FileRefusal('not-a-table', { kind: written[1] })
  return openCsv(source, score)
}

// A script that sends a workbook may print something first: an empty line, a byte order mark, or a warning.
const workbookMarks = ['PK\x03\x04', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'].map((mark) =>
  Buffer.from(mark, 'latin1'),
)
// A container of any other kind may hold a workbook.
const isText = (bytes: Buffer) => bytes.every((byte) => byte > 31 || (byte > 8 && byte < 14))

/** How many bytes of text stand before a workbook; 0 where no workbook follows. */
function lengthBefore(head: Buffer): number {
  const first = Math.max(...workbookMarks.map((mark) => head.indexOf(mark)))
  return first > 0 && isText(head.subarray(0, first)) && !head.subarray(0, 4).equals(pdf) ? first : 0
}
const pdf = Buffer.from('%PDF')

const others: readonly [mark: string, kind: string][] = [
  ['%PDF', 'PDF'],
  ['\x89PNG', 'PNG'],
  ['\xff\xd8\xff', 'JPEG'],
  ['GIF8', 'GIF'],
  ['Rar!', 'RAR'],
  ['7z\xbc\xaf', '7z'],
  ['\x1f\x8b', 'gzip'],
  ['BZh', 'bzip2'],
  ['\xfd7zXZ', 'xz'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['{\\rtf', 'RTF'],
  ['MZ', 'EXE'],
  ['SQLite f', 'SQLite'],
  ['\0\x01\0\0Stan', 'Access'],
  ['PAR1', 'Parquet'],
  ['II*\0', 'TIFF'],
  ['MM\0*', 'TIFF'],
]

// Pictures whose mark is not at the beginning, or too short to be one: photographs of a list, as phones send them.
const pictures: readonly [mark: RegExp, kind: string][] = [
  [/^RIFF.{4}WEBP/s, 'WEBP'],
  [/^.{4}ftyp(?:hei[cfsx]|mif1|avif)/s, 'HEIC'],
  [/^.{4}ftyp/s, 'MP4'],
  [/^BM.{4}\0{4}/s, 'BMP'],
]

// dBASE and FoxPro: a version, the date of the last change, and reserved bytes from byte 16.
const isDbase = (head: Buffer) =>
  [0x02, 0x03, 0x30, 0x31, 0x43, 0x83, 0x8b, 0xf5].includes(head[0]!) &&
  head[2]! >= 1 &&
  head[2]! <= 12 &&
  head[3]! >= 1 &&
  head[3]! <= 31 &&
  head.length >= 28 &&
  head.subarray(16, 28).every((byte) => byte === 0)

// Text formats that are not lines of cells; LibreOffice and older programs save sheets as the first two.
const textKinds: readonly [mark: RegExp, kind: string][] = [
  [/^ID;P/, 'SYLK'],
  [/^TABLE\r?\n0,1\r?\n/, 'DIF'],
  [/^\W*<\?xml\s/, 'XML'],
  [/^[^\w[{]*(?:\[\s*\{|\{\s*(?:"[^"]{0,60}"\s*:\s*\[|\n))/, 'JSON'],
]

async function openZipped(source: Bytes, maxStringBytes: number): Promise<Table> {
  const zip = await openZip(source)
  try {
    const kind = await zip.whole('mimetype')
    if (kind.includes('opendocument.spreadsheet')) return await openOds(source)
    if (zip.has('xl/workbook.bin')) throw new FileRefusal('not-a-table', { kind: 'XLSB' })
    if (zip.has('word/document.xml') || kind.includes('opendocument.text'))
      throw new FileRefusal('not-a-table', { kind: 'Word' })
    if (zip.has('ppt/presentation.xml')) throw new FileRefusal('not-a-table', { kind: 'PowerPoint' })
    if (zip.has('index/document.iwa')) throw new FileRefusal('not-a-table', { kind: 'Numbers' })
    if (!zip.has('[Content_Types].xml')) throw new FileRefusal('not-a-table', { kind: 'ZIP' })
    return await openXlsx(source, maxStringBytes)
  } finally {
    zip.close()
  }
}

// A compound file is an old workbook, an encrypted new one, or something of Word's.
async function openCompound(source: Bytes): Promise<Table> {
  const text = (await firstBytes(source, 1 << 20)).toString('latin1')
  const names = (name: string) => text.includes([...name].join('\0'))
  if (names('EncryptedPackage')) throw new FileRefusal('password')
  if (names('WordDocument')) throw new FileRefusal('not-a-table', { kind: 'Word' })
  if (names('PowerPoint Document')) throw new FileRefusal('not-a-table', { kind: 'PowerPoint' })
  return openBiff(source)
}

function isBinary(head: Buffer): boolean {
  const zeros = head.filter((byte) => byte === 0).length
  // In UTF-16 a blank, a digit and a plain letter have one.
  if (zeros > head.length / 8) return false
  // ESC may occur: terminal codes in a heading do not make it binary.
  const odd = head.filter((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27)).length
  return zeros > 0 || odd > head.length / 50
}
