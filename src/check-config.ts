// The `check-config` command. By the time it runs the configuration was read without a problem; what is left is what a
// file says only when it is opened: the wording.
import { loadWording } from './dossier/wording.js'
import { exitCodes } from './errors.js'
import type { Command } from './main.js'

export const checkConfig: Command = async ({ config, json, print }) => {
  const wording = loadWording(config.wording)
  const problems = wording.ok ? [] : wording.problems
  if (json) print(JSON.stringify({ ok: wording.ok, file: config.file, problems }))
  else if (wording.ok) print(`${config.file}: no problem found`)
  else for (const { path, message } of problems) process.stderr.write(`${path}: ${message}\n`)
  return wording.ok ? exitCodes.ok : exitCodes.badConfig
}
