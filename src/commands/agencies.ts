// The `agencies` command: adds entries for units that sent updates, or imports a list of agencies from a file.
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { parseArgs } from 'node:util'
import { parse as parseCsv } from 'csv-parse/sync'
import { parseYaml, readText, whyUnreadable } from '../config/read-yaml.js'
import { isRecord } from '../config/validate.js'
import { type NewAgency, shortNameOf, withEntries } from '../dossier/agencies-edit.js'
import { openAgencyCodes } from '../dossier/numbers/agency-codes.js'
import { localDate } from '../dossier/times.js'
import { withoutAccents } from '../dossier/unaccented.js'
import { exitCodes, usageError, whyRefused } from '../errors.js'
import { replaceFile } from '../replace-file.js'
import { say } from '../terminal.js'
import type { Command, CommandContext } from './command.js'
import { withCore } from './with-core.js'

const usage = 'agencies adopt [CODE]… [--dry-run]\nagencies import FILE [--dry-run]'

/** Runs `agencies adopt` and `agencies import`. Throws GatewayError usage. */
export const agenciesCommand: Command = async (context) => {
  const { values, positionals } = parseArgs({
    args: [...context.args],
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean' } },
  })
  const [action, ...rest] = positionals
  const isDry = values['dry-run'] === true
  if (action === 'adopt') return adopt(context, rest, isDry)
  if (action === 'import' && rest.length === 1) return importList(context, rest[0]!, isDry)
  throw usageError(usage)
}

// Adds units that sent updates but have no entry. Each is served by the entry that covered it so far, until someone edits it.
async function adopt(context: CommandContext, wanted: readonly string[], isDry: boolean): Promise<number> {
  const { config } = context
  let heard: ReadonlyMap<string, string> = new Map()
  await withCore(async ({ core }) => {
    heard = await core.store.units.all()
    return exitCodes.ok
  })(context)
  const codes = openAgencyCodes(config.agencies)
  const units = [...heard.keys()].sort().flatMap((code) => {
    const owner = codes.issuerOf(code)
    return owner && owner.code !== owner.agency.code ? [{ code, owner: owner.agency }] : []
  })
  const strangers = wanted.filter((code) => !units.some((unit) => unit.code === code))
  if (strangers.length > 0)
    throw usageError(`${strangers.join(', ')}: sent no update, or already in the agencies file`)
  const entries = units
    .filter(({ code }) => wanted.length === 0 || wanted.includes(code))
    .map(
      ({ code, owner: { code: owner, name, shortName, phone, address, servedBy } }): NewAgency => ({
        code,
        name,
        shortName,
        phone,
        address,
        servedBy: servedBy ?? owner,
      }),
    )
  return add(context, entries, `Units that sent updates, added ${today()}: correct their names.`, isDry)
}

async function importList(context: CommandContext, file: string, isDry: boolean): Promise<number> {
  const { rows, unread } = readRows(file)
  for (const heading of unread) say(`${file}: the column "${heading.slice(0, 60)}" is ignored`)
  const known = new Set(context.config.agencies.flatMap(({ code, aliases }) => [code, ...aliases]))
  const fresh = rows.filter(({ entry }) => !known.has(entry.code))
  const places = fresh.map(({ place }) => `${file}, ${place}`)
  // With --json standard output is for programs, so remarks go to stderr.
  const tell = context.json ? say : context.print
  if (fresh.length < rows.length)
    tell(`${rows.length - fresh.length} of ${rows.length} already have an entry and are left unchanged`)
  const codes = openAgencyCodes(context.config.agencies)
  const owners = new Set(
    fresh.flatMap(({ entry }) => (entry.servedBy ? [] : (codes.issuerOf(entry.code)?.agency.code ?? []))),
  )
  if (owners.size > 0)
    tell(
      `Units below ${[...owners].slice(0, 3).join(', ')}${owners.size > 3 ? ' …' : ''} become issuers of their own: a key of the entry above them may no longer push their dossiers, unless servedBy names it`,
    )
  return add(
    context,
    fresh.map(({ entry }) => entry),
    `Imported ${today()}.`,
    isDry,
    places,
  )
}

function add(
  { config, json, print }: CommandContext,
  entries: readonly NewAgency[],
  comment: string,
  isDry: boolean,
  places: readonly string[] = [],
): number {
  const added = withEntries(
    readFileSync(config.agenciesFile, 'utf8'),
    entries,
    comment,
    (nth) => places[nth] ?? `agencies.${entries[nth]!.code}`,
  )
  if (added.kind === 'refused') {
    if (json) print(JSON.stringify({ ok: false, problems: added.problems }))
    for (const { path, message } of added.problems) say(`${path}: ${message}`)
    say('Nothing was written.')
    return exitCodes.badConfig
  }
  if (entries.length > 0 && !isDry) replaceFile(config.agenciesFile, added.text)
  if (json)
    print(
      JSON.stringify({
        ok: true,
        file: config.agenciesFile,
        written: entries.length > 0 && !isDry,
        added: added.entries.map(({ code, index, name }) => ({ code, index, name })),
      }),
    )
  else {
    for (const { code, index, name } of added.entries)
      print(`${code.padEnd(18)} ${index === undefined ? 'no index left' : `index ${index}`}  ${name}`)
    const word = isDry ? 'would be added to' : 'were added to'
    print(
      `${entries.length} ${word} ${config.agenciesFile}${entries.length > 0 && !isDry ? '; restart the gateway to apply them' : ''}`,
    )
  }
  return exitCodes.ok
}

