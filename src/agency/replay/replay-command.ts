// The `replay` command: for a receiver that was away, or a second system that is filled from this one.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Config } from '../../config/config.js'
import { wrongAddress } from '../../config/web-address.js'
import type { Numbers } from '../../dossier/numbers/numbers.js'
import type { DossierStore } from '../../dossier/store/store.js'
import { dayMs, readLooseTime, timeForms } from '../../dossier/times.js'
import { exitCodes, usageError, whyRefused } from '../../errors.js'
import type { RedisDoor } from '../../redis/connection.js'
import { say } from '../../terminal.js'
import { currentCodes } from '../files/import-command.js'
import { listChanges } from './changes.js'
import { type DeliverDeps, openDelivery, sourceOf } from './deliver.js'
import { type ReplaySummary, replay } from './replay.js'

interface ReplayContext {
  readonly args: readonly string[]
  readonly config: Pick<Config, 'agencies' | 'http'>
  readonly json: boolean
  readonly core: { readonly door: RedisDoor; readonly numbers: Numbers; readonly store: DossierStore }
  /** Patience and clock of the delivery. */
  readonly delivery?: Pick<DeliverDeps, 'wait' | 'now' | 'timeoutMs' | 'attempts'>
  print(text: string): void
}

const usage =
  'replay --since TIME [--until TIME] [--agency CODE]… --to URL --secret-file FILE [--batch 1–1000], or --dry-run'

/** Runs `replay`: 0 all taken, 1 something was refused, 69 the receiver stayed away. */
export async function replayCommand({
  args,
  config,
  json,
  core,
  delivery,
  print,
}: ReplayContext): Promise<number> {
  const { stretch, receiver, batch } = await readArguments(args, config)
  const deps = { ...core, agencies: config.agencies }
  if (!receiver) {
    const { changes, isWhole } = await listChanges(deps, stretch)
    print(
      json
        ? JSON.stringify({ changes: changes.length, isWhole, dryRun: true })
        : `${changes.length} changes would be sent`,
    )
    return exitCodes.ok
  }
  const { to, secret } = receiver
  if (to.protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(to.hostname))
    say('this goes over the network as it is: prefer an https address')
  const { send } = openDelivery({
    to,
    secret,
    onRetry: (why, waitMs) => say(`${why}; trying again in ${Math.round(waitMs / 1000)} s`),
    ...delivery,
  })
  const summary = await replay({ ...deps, source: sourceOf(config), batch, send }, stretch, (sent, of) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${sent} of ${of}${sent === of ? '\n' : ''}`)
  })
  print(json ? JSON.stringify({ summary }) : sentences(summary))
  if (summary.stopped) return summary.stopped.kind === 'away' ? exitCodes.unavailable : exitCodes.failed
  return summary.refused.length > 0 ? exitCodes.failed : exitCodes.ok
}

const maxRefusalsShown = 20

function sentences({ changes, sent, gone, refused, isWhole, stopped }: ReplaySummary): string {
  return [
    `${changes} changes, ${sent} sent, ${gone} of dossiers that are no more, ${refused.length} refused`,
    ...(isWhole
      ? []
      : ['The change streams do not reach back so far: of some dossiers only the present state was sent.']),
    ...refused
      .slice(0, maxRefusalsShown)
      .map(({ id, code, pointer }) => `refused ${id}: ${code}${pointer ? ` at ${pointer}` : ''}`),
    ...(refused.length > maxRefusalsShown ? [`and ${refused.length - maxRefusalsShown} more`] : []),
    ...(stopped
      ? [
          `Stopped, ${stopped.kind === 'away' ? 'the receiver is away' : 'refused'} (${stopped.why}). Go on with --since ${stopped.since}`,
        ]
      : []),
  ].join('\n')
}

async function readArguments(args: readonly string[], config: Pick<Config, 'agencies'>) {
  const values = (() => {
    try {
      const text = { type: 'string' } as const
      return parseArgs({
        args: [...args],
        options: {
          since: text,
          until: text,
          agency: { ...text, multiple: true },
          to: text,
          'secret-file': text,
          batch: { ...text, default: '100' },
          'dry-run': { type: 'boolean', default: false },
        },
      }).values
    } catch {
      throw usageError(usage)
    }
  })()
  const since = readLooseTime(values.since)
  const until = values.until === undefined ? Date.now() : endOf(values.until)
  if (since === undefined)
    throw usageError(values.since === undefined ? usage : `--since ${values.since} is no time: ${timeForms}`)
  if (until === undefined || until < since)
    throw usageError(
      values.until === undefined
        ? `--since ${values.since} is in the future`
        : `--until ${values.until} is no time after --since: ${timeForms}`,
    )
  const batch = Number(values.batch)
  if (!Number.isInteger(batch) || batch < 1 || batch > 1000)
    throw usageError(`--batch ${values.batch} is no whole number from 1 to 1000`)
  const receiver = values['dry-run'] ? undefined : await readReceiver(values.to, values['secret-file'])
  return {
    stretch: {
      since,
      until,
      agencies: values.agency ? new Set(currentCodes(values.agency, config)) : undefined,
    },
    receiver,
    batch,
  }
}

/**
 * The last moment that a text names: the end of its second, because people write whole seconds, or of a day without an hour.
 */
function endOf(text: string): number | undefined {
  const at = readLooseTime(text)
  const isDay = !/:|\d{14}/.test(text)
  return at === undefined ? undefined : at + (isDay ? dayMs : 1000) - 1
}

async function readReceiver(url: string | undefined, secretFile: string | undefined) {
  if (url === undefined || secretFile === undefined) throw usageError(usage)
  const wrong = wrongAddress(url)
  if (wrong !== undefined) throw usageError(`--to ${wrong}`)
  const secret = await readFile(secretFile, 'utf8').catch((error: unknown) => {
    throw usageError(`--secret-file ${secretFile} cannot be read: ${whyRefused(error)}`)
  })
  return { to: new URL(url), secret: secret.trim() }
}
