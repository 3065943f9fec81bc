// Creates a folder together with its missing parents, and says whether files can be written in one.
import { constants, mkdirSync, statSync } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Creates `folder` and its missing parents. Throws the system's error. Node's own recursive mkdir retries without end, and
 * blocks the event loop, below a folder that exists but answers ENOENT to mkdir, such as /proc and some network mounts.
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

/** The system's error code if no file can be written in `directory`, which need not exist yet. Undefined: one can. */
export async function whyNotWritable(directory: string): Promise<string | undefined> {
  for (let place = directory; ; place = dirname(place)) {
    try {
      if (!(await stat(place)).isDirectory()) return 'ENOTDIR'
      await access(place, constants.W_OK | constants.X_OK)
      return undefined
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' || dirname(place) === place) return code
    }
  }
}

function make(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    // On a read-only file system mkdir fails with EROFS even if the folder exists.
    if (!isFolder(folder)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
