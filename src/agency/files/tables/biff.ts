// Old .xls workbooks (BIFF 2 to 8) by SheetJS. It holds a workbook whole, so it runs in the worker with its limit of memory;
// the format itself ends at 65,536 rows.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Spans } from './spans.js'
import {
  type Bytes,
  type Cell,
  dateOfSerial,
  FileRefusal,
  maxColumns,
  type Sheet,
  type SheetRow,
  type Table,
} from './table.js'

// By require: the library's CommonJS build includes the code pages of workbooks before 1997.
const require = createRequire(import.meta.url)

const batchRows = 1000

interface Place {
  readonly r: number
  readonly c: number
}

/** A sheet as the library gives it when it is asked for rows of cells. */
interface Dense {
  readonly '!data'?: (DenseCell | undefined)[][]
  readonly '!merges'?: readonly { readonly s: Place; readonly e: Place }[]
  readonly '!rows'?: ({ readonly hidden?: boolean } | undefined)[]
}

/** A cell: its type (n number, e error, z empty …), value and number format. */
interface DenseCell {
  readonly t?: string
  readonly v?: unknown
  readonly z?: unknown
}

// MS-XLS 2.5.10 BErr.
const errors: Readonly<Record<number, string>> = {
  0: '#NULL!',
  7: '#DIV/0!',
  15: '#VALUE!',
  23: '#REF!',
  29: '#NAME?',
  36: '#NUM!',
  42: '#N/A',
}

/** Reads a workbook. Throws FileRefusal. */
export function openBiff(source: Bytes): Table {
  const { read, SSF } = require('@e965/xlsx') as typeof import('@e965/xlsx')
  const bytes = 'path' in source ? readFileSync(source.path) : source.bytes
  const workbook = (() => {
    try {
      return read(bytes, {
        type: 'buffer',
        dense: true,
        cellFormula: false,
        cellHTML: false,
        cellText: false,
        cellNF: true,
      })
    } catch (error) {
      throw new FileRefusal(/password|encrypt/i.test(String(error)) ? 'password' : 'damaged')
    }
  })()
  const is1904 = workbook.Workbook?.WBProps?.date1904 === true
  const cellOf = (cell: DenseCell | undefined): Cell => {
    if (!cell || cell.v === undefined || cell.t === 'z') return undefined
    if (cell.t === 'n' && typeof cell.v === 'number' && typeof cell.z === 'string' && SSF.is_date(cell.z))
      return dateOfSerial(cell.v, is1904) ?? cell.v
    return cell.t === 'e' ? (errors[Number(cell.v)] ?? '#') : (cell.v as Cell)
  }
  const sheets = workbook.SheetNames.map(
    (name, nth): Sheet => ({
      name,
      isHidden: (workbook.Workbook?.Sheets?.[nth]?.Hidden ?? 0) > 0,
      rows: () => rowsOf(workbook.Sheets[name] as Dense | undefined, cellOf),
    }),
  )
  return { kind: 'xls', sheets, is1904 }
}

async function* rowsOf(
  sheet: Dense | undefined,
  cellOf: (cell: DenseCell | undefined) => Cell,
): AsyncGenerator<SheetRow[]> {
  const spans = new Spans()
  const merges = new Map<number, [Place, Place][]>()
  for (const { s, e } of sheet?.['!merges'] ?? []) merges.set(s.r, [...(merges.get(s.r) ?? []), [s, e]])
  let batch: SheetRow[] = []
  for (const [at, row] of (sheet?.['!data'] ?? []).entries()) {
    const isHidden = sheet?.['!rows']?.[at]?.hidden === true
    if (row) {
      const cells = Array.from(row.slice(0, maxColumns), cellOf)
      for (const [s, e] of merges.get(at) ?? []) spans.begin(s.c, at, e.r, cells[s.c])
      const covered = spans.at(at, cells)
      batch.push({
        line: at + 1,
        cells,
        ...(isHidden ? { isHidden } : {}),
        ...(covered ? { covered } : {}),
      })
    }
    if (batch.length < batchRows) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
