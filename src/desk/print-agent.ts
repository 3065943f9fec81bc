// `main.js print-agent`: runs on the desk's own computer beside its printer and fetches slips from the gateway; it opens
// no listening port. Each slip is on its disk before the printer sees a byte.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { wrongAddress } from '../config/web-address.js'
import { exitCodes, GatewayError, usageError } from '../errors.js'
import type { Log } from '../log.js'
import { makeFolder } from '../make-folder.js'
import { openCloudPrnt } from './cloudprnt/client.js'
import { runPrintLoop } from './printer/print-loop.js'
import { Printer } from './printer/printer.js'
import { openSlipJournal } from './printer/slip-journal.js'
import { openProfiles } from './profiles.js'

export interface AgentSettings {
  readonly url: string
  readonly desk: string
  readonly key: string
  readonly path: string
  readonly baudRate: number
  readonly profile: string
  readonly printers: string
  readonly dataDir: string
  readonly pollMs: number
}

/** Starts an agent; `close` ends it after the current slip. */
export function startAgent(settings: AgentSettings, log: Log): { close(): Promise<void> } {
  makeFolder(settings.dataDir, 0o700)
  const profile = openProfiles(settings.printers).profile(settings.profile)
  const journal = openSlipJournal(join(settings.dataDir, `${settings.desk}.journal`))
  const printer = new Printer({ path: settings.path, baudRate: settings.baudRate, profile }, log)
  const client = openCloudPrnt({ ...settings, agentId: agentIdIn(settings.dataDir) }, printer)
  // The loop does not poll while printing; this keeps the slip's lease, and the printer's state on the desk page, alive.
  let last = ''
  const beat = setInterval(() => {
    if (!printer.busy) return
    client.poll().catch((error) => {
      if (!(error instanceof GatewayError)) throw error
      if (error.message !== last)
        log.warn(
          { evt: 'agent.unheard', why: error.message },
          'The gateway does not answer this print agent: its slips wait. Check the address, the network and the gateway',
        )
      last = error.message
    })
  }, 2500)
  printer.start()
  const loop = runPrintLoop(client, printer, journal, log)
  log.info({ evt: 'agent.started', desk: settings.desk, url: settings.url }, 'print agent started')
  return {
    async close() {
      clearInterval(beat)
      const ended = loop.close()
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000).unref())])
      await printer.close()
      await ended
      journal.close()
      log.info({ evt: 'agent.ended' }, 'print agent ended')
    },
  }
}

const usage = `usage: dossier-gateway print-agent --url https://GATEWAY --desk ID --key-file FILE --port /dev/serial/by-id/…
         [--baud 38400] [--profile generic] [--data DIR] [--printers config/printers.yaml] [--poll-ms 1000]
The key comes from 'dossier-gateway keys create --desk ID' on the gateway; FILE should be readable by this user alone.`

/** The command: needs no gateway.yaml, because it runs where there is no gateway. */
export async function printAgentCommand({
  args,
  log,
}: {
  args: readonly string[]
  log: Log
}): Promise<number> {
  const settings = readSettings(args)
  const agent = startAgent(settings, log)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await agent.close()
  return exitCodes.ok
}

function readSettings(args: readonly string[]): AgentSettings {
  const wrong = (why: string) => usageError(`${why}\n${usage}`)
  let values: Record<string, string | undefined>
  try {
    values = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        desk: { type: 'string' },
        'key-file': { type: 'string' },
        port: { type: 'string' },
        baud: { type: 'string', default: '38400' },
        profile: { type: 'string', default: 'generic' },
        data: { type: 'string', default: './var/agent' },
        printers: { type: 'string', default: 'config/printers.yaml' },
        'poll-ms': { type: 'string', default: '1000' },
      },
    }).values
  } catch (error) {
    throw wrong((error as Error).message)
  }
  const { url, desk, 'key-file': keyFile, port, baud, profile, data, printers } = values
  if (!url || !desk || !keyFile || !port) throw wrong('--url, --desk, --key-file and --port are needed')
  const wrongUrl = wrongAddress(url)
  if (wrongUrl !== undefined) throw wrong(`--url ${wrongUrl}`)
  let key: string
  try {
    key = readFileSync(keyFile, 'utf8').trim()
  } catch (error) {
    throw new GatewayError('config-invalid', `--key-file ${keyFile}: ${(error as Error).message}`, false)
  }
  const baudRate = Number(baud)
  const pollMs = Number(values['poll-ms'])
  if (!(baudRate >= 300) || !(pollMs >= 100)) throw wrong('--baud or --poll-ms is no sensible number')
  return {
    url,
    desk,
    key,
    path: port,
    baudRate,
    profile: profile!,
    printers: printers!,
    dataDir: data!,
    pollMs,
  }
}

function agentIdIn(dataDir: string): string {
  const file = join(dataDir, 'agent-id')
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    const id = `agent-${randomBytes(6).toString('hex')}`
    writeFileSync(file, `${id}\n`, { mode: 0o600 })
    return id
  }
}
