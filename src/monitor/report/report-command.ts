// The `report` command: the figures of a period from what is kept, on standard output or into a file. It reads and changes
// nothing, beside a running gateway or without one; the last seconds of a running gateway may not be in yet.
import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { parseArgs } from 'node:util'
import { readFigures } from '../../complaints/figures.js'
import type { Config } from '../../config/config.js'
import { sandboxAgency } from '../../dossier/agency.js'
import type { DossierStore } from '../../dossier/store.js'
import type { TellTruth } from '../../dossier/truth.js'
import { walkDossiers } from '../../dossier/walk.js'
import { exitCodes, GatewayError } from '../../errors.js'
import { silentLog } from '../../log.js'
import { asFault, type RedisDoor } from '../../redis/connection.js'
import { openCounters } from '../counters.js'
import { csv, xlsx } from '../download.js'
import { openFreshness } from '../freshness.js'
import { dayMs, officeDayStart } from '../office-time.js'
import { readUptime } from '../uptime.js'
import { countHandled } from './dossiers.js'
import { notes, page } from './page.js'
import { daysOf, type Period, readPeriod } from './period.js'
import { makeReport, type Report } from './report.js'
import { sheetsOf } from './tables.js'

export interface ReportContext {
  readonly args: readonly string[]
  readonly config: Pick<Config, 'agencies' | 'report'>
  readonly json: boolean
  readonly core: { readonly door: RedisDoor; readonly store: DossierStore; readonly truthOf: TellTruth }
  /** Epoch ms; what is open and overdue is so at this moment. */
  readonly now?: () => number
  print(text: string): void
}

const usage = `report --period 2026H1 | --from DAY [--to DAY]  [--agency CODE]… [--format csv|xlsx|html|json] [--output FILE]
periods: 2026 · 2026H1 · 2026Q3 · 2026-06; an agency's half-years end on 30/6 and 30/11`
const formats = ['csv', 'xlsx', 'html', 'json'] as const
type Format = (typeof formats)[number]

/** Runs `report`. */
export async function reportCommand(context: ReportContext): Promise<number> {
  const { config, json, core, now = Date.now, print } = context
  const { period, only, format, output } = readArguments(context, now())
  const report = await readReport({ ...core, agencies: config.agencies, period, only, now: now() })
  const made = await written(report, format, config.report)
  if (output === undefined) {
    print(typeof made === 'string' ? made.trimEnd() : '')
    return exitCodes.ok
  }
  await writeFile(output, made, { mode: 0o640 }).catch(() => {
    throw new GatewayError('usage', `${output} cannot be written`, false)
  })
  const { from, to } = period
  print(json ? JSON.stringify({ output, from, to }) : `report from ${from} to ${to} written to ${output}`)
  return exitCodes.ok
}

/** Reads what is kept and counts what is in the store. Throws GatewayError redis-unavailable. */
export async function readReport({
  door,
  store,
  truthOf,
  agencies,
  period,
  only,
  now,
}: {
  door: RedisDoor
  store: DossierStore
  truthOf: TellTruth
  agencies: Config['agencies']
  period: Period
  only?: readonly string[] | undefined
  now: number
}): Promise<Report> {
  const days = daysOf(period)
  const counters = openCounters({ door, log: silentLog, now: () => now })
  const freshness = await openFreshness({ door, log: silentLog, agencies, now: () => now })
  try {
    const from = officeDayStart(Date.parse(`${period.from}T12:00:00+07:00`))
    const until = officeDayStart(Date.parse(`${period.to}T12:00:00+07:00`)) + dayMs
    const dossiers = walkDossiers(store, agencies, { now })
    const [counts, uptime, handled, complaints] = await Promise.all([
      counters.days(days),
      readUptime(door, days, now),
      countHandled(dossiers, truthOf, { from, until, now }),
      readFigures(door, from, until, now),
    ])
    const real = agencies.filter((agency) => agency !== sandboxAgency)
    return makeReport({
      period,
      days,
      counts,
      handled,
      complaints,
      uptime,
      agencies: real,
      only,
      freshness: freshness.read,
      now,
    })
  } catch (error) {
    throw asFault(error)
  } finally {
    await freshness.close()
    await counters.close()
  }
}

async function written(report: Report, format: Format, head: Config['report']): Promise<string | Buffer> {
  // The words that say what a figure means travel with it, in whichever file.
  const about = { name: 'Cách tính', rows: notes(report).map((note) => [note]) }
  switch (format) {
    case 'json':
      return `${JSON.stringify(report)}\n`
    case 'html':
      return page(report, head)
    case 'csv':
      return csv([...sheetsOf(report), { ...about, title: about.name }])
    case 'xlsx':
      return xlsx([...sheetsOf(report), about])
  }
}

function readArguments({ args, json, config }: ReportContext, now: number) {
  const values = (() => {
    try {
      const text = { type: 'string' } as const
      return parseArgs({
        args: [...args],
        options: {
          period: text,
          from: text,
          to: text,
          agency: { ...text, multiple: true },
          format: text,
          output: text,
        },
      }).values
    } catch {
      throw new GatewayError('usage', usage, false)
    }
  })()
  const only = values.agency?.map((code) => {
    const known = config.agencies.find((one) => one.code === code || one.aliases.includes(code))
    if (!known) throw new GatewayError('usage', `agency ${code} is not in the agencies file`, false)
    return known.code
  })
  const period = readPeriod(values, only ? 'agency' : 'department', now)
  if (!period) throw new GatewayError('usage', usage, false)
  const { output } = values
  const byName = output === undefined ? undefined : extname(output).slice(1).toLowerCase()
  const format = values.format ?? formats.find((one) => one === byName) ?? (json ? 'json' : 'csv')
  if (!isFormat(format)) throw new GatewayError('usage', usage, false)
  if (format === 'xlsx' && output === undefined)
    throw new GatewayError('usage', 'a workbook needs a file: give --output FILE', false)
  return { period, only, format, output }
}

const isFormat = (text: string): text is Format => (formats as readonly string[]).includes(text)
