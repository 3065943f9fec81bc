// Opens for a command what it works on, and closes it again. The rooms are loaded only by the commands that need them.
import type { Core } from '../core.js'
import { type Log, silentLog } from '../log.js'
import type { Hearing } from '../monitor/hearing.js'
import type { Command, CommandContext, CoreCommand } from './command.js'

/** For commands that work on the store: beside a running gateway (its embedded Redis is adopted) or without one. */
export function withCore(run: CoreCommand): Command {
  return async (context) => {
    const { openCore } = await import('../core.js')
    const core = await openCore(context.config, quiet(context.log), 'adopt')
    try {
      return await run({ ...context, core })
    } finally {
      await core.close()
    }
  }
}

/** For commands that take updates in: an agency whose file is imported was heard of. */
export function withHearing(
  run: (context: CommandContext & { core: Core; hearing: Hearing }) => Promise<number>,
): Command {
  return withCore(async (context) => {
    const { openHearing } = await import('../monitor/hearing.js')
    const { door, metrics } = context.core
    const { agencies } = context.config
    const hearing = await openHearing({ door, metrics, agencies, log: quiet(context.log) })
    try {
      return await run({ ...context, hearing })
    } finally {
      await hearing.close()
    }
  })
}

// A command's own words are its answer; of the log only warnings and worse are wanted beside it.
const quiet = (log: Log): Log => ({
  ...silentLog,
  warn: log.warn.bind(log),
  error: log.error.bind(log),
  fatal: log.fatal.bind(log),
})
