// The `import` command: a file of any kind into the store, beside a running gateway or without one.
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import type { RecordAction } from '../../access/audit.js'
import type { Config } from '../../config/config.js'
import { agencyTyped, spokenFor } from '../../dossier/agency.js'
import type { Numbers } from '../../dossier/numbers/numbers.js'
import type { DossierStore } from '../../dossier/store/store.js'
import { readLooseTime, timeForms } from '../../dossier/times.js'
import { openWording, type Wording } from '../../dossier/wording.js'
import { exitCodes, usageError, whyRefused } from '../../errors.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import { say } from '../../terminal.js'
import { emptySummary } from '../bulk.js'
import type { MayWrite } from '../check.js'
import { type IntakeDeps, openIntake } from '../intake.js'
import { type DateOrder, dateOrders } from './dates.js'
import { describe, openErrorFile, whyNoErrorFile } from './error-file.js'
import { commandLimits, type OpenFile, openFile, type Reading } from './files.js'
import { columnFields } from './heading-words.js'
import { readMapping } from './headings.js'
import { type ImportSummary, importRows } from './import.js'
import { columnsOf, refusalText, remarkTexts } from './messages.js'
import { openProgress } from './progress.js'
import { openSavedMaps, type SavedMaps, savedMapName, signatureOf, wishesOf } from './saved-maps.js'
import type { Wishes } from './survey.js'
import { FileRefusal, type FileRefusalCode } from './tables/table.js'
import { openStatusWords, readStatusMapping } from './words.js'

interface ImportContext {
  readonly args: readonly string[]
  readonly config: Config
  readonly json: boolean
  readonly core: {
    readonly numbers: Numbers
    readonly store: DossierStore
    readonly metrics: Metrics
    readonly door: RedisDoor
    readonly audit: { readonly record: RecordAction }
  }
  /** Reports to the running gateways which agency sent updates, and what was refused. */
  readonly hearing: Pick<Required<IntakeDeps>, 'heard' | 'refused'>
  print(text: string): void
}

const usage = `import FILE [--sheet NAME] [--dates dmy|mdy|swapped] [--map "HEADING=field"]… [--status "WORDS=state"]… [--save-map NAME] [--use-map NAME] [--agency CODE]… [--as-of TIME] [--errors FILE] [--dry-run]
FILE is NDJSON, CSV, XLSX, XLSM, ODS, XLS or a web page's table; what it is, its bytes say
fields: ${columnFields.join(' ')}, or - to leave a column out`
// Printed one by one; the rest is in the file of errors.
const maxErrorsShown = 20

/** Runs `import`; 0 when every line was taken in, 1 when some were not. */
export async function importCommand(context: ImportContext): Promise<number> {
  const { args, config, json, core, hearing, print } = context
  const maps = openSavedMaps(core.door)
  const asked = await readArguments(args, config, maps)
  const intake = openIntake({ ...core, agencies: config.agencies, ...hearing })
  const wording = openWording(config.wording)
  const file = await opened(asked, maps, wording)
  const summary: ImportSummary = emptySummary()
  const audit = (result: string) =>
    core.audit.record({ who: `operator ${operator()}`, what: 'import', on: '', result })
  try {
    const { reading } = file
    if (reading) sayReading(reading, wording)
    if (await hasChanged(asked))
      throw usageError(
        `${asked.file} changed while it was read; nothing was taken in. Import it again once it is written`,
      )
    // Before any row is applied: an operator who interrupts the command would otherwise leave no entry.
    if (!asked.dryRun) await audit('begun')
    await run(file, asked, intake, summary)
    if (json) print(JSON.stringify({ summary, ...(reading ? { file: columnsOf(reading) } : {}) }))
    else print(sentence(summary))
    if (summary.aborted) {
      say('the store went away; run the same import again, what is in will not be taken in twice')
      return exitCodes.unavailable
    }
    if (await hasChanged(asked)) {
      say('the file changed while it was read, so some lines may be cut or missing: import it again')
      return exitCodes.failed
    }
    if (asked.saveMap && reading) await saveMap(asked.saveMap, reading, maps)
    return summary.failed > 0 ? exitCodes.failed : exitCodes.ok
  } finally {
    await file.close()
    // Also after an unreadable row in the middle: the rows before it were applied.
    if (!summary.dryRun && summary.applied > 0) await audit(`${summary.applied} of ${summary.lines} applied`)
  }
}

type Asked = Awaited<ReturnType<typeof readArguments>>

