// The `check-config` command, and what else is said of a bad configuration. config.ts has told what the file says itself;
// here is added what the files it names say once they are opened: the wording and the printer profiles.
import { resolve } from 'node:path'
import { type Config, type ConfigResult, type SoundPart, untold } from '../config/config.js'
import type { ConfigProblem } from '../config/slice.js'
import { checkProfiles } from '../desk/profiles.js'
import { loadWording } from '../dossier/wording.js'
import { exitCodes } from '../errors.js'
import { say } from '../terminal.js'
import type { Command, CommandContext } from './command.js'

export const checkConfig: Command = async ({ config, notices, json, print }) => {
  const problems = checkNamedFiles(config)
  const ok = problems.length === 0
  if (json) print(JSON.stringify({ ok, file: config.file, problems, notices, ...placesOf(config) }))
  else if (ok) print(`${config.file}: no problem found`)
  else tell(problems)
  return ok ? exitCodes.ok : exitCodes.badConfig
}

/** Where things are, for the scripts around the program: what a backup must hold, and which folders are written. */
function placesOf(config: Config) {
  const { dataDir, redis, secrets, extract } = config
  const { url, sentinels, cluster } = redis
  const keyFiles = Object.entries(secrets).flatMap(([key, value]) =>
    key.endsWith('File') && typeof value === 'string' ? [resolve(value)] : [],
  )
  return {
    dataDir,
    /** Left out: embedded. */
    ...(url ? { redis: url } : {}),
    ...((sentinels ?? cluster) ? { redis: 'sentinels or cluster' } : {}),
    /** Without these, printed numbers are void or mean something else. */
    keeps: [config.file, config.agenciesFile, ...keyFiles],
    writes: [dataDir, ...(extract ? [resolve(dataDir, extract.directory)] : [])],
  }
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
export const everyProblem = ({
  problems,
  sound = {},
}: Extract<ConfigResult, { ok: false }>): readonly ConfigProblem[] => [
  ...problems,
  ...untold(problems, checkNamedFiles(sound)),
]

function checkNamedFiles({ wording, printers, desks = [] }: SoundPart): readonly ConfigProblem[] {
  const worded = wording && loadWording(wording)
  return [
    ...(worded && !worded.ok ? worded.problems : []),
    ...(printers === undefined ? [] : checkProfiles({ printers, desks })),
  ]
}

function tell(problems: readonly ConfigProblem[]): void {
  for (const { path, message } of problems) say(`${path}: ${message}`)
}
