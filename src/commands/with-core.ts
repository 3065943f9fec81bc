// Opens for a command what it works on, and closes it again. The rooms are loaded only by the commands that need them.
import { accessSync, constants, existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Core } from '../core.js'
import { GatewayError } from '../errors.js'
import { type Log, silentLog } from '../log.js'
import type { Hearing } from '../monitor/hearing.js'
import { say } from '../terminal.js'
import type { Command, CommandContext, CoreCommand } from './command.js'

/** For commands that work on the store: beside a running gateway (its embedded Redis is adopted) or without one. */
export function withCore(run: CoreCommand): Command {
  return async (context) => {
    const { openCore } = await import('../core.js')
    await sayWhichStore(context)
    const core = await openCore(context.config, quiet(context.log), 'adopt')
    try {
      return await run({ ...context, core })
    } finally {
      await core.close()
    }
  }
}

// The configuration that scripts/install writes.
const installed = '/etc/dossier-gateway/gateway.yaml'

/**
 * A command beside a running gateway works on that gateway's store. Where none runs it opens one by itself, and says so; it
 * refuses to make a new one beside an installed gateway, where keys would open nothing. A folder that this user may not look
 * into is no empty one: throws the system's error.
 */
async function sayWhichStore({ config: { file, dataDir, redis }, env }: CommandContext): Promise<void> {
  if (redis.url ?? redis.sentinels ?? redis.cluster) return
  if (existsSync(dataDir)) accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  const { findEmbedded } = await import('../redis/embedded.js')
  if (await findEmbedded(dataDir)) return
  const isNew = !existsSync(join(dataDir, 'redis/appendonlydir'))
  if (isNew && env.GATEWAY_CONFIG === undefined && resolve(file) !== installed && existsSync(installed))
    throw new GatewayError(
      'usage',
      `${dataDir} holds no store, and a gateway is installed: say dossier-gateway instead, or --config ${installed}`,
      false,
    )
  say(
    `No gateway runs on ${dataDir}: the ${isNew ? 'new, empty ' : ''}store there is opened for this command (${file}).`,
  )
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
