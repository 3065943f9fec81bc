// The `serve` command: opens the gateway, waits for a signal, closes it.

import { loadConfig } from './config.js'
import { exitCodes } from './errors.js'
import { openGateway } from './gateway.js'
import type { Command } from './main.js'

export const serve: Command = async ({ config, log }) => {
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  const gateway = await openGateway(config, log)
  const reload = async () => {
    const loaded = loadConfig(config.file, process.env)
    if (loaded.ok) {
      await gateway.reload(loaded.config)
      log.info(
        { evt: 'gateway.reloaded' },
        'The configuration was read again; links that changed are bound anew',
      )
    } else {
      const problems = loaded.problems.map(({ path, message }) => `${path}: ${message}`)
      log.error(
        { evt: 'gateway.not-reloaded', problems },
        'The configuration has mistakes; the last good one stays',
      )
    }
  }
  process.on('SIGHUP', () => void reload())
  const signal = await signalled
  log.info({ evt: 'gateway.closing', signal }, 'Closing: no new work is taken, what is under way is finished')
  await gateway.close()
  log.info({ evt: 'gateway.closed' }, 'Closed')
  return exitCodes.ok
}
