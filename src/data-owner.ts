// Which user owns the files in the data folder.
import { statSync } from 'node:fs'

/**
 * The owner of `dataDir` when we run as root: files that root creates there must stay readable for the gateway's own user.
 * Undefined: no change of owner needed.
 */
export function ownerOf(dataDir: string): { uid: number; gid: number } | undefined {
  const { uid, gid } = statSync(dataDir)
  return process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined
}
