// The `report` command: the figures of a period, or the week's digest, to standard output or a file. It only reads, with or
// without a running gateway; the last seconds of a running gateway may be missing.

import { extname } from 'node:path'
import { parseArgs } from 'node:util'
import { holidaysOf } from '../../complaints/working-days.js'
import type { Config } from '../../config/config.js'
import { agencyTyped, spokenFor } from '../../dossier/agency.js'
import type { Numbers } from '../../dossier/numbers/numbers.js'
import type { DossierStore } from '../../dossier/store/store.js'
import { knownDossiers } from '../../dossier/store/walk.js'
import { localDate } from '../../dossier/times.js'
import type { TellTruth } from '../../dossier/truth.js'
import { openWording } from '../../dossier/wording.js'
import { exitCodes, usageError } from '../../errors.js'
import type { RedisDoor } from '../../redis/connection.js'
import { outputFile, writeOutput } from '../../replace-file.js'
import { workbookOf } from '../../workbook.js'
import { keptSeconds } from '../counters.js'
import { lastWeek, readDigest } from '../digest/digest.js'
import { digestPage, digestSheets } from '../digest/page.js'
import { csv, type Sheet } from '../download.js'
import { ledgerOf } from '../ledger/of-core.js'
import { notes, page } from './page.js'
import { type Period, readPeriod } from './period.js'
import { readReport } from './read.js'
import { sheetsOf } from './tables.js'

interface ReportContext {
  readonly args: readonly string[]
  readonly config: Pick<Config, 'agencies' | 'complaints' | 'report' | 'monitor' | 'wording'>
  readonly json: boolean
  readonly core: {
    readonly door: RedisDoor
    readonly store: DossierStore
    readonly numbers: Numbers
    readonly truthOf: TellTruth
  }
  /** Epoch ms; open and overdue counts are as of this moment. */
  readonly now?: () => number
  print(text: string): void
}

const usage = `report --period 2026H1 | --from DAY [--to DAY]  [--agency CODE]… [--format csv|xlsx|html|json] [--output FILE]
report --digest [--from DAY] [--to DAY] [--agency CODE]… [--format csv|xlsx|html|json] [--output FILE]
periods: 2026 · 2026H1 · 2026Q3 · 2026-06; an agency's half-years end on 30/6 and 30/11`
const formats = ['csv', 'xlsx', 'html', 'json'] as const
type Format = (typeof formats)[number]

/** The result in each of its output forms. */
interface Written {
  readonly value: object
  readonly page: () => string
  readonly sheets: () => Sheet[]
}

/** Runs `report`. */
export async function reportCommand(context: ReportContext): Promise<number> {
  const { json, now = Date.now, print } = context
  const at = now()
  const { isDigest, period, only, format, output } = readArguments(context, at)
  const made = await formed(await (isDigest ? digestOf : reportOf)(context, period, at, only), format)
  if (output === undefined) {
    print(typeof made === 'string' ? made.trimEnd() : '')
    return exitCodes.ok
  }
  writeOutput(output, made, 0o640)
  const { from, to } = period
  print(json ? JSON.stringify({ output, from, to }) : `report from ${from} to ${to} written to ${output}`)
  return exitCodes.ok
}

type Read = (
  context: ReportContext,
  period: Period,
  now: number,
  only: readonly string[] | undefined,
) => Promise<Written>

const reportOf: Read = async ({ core, config }, period, now, only) => {
  const { agencies, report: head } = config
  const report = await readReport(
    { ...core, agencies, holidays: holidaysOf(config), ledger: ledgerOf(core, config) },
    period,
    now,
    only,
  )
  return {
    value: report,
    page: () => page(report, head),
    // The notes that explain the figures go into every file.
    sheets: () => [
      ...sheetsOf(report),
      { name: 'Cách tính', title: 'Cách tính', rows: notes(report).map((note) => [note]) },
    ],
  }
}

