// The configuration: file, then environment, then checks. Each room owns its slice (settings.ts beside its code); this file
// composes, loads and checks them. Every problem is reported at once with the path of its key. After loadConfig nothing
// reads process.env again.
import { existsSync } from 'node:fs'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readAgencies } from '../dossier/agencies-file.js'
import { type Agency, sandboxAgency } from '../dossier/agency.js'
import type { LogLevel } from '../log.js'
import { durabilityOf, type RedisConfig } from '../redis/settings.js'
import { overlay } from './environment.js'
import { locateFiles } from './named-files.js'
import { readYaml } from './read-yaml.js'
import { readSecretFiles } from './secret-files.js'
import { type ConfigFile, ConfigSchema, sections, slices } from './sections.js'
import type { CheckContext, ConfigProblem } from './slice.js'
import { checker, isRecord, isWithin, soundness, stranger } from './validate.js'

/** The checked configuration: the file's keys, with agencies loaded, file names absolute and secrets resolved. */
export interface Config extends Omit<ConfigFile, 'agencies' | 'log' | 'redis'> {
  readonly redis: RedisConfig
  readonly agencies: readonly Agency[]
  readonly agenciesFile: string
  readonly log: { readonly level: LogLevel }
  /** Absolute path of the file read. */
  readonly file: string
}

/** `notices`: harmless but probably unintended, such as an environment variable that nearly names a key. */
export type ConfigResult = { readonly notices: readonly ConfigProblem[] } & (
  | { readonly ok: true; readonly config: Config }
  | {
      readonly ok: false
      readonly problems: readonly ConfigProblem[]
      /** The sections without mistakes, so that problems in the files they name can be reported in the same run. */
      readonly sound?: SoundPart
    }
)

/** The sections that name other files, without those that have mistakes. */
export type SoundPart = Partial<Pick<Config, 'desks' | 'printers' | 'wording'>>

const checkers = Object.entries(sections).map(([key, schema]) => [key, checker(key, schema)] as const)

/**
 * Reads `file` (YAML), applies environment overrides (`HTTP__PORT=8081`, `PORT`, `REDIS_URL`, `LOG_LEVEL`), resolves
 * `*File` secrets and reads the agencies. Reports every problem at once; never throws for what an operator can write.
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv): ConfigResult {
  const path = resolve(file)
  const read = readYaml(path)
  if ('problem' in read) return refusal(file, read.problem)
  const raw = read.value
  // A file emptied by an editor or a full disk must not mean "every default".
  if (raw === null || raw === undefined) return refusal(file, 'is empty')
  if (!isRecord(raw)) return refusal(file, 'must be a YAML mapping of keys')
  const notices = overlay(raw, env, ConfigSchema).map(({ name, meant }) => ({
    path: name,
    message: `names no key of the configuration and is ignored${meant ? `; was ${meant} meant?` : ''}`,
  }))
  const here = (name: string) => locate(name, path)
  const { value, problems } = checkSections(raw)
  const agencies = typeof value.agencies === 'string' ? readAgencies(here(value.agencies)) : undefined
  const found = [
    ...(agencies?.problems ?? []),
    ...checkSlices(value, problems, here, agencies?.codes, notices),
    ...readSecretFiles(ConfigSchema, value, here),
  ]
  const all = [...problems, ...unreported(problems, found)]
  notices.push(...(agencies?.notices ?? []))
  if (all.length > 0) return { ok: false, problems: all, notices, sound: soundPart(value, problems, here) }
  locateFiles(value, here)
  return { ok: true, config: complete(value, path, here, agencies?.list ?? []), notices }
}

const refusal = (path: string, message: string): ConfigResult => ({
  ok: false,
  problems: [{ path, message }],
  notices: [],
})

function checkSections(raw: Record<string, unknown>): { value: ConfigFile; problems: ConfigProblem[] } {
  const strangers = Object.keys(raw)
    .filter((key) => !Object.hasOwn(sections, key))
    .map((key) => stranger('', key, Object.keys(sections)))
  const checked = checkers.map(([key, check]) => [key, check(raw[key])] as const)
  return {
    value: Object.fromEntries(checked.map(([key, { value }]) => [key, value])) as ConfigFile,
    problems: [...strangers, ...checked.flatMap(([, { problems }]) => problems)],
  }
}

function checkSlices(
  value: ConfigFile,
  problems: readonly ConfigProblem[],
  here: (name: string) => string,
  agencyCodes: CheckContext['agencyCodes'],
  notices: ConfigProblem[],
): ConfigProblem[] {
  const found: ConfigProblem[] = []
  const context: CheckContext = {
    here,
    ...soundness(problems),
    add: (path, message) => void found.push({ path, message }),
    note: (path, message) => void notices.push({ path, message }),
    agencyCodes,
    sections: value,
  }
  // Skip sections of the wrong type: they are already reported.
  for (const { keys, check } of slices)
    if (Object.keys(keys).every((key) => problems.every(({ path }) => path !== key)))
      check?.(value as unknown as Record<string, never>, context)
  return found
}

function complete(
  value: ConfigFile,
  file: string,
  here: (name: string) => string,
  agencies: readonly Agency[],
): Config {
  return {
    ...value,
    log: value.log as Config['log'],
    redis: { ...value.redis, durability: durabilityOf(value.redis) },
    dataDir: resolve(value.dataDir),
    wording: { vi: here(value.wording.vi), en: here(value.wording.en) },
    printers: here(value.printers),
    report: headOf(value),
    complaints: { ...value.complaints, holidays: here(value.complaints.holidays) },
    agencies: value.sandbox ? [...agencies, sandboxAgency] : agencies,
    agenciesFile: here(value.agencies),
    file,
  }
}

/** Missing parts of the report's letterhead default to the office's own. */
function headOf({ report, office: { name, province } }: ConfigFile): Config['report'] {
  return {
    ...report,
    authority: report.authority || (province && `Ủy ban nhân dân ${province}`),
    office: report.office || name,
    place: report.place || province.replace(/^(?:tỉnh|thành phố) /i, ''),
  }
}

function soundPart(
  { desks, printers, wording }: ConfigFile,
  problems: readonly ConfigProblem[],
  here: (name: string) => string,
): SoundPart {
  const { isSound } = soundness(problems)
  return {
    ...(isSound('desks') ? { desks } : {}),
    ...(isSound('printers') ? { printers: here(printers) } : {}),
    ...(isSound('wording') ? { wording: { vi: here(wording.vi), en: here(wording.en) } } : {}),
  }
}

// A relative file is looked up in the working directory (so that the default config works from the project's root), then
// beside the configuration file (so that a configuration folder can be moved as a whole), then among the files shipped with
// the program: wording, printers and holidays. Never agencies: the shipped sample must not stand in for a missing list.
const programRoot = fileURLToPath(new URL('../..', import.meta.url))

function locate(name: string, configFile: string): string {
  if (isAbsolute(name)) return name
  const fromHere = resolve(name)
  if (existsSync(fromHere)) return fromHere
  const beside = resolve(dirname(configFile), name)
  if (existsSync(beside)) return beside
  const shipped = resolve(programRoot, name)
  return existsSync(shipped) && basename(name) !== 'agencies.yaml' ? shipped : fromHere
}

/** Drops problems at or below a key that is already reported. */
export const unreported = (
  reported: readonly ConfigProblem[],
  found: readonly ConfigProblem[],
): ConfigProblem[] => found.filter(({ path }) => reported.every((one) => !isWithin(path, one.path)))
