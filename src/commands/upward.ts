// The `upward` command: the daily summary of each agency on demand, to a file, to standard output, or to a receiver.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openDelivery, sourceOf } from '../agency/replay/deliver.js'
import { wrongAddress } from '../config/web-address.js'
import { agencyTyped } from '../dossier/agency.js'
import { dayMs, isDay, localDate } from '../dossier/times.js'
import { exitCodes, usageError, whyRefused } from '../errors.js'
import { ledgerOf } from '../monitor/ledger/of-core.js'
import { eventOf, readSummaries } from '../monitor/upward/summaries.js'
import { type PostUpward, postAll } from '../monitor/upward/upward.js'
import { outputFile, writeOutput } from '../replace-file.js'
import { say } from '../terminal.js'
import type { CommandContext, CoreCommand } from './command.js'

/** Sends summaries signed, in batches, with retries (agency/replay). */
export function postUpward(to: URL, secret: string): PostUpward {
  const { send } = openDelivery({ to, secret })
  return async (events) => {
    const delivery = await send(events)
    if (delivery.kind === 'taken')
      return delivery.refusals.length > 0 ? { failed: `${delivery.refusals.length} refused` } : {}
    return { failed: delivery.kind === 'away' ? delivery.why : `HTTP ${delivery.statusCode}` }
  }
}

/** Runs `upward`. */
export const upwardCommand: CoreCommand = async ({ args, config, core, json, print }) => {
  const now = Date.now()
  const { day, only, output, receiver } = await readArguments(args, config, now)
  const { agencies } = config
  const ledger = ledgerOf(core, config)
  const summaries = await readSummaries({ ...core, agencies, ledger }, day, now, only)
  const events = summaries.map((one) => eventOf(one, sourceOf(config)))
  const text = JSON.stringify(events)
  if (output !== undefined) writeOutput(output, `${text}\n`, 0o640)
  const failed = receiver && (await postAll(events, postUpward(receiver.to, receiver.secret)))
  if (failed !== undefined) {
    say(`the receiver did not take it: ${failed}`)
    return exitCodes.unavailable
  }
  if (output === undefined && !receiver) print(text)
  else if (json) print(JSON.stringify({ day, agencies: events.length, ...(output ? { output } : {}) }))
  else
    print(
      `${day}: ${events.length} agencies${output ? ` written to ${output}` : ''}${receiver ? ` sent to ${receiver.to.host}` : ''}`,
    )
  return exitCodes.ok
}

async function readArguments(
  args: readonly string[],
  { agencies, upward }: CommandContext['config'],
  now: number,
) {
  const text = { type: 'string' } as const
  const values = parseArgs({
    args: [...args],
    options: { day: text, agency: { ...text, multiple: true }, output: text, to: text, 'secret-file': text },
  }).values
  const { day = localDate(now - dayMs), to, 'secret-file': secretFile } = values
  if (!isDay(day) || day > localDate(now))
    throw usageError(`--day ${day} is not a past day or today (YYYY-MM-DD)`)
  const only = values.agency?.map((code) => agencyTyped(code, agencies).code)
  const wrong = to === undefined ? undefined : wrongAddress(to)
  if (wrong !== undefined) throw usageError(`--to ${wrong}`)
  const secret =
    secretFile === undefined
      ? upward?.secret
      : await readFile(secretFile, 'utf8').catch((error: unknown) => {
          throw usageError(`--secret-file ${secretFile} cannot be read: ${whyRefused(error)}`)
        })
  if (to !== undefined && secret === undefined)
    throw usageError('summaries are sent signed: give --secret-file FILE')
  return {
    day,
    only: only && new Set(only),
    output: outputFile(values.output),
    receiver: to === undefined ? undefined : { to: new URL(to), secret: secret!.trim() },
  }
}
