// The data folder and the disk under it.
import { accessSync, constants, existsSync, lstatSync, statfsSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

/** The data folder: is it writable, is there room, does it belong to the current user? */
export const checkDataDir: Check = ({ config: { dataDir } }) => {
  let place = dataDir
  while (!existsSync(place) && dirname(place) !== place) {
    if (isLink(place))
      return [fail('dataDir', `${place} is a link to nothing`, 'mount or create what it leads to')]
    place = dirname(place)
  }
  const stat = statSync(place)
  if (!stat.isDirectory())
    return [
      fail(
        'dataDir',
        `${place} is a file, so ${dataDir} cannot be created`,
        'configure another dataDir, or move the file away',
      ),
    ]
  const findings: Finding[] = []
  const { uid, username } = userInfo()
  try {
    accessSync(place, constants.W_OK)
    findings.push(
      ok('dataDir', place === dataDir ? dataDir : `${dataDir} will be created at the first start`),
    )
  } catch (error) {
    findings.push(
      (error as NodeJS.ErrnoException).code === 'EROFS'
        ? fail(
            'dataDir',
            `the file system of ${place} is read-only`,
            'mount it for writing; dmesg says whether an error of the disk has made it read-only',
          )
        : fail(
            'dataDir',
            `${username} may not write in ${place}`,
            `run as its owner, or: chown -R ${username} ${dataDir}`,
          ),
    )
  }
  if (place === dataDir && stat.uid !== uid)
    findings.push(
      warn(
        'user',
        `${dataDir} does not belong to ${username}, who runs this`,
        'run doctor as the user of the gateway (sudo -u dossier-gateway …): it checks the permissions of the user who runs it',
      ),
    )
  const disk = statfsSync(place)
  findings.push(judgeDisk(place, disk), ...judgeInodes(place, disk))
  return findings
}

// Tells a dangling symbolic link, which existsSync calls missing, from a path that is free.
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

/** A disk can run out of inodes while it still has free bytes. File systems without a fixed number report 0. */
export function judgeInodes(place: string, { files, ffree }: { files: number; ffree: number }): Finding[] {
  if (files === 0 || (ffree >= 1000 && ffree / files >= 0.01)) return []
  const says = `${ffree} of ${files} inodes free at ${place}`
  const cure = 'remove files there (df -i shows it), or move dataDir to another disk'
  return [ffree < 100 ? fail('inodes', says, cure) : warn('inodes', says, cure)]
}

const mebibyte = 1024 * 1024

/** Free space as the user sees it. */
export function judgeDisk(place: string, disk: { bavail: number; blocks: number; bsize: number }): Finding {
  const free = (disk.bavail * disk.bsize) / mebibyte
  const share = disk.blocks > 0 ? disk.bavail / disk.blocks : 1
  const says = `${Math.round(free)} MiB free at ${place}`
  const cure = 'free some space, or move dataDir to a larger disk: a full disk refuses every update'
  if (free < 200) return fail('disk', says, cure)
  return free < 1024 || share < 0.05 ? warn('disk', says, cure) : ok('disk', says)
}
