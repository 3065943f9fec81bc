// The `check-config` command, and what else is said of a bad configuration. config.ts has told what the file says itself;
// here is added what the files it names say once they are opened: the wording and the printer profiles.
import { type Config, type ConfigProblem, type ConfigResult, untold } from '../config/config.js'
import { checkProfiles } from '../desk/profiles.js'
import { loadWording } from '../dossier/wording.js'
import { exitCodes } from '../errors.js'
import type { Command, CommandContext } from './command.js'

export const checkConfig: Command = async ({ config, notices, json, print }) => {
  const problems = checkNamedFiles(config)
  const ok = problems.length === 0
  if (json) print(JSON.stringify({ ok, file: config.file, problems, notices }))
  else if (ok) print(`${config.file}: no problem found`)
  else tell(problems)
  return ok ? exitCodes.ok : exitCodes.badConfig
}

/** Any command on a configuration that cannot be used: everything that is wrong with it, and 78. */
export function refuseConfig(
  result: Extract<ConfigResult, { ok: false }>,
  { json, print }: Pick<CommandContext, 'json' | 'print'>,
): number {
  const { notices } = result
  const problems = everyProblem(result)
  if (json) print(JSON.stringify({ ok: false, problems, notices }))
  else tell([...problems, ...notices])
  return exitCodes.badConfig
}

/** What is wrong in the file, and what is wrong in those it names. */
export function everyProblem({
  problems,
  legible,
}: Extract<ConfigResult, { ok: false }>): readonly ConfigProblem[] {
  return legible ? [...problems, ...untold(problems, checkNamedFiles(legible))] : problems
}

function checkNamedFiles(config: Pick<Config, 'desks' | 'printers' | 'wording'>): ConfigProblem[] {
  const wording = loadWording(config.wording)
  return [...(wording.ok ? [] : wording.problems), ...checkProfiles(config)]
}

function tell(problems: readonly ConfigProblem[]): void {
  for (const { path, message } of problems) process.stderr.write(`${path}: ${message}\n`)
}