const digestOf: Read = async ({ core, config }, period, now, only) => {
  const { agencies, report: head } = config
  const { vi } = openWording(config.wording)
  const its = only && spokenFor(agencies, only)
  const digest = await readDigest(
    {
      ...core,
      agencies,
      holidays: holidaysOf(config),
      ledger: ledgerOf(core, config),
      known: (numbers) => knownDossiers(numbers, core.numbers, core.store),
      stateWord: (status) => vi.states[status].label,
    },
    period,
    now,
    its,
  )
  return { value: digest, page: () => digestPage(digest, head), sheets: () => digestSheets(digest) }
}

async function formed({ value, page, sheets }: Written, format: Format): Promise<string | Buffer> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(value)}\n`
    case 'html':
      return page()
    case 'csv':
      return csv(sheets())
    case 'xlsx':
      return workbookOf(sheets())
  }
}

function readArguments({ args, json, config }: ReportContext, now: number) {
  const values = (() => {
    try {
      const text = { type: 'string' } as const
      return parseArgs({
        args: [...args],
        options: {
          digest: { type: 'boolean', default: false },
          period: text,
          from: text,
          to: text,
          agency: { ...text, multiple: true },
          format: text,
          output: text,
        },
      }).values
    } catch {
      throw usageError(usage)
    }
  })()
  const only = values.agency?.map((code) => agencyTyped(code, config.agencies).code)
  const { digest: isDigest } = values
  const output = outputFile(values.output)
  return {
    isDigest,
    period: periodOf(values, only !== undefined, now),
    only,
    format: formatOf(values.format, output, json),
    output,
  }
}

function periodOf(
  { digest, period, from, to }: { digest: boolean; period?: string; from?: string; to?: string },
  isOfAgency: boolean,
  now: number,
): Period {
  if (digest && period !== undefined)
    throw usageError('a digest is of a week: leave --period out, or say --from')
  if (digest && from === undefined && to === undefined) return lastWeek(now)
  const words = { period: period?.trim().toUpperCase(), from, to }
  const read = readPeriod(words, isOfAgency ? 'agency' : 'department', now)
  if (read) return answerable(read, now)
  if (period === undefined && from === undefined) throw usageError(usage)
  throw usageError(
    period === undefined || from !== undefined || to !== undefined
      ? `--from ${from ?? ''}${to === undefined ? '' : ` --to ${to}`} is no period: days are YYYY-MM-DD, at most 800 of them, and --period stands alone\n${usage}`
      : `--period ${period} is no period\n${usage}`,
  )
}

// For days not yet counted, or no longer kept, a report would show zeros.
function answerable(period: Period, now: number): Period {
  const first = localDate(now - keptSeconds * 1000)
  if (period.from > localDate(now))
    throw usageError(`this period begins on ${period.from}: there is nothing to report yet`)
  if (period.from < first)
    throw usageError(`counts are kept for 800 days, the first is ${first}: say --from ${first} or later`)
  return period
}

function formatOf(word: string | undefined, output: string | undefined, json: boolean): Format {
  const ending = output === undefined ? '' : extname(output).slice(1).toLowerCase()
  const byName = formats.find((one) => one === ending)
  const format = word ?? byName ?? (output === undefined ? (json ? 'json' : 'csv') : undefined)
  if (format === undefined)
    throw usageError(
      ending === 'pdf'
        ? `${output}: no PDF is written; write .html and print it from a browser, its pages are A4`
        : `${output}: the name must end with .csv, .xlsx, .html or .json, or --format must say it`,
    )
  if (!isFormat(format)) throw usageError(`--format ${format} is none of ${formats.join(', ')}`)
  if (word !== undefined && byName !== undefined && word !== byName)
    throw usageError(`--format ${word} and the name ${output} say two things`)
  if (format === 'xlsx' && output === undefined)
    throw usageError('a workbook needs a file: give --output FILE')
  return format
}

const isFormat = (text: string): text is Format => (formats as readonly string[]).includes(text)
