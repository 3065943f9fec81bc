// Creates a folder together with its missing parents.
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Creates `folder` and its missing parents. Throws the system's error. Node's own recursive mkdir retries without end, and blocks
 * the event loop, below a folder that exists but answers ENOENT to mkdir, such as /proc and some network mounts.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  try {
    make(folder, mode)
  } catch (error) {
    const above = dirname(folder)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || isFolder(above)) throw error
    makeFolder(above, mode)
    make(folder, mode)
  }
}

function make(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    // A read-only file system says so before it says that the folder is there.
    if (!isFolder(folder)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