// A table is read more than once, and a nightly job may be writing it.
async function hasChanged({ file, about }: Asked): Promise<boolean> {
  const { ino, size, mtimeMs } = about
  const is = await stat(file).catch(() => undefined)
  return is?.ino !== ino || is.size !== size || is.mtimeMs !== mtimeMs
}

// The options with which an operator answers the question of a refusal.
const answers: Partial<Record<FileRefusalCode, string>> = {
  'which-sheet': 'say which with --sheet "NAME"',
  'no-such-sheet': 'say which with --sheet "NAME"',
  'hidden-sheet': 'to take it all the same: --sheet "NAME"',
  'date-order': 'say which with --dates dmy (day first) or --dates mdy (month first)',
  'date-mixed': 'to take one all the same: --dates dmy (day first) or --dates mdy (month first)',
  'date-swapped': 'to have them put right: --dates swapped; to take them as they stand: --dates dmy',
  'no-number-column': 'Or name the column with --map "HEADING=dossierNo"',
  'no-status-column':
    'name it with --map "HEADING=dossierStatus", or say the state of every row with --status "*=processing"',
}

async function opened(
  { file, wishes, asOf, isAsOfSaid }: Asked,
  maps: SavedMaps,
  wording: Wording,
): Promise<OpenFile> {
  const saved = await maps.all()
  const words = openStatusWords(wording)
  const request = { source: { path: file }, wishes, saved, words, asOf, isAsOfSaid, now: Date.now() }
  try {
    return await openFile(request, commandLimits)
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error
    const answer = answers[error.code]
    const text = refusalText(error, wording, 'en')
    throw usageError(answer ? `${text}\n${answer}` : text)
  }
}

function sayReading(reading: Reading, wording: Wording): void {
  const { read, unread, people } = columnsOf(reading)
  say(
    `columns read: ${Object.entries(read)
      .map(([field, heading]) => `${heading} (${field})`)
      .join(', ')}`,
  )
  if (unread.length > 0) say(`columns not read: ${unread.join(', ')}`)
  if (people.length > 0) say(`columns of people, never read: ${people.join(', ')}`)
  for (const text of remarkTexts(reading, wording, 'en')) say(text)
  const strange = reading.remarks.find(({ code }) => code === 'unknown-status')
  if (strange)
    say(
      `say what it means with --status "${strange.about.word}=STATE", where STATE is processing, supplement …`,
    )
}

async function run(
  file: OpenFile,
  { path, mayWrite, dryRun, about }: Asked,
  intake: ReturnType<typeof openIntake>,
  summary: ImportSummary,
): Promise<void> {
  const errorFile = path === undefined ? undefined : await openErrorFile(path, file.reading)
  const progress = await openProgress(file.reading?.plan.rows, about.size, say)
  const rows = importRows(file.rows(), { intake, mayWrite, dryRun, summary })
  let errors = 0
  try {
    for (;;) {
      const { done, value } = await rows.next()
      if (done) break
      for (const { row, result } of value) {
        progress.row(row.text?.length ?? 0)
        if (!('error' in result)) continue
        await errorFile?.add(row, result.error)
        if (errors++ < maxErrorsShown) progress.aside(`line ${row.line}: ${describe(result.error)}`)
      }
    }
  } finally {
    progress.end()
  }
  if (errors > maxErrorsShown) say(`and ${errors - maxErrorsShown} more`)
  const kept = await errorFile?.close()
  if (kept && kept.written > 0)
    say(`lines that were not taken in are in ${path}; correct them there and import that file`)
  if (kept && kept.left > 0) say(`${kept.left} more have no place in a workbook: name a .csv to have all`)
}

async function saveMap(name: string, reading: Reading, maps: SavedMaps) {
  const { map, statuses, sheet, dates } = reading.wishes
  await maps.save({
    format: 1,
    name,
    signature: signatureOf(reading.plan.columns),
    map: [...map],
    statuses: [...statuses],
    ...(sheet === undefined ? {} : { sheet }),
    ...(dates === undefined ? {} : { dates }),
  })
  say(`kept as "${name}": the next file with these headings is read the same way, here and at every desk`)
}

function sentence({ lines, applied, stale, duplicate, failed, dryRun }: ImportSummary): string {
  if (dryRun)
    return `${lines} lines read, ${applied} would be taken in, ${failed} not (dry run: nothing was changed)`
  return `${lines} lines read, ${applied} applied, ${stale} older than what is known, ${duplicate} known already, ${failed} failed`
}

