// Reloads the configuration at run time (SIGHUP, POST /v1/operator/reload), atomically: if any of it is invalid, the last good
// one stays in effect.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { Config, ConfigResult } from '../config/config.js'
import type { ConfigProblem, Reloaded } from '../config/slice.js'
import { isRecord, pathIn } from '../config/validate.js'
import { followWording, loadWording, openWording, type Wording } from '../dossier/wording.js'
import { type Live, live } from '../live.js'
import type { Log } from '../log.js'
import { checkNamedFiles, everyProblem } from './check-config.js'

export interface Settings {
  /** Only settings that rooms read on each use or listen for change at run time; the rest needs a restart. */
  readonly config: Live<Config>
  /** The configuration in effect: with the links of the last reload, and everything else as it was at start. */
  readonly inEffect: Config
  /** The wording of the last good files. */
  readonly words: Wording
  /** Notifies after the words have changed. */
  readonly wording: Live<Wording>
  /** Reloads everything, unless there are problems. */
  reload(): Promise<Reloaded>
}

// Keys that are applied at run time; all others are read once, at start-up.
const taken = ['sms.', 'wording.', 'http.tls.']

/** The content of files that are read once, by the keys that name them. The agencies are part of the configuration. */
const namedOnce = ({ printers, complaints }: Config) => ({
  printers: contentOf(printers),
  complaints: { holidays: contentOf(complaints.holidays) },
})
function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // an editor is replacing it
  }
}

/** The keys, as paths, whose values differ; an array counts as one value. */
function changedKeys(one: unknown, other: unknown, path = ''): string[] {
  if (isDeepStrictEqual(one, other)) return []
  if (!isRecord(one) || !isRecord(other)) return [path]
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].flatMap((key) => changedKeys(one[key], other[key], pathIn(path, key)))
}

/** Throws GatewayError config-invalid when the wording cannot be used. */
export function openSettings(first: Config, log: Log, readAgain: () => ConfigResult): Settings {
  const config = live(first)
  const wording = live(openWording(first.wording))
  const firstFiles = namedOnce(first)
  let waiting: readonly string[] = []
  const takeOver = async (): Promise<readonly ConfigProblem[]> => {
    const read = readAgain()
    if (!read.ok) return everyProblem(read)
    const inFiles = checkNamedFiles(read.config)
    if (inFiles.length > 0) return inFiles
    const worded = loadWording(read.config.wording)
    if (!worded.ok) return worded.problems
    // Compared with the first configuration, which is still in effect, so that keys of earlier reloads are listed again.
    const changed = new Set([
      ...changedKeys(first, read.config),
      ...changedKeys(firstFiles, namedOnce(read.config)),
    ])
    waiting = [...changed].filter(
      (key) => key !== 'agenciesFile' && !taken.some((one) => key.startsWith(one)),
    )
    await wording.set(worded.wording)
    await config.set(read.config)
    return []
  }
  // One at a time: a second signal waits until the first reload is done.
  let reloading: Promise<unknown> = Promise.resolve()
  return {
    config,
    inEffect: {
      ...first,
      get sms() {
        return config.now.sms
      },
    },
    wording,
    words: followWording(wording),
    async reload() {
      const result = reloading.then(takeOver)
      reloading = result.catch(() => {})
      const problems = await result
      if (problems.length === 0 && waiting.length === 0)
        log.info({ evt: 'gateway.reloaded' }, 'The configuration was reloaded')
      else if (problems.length === 0)
        log.warn(
          { evt: 'gateway.reloaded', wantRestart: waiting },
          'The configuration was reloaded; these keys need a restart',
        )
      else
        log.error(
          { evt: 'gateway.not-reloaded', problems },
          'The new configuration is invalid; the last good one stays in effect',
        )
      return { problems, wantRestart: problems.length === 0 ? waiting : [] }
    },
  }
}
