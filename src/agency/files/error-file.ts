// The file of rows that were not taken in, in the shape of the file they came from: corrected in place, it is imported
// again as it is. It holds what the agency's file held, people included, so only its owner may read it.
import { type FileHandle, open, rm } from 'node:fs/promises'
import type { Fault } from '../check.js'
import { errorColumns } from './columns.js'
import { csvLine, csvStart } from './csv.js'
import type { Row } from './rows.js'

export interface ErrorFile {
  /** Headings of the table; called before any row of it. */
  headings(row: readonly unknown[]): void
  add(row: Row, fault: Fault): Promise<void>
  /** Resolves with whether anything was written. */
  close(): Promise<boolean>
}

/** Nothing is created before there is an error; an older file of that name is removed at once. */
export async function openErrorFile(path: string): Promise<ErrorFile> {
  await rm(path, { force: true })
  let file: FileHandle | undefined
  let head: readonly unknown[] = []
  return {
    headings: (row) => {
      head = row
    },
    async add(row, fault) {
      if (file === undefined) {
        file = await open(path, 'wx', 0o600)
        if (row.cells) await file.appendFile(csvStart + csvLine([...head, ...errorColumns]))
      }
      await file.appendFile(row.cells ? tableLine(row, head.length, fault) : jsonLine(row, fault))
    },
    async close() {
      await file?.close()
      return file !== undefined
    },
  }
}

function tableLine(row: Row, width: number, fault: Fault): string {
  const cells = Array.from({ length: width }, (_, at) => row.cells![at])
  return csvLine([...cells, row.line, describe(fault)])
}

function jsonLine({ line, text, raw }: Row, fault: Fault): string {
  const told = { _line: line, _error: describe(fault) }
  const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw)
  return `${JSON.stringify(isObject ? { ...told, ...raw } : { ...told, _text: text ?? '' })}\n`
}

/** `bad-time /dueAt`, `unreadable /dossierNo (bad-date)`. */
export function describe({ code, pointer, reason }: Fault): string {
  return [code, pointer, reason && `(${reason})`].filter(Boolean).join(' ')
}