function operator(): string {
  try {
    return userInfo().username
  } catch {
    return '?' // a container's user need not have a name
  }
}

const options = {
  format: { type: 'string' },
  sheet: { type: 'string' },
  dates: { type: 'string' },
  map: { type: 'string', multiple: true },
  status: { type: 'string', multiple: true },
  'save-map': { type: 'string' },
  'use-map': { type: 'string' },
  agency: { type: 'string', multiple: true },
  'as-of': { type: 'string' },
  errors: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const

const formats: readonly string[] = ['ndjson', 'csv', 'xlsx', 'ods', 'xls', 'html']

async function readArguments(args: readonly string[], config: Config, maps: SavedMaps) {
  const { values, positionals } = (() => {
    try {
      return parseArgs({ args: [...args], allowPositionals: true, options })
    } catch {
      throw usageError(usage)
    }
  })()
  const [file] = positionals
  if (file === undefined || positionals.length > 1) throw usageError(usage)
  const about = await stat(file).catch((error: unknown) => {
    throw usageError(`${file} cannot be read: ${whyRefused(error)}`)
  })
  if (!about.isFile()) throw usageError(`${file} is no file`)
  // The bytes decide the format; --format only has to name one that exists.
  if (values.format !== undefined && !formats.includes(values.format))
    throw usageError(`--format ${values.format} is none of ${formats.join(', ')}`)
  const asOf = readAsOf(values['as-of'], about)
  const noErrors = values.errors === undefined ? undefined : await whyNoErrorFile(values.errors, about)
  if (noErrors) throw usageError(`--errors ${values.errors}: ${noErrors}`)
  const saveMap = values['save-map']
  if (saveMap !== undefined && !savedMapName.test(saveMap))
    throw usageError('--save-map wants a name of letters and digits, at most 40')
  return {
    file,
    about,
    wishes: await readWishes(values, maps),
    mayWrite: mayWriteOf(values.agency, config),
    asOf,
    isAsOfSaid: values['as-of'] !== undefined,
    path: values.errors,
    saveMap,
    dryRun: values['dry-run'] === true,
  }
}

function readAsOf(text: string | undefined, about: Stats): number {
  const now = Date.now()
  // A file saved in the future comes from a wrong clock.
  if (text === undefined) return Math.min(Math.floor(about.mtimeMs), now)
  const asOf = readLooseTime(text)
  if (asOf === undefined) throw usageError(`--as-of ${text} is no time: ${timeForms}`)
  if (asOf > now) throw usageError(`--as-of ${text} is in the future`)
  return asOf
}

/** The options on how to read a file. Throws GatewayError usage for invalid ones. */
async function readWishes(
  values: {
    sheet?: string | undefined
    dates?: string | undefined
    map?: string[] | undefined
    status?: string[] | undefined
    'use-map'?: string | undefined
  },
  maps: SavedMaps,
): Promise<Wishes> {
  const { sheet, dates, map = [], status = [] } = values
  const wrong = (text: string): never => {
    throw usageError(`${text}\n${usage}`)
  }
  if (dates !== undefined && !dateOrders.includes(dates as DateOrder))
    wrong('--dates is dmy (day first), mdy (month first) or swapped')
  const name = values['use-map']
  const saved = name === undefined ? undefined : (await maps.all()).find((one) => one.name === name)
  if (name !== undefined && !saved) wrong(`--use-map ${name}: no such name is kept`)
  const base = saved ? wishesOf(saved) : undefined
  return {
    ...base,
    map: new Map([
      ...(base?.map ?? []),
      ...map.map((text) => readMapping(text) ?? wrong(`--map ${text}: write HEADING=field`)),
    ]),
    statuses: new Map([
      ...(base?.statuses ?? []),
      ...status.map((text) => readStatusMapping(text) ?? wrong(`--status ${text}: write WORDS=state`)),
    ]),
    ...(sheet === undefined ? {} : { sheet }),
    ...(dates === undefined ? {} : { dates: dates as DateOrder }),
  }
}

/** Left out: every agency. */
function mayWriteOf(codes: readonly string[] | undefined, config: Pick<Config, 'agencies'>): MayWrite {
  if (codes === undefined) return () => true
  const own = spokenFor(config.agencies, currentCodes(codes, config))
  return (agency) => own.has(agency)
}

/** Current codes of codes or aliases. Throws GatewayError usage for an unknown one. */
export function currentCodes(codes: readonly string[], { agencies }: Pick<Config, 'agencies'>): string[] {
  return codes.map((code) => agencyTyped(code, agencies).code)
}
