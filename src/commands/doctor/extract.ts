// The folder of the daily extract.
import { extractDirectory, whyNotWritable } from '../../agency/files/extract.js'
import { type Check, fail, ok } from './finding.js'

export const checkExtract: Check = async ({ config }) => {
  if (!config.extract) return []
  const directory = extractDirectory(config.extract, config.dataDir)
  const why = await whyNotWritable(directory)
  return [
    why === undefined
      ? ok('extract', directory)
      : fail(
          'extract',
          `no daily extract can be written in ${directory} (${why})`,
          'create the folder and make the user of the gateway its owner; under systemd also run scripts/install again, which lets the service write there',
        ),
  ]
}
