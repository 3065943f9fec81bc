// What every reader of a file returns: sheets, and their rows in batches. Readers know bytes and nothing of dossiers.

export type Cell = string | number | boolean | Date | null | undefined

export interface SheetRow {
  /** Line of a text file, row of a sheet, from 1. */
  readonly line: number
  readonly cells: readonly Cell[]
  /** Hidden by hand or by a filter. */
  readonly isHidden?: boolean
  /** All that is in it is struck through. */
  readonly isStruck?: boolean
  /** The columns of the sheet that are hidden, if any. */
  readonly hiddenColumns?: ReadonlySet<number>
  /** By column: the value of a cell that is merged down over this row. */
  readonly covered?: ReadonlyMap<number, Cell>
}

export interface Sheet {
  /** As its tab says; empty where a file has no sheets. */
  readonly name: string
  readonly isHidden: boolean
  /** From the first row on, at every call. A spreadsheet's dates are wall-clock times written as UTC. */
  rows(): AsyncIterable<SheetRow[]>
}

/** Where the bytes are; read as often as needed. */
export type Bytes = { readonly path: string } | { readonly bytes: Uint8Array<ArrayBuffer> }

export type TableKind = 'csv' | 'xlsx' | 'ods' | 'xls' | 'html' | 'xml'

export interface Table {
  readonly kind: TableKind
  readonly sheets: readonly Sheet[]
  /** Of a text file: how its cells are parted, for a file of errors in the same form. */
  readonly delimiter?: string
  /** Day numbers without a date's format count from 1904 (Excel for Mac before 2011, and what was copied from it). */
  readonly is1904?: boolean
}

/** Columns beyond this are not read: the widest exports seen have some 80. */
export const maxColumns = 512
/** Excel's own limit of a cell. */
export const maxCellCharacters = 32_767
/** Bound of one row, because the first rows are kept in memory while headings are searched: 512 cells of 500 letters. */
export const maxRowCharacters = 1 << 18
/** Decompressed size of one part of a ZIP file: 200,000 rows of 15 columns are about 150 MB of XML. */
export const maxPartBytes = 512 * 1024 * 1024

/** Why a file is not read; its text is `file.refused.<code>`, filled from `about`. Thrown by readers and by the survey. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal'
  constructor(
    readonly code: FileRefusalCode,
    readonly about: Readonly<Record<string, string | number>> = {},
    /** The choices, for a caller that can ask a person. */
    readonly choices: readonly string[] = [],
  ) {
    super(code)
  }
}

export const fileRefusalCodes = [
  'empty',
  'password',
  'not-a-table',
  'damaged',
  'too-large',
  'too-slow',
  'encoding',
  'open-quote',
  'long-line',
  'no-number-column',
  'other-headings',
  'no-status-column',
  'which-sheet',
  'no-such-sheet',
  'hidden-sheet',
  'date-order',
  'date-mixed',
  'date-swapped',
  'person-column',
] as const
export type FileRefusalCode = (typeof fileRefusalCodes)[number]

/** A cell as people would write it. */
export function textOfCell(cell: Cell): string {
  return cell instanceof Date ? cell.toISOString().replace(/T00:00:00.000Z$|\.000Z$/, '') : String(cell ?? '')
}

/** What a day's number since 1904 lacks to its number since 1900. */
export const daysFrom1900To1904 = 1462

/** A spreadsheet's day number as a wall-clock time; undefined outside 1900–9999 and for a bare time of day. */
export function dateOfSerial(serial: number, is1904: boolean): Date | undefined {
  const days = is1904 ? serial + daysFrom1900To1904 : serial
  if (!(serial >= 1 && days < 2_958_466)) return undefined
  // Day 25,569 is 1 January 1970. Seconds: a double keeps no more of a day this far on.
  return new Date(Math.round((days - 25_569) * 86_400) * 1000)
}

/**
 * A date in ISO 8601 as workbooks keep it: wall-clock time, to the second. Some programs write a Z behind it, which names no
 * zone here.
 */
export function dateOfText(text: string): Date | undefined {
  const bare = text.replace(/z$/i, '')
  const at = Date.parse(`${bare.includes(':') ? bare : `${bare}T00:00:00`}Z`)
  return Number.isNaN(at) ? undefined : new Date(Math.round(at / 1000) * 1000)
}

// ECMA-376 part 1, 22.9.2.19 (ST_Xstring): a control character, most often the CR of a line break in a cell.
const charEscape = /_x([0-9A-Fa-f]{4})_/g

/** A text of a workbook without the escapes of what XML does not allow. */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(charEscape, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
