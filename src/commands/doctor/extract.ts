// The folders of the daily extract and of the daily summaries.
import { extractDirectory } from '../../agency/files/extract.js'
import { whyNotWritable } from '../../make-folder.js'
import { upwardDirectory } from '../../monitor/upward/upward.js'
import { type Check, type Finding, fail, ok } from './finding.js'

export const checkExtract: Check = async ({ config: { extract, upward, dataDir } }) => [
  ...(extract ? [await look('extract', 'extract', extractDirectory(extract, dataDir))] : []),
  ...(upward ? [await look('upward', 'summary', upwardDirectory(upward, dataDir))] : []),
]

async function look(check: string, what: string, directory: string): Promise<Finding> {
  const why = await whyNotWritable(directory)
  return why === undefined
    ? ok(check, directory)
    : fail(
        check,
        `no daily ${what} can be written in ${directory} (${why})`,
        'create the folder and make the user of the gateway its owner; under systemd also run scripts/install again, which lets the service write there',
      )
}
