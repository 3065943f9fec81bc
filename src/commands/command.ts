// The type of a command. menu.ts lists them all; each is in the room it belongs to.
import type { Config, ConfigResult } from '../config/config.js'
import type { ConfigProblem } from '../config/slice.js'
import type { Core } from '../core.js'
import type { Log } from '../log.js'

/** A command's input. `args` are the words after its name, without --config and --json. */
export interface CommandContext {
  readonly args: readonly string[]
  readonly config: Config
  /** Harmless but probably unintended settings. */
  readonly notices: readonly ConfigProblem[]
  readonly log: Log
  /** For libraries with standard variables; our own settings are in `config`. */
  readonly env: NodeJS.ProcessEnv
  /** Reads and checks the configuration again, as at start-up. */
  readAgain(): ConfigResult
  /** Machine-readable output was asked for. */
  readonly json: boolean
  print(text: string): void
}
/** Resolves with an exit code (errors.ts). Throws GatewayError for faults of peers and operators. */
export type Command = (context: CommandContext) => Promise<number>
/** A command that uses the store, with or without a running gateway. */
export type CoreCommand = (context: CommandContext & { readonly core: Core }) => Promise<number>
