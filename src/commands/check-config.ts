// The `check-config` command, and the report of a bad configuration. config.ts checks the file itself; this adds the
// problems of the files it names, the wording and the printer profiles.
import { resolve } from 'node:path'
import { type Config, type ConfigResult, type SoundPart, unreported } from '../config/config.js'
import type { ConfigProblem } from '../config/slice.js'
import { checkProfiles } from '../desk/profiles.js'
import { loadWording } from '../dossier/wording.js'
import { exitCodes } from '../errors.js'
import { partedUrl } from '../redis/client.js'
import { say } from '../terminal.js'
import type { Command, CommandContext } from './command.js'

/** Runs `check-config`: 0, or 78 with every problem. */
export const checkConfig: Command = async ({ config, args, notices, json, print }) => {
  const problems = checkNamedFiles(config)
  const ok = problems.length === 0
  if (json) print(JSON.stringify({ ok, file: config.file, problems, notices, ...placesOf(config, args) }))
  else if (ok) print(`${config.file}: no problem found`)
  else sayProblems(problems)
  return ok ? exitCodes.ok : exitCodes.badConfig
}

/** Paths for backup and installation scripts: the files a backup must contain, and the folders that are written. */
function placesOf(config: Config, args: readonly string[]) {
  const { dataDir, redis, secrets, extract, upward } = config
  const { sentinels, cluster, tls } = redis
  const { url, ...inUrl } = partedUrl(redis.url ?? '')
  const { username = inUrl.username, password = inUrl.password } = redis
  const keyFiles = Object.entries(secrets).flatMap(([key, value]) =>
    key.endsWith('File') && typeof value === 'string' ? [value] : [],
  )
  return {
    dataDir,
    /** Left out: embedded. Without credentials, because people who ask for help show this output to others. */
    ...(url ? { redis: url } : {}),
    ...((sentinels ?? cluster) ? { redis: 'sentinels or cluster' } : {}),
    ...(username === undefined ? {} : { redisUser: username }),
    ...(password !== undefined && args.includes('--with-password') ? { redisPassword: password } : {}),
    ...(tls === undefined ? {} : { redisTls: true, redisCa: tls.ca }),
    /** Without these, printed numbers become void or ambiguous. */
    keeps: [config.file, config.agenciesFile, ...keyFiles],
    writes: [dataDir, ...[extract, upward].flatMap((one) => (one ? resolve(dataDir, one.directory) : []))],
  }
}

/** What any command does with an invalid configuration: reports every problem and returns 78. */
export function refuseConfig(
  result: Extract<ConfigResult, { ok: false }>,
  { json, print }: Pick<CommandContext, 'json' | 'print'>,
): number {
  const { notices } = result
  const problems = everyProblem(result)
  if (json) print(JSON.stringify({ ok: false, problems, notices }))
  else sayProblems([...problems, ...notices])
  return exitCodes.badConfig
}

/** The problems of the file and of the files it names. */
export const everyProblem = ({
  problems,
  sound = {},
}: Extract<ConfigResult, { ok: false }>): readonly ConfigProblem[] => [
  ...problems,
  ...unreported(problems, checkNamedFiles(sound)),
]

/** The problems of the files that a configuration names: wording, and the printer profiles of the desks. */
export function checkNamedFiles({ wording, printers, desks = [] }: SoundPart): readonly ConfigProblem[] {
  const worded = wording && loadWording(wording)
  return [
    ...(worded && !worded.ok ? worded.problems : []),
    ...(printers === undefined ? [] : checkProfiles({ printers, desks })),
  ]
}

function sayProblems(problems: readonly ConfigProblem[]): void {
  for (const { path, message } of problems) say(`${path}: ${message}`)
}
