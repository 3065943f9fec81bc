// Replaces a file that must never be found half written: secrets, and the files that an operator edits.
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { usageError, whyRefused } from './errors.js'

/** Replaces FILE by `text`, keeping its owner and mode: writes a file beside it, syncs, renames. Throws the system's error. */
export function replaceFile(file: string, text: string): void {
  putFile(file, text, statSync(file))
}

/** The file of `--output`; undefined is standard output, which `-` means as in other programs. */
export const outputFile = (given: string | undefined): string | undefined =>
  given === '-' ? undefined : given

/**
 * Writes the file that an operator named with `--output`: whole, or what was there before stays. Throws GatewayError usage that
 * says why not.
 */
export function writeOutput(file: string, data: string | Uint8Array, mode: number): void {
  try {
    const known = statSync(file, { throwIfNoEntry: false })
    // Standard output, a pipe or the null device must not be replaced by a file.
    if (known && !known.isFile()) {
      writeFileSync(file, data)
      return
    }
    try {
      putFile(file, data, known ?? { mode: mode & ~process.umask() })
    } catch (error) {
      // A file in a folder without write permission, or one mounted by itself, can only be overwritten in place.
      if (!known || !['EACCES', 'EPERM', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error
      writeFileSync(file, data)
    }
  } catch (error) {
    throw usageError(`--output ${file} cannot be written: ${whyRefused(error)}`)
  }
}

/** Writes FILE, which need not exist, in the same way. `uid` and `gid` apply only when the process runs as root. */
export function putFile(
  file: string,
  text: string | Uint8Array,
  { mode, uid, gid }: { readonly mode: number; readonly uid?: number; readonly gid?: number },
): void {
  const target = existsSync(file) ? realpathSync(file) : file // a symbolic link stays one
  const part = `${target}.part`
  try {
    // A part left by a killed process may have been readable by others.
    rmSync(part, { force: true })
    const out = openSync(part, 'wx', mode & 0o777)
    try {
      fchmodSync(out, mode & 0o777) // whatever the umask
      // Commands are often run as root, the gateway is not.
      if (process.getuid?.() === 0 && uid !== undefined && gid !== undefined) fchownSync(out, uid, gid)
      writeFileSync(out, text) // loops: on a nearly full disk a single write may be partial
      fsyncSync(out)
    } finally {
      closeSync(out)
    }
    renameSync(part, target)
  } catch (error) {
    rmSync(part, { force: true })
    // Errors of an open file descriptor name no path.
    if (error instanceof Error) (error as NodeJS.ErrnoException).path ??= target
    throw error
  }
}
