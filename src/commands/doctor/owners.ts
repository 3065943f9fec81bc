// Finds entries of the data folder that the gateway's user may not use, such as those that root has made or copied.
import { accessSync, constants, existsSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Check, fail } from './finding.js'

// redis/appendonlydir/FILE is the deepest.
const maxDepth = 3
const maxEntries = 5000

/**
 * Files and folders in the data folder that are not the gateway's; none where the folder itself is not there, or not writable.
 */
export const checkOwners: Check = ({ config: { dataDir } }) => {
  if (!existsSync(dataDir)) return []
  const owner = statSync(dataDir)
  if (!owner.isDirectory() || !isOurs(dataDir, owner)) return []
  const mayUse = process.getuid?.() === 0 ? mayUseAs(owner) : isOurs
  const closed = [...closedIn(dataDir, mayUse)]
  if (closed.length === 0) return []
  const more = closed.length === 1 ? '' : ` and ${closed.length - 1} more`
  return [
    fail(
      'owner',
      `${relative(dataDir, closed[0]!)}${more} in ${dataDir} cannot be read and written by the user of the gateway`,
      `chown -R --reference=${dataDir} ${dataDir} (as root); files of its own want mode 600, folders 700`,
    ),
  ]
}

type MayUse = (path: string, stats: Stats) => boolean

function* closedIn(folder: string, mayUse: MayUse, depth = 1, seen = { count: 0 }): Generator<string> {
  for (const name of readdirSync(folder)) {
    if (++seen.count > maxEntries) return
    const path = join(folder, name)
    // The lock is a symbolic link, a socket belongs to the server, and an entry may be gone by now.
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats?.isFile() && !stats?.isDirectory()) continue
    if (!mayUse(path, stats)) yield path
    else if (stats.isDirectory() && depth < maxDepth) yield* closedIn(path, mayUse, depth + 1, seen)
  }
}

const { R_OK, W_OK, X_OK } = constants
const wanted = (stats: Stats) => (stats.isDirectory() ? R_OK | W_OK | X_OK : R_OK | W_OK)

function isOurs(path: string, stats: Stats): boolean {
  try {
    accessSync(path, wanted(stats))
    return true
  } catch {
    return false
  }
}

/** Root may use everything. The question is then whether the owner of the data folder may, who is the gateway's user. */
const mayUseAs =
  ({ uid, gid }: Stats): MayUse =>
  (_path, stats) => {
    const bits = stats.uid === uid ? stats.mode >> 6 : stats.gid === gid ? stats.mode >> 3 : stats.mode
    return uid === 0 || (bits & wanted(stats)) === wanted(stats)
  }
