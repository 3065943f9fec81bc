// What a check of `doctor` is and what it says. A check looks at one thing and changes nothing.
import type { Config } from '../../config/config.js'
import type { ConfigProblem } from '../../config/slice.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { Running } from './running.js'

export interface Finding {
  /** What was looked at, e.g. `redis`, `sms.links[0]`, `desks[1].printer`. */
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly says: string
  /** What to do about it. */
  readonly cure?: string
}

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

/** What the checks are given. */
export interface Scene {
  readonly config: Config
  /** What the configuration says that does no harm and was probably meant otherwise. */
  readonly notices: readonly ConfigProblem[]
  /** The gateway that runs on this dataDir, if one does. */
  readonly running: Running | undefined
  /** The store, or why it cannot be looked at. */
  readonly store: { readonly door: RedisDoor } | { readonly finding: Finding }
}

export type Check = (scene: Scene) => readonly Finding[] | Promise<readonly Finding[]>
