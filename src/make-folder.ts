// Makes a folder that may be missing with those above it.
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes FOLDER and what is missing above it. Throws the system's error. Node's recursive mkdir tries for ever, and blocks the event
 * loop, where a folder that exists answers ENOENT to a new one in it: /proc, some mounts of the network.
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
