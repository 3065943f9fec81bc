// The command line: finds the command, reads the configuration, and maps the outcome to an exit code (errors.ts).
// The menu of commands is commands/menu.ts.
import { helpText, menu } from './commands/menu.js'
import { checkWords, readWords, type Words } from './commands/words.js'
import { exitCodes, GatewayError, saysMachine } from './errors.js'
import { isLogLevel, logLevels, openLog } from './log.js'
import { stackInSources, stackWithoutData } from './stack.js'
import { printable, say } from './terminal.js'
import { version } from './version.js'

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const words = readWords(argv)
  const answered = answerWithoutCommand(words)
  if (answered !== undefined) return answered
  const { configFile, json, args } = words
  const name = words.name!
  const entry = menu[name]!
  checkWords(name, entry.usage, args)
  if ('loadBare' in entry) {
    const level = env.LOG_LEVEL || 'info'
    if (!isLogLevel(level))
      throw new GatewayError('config-invalid', `LOG_LEVEL is none of ${logLevels.join(', ')}`, false)
    const run = await entry.loadBare()
    return run({ args, log: openLog(level) })
  }
  // Imported late: help and version do not need it.
  const { loadConfig } = await import('./config/config.js')
  const readAgain = () => loadConfig(configFile ?? (env.GATEWAY_CONFIG || 'config/gateway.yaml'), env)
  const loaded = readAgain()
  if (!loaded.ok) {
    const { everyProblem, refuseConfig } = await import('./commands/check-config.js')
    if (name !== 'doctor') return refuseConfig(loaded, { json, print })
    return (await import('./commands/doctor/doctor.js')).doctorOnBadConfig(everyProblem(loaded), {
      json,
      print,
    })
  }
  const { config, notices } = loaded
  const log = openLog(config.log.level)
  for (const { path, message } of notices)
    log.warn(
      { evt: 'config.doubtful', path, says: message },
      'The configuration is valid, but this is probably not what was meant',
    )
  const run = await entry.load()
  return run({ args, config, notices, env, log, json, print, readAgain })
}

/** Version, help, or what is wrong with the command's name; undefined when it names a command to run. */
function answerWithoutCommand({ name, help, version: wantsVersion, args }: Words): number | undefined {
  if (wantsVersion) {
    print(version)
    return exitCodes.ok
  }
  const about = name === 'help' ? args[0] : name
  const isKnown = about === undefined || Object.hasOwn(menu, about)
  if ((help || name === 'help') && isKnown) {
    print(helpText(about))
    return exitCodes.ok
  }
  if (name !== undefined && isKnown) return undefined
  const wrongOption = args[0] ? `unknown option ${args[0]}` : ''
  const says = name === undefined ? wrongOption : `there is no command "${about}"`
  say(`${says ? `${says}\n\n` : ''}${helpText()}`)
  return exitCodes.usage
}

/** Thrown by `print` when the reader has closed the pipe, as in `doctor | head -1`: the command then ends with success. */
class ReaderGone extends Error {}

async function faultsAsExits(run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ReaderGone) return exitCodes.ok
    const says = error instanceof GatewayError ? error.message : saysMachine(error)
    if (says === undefined) throw error
    say(says)
    return error instanceof GatewayError ? exitCodeOf(error) : exitCodes.failed
  }
}

let readerIsGone = false
let outputFault: string | undefined
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  readerIsGone = true
  if (error.code === 'EPIPE') return
  outputFault = saysMachine(error)
  if (outputFault === undefined) throw error
})
// When stderr cannot be written there is no place left to report it.
process.stderr.on('error', () => {})
function print(text: string): void {
  if (readerIsGone) throw new ReaderGone()
  process.stdout.write(`${printable(text)}\n`)
}

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

// An uncaught error is our own mistake: log it and exit, so that the service manager restarts us and journalled work resumes.
function fall(error: unknown): never {
  if (error instanceof Error && error.stack) error.stack = stackInSources(error.stack)
  openLog('fatal').fatal(
    { evt: 'gateway.fell', err: error },
    'A bug in this program ended the process; journalled work resumes at the next start. Please report this line',
  )
  if (error instanceof Error) say(stackWithoutData(error))
  process.exit(exitCodes.failed)
}
// Log rotation sends these to programs that write their own log. By default SIGUSR1 makes Node open a debugger to everybody on
// the machine, and SIGUSR2 ends the process.
for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
process.on('uncaughtException', fall)
process.on('unhandledRejection', fall)

async function run(): Promise<void> {
  // The exit code when the event loop runs empty before the command has ended.
  process.exitCode = exitCodes.failed
  const exitCode = await faultsAsExits(() => main(process.argv.slice(2), process.env))
  // A stream reports a failed write only on the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
  if (outputFault !== undefined) say(outputFault)
  process.exitCode = outputFault === undefined ? exitCode : exitCodes.failed
}

void run()
