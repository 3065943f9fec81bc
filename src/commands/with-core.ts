// Opens the core for a command and closes it again. Rooms are imported only by the commands that need them.
import { accessSync, existsSync, constants as modes } from 'node:fs'
import { constants } from 'node:os'
import { join, resolve } from 'node:path'
import type { Core } from '../core.js'
import { usageError } from '../errors.js'
import { type Log, silentLog } from '../log.js'
import type { Hearing } from '../monitor/hearing.js'
import { isEmbedded } from '../redis/settings.js'
import { say } from '../terminal.js'
import type { Command, CommandContext, CoreCommand } from './command.js'

/** For commands that use the store, with a running gateway (its embedded Redis is adopted) or without one. */
export function withCore(run: CoreCommand): Command {
  return async (context) => {
    const { openCore } = await import('../core.js')
    await sayWhichStore(context)
    const { stop, interrupted } = onInterrupt()
    const core = await openCore(context.config, quiet(context.log), 'adopt', stop)
    try {
      return await Promise.race([run({ ...context, core }), interrupted])
    } finally {
      await core.close()
      // The interrupted command may never end by itself.
      if (stop.aborted) process.exit(await interrupted)
    }
  }
}

/**
 * On Ctrl-C closes the store that the command opened, and its redis-server, before the process ends. SIGHUP is left alone, so
 * that nohup works.
 */
function onInterrupt(): { readonly stop: AbortSignal; readonly interrupted: Promise<number> } {
  const stop = new AbortController()
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        stop.abort()
        resolve(128 + constants.signals[signal])
      })
  })
  return { stop: stop.signal, interrupted }
}

// The configuration that scripts/install writes.
const installed = '/etc/dossier-gateway/gateway.yaml'

/**
 * With a running gateway a command uses that gateway's store. Otherwise it opens the store itself, and says so. It refuses
 * to create a new store when a gateway is installed elsewhere: keys made there would be useless. A folder that this user may
 * not read does not count as empty: the system's error is thrown.
 */
async function sayWhichStore({ config: { file, dataDir, redis }, env }: CommandContext): Promise<void> {
  if (!isEmbedded(redis)) return
  if (existsSync(dataDir)) accessSync(dataDir, modes.R_OK | modes.W_OK | modes.X_OK)
  const { findEmbedded } = await import('../redis/embedded.js')
  if (await findEmbedded(dataDir)) return
  const isNew = !existsSync(join(dataDir, 'redis/appendonlydir'))
  if (isNew && env.GATEWAY_CONFIG === undefined && resolve(file) !== installed && existsSync(installed))
    throw usageError(
      `${dataDir} has no store, but a gateway is installed: run dossier-gateway instead, or add --config ${installed}`,
    )
  say(
    `No gateway runs on ${dataDir}: this command opens the ${isNew ? 'new, empty ' : ''}store there itself (${file}).`,
  )
}

/** For commands that store updates: importing an agency's file counts as hearing from it. */
export function withHearing(
  run: (context: CommandContext & { core: Core; hearing: Hearing }) => Promise<number>,
): Command {
  return withCore(async (context) => {
    const { openHearing } = await import('../monitor/hearing.js')
    const { door, metrics } = context.core
    const { holidaysOf } = await import('../complaints/working-days.js')
    const { agencies } = context.config
    const holidays = holidaysOf(context.config)
    const hearing = await openHearing({ door, metrics, agencies, holidays, log: quiet(context.log) })
    try {
      return await run({ ...context, hearing })
    } finally {
      await hearing.close()
    }
  })
}

// A command's output is its answer; of the log only warnings and worse are shown beside it.
const quiet = (log: Log): Log => ({
  ...silentLog,
  // redis-server's own warnings at each start belong in the log of the gateway.
  warn: (fields, says) => fields.evt !== 'redis.said' && log.warn(fields, says),
  error: log.error.bind(log),
  fatal: log.fatal.bind(log),
})
