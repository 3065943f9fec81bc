// The data folder and the disk under it.
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { type Check, type Finding, fail, ok, warn } from './finding.js'

/** The data folder: can it be written, is there room, does it belong to whoever runs this? */
export const checkDataDir: Check = ({ config: { dataDir } }) => {
  let place = dataDir
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  const stat = statSync(place)
  if (!stat.isDirectory())
    return [
      fail(
        'dataDir',
        `${place} is a file, so ${dataDir} cannot be made`,
        'give another dataDir, or move the file away',
      ),
    ]
  const findings: Finding[] = []
  const { uid, username } = userInfo()
  try {
    accessSync(place, constants.W_OK)
    findings.push(ok('dataDir', place === dataDir ? dataDir : `${dataDir} will be made at the first start`))
  } catch {
    findings.push(
      fail(
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
        `${dataDir} belongs to another user than ${username}, who runs this`,
        'run doctor as the user of the gateway (sudo -u dossier-gateway …): permissions are judged for whoever runs it',
      ),
    )
  const disk = statfsSync(place)
  findings.push(judgeDisk(place, disk), ...judgeInodes(place, disk))
  return findings
}

/** A disk of many small files refuses new ones while it still shows room. File systems without a fixed number say 0. */
export function judgeInodes(place: string, { files, ffree }: { files: number; ffree: number }): Finding[] {
  if (files === 0 || (ffree >= 1000 && ffree / files >= 0.01)) return []
  const says = `${ffree} files more can be made at ${place}, of ${files}`
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
