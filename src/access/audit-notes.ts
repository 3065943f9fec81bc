// The heads of the audit trail that were noted in a file outside Redis.
import { chownSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ownerOf } from '../data-owner.js'

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
  writeFileSync(file, `${heads.join('\n')}\n`, { mode: 0o600 })
  const owner = ownerOf(dirname(file))
  if (owner) chownSync(file, owner.uid, owner.gid)
}