interface Row {
  readonly place: string
  readonly entry: NewAgency
}

// Headings found in lists of units, lower case, without accents and punctuation.
const headings: Readonly<Record<string, keyof NewAgency>> = {
  code: 'code',
  ma: 'code',
  'ma don vi': 'code',
  'ma co quan': 'code',
  'ma dinh danh': 'code',
  'ma dinh danh dien tu': 'code',
  index: 'index',
  'chi so': 'index',
  name: 'name',
  ten: 'name',
  'ten don vi': 'name',
  'ten co quan': 'name',
  'co quan': 'name',
  'don vi': 'name',
  shortname: 'shortName',
  'short name': 'shortName',
  'ten ngan': 'shortName',
  'ten viet tat': 'shortName',
  phone: 'phone',
  'dien thoai': 'phone',
  'so dien thoai': 'phone',
  sdt: 'phone',
  email: 'email',
  'e mail': 'email',
  'thu dien tu': 'email',
  address: 'address',
  'dia chi': 'address',
  aliases: 'aliases',
  'ma khac': 'aliases',
  'cach viet khac': 'aliases',
  servedby: 'servedBy',
  'served by': 'servedBy',
  'noi tra loi': 'servedBy',
  retired: 'retired',
  'ngay ket thuc': 'retired',
}
const plainHeading = (text: string) =>
  withoutAccents(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()

/** Rows of a CSV (comma, semicolon or tab), or entries of a YAML or JSON list. Throws GatewayError usage for anything else. */
function readRows(file: string): { rows: readonly Row[]; unread: readonly string[] } {
  const text = readFile(file)
  if (/^\.(ya?ml|json)$/i.test(extname(file))) {
    const list = listIn(text, file)
    return {
      rows: list.map((entry, nth) => ({ place: `entry ${nth + 1}`, entry: complete(entry) })),
      unread: [],
    }
  }
  const head = text.slice(0, text.indexOf('\n') + 1 || text.length)
  const delimiter = [';', '\t', ','].find((one) => head.includes(one)) ?? ','
  let records: { record: string[]; info: { lines: number } }[]
  try {
    records = parseCsv(text, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as never
  } catch (error) {
    throw usageError(`${file} is not valid CSV: ${(error as Error).message}`)
  }
  const [first, ...others] = records
  const fields = (first?.record ?? []).map((heading) => headings[plainHeading(heading)])
  if (!fields.includes('code') || !fields.includes('name'))
    throw usageError(`${file} has no columns "code" and "name" (mã, tên) in its first line`)
  const rows = others.map(({ record, info }) => {
    const entry: Record<string, unknown> = {}
    record.forEach((cell, at) => {
      const field = fields[at]
      if (field === undefined || cell === '') return
      if (field === 'aliases') entry[field] = cell.split(/[\s;,|]+/).filter(Boolean)
      else entry[field] = field === 'index' && /^\d+$/.test(cell) ? Number(cell) : cell
    })
    return { place: `line ${info.lines}`, entry: complete(entry) }
  })
  return { rows, unread: (first?.record ?? []).filter((_, at) => fields[at] === undefined) }
}

/** The entries of a YAML or JSON list. */
function listIn(text: string, file: string): readonly Partial<NewAgency>[] {
  const wrong = (why: string) => usageError(`${file} ${why}`)
  const list = (() => {
    try {
      return parseYaml(text)
    } catch (error) {
      throw wrong(whyUnreadable(error))
    }
  })()
  if (!Array.isArray(list)) throw wrong('is not a list')
  list.forEach((entry: unknown, nth) => {
    if (!isRecord(entry))
      throw wrong(`is not a list of agencies: entry ${nth + 1} has no keys such as code and name`)
  })
  return list
}

function complete(entry: Partial<NewAgency>): NewAgency {
  const { code = '', index, name = '', ...rest } = entry
  return {
    code: String(code).toUpperCase(),
    ...(index === undefined ? {} : { index }),
    name,
    shortName: shortNameOf(withoutAccents(String(name))),
    ...rest,
  }
}

function readFile(file: string): string {
  const wrong = (why: string) => usageError(`${file} ${why}`)
  const read = (() => {
    try {
      return readText(file)
    } catch (error) {
      throw wrong(`cannot be read: ${whyRefused(error)}`)
    }
  })()
  if ('problem' in read) throw wrong(read.problem)
  return read.text
}

const today = () => localDate(Date.now())
