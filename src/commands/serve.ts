// The `serve` command: opens the gateway, waits for a signal, closes it. SIGHUP reloads the configuration.
import { exitCodes, GatewayError } from '../errors.js'
import { openGateway } from '../gateway.js'
import { openTraces, wantsTraces } from '../traces.js'
import type { Command } from './command.js'

export const serve: Command = async ({ config, env, log: plainLog, readAgain }) => {
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  const traces = wantsTraces(env) ? await openTraces(plainLog) : undefined
  const log = traces?.log ?? plainLog
  // Until the gateway is open a SIGHUP does nothing; without a handler it would end the process.
  let reload = () => {}
  process.on('SIGHUP', () => reload())
  const gateway = await openGateway(config, log, { readAgain, watch: traces?.watch })
  reload = () => {
    gateway.reload().catch((error) => {
      if (!(error instanceof GatewayError)) throw error
      log.error(
        { evt: 'gateway.not-reloaded', err: error },
        'The configuration cannot be reloaded while Redis is away',
      )
    })
  }
  const signal = await signalled
  log.info({ evt: 'gateway.closing', signal }, 'Closing: no new work is accepted, work in flight is finished')
  await gateway.close()
  await traces?.close()
  log.info({ evt: 'gateway.closed' }, 'Closed')
  return exitCodes.ok
}
