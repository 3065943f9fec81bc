// The heads of the audit trail that were noted in a file outside Redis.
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ownerOf } from '../data-owner.js'
import { putFile } from '../replace-file.js'

/** The heads noted in `file`: those that the chain has lost, then the newest. */
export function readNotes(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\s+/).filter(Boolean)
  } catch {
    return [] // no file yet, or another user's
  }
}

/** Replaces the notes in `file`, readable by its owner alone. Throws the system's error. */
export function writeNotes(file: string, heads: readonly string[]): void {
  // A power cut or a full disk must not leave an empty file, which would cover up a cut of the chain.
  putFile(file, `${heads.join('\n')}\n`, { mode: 0o600, ...ownerOf(dirname(file)) })
}
