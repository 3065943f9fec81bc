// The `check-config` command. By the time it runs the configuration was read without a problem; what is left is what a
// file says only when it is opened: the wording and the printer profiles.
import { checkProfiles } from './desk/profiles.js'
import { loadWording } from './dossier/wording.js'
import { exitCodes } from './errors.js'
import type { Command } from './main.js'

export const checkConfig: Command = async ({ config, notices, json, print }) => {
  const wording = loadWording(config.wording)
  const problems = [...(wording.ok ? [] : wording.problems), ...checkProfiles(config)]
  const ok = problems.length === 0
  if (json) print(JSON.stringify({ ok, file: config.file, problems, notices }))
  else if (ok) print(`${config.file}: no problem found`)
  else for (const { path, message } of problems) process.stderr.write(`${path}: ${message}\n`)
  return ok ? exitCodes.ok : exitCodes.badConfig
}
