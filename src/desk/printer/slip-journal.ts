// What one printer's loop has begun and not yet reported: a small file, synced to disk before the first byte goes to the
// printer. After a crash it is the only record; it prevents sending the same slip twice.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { whyRefused } from '../../errors.js'
import { makeFolder } from '../../make-folder.js'
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
  /** On disk when this returns: this slip is never begun again. Throws the system's error where it cannot be. */
  begin(token: string, mark: string): void
  end(token: string, outcome: PrintOutcome): void
  /** The gateway has been told. */
  reported(token: string): void
  find(token: string): Begun | undefined
  findByMark(mark: string): Begun | undefined
  /** Including slips last reported as held back by the printer: nobody is seeing to the rest of them any more. */
  unreported(): Begun[]
  close(): void
}

// Expired slips are refused by time; this many entries suffice to recognise any that could still come.
const remembered = 500

/**
 * Opens (or creates) the journal and compacts it. A torn last line was never written. On a full disk it opens, too, and `begin`
 * throws the system's error until there is room; outcomes are kept, and written once there is.
 */
export function openSlipJournal(file: string): SlipJournal {
  const known = new Map<string, Begun>()
  for (const line of readLines(file)) apply(known, line)
  for (const token of [...known.keys()].slice(0, Math.max(0, known.size - remembered))) known.delete(token)

  let log: number | undefined
  const write = (line: string) => {
    try {
      log ??= openCompacted(file, known)
      writeFileSync(log, line)
      fsyncSync(log)
    } catch (error) {
      // Compacted again before the next line, because this one may be torn.
      if (log !== undefined) closeSync(log)
      log = undefined
      throw error
    }
  }
  const remember = (line: Partial<Begun> & { token: string }) => {
    apply(known, line)
    if (known.size > 2 * remembered)
      for (const token of [...known.keys()].slice(0, remembered)) known.delete(token)
  }
  const note = (line: Partial<Begun> & { token: string }) => {
    remember(line)
    try {
      write(`${JSON.stringify(line)}\n`)
    } catch (error) {
      // A slip whose outcome is not on disk is reported again after a restart.
      whyRefused(error)
    }
  }
  try {
    write('')
  } catch (error) {
    if (!isFull(error)) throw error
  }
  return {
    begin(token, mark) {
      const line = { token, mark, told: false }
      write(`${JSON.stringify(line)}\n`)
      remember(line)
    },
    end: (token, outcome) => note({ token, outcome }),
    reported: (token) => note({ token, told: true }),
    find: (token) => known.get(token),
    findByMark: (mark) => [...known.values()].findLast((begun) => begun.mark === mark),
    unreported: () => [...known.values()].filter(({ told, outcome }) => !told || isHeld(outcome)),
    close() {
      if (log !== undefined) closeSync(log)
    },
  }
}

/** Whether the printer holds this slip back, and prints the rest once its obstacle is gone. */
export const isHeld = (outcome: PrintOutcome | undefined) =>
  outcome?.kind === 'unconfirmed' && outcome.reason !== undefined

const isFull = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')

function openCompacted(file: string, known: ReadonlyMap<string, Begun>): number {
  makeFolder(dirname(file))
  const fresh = openSync(`${file}.new`, 'w', 0o600)
  try {
    writeFileSync(fresh, [...known.values()].map((begun) => `${JSON.stringify(begun)}\n`).join(''))
    fsyncSync(fresh)
  } finally {
    closeSync(fresh)
  }
  renameSync(`${file}.new`, file)
  return openSync(file, 'a', 0o600)
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
