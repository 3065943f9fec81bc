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

/** Replaces FILE by `text`, keeping its owner and mode: writes a file beside it, syncs, renames. Throws the system's error. */
export function replaceFile(file: string, text: string): void {
  putFile(file, text, statSync(file))
}

/** Writes FILE, which need not exist, in the same way. `uid` and `gid` apply only when the process runs as root. */
export function putFile(
  file: string,
  text: string,
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
      // Whoever runs the command is often root, and the gateway is not.
      if (process.getuid?.() === 0 && uid !== undefined && gid !== undefined) fchownSync(out, uid, gid)
      writeFileSync(out, text) // to the end: on a nearly full disk a single write may take only a part
      fsyncSync(out)
    } finally {
      closeSync(out)
    }
    renameSync(part, target)
  } catch (error) {
    rmSync(part, { force: true })
    // What fails on an open file names no path.
    if (error instanceof Error) (error as NodeJS.ErrnoException).path ??= target
    throw error
  }
}
