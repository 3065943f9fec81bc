// What one printer's loop has begun and not yet reported: a small file, synced to disk before the first byte goes to the
// printer. After a crash it is the only record; it prevents sending the same slip twice.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../make-folder.js'
import type { PrintOutcome } from './printing.js'

interface Begun {
  readonly token: string
  /** The printer's completion mark of this slip. */
  readonly mark: string
  /** Undefined: begun, outcome unknown. */
  readonly outcome: PrintOutcome | undefined
  readonly told: boolean
}

export interface SlipJournal {
  /** On disk when this returns: this slip is never begun again. */
  begin(token: string, mark: string): void
  end(token: string, outcome: PrintOutcome): void
  /** The gateway has been told. */
  reported(token: string): void
  find(token: string): Begun | undefined
  findByMark(mark: string): Begun | undefined
  unreported(): Begun[]
  close(): void
}

// Expired slips are refused by time; this many entries suffice to recognise any that could still come.
const remembered = 500

/** Opens (or creates) the journal and compacts it. A torn last line was never written. */
export function openSlipJournal(file: string): SlipJournal {
  makeFolder(dirname(file))
  const known = new Map<string, Begun>()
  for (const line of readLines(file)) apply(known, line)
  for (const token of [...known.keys()].slice(0, Math.max(0, known.size - remembered))) known.delete(token)

  const fresh = openSync(`${file}.new`, 'w', 0o600)
  writeSync(fresh, [...known.values()].map((begun) => `${JSON.stringify(begun)}\n`).join(''))
  fsyncSync(fresh)
  closeSync(fresh)
  renameSync(`${file}.new`, file)
  const log = openSync(file, 'a', 0o600)
  const write = (line: Partial<Begun> & { token: string }) => {
    writeSync(log, `${JSON.stringify(line)}\n`)
    fsyncSync(log)
    apply(known, line)
    if (known.size > 2 * remembered)
      for (const token of [...known.keys()].slice(0, remembered)) known.delete(token)
  }
  return {
    begin: (token, mark) => write({ token, mark, told: false }),
    end: (token, outcome) => write({ token, outcome }),
    reported: (token) => write({ token, told: true }),
    find: (token) => known.get(token),
    findByMark: (mark) => [...known.values()].findLast((begun) => begun.mark === mark),
    unreported: () => [...known.values()].filter(({ told }) => !told),
    close: () => closeSync(log),
  }
}

function apply(known: Map<string, Begun>, line: Partial<Begun> & { token: string }): void {
  const before = known.get(line.token) ?? { token: line.token, mark: '', outcome: undefined, told: false }
  known.set(line.token, { ...before, ...line })
}

function readLines(file: string): (Partial<Begun> & { token: string })[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return text.split('\n').flatMap((line) => {
    try {
      const read = JSON.parse(line)
      return typeof read?.token === 'string' ? [read] : []
    } catch {
      return []
    }
  })
}
