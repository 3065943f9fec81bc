// Commands for the operator's HTTP routes: run inside the gateway, on its store, as if with --json.
import type { Config, ConfigResult } from '../config/config.js'
import type { Core } from '../core.js'
import { printersCommand } from '../desk/printers-command.js'
import type { Live } from '../live.js'
import { outboxCommand, smscCommand } from '../sms/commands.js'
import type { CoreCommand } from './command.js'

interface OverHttpDeps {
  readonly core: Core
  readonly config: Live<Config>
  readAgain(): ConfigResult
}

/** Each resolves with what the command prints. */
export function commandsOverHttp({ core, config, readAgain }: OverHttpDeps) {
  const asCommand =
    (command: CoreCommand) =>
    async (...args: string[]): Promise<string> => {
      let printed = ''
      const print = (text: string) => {
        printed += text
      }
      await command({
        args,
        config: config.now,
        notices: [],
        env: {},
        log: core.log,
        readAgain,
        json: true,
        print,
        core,
      })
      return printed
    }
  return {
    smsc: asCommand(smscCommand),
    outbox: asCommand(outboxCommand),
    printers: asCommand((context) => printersCommand({ ...context, withCore: (run) => run(context) })),
  }
}
