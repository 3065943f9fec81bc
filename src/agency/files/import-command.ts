// The `import` command: a file of any of the three kinds into the store, beside a running gateway or without one.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../../config/config.js'
import type { Numbers } from '../../dossier/numbers.js'
import type { DossierStore } from '../../dossier/store.js'
import { readLooseTime } from '../../dossier/times.js'
import { exitCodes, GatewayError } from '../../errors.js'
import type { Metrics } from '../../metrics.js'
import type { MayWrite } from '../check.js'
import { type IntakeDeps, openIntake } from '../intake.js'
import { type ColumnField, columnFields, readMapping } from './columns.js'
import { describe, openErrorFile } from './error-file.js'
import { type ImportSummary, importRows } from './import.js'
import { type FileFormat, readRows } from './rows.js'

export interface ImportContext {
  readonly args: readonly string[]
  readonly config: Config
  readonly json: boolean
  readonly core: { readonly numbers: Numbers; readonly store: DossierStore; readonly metrics: Metrics }
  /** What the gateways are to know of it: which agency was heard of, and what was refused. */
  readonly hearing: Pick<Required<IntakeDeps>, 'heard' | 'refused'>
  print(text: string): void
}

const usage = `import FILE [--format ndjson|csv|xlsx] [--map "HEADING=field"]… [--agency CODE]… [--as-of TIME] [--errors FILE] [--dry-run]
fields: ${columnFields.join(' ')}, or - to leave a column out`
// Errors told one by one; the rest is in the file of errors.
const toldErrors = 20
const tellEveryMs = 5000

/** Runs `import`; 0 when every line was taken in, 1 when some were not. */
export async function importCommand({
  args,
  config,
  json,
  core,
  hearing,
  print,
}: ImportContext): Promise<number> {
  const { file, format, map, mayWrite, asOf, errors, dryRun } = await readArguments(args, config)
  const { numbers, store, metrics } = core
  const intake = openIntake({ numbers, store, agencies: config.agencies, metrics, ...hearing })
  const say = (text: string) => process.stderr.write(`${text}\n`)
  const errorFile = errors === undefined ? undefined : await openErrorFile(errors)
  const progress = await openProgress((await stat(file)).size, say)
  const input = createReadStream(file, { highWaterMark: 1 << 18 })
  input.on('data', (chunk) => progress.read(chunk.length))
  const rows = readRows(format, input as AsyncIterable<Buffer>, {
    map,
    asOf,
    onHeadings(row, { unread }) {
      errorFile?.headings(row)
      if (unread.length > 0) say(`columns not read: ${unread.join(', ')}`)
    },
  })
  const run = importRows(rows, { intake, mayWrite, dryRun })
  let summary: ImportSummary
  let told = 0
  try {
    for (;;) {
      const { done, value } = await run.next()
      if (done) {
        summary = value
        break
      }
      for (const { row, result } of value) {
        progress.row()
        if (!('error' in result)) continue
        await errorFile?.add(row, result.error)
        if (told++ < toldErrors) progress.aside(`line ${row.line}: ${describe(result.error)}`)
      }
    }
  } finally {
    progress.end()
    input.destroy()
  }
  if (told > toldErrors) say(`and ${told - toldErrors} more`)
  if ((await errorFile?.close()) === true)
    say(`lines that were not taken in are in ${errors}; correct them there and import that file`)
  if (json) print(JSON.stringify({ summary }))
  else print(sentence(summary))
  if (summary.aborted) {
    say('the store went away; run the same import again, what is in will not be taken in twice')
    return exitCodes.unavailable
  }
  return summary.failed > 0 ? exitCodes.failed : exitCodes.ok
}

function sentence({ lines, applied, stale, duplicate, failed, dryRun }: ImportSummary): string {
  if (dryRun)
    return `${lines} lines read, ${applied} would be taken in, ${failed} not (dry run: nothing was changed)`
  return `${lines} lines read, ${applied} applied, ${stale} older than what is known, ${duplicate} known already, ${failed} failed`
}

