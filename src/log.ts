// The one door to pino. A log line is an event: `evt`, a constant sentence, and fields. Personal data never enters a
// log line at any level: phone numbers pass through msisdn.mask first, dossier contents not at all.
import { type DestinationStream, pino } from 'pino'

/** From the most to the least that is written. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export const isLogLevel = (text: string): text is LogLevel => logLevels.some((level) => level === text)

type Fields = Record<string, unknown> & { evt: string }

/** What rooms see of the log: an event with fields, and a constant sentence. */
export interface Log {
  trace(fields: Fields, sentence: string): void
  debug(fields: Fields, sentence: string): void
  info(fields: Fields, sentence: string): void
  warn(fields: Fields, sentence: string): void
  error(fields: Fields, sentence: string): void
  fatal(fields: Fields, sentence: string): void
}

/** JSON lines on stderr, RFC 3339 times: stdout belongs to the answers of commands. */
export function openLog(level: LogLevel): Log {
  return pino(
    {
      level,
      base: undefined as never,
      timestamp: stamp(),
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: safeError },
    },
    tickwise(),
  )
}

// The timestamp is formatted once a millisecond.
function stamp(): () => string {
  let at = 0
  let stamped = ''
  return () => {
    const now = Date.now()
    if (now !== at) stamped = `,"time":"${new Date((at = now)).toISOString()}"`
    return stamped
  }
}

// The lines of one event-loop turn are one write: at a thousand texts a second, writing each line alone costs more
// than formatting it. Nothing is lost at exit; a SIGKILL may lose the lines of the last turn. When stderr cannot be written
// (the disk under a log file is full, the reader of a pipe is gone) the gateway goes on: up to `maxUnwritten` bytes are
// buffered, the rest is dropped.
const maxUnwritten = 1024 * 1024
function tickwise(): DestinationStream {
  const file = pino.destination({ dest: 2, sync: true, maxLength: maxUnwritten })
  file.on('error', () => {})
  let waiting = ''
  const flush = () => {
    if (waiting !== '') file.write(waiting)
    waiting = ''
  }
  process.on('exit', flush)
  return {
    write(line) {
      if (waiting === '') setImmediate(flush)
      waiting += line
    },
  }
}

/** For tests and commands that log nothing. */
export const silentLog: Log = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
}

// An error's message may quote untrusted input, and ioredis attaches the failed command with its arguments. So only the
// name, code and stack frames are kept, and the message only of our own errors.
function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const { name, code } = error as Error & { code?: unknown }
  const frames = error.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8)
  return {
    name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(name === 'GatewayError' ? { message: error.message } : {}),
    ...(error.cause === undefined ? {} : { cause: safeError(error.cause) }),
    frames,
  }
}
