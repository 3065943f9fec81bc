// The file of rejected rows, in the format of the imported file: corrected in place, it can be imported as it is. It
// contains what the agency's file did, personal data included, so only its owner may read it.
import { constants, type Stats } from 'node:fs'
import { access, chmod, type FileHandle, open, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { isRecord } from '../../config/validate.js'
import { csvLine, csvStart } from '../../csv.js'
import { whyRefused } from '../../errors.js'
import { workbookOf } from '../../workbook.js'
import type { Fault } from '../check.js'
import type { Reading, Row } from './files.js'
import { errorColumns } from './headings.js'
import type { Cell } from './tables/table.js'

interface ErrorFile {
  add(row: Row, fault: Fault): Promise<void>
  /** Resolves with the number of rows written, and of rows left out because the file was full. */
  close(): Promise<{ written: number; left: number }>
}

// A workbook is built in memory: some 20 MiB for this many rows of fifteen cells.
const maxWorkbookRows = 20_000

/** Why `path` cannot be the file of errors of the import of `source`; undefined when it can. It changes nothing. */
export async function whyNoErrorFile(path: string, source: Stats): Promise<string | undefined> {
  try {
    // The file is compared, not its name: the path may be written differently, or be a link.
    const there = await stat(path).catch(unlessMissing)
    if (there && there.dev === source.dev && there.ino === source.ino)
      return 'this is the file to import; the file of errors must be another'
    if (there && !there.isFile()) return 'something that is no file is in its place'
    await access(dirname(path), constants.W_OK)
    return undefined
  } catch (error) {
    return whyRefused(error)
  }
}

function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

/** Nothing is created before there is an error; an older file of that name is removed at once. */
export async function openErrorFile(path: string, reading: Reading | undefined): Promise<ErrorFile> {
  await rm(path, { force: true })
  if (!reading) return textFile(path, '', jsonLine)
  const headings = [...reading.plan.columns.headings, ...errorColumns]
  const cells = (row: Row, fault: Fault) => [
    ...Array.from(reading.plan.columns.headings, (_, at) => row.cells?.[at]),
    row.line,
    describe(fault),
    // A row with more cells than headings keeps them all, and is refused again until somebody has joined the right ones.
    ...(row.cells?.slice(reading.plan.columns.headings.length) ?? []),
  ]
  const isWorkbook = reading.kind !== 'csv'
  const extension = extname(path).toLowerCase()
  if (extension === '.xlsx' || (isWorkbook && extension !== '.csv')) return workbook(path, headings, cells)
  const delimiter = reading.delimiter ?? ','
  return textFile(path, csvStart + csvLine(headings, delimiter), (row, fault) =>
    csvLine(cells(row, fault), delimiter),
  )
}

function textFile(path: string, head: string, line: (row: Row, fault: Fault) => string): ErrorFile {
  let file: FileHandle | undefined
  let written = 0
  return {
    async add(row, fault) {
      if (file === undefined) {
        file = await open(path, 'wx', 0o600)
        await file.appendFile(head)
      }
      await file.appendFile(line(row, fault))
      written++
    },
    async close() {
      await file?.close()
      return { written, left: 0 }
    },
  }
}

function workbook(
  path: string,
  headings: readonly string[],
  cells: (row: Row, fault: Fault) => readonly Cell[],
): ErrorFile {
  const rows: (readonly Cell[])[] = []
  let left = 0
  return {
    async add(row, fault) {
      if (rows.length < maxWorkbookRows) rows.push(cells(row, fault))
      else left++
    },
    async close() {
      if (rows.length === 0) return { written: 0, left }
      const sheet = { name: 'Sheet1', rows: [headings, ...rows] }
      await writeFile(path, await workbookOf([sheet]), { mode: 0o600 })
      await chmod(path, 0o600)
      return { written: rows.length, left }
    },
  }
}

function jsonLine({ line, text, raw }: Row, fault: Fault): string {
  const reasons = { _line: line, _error: describe(fault) }
  return `${JSON.stringify(isRecord(raw) ? { ...reasons, ...raw } : { ...reasons, _text: text ?? '' })}\n`
}

/** `bad-time /dueAt`, `unreadable /dossierNo (bad-date)`. */
export function describe({ code, pointer, reason }: Fault): string {
  return [code, pointer, reason && `(${reason})`].filter(Boolean).join(' ')
}
