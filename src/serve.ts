// The `serve` command: opens the gateway, waits for a signal, closes it.

import { exitCodes } from './errors.js'
import { openGateway } from './gateway.js'
import type { Command } from './main.js'

export const serve: Command = async ({ config, log }) => {
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  const gateway = await openGateway(config, log)
  const signal = await signalled
  log.info({ evt: 'gateway.closing', signal }, 'Closing: no new work is taken, what is under way is finished')
  await gateway.close()
  log.info({ evt: 'gateway.closed' }, 'Closed')
  return exitCodes.ok
}
