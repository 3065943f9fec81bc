// The checks of `doctor` and their findings. A check looks at one thing and changes nothing.
import type { Config } from '../../config/config.js'
import type { ConfigProblem } from '../../config/slice.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { Running } from './running.js'

export interface Finding {
  /** What was checked, e.g. `redis`, `sms.links[0]`, `desks[1].printer`. */
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly says: string
  /** What to do about it. */
  readonly cure?: string
}

/** Findings: nothing to do; worth a look; must be solved. `says` and `cure` are sentences for operators. */
export const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says })
export const warn = (check: string, says: string, cure: string): Finding => ({
  check,
  state: 'warn',
  says,
  cure,
})
export const fail = (check: string, says: string, cure: string): Finding => ({
  check,
  state: 'fail',
  says,
  cure,
})

/** The input of the checks. */
export interface Scene {
  readonly config: Config
  /** Harmless but probably unintended settings. */
  readonly notices: readonly ConfigProblem[]
  /** The gateway running on this dataDir, if any. */
  readonly running: Running | undefined
  /** The store, or why it cannot be opened. */
  readonly store: { readonly door: RedisDoor } | { readonly finding: Finding }
}

export type Check = (scene: Scene) => readonly Finding[] | Promise<readonly Finding[]>
