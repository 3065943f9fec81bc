// The `sources` command: `try` fetches a configured source's first page, or one number, and shows what came, how it was
// parsed, and what failed. Nothing is stored, and no personal data is shown: values that could be personal appear as
// shapes.
import type { CommandContext } from '../../commands/command.js'
import { openNumbers } from '../../dossier/numbers/numbers.js'
import { exitCodes, GatewayError, usageError } from '../../errors.js'
import { type Inspected, openInspection } from './inspect.js'
import { openSource } from './kinds.js'
import type { SourceConfig } from './settings.js'
import type { Mapped } from './source.js'

const shown = 5

/** Runs `sources try NAME [NUMBER]`; 0 when everything that came could be read, 1 when not, 69 when nothing came. */
export async function sourcesCommand({ args, config, json, print }: CommandContext): Promise<number> {
  const [action, name, number] = args
  const source = config.sources.find((one) => one.name === name)
  if (action !== 'try' || name === undefined) throw usageError('sources try NAME [NUMBER]')
  if (!source) {
    const names = config.sources.map((one) => one.name).join(', ') || 'none'
    throw usageError(`no source is named ${name}; configured: ${names}`)
  }
  // Dossier numbers are parsed here and no lookup number is made, so any key will do.
  const numbers = openNumbers(config.agencies, { lookupKey: '0'.repeat(64) })
  const read = (text: string) => {
    const reading = numbers.read(text)
    return reading.kind === 'dossierNo' ? reading.dossierNo : undefined
  }
  const asked = number === undefined ? undefined : read(number)
  if (number !== undefined && !asked) throw usageError(`${number} is no number of a configured agency`)
  const records: Mapped[] = []
  const spellings = asked ? numbers.spellingsOf(asked) : []
  try {
    for (const spelling of spellings) records.push(...(await openSource(source).find(spelling, patience())))
    if (!asked) records.push(...(await openSource(source).page({ signal: patience() })).records)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    print(json ? JSON.stringify({ source: name, error: error.message }) : `${name}: ${error.message}`)
    return exitCodes.unavailable
  }
  const inspected = openInspection(source, config.agencies, read).inspect(records)
  if (json)
    print(
      JSON.stringify({ source: name, asked: spellings, records: records.length, ...summaryOf(inspected) }),
    )
  else for (const line of linesOf(source, spellings, records.length, inspected)) print(line)
  return inspected.skipped.length > 0 ? exitCodes.failed : exitCodes.ok
}

const patience = () => AbortSignal.timeout(30_000)

function summaryOf({ updates, skipped }: Inspected) {
  const reasons: Record<string, number> = {}
  for (const { reason, word } of skipped) {
    const key = word ? `${reason} ${JSON.stringify(word)}` : reason
    reasons[key] = (reasons[key] ?? 0) + 1
  }
  return { read: updates.length, first: updates.slice(0, shown), notRead: reasons }
}

function linesOf(
  source: SourceConfig,
  spellings: readonly string[],
  count: number,
  inspected: Inspected,
): string[] {
  const { read, first, notRead } = summaryOf(inspected)
  const question = spellings.length > 0 ? `asked for ${spellings.join(', ')}` : 'asked for the first page'
  const lines = [`${source.name} (${source.kind}): ${question}; ${count} records came, ${read} were read`]
  for (const { undated, ...update } of first)
    lines.push(`  ${JSON.stringify(update)}${undated ? ' (the peer does not say when this changed)' : ''}`)
  if (read > first.length) lines.push(`  and ${read - first.length} more`)
  for (const [reason, times] of Object.entries(notRead)) lines.push(`  not read: ${reason}, ${times} times`)
  const words = new Set(
    inspected.skipped.flatMap(({ reason, word }) => (reason === 'unknown-status' && word ? [word] : [])),
  )
  for (const word of words) lines.push(`  add to statuses of this source: ${JSON.stringify(word)}: <state>`)
  return lines
}