async function readArguments(args: readonly string[], config: Config) {
  const parsed = (() => {
    try {
      return parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          format: { type: 'string' },
          map: { type: 'string', multiple: true },
          agency: { type: 'string', multiple: true },
          'as-of': { type: 'string' },
          errors: { type: 'string' },
          'dry-run': { type: 'boolean' },
        },
      })
    } catch {
      throw new GatewayError('usage', usage, false)
    }
  })()
  const { values, positionals } = parsed
  const [file] = positionals
  if (file === undefined || positionals.length > 1) throw new GatewayError('usage', usage, false)
  const about = await stat(file).catch(() => undefined)
  if (!about?.isFile()) throw new GatewayError('usage', `${file} is no file that can be read`, false)
  const format = values.format ?? formatOf(file)
  if (format !== 'ndjson' && format !== 'csv' && format !== 'xlsx')
    throw new GatewayError('usage', 'give --format ndjson, csv or xlsx', false)
  const map = new Map<string, ColumnField | '-'>()
  for (const text of values.map ?? []) {
    const mapping = readMapping(text)
    if (!mapping) throw new GatewayError('usage', `--map ${text}: write HEADING=field\n${usage}`, false)
    map.set(...mapping)
  }
  const asOf = values['as-of'] === undefined ? Math.floor(about.mtimeMs) : readLooseTime(values['as-of'])
  if (asOf === undefined) throw new GatewayError('usage', '--as-of is no time', false)
  if (values.errors === file) throw new GatewayError('usage', '--errors must be another file', false)
  return {
    file,
    format: format as FileFormat,
    map,
    mayWrite: mayWriteOf(values.agency, config),
    asOf,
    errors: values.errors,
    dryRun: values['dry-run'] === true,
  }
}

function formatOf(file: string): string | undefined {
  const extension = extname(file).toLowerCase()
  if (extension === '.ndjson' || extension === '.jsonl') return 'ndjson'
  if (extension === '.csv' || extension === '.tsv' || extension === '.txt') return 'csv'
  return extension === '.xlsx' ? 'xlsx' : undefined
}

/** Left out: every agency. */
export function mayWriteOf(codes: readonly string[] | undefined, config: Pick<Config, 'agencies'>): MayWrite {
  if (codes === undefined) return () => true
  const own = new Set(currentCodes(codes, config))
  return (agency) => own.has(agency)
}

/** Current codes of codes or aliases. Throws GatewayError usage for one nobody knows. */
export function currentCodes(codes: readonly string[], { agencies }: Pick<Config, 'agencies'>): string[] {
  return codes.map((code) => {
    const known = agencies.find((one) => one.code === code || one.aliases.includes(code))
    if (!known) throw new GatewayError('usage', `agency ${code} is not in the agencies file`, false)
    return known.code
  })
}

// A bar where a person looks, plain lines where a log is written. Rows lag behind bytes by what is in flight.
async function openProgress(size: number, say: (text: string) => void) {
  let bytes = 0
  let rows = 0
  let saidAt = Date.now()
  const bar = process.stderr.isTTY
    ? new (await import('cli-progress')).SingleBar({
        format: '{bar} {percentage}% · {rows} lines',
        stream: process.stderr,
        clearOnComplete: true,
        hideCursor: true,
      })
    : undefined
  bar?.start(Math.max(size, 1), 0, { rows })
  return {
    read(count: number) {
      bytes += count
      bar?.update(bytes, { rows })
    },
    row() {
      rows++
      if (bar || Date.now() - saidAt < tellEveryMs) return
      saidAt = Date.now()
      say(`${rows} lines, ${Math.floor((100 * bytes) / Math.max(size, 1))}% of the file read`)
    },
    aside(text: string) {
      if (bar) process.stderr.write('\r\u001b[K')
      say(text)
    },
    end: () => bar?.stop(),
  }
}
