#!/usr/bin/env node
// The command line: finds the command, reads the configuration, and turns what happens into an exit code (errors.ts).
// Each command lives in the room it belongs to; this table is the menu.
import { setFlagsFromString } from 'node:v8'
import type { Command } from './commands/command.js'
import { withCore, withHearing } from './commands/with-core.js'
import { loadConfig } from './config/config.js'
import { exitCodes, GatewayError } from './errors.js'
import { type Log, type LogLevel, openLog } from './log.js'

// V8 learns in which places of the code objects live long, and then makes those in the old heap at once. Building the routes
// teaches it wrongly about places that every request passes: each dead request then keeps the next ones alive until the old
// heap is swept, scavenges take ten times as long, and memory swings by a hundred MiB. Which places it picks changes from
// start to start (V8 11.3, node 20).
setFlagsFromString('--no-allocation-site-pretenuring')

const commands: Record<string, { about: string; load: () => Promise<Command> }> = {
  serve: {
    about: 'run the gateway in the foreground',
    load: async () => (await import('./commands/serve.js')).serve,
  },
  keys: {
    about:
      'create --agency CODE… | --kiosk NAME | --desk ID | --monitor NAME · list · revoke ID · signing-secret ID',
    load: async () => withCore((await import('./access/keys-command.js')).keysCommand),
  },
  printers: {
    about: 'list · status · test · proof · set-profile DESK PROFILE · preview DESK',
    load: async () => {
      const { printersCommand } = await import('./desk/printers-command.js')
      return (context) => printersCommand({ ...context, withCore: (run) => withCore(run)(context) })
    },
  },
  audit: {
    about: 'verify [HEAD] · export',
    load: async () => withCore((await import('./access/audit.js')).auditCommand),
  },
  smsc: {
    about: 'the SMSC links as they are now',
    load: async () => withCore((await import('./sms/commands.js')).smscCommand),
  },
  outbox: {
    about: 'list · retry ID… | --all · replies that could not be sent',
    load: async () => withCore((await import('./sms/commands.js')).outboxCommand),
  },
  doctor: {
    about: 'look at everything the gateway needs and say what to do',
    load: async () => (await import('./commands/doctor/doctor.js')).doctor,
  },
  import: {
    about: 'FILE [--map "HEADING=field"] [--dry-run] [--errors FILE] [--agency CODE] · NDJSON, CSV or XLSX',
    load: async () => withHearing((await import('./agency/files/import-command.js')).importCommand),
  },
  export: {
    about: '[--format ndjson|csv] [--agency CODE] [--since TIME] [--output FILE]',
    load: async () => withCore((await import('./agency/files/export-command.js')).exportCommand),
  },
  replay: {
    about: '--since TIME [--until TIME] [--agency CODE] --to URL --secret-file FILE · changes sent again',
    load: async () => withCore((await import('./agency/replay/replay-command.js')).replayCommand),
  },
  report: {
    about:
      '--period 2026H1 | --from DAY [--to DAY] [--agency CODE] [--format csv|xlsx|html|json] [--output FILE]',
    load: async () => withCore((await import('./monitor/report/report-command.js')).reportCommand),
  },
  'check-config': {
    about: 'check the configuration and say every problem',
    load: async () => (await import('./commands/check-config.js')).checkConfig,
  },
}

// Commands that run where no gateway is, and read no gateway.yaml.
type BareCommand = (context: { args: readonly string[]; log: Log }) => Promise<number>
const bareCommands: Record<string, { about: string; load: () => Promise<BareCommand> }> = {
  'print-agent': {
    about: "print for a desk from the desk's own computer",
    load: async () => (await import('./desk/print-agent.js')).printAgentCommand,
  },
}

const usage = () =>
  [
    'usage: dossier-gateway <command> [--config FILE] [--json] …',
    '',
    ...Object.entries({ ...commands, ...bareCommands }).map(
      ([name, { about }]) => `  ${name.padEnd(14)} ${about}`,
    ),
    '',
    'FILE is config/gateway.yaml unless given here or in GATEWAY_CONFIG.',
  ].join('\n')

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { name, file, json, args } = readWords(argv)
  const bare = name === undefined ? undefined : bareCommands[name]
  if (bare) {
    const log = openLog((env.LOG_LEVEL as LogLevel | undefined) ?? 'info')
    return bare.load().then((run) => faultsAsExits(() => run({ args, log })))
  }
  const command = name === undefined ? undefined : commands[name]
  if (!command) {
    const asked = name === undefined || name === 'help' || name === '--help'
    ;(asked && name !== undefined ? process.stdout : process.stderr).write(`${usage()}\n`)
    return asked && name !== undefined ? exitCodes.ok : exitCodes.usage
  }
  const readAgain = () => loadConfig(file ?? env.GATEWAY_CONFIG ?? 'config/gateway.yaml', env)
  const loaded = readAgain()
  if (!loaded.ok) {
    const { everyProblem, refuseConfig } = await import('./commands/check-config.js')
    if (name !== 'doctor') return refuseConfig(loaded, { json, print })
    return (await import('./commands/doctor/doctor.js')).doctorOnBadConfig(everyProblem(loaded), {
      json,
      print,
    })
  }
  const { config } = loaded
  const log = openLog(config.log.level)
  const { notices } = loaded
  for (const { path, message } of notices)
    log.warn(
      { evt: 'config.unknown-name', name: path, says: message },
      'A name in the environment is unknown',
    )
  const run = await command.load()
  return faultsAsExits(() => run({ args, config, notices, env, log, json, print, readAgain }))
}

async function faultsAsExits(run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    process.stderr.write(`${error.message}\n`)
    return exitCodeOf(error)
  }
}

const print = (text: string) => void process.stdout.write(`${text}\n`)

function exitCodeOf({ code }: GatewayError): number {
  switch (code) {
    case 'usage':
      return exitCodes.usage
    case 'config-invalid':
    case 'redis-misconfigured':
      return exitCodes.badConfig
    default:
      return exitCodes.unavailable
  }
}

function readWords(argv: readonly string[]): { name?: string; file?: string; json: boolean; args: string[] } {
  const args: string[] = []
  let file: string | undefined
  let json = false
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--config') file = argv[++at]
    else if (word.startsWith('--config=')) file = word.slice('--config='.length)
    else if (word === '--json') json = true
    else args.push(word)
  }
  return { name: args.shift(), file, json, args }
}

// What nobody caught is our own mistake: say it and end, so that the service manager starts afresh and the journals are
// taken up again.
function fall(error: unknown): never {
  openLog('fatal').fatal({ evt: 'gateway.fell', err: error }, 'Our own mistake ended the process')
  if (error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exit(exitCodes.failed)
}
process.on('uncaughtException', fall)
process.on('unhandledRejection', fall)

process.exitCode = await main(process.argv.slice(2), process.env)
