// Reading the configuration again while running (SIGHUP, POST /v1/operator/reload). Either all of it can be used, or the
// last good one stays.
import { isDeepStrictEqual } from 'node:util'
import type { Config, ConfigResult } from '../config/config.js'
import type { ConfigProblem } from '../config/slice.js'
import { followWording, loadWording, openWording, type Wording } from '../dossier/wording.js'
import { type Live, live } from '../live.js'
import type { Log } from '../log.js'
import { everyProblem } from './check-config.js'

export interface Settings {
  /** Only what a room asks for at each use takes effect while running; the rest waits for a restart. */
  readonly config: Live<Config>
  /** Says at each moment what the last good files say. */
  readonly words: Wording
  /** Told after the words have changed. */
  readonly wording: Live<Wording>
  /** Reads everything again; resolves with what is wrong, or with nothing when it was taken over. */
  reload(): Promise<readonly ConfigProblem[]>
}

// What rooms take over while running; every other key is read once, at the start.
const taken = ['sms.', 'wording.']

/** The keys, as paths, whose values differ; an array counts as one value. */
function changedKeys(one: unknown, other: unknown, path = ''): string[] {
  if (isDeepStrictEqual(one, other)) return []
  if (!isPlain(one) || !isPlain(other)) return [path]
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].flatMap((key) => changedKeys(one[key], other[key], path === '' ? key : `${path}.${key}`))
}
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Throws GatewayError config-invalid when the wording cannot be used. */
export function openSettings(first: Config, log: Log, readAgain: () => ConfigResult): Settings {
  const config = live(first)
  const wording = live(openWording(first.wording))
  let waiting: readonly string[] = []
  const takeOver = async (): Promise<readonly ConfigProblem[]> => {
    const read = readAgain()
    if (!read.ok) return everyProblem(read)
    const worded = loadWording(read.config.wording)
    if (!worded.ok) return worded.problems
    // Told each time, also of what an earlier reload left waiting: the first configuration is what runs.
    waiting = changedKeys(first, read.config).filter((key) => !taken.some((one) => key.startsWith(one)))
    await wording.set(worded.wording)
    await config.set(read.config)
    return []
  }
  // One at a time: a second signal waits until the first has been taken over.
  let reloading: Promise<unknown> = Promise.resolve()
  return {
    config,
    wording,
    words: followWording(wording),
    async reload() {
      const result = reloading.then(takeOver)
      reloading = result.catch(() => {})
      const problems = await result
      if (problems.length === 0 && waiting.length === 0)
        log.info({ evt: 'gateway.reloaded' }, 'The configuration was read again and taken over')
      else if (problems.length === 0)
        log.warn(
          { evt: 'gateway.reloaded', wantRestart: waiting },
          'The configuration was read again; these keys are taken over by a restart alone',
        )
      else
        log.error(
          { evt: 'gateway.not-reloaded', problems },
          'The configuration was changed into one that cannot be used; the last good one stays',
        )
      return problems
    },
  }
}
