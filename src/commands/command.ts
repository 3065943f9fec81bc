// What a command is given and what it answers. The menu is the table in main.ts; a command lives in the room it belongs to.
import type { Config, ConfigResult } from '../config/config.js'
import type { ConfigProblem } from '../config/slice.js'
import type { Core } from '../core.js'
import type { Log } from '../log.js'

/** What a command is given. `args` are the words after its name, without --config and --json. */
export interface CommandContext {
  readonly args: readonly string[]
  readonly config: Config
  /** What the configuration says that does no harm and was probably meant otherwise. */
  readonly notices: readonly ConfigProblem[]
  readonly log: Log
  /** For libraries that have standard variables of their own; what is ours is in `config`. */
  readonly env: NodeJS.ProcessEnv
  /** Reads and checks the configuration anew, as at the start. */
  readAgain(): ConfigResult
  /** Machine-readable output was asked for. */
  readonly json: boolean
  print(text: string): void
}
/** Resolves with an exit code (errors.ts). Throws GatewayError for what peers and operators do wrong. */
export type Command = (context: CommandContext) => Promise<number>
/** A command that works on the store, beside a running gateway or without one. */
export type CoreCommand = (context: CommandContext & { readonly core: Core }) => Promise<number>
