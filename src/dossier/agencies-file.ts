// Reads the agencies file: who issues dossiers, and under which codes. Every mistake is reported with its path.
import { readYaml } from '../config/read-yaml.js'
import type { ConfigProblem } from '../config/slice.js'
import { type Checked, checker } from '../config/validate.js'
import { Type } from '../schema.js'
import { type Agency, sandboxAgency } from './agency.js'
import { AgencySchema } from './settings.js'

interface Agencies {
  /** Empty when the file has a mistake. */
  readonly list: readonly Agency[]
  /** Every code and alias, also of entries that have mistakes; undefined when the file cannot be read. */
  readonly codes: ReadonlySet<string> | undefined
  /** Paths begin with `agencies`. */
  readonly problems: readonly ConfigProblem[]
  /** Entries that are valid but probably not what was meant. */
  readonly notices: readonly ConfigProblem[]
}

const check = checker('agencies', Type.Array(AgencySchema, { minItems: 1 }), 'agenciesFile')

/** Reads and checks FILE; never throws on what an operator can write. */
export function readAgencies(file: string): Agencies {
  const content = readYaml(file)
  const read = 'value' in content && content.value === null ? { problem: 'is empty' } : content
  if ('problem' in read) {
    const problems = [{ path: 'agencies', message: `${file}: ${read.problem}` }]
    return { list: [], codes: undefined, problems, notices: [] }
  }
  return checkAgencies(read.value)
}

/** Checks the content of an agencies file. */
export function checkAgencies(value: unknown): Agencies {
  const checked = check(value)
  const problems = [...checked.problems]
  const codes = new Map<string, string>()
  const indexes = new Map<number, string>()
  const notices: ConfigProblem[] = []
  const { isSound, entries } = checked
  for (const [path, agency] of entries('agencies', checked.value as Agency[])) {
    checkReserved(agency, path, problems)
    if (agency.index !== undefined && isSound(`${path}.index`))
      checkUnused(indexes, agency.index, `${path}.index`, path, `${agency.index}`, problems)
    for (const code of codesOf(agency, path, checked))
      checkUnused(codes, code, path, path, `code ${code}`, problems)
    if (isSound(`${path}.patterns`)) checkPatterns(agency.patterns, path, problems)
    if (isSound(path)) noteMerged(agency, path, notices)
  }
  checkServed(checked, problems)
  return {
    list: problems.length === 0 ? (checked.value as Agency[]) : [],
    codes: new Set(codes.keys()),
    problems,
    notices,
  }
}

const codesOf = ({ code, aliases }: Agency, path: string, { isSound }: Checked): string[] => [
  ...(typeof code === 'string' ? [code] : []),
  ...(isSound(`${path}.aliases`) ? aliases : []),
]

function checkReserved({ code }: Agency, path: string, problems: ConfigProblem[]): void {
  if (code === sandboxAgency.code)
    problems.push({ path, message: `code ${code} is reserved for the sandbox` })
}

// `servedBy` must name an entry that answers for itself, not one that another entry serves.
function checkServed({ isSound, entries, value }: Checked, problems: ConfigProblem[]): void {
  const servedBy = new Map<string, string | undefined>()
  for (const [, agency] of entries('agencies', value as Agency[])) servedBy.set(agency.code, agency.servedBy)
  for (const [path, agency] of entries('agencies', value as Agency[])) {
    const by = agency.servedBy
    if (by === undefined || !isSound(`${path}.servedBy`)) continue
    const add = (message: string) => problems.push({ path: `${path}.servedBy`, message })
    if (!servedBy.has(by)) add(`'${by}' belongs to no entry`)
    else if (by === agency.code) add('an agency cannot be served by itself')
    else if (servedBy.get(by) !== undefined)
      add(`'${by}' is served by '${servedBy.get(by)}' itself: name that one`)
  }
}

// An alias is another spelling of one office with one sequence. Two codes of the same form are two offices: both have
// issued the same sequence on the same day, and in one number space the later dossier would overwrite the earlier.
function noteMerged({ code, aliases }: Agency, path: string, notices: ConfigProblem[]): void {
  const seen = new Map<string, string>()
  for (const one of [code, ...aliases]) {
    const form = /^\d{3}\.\d\d\.\d\d\.[A-Z]\d\d$/.test(one) ? 'old' : /^[A-Z]\d\d\./.test(one) ? 'new' : one
    const other = seen.get(form)
    if (other === undefined) seen.set(form, one)
    else
      notices.push({
        path: `${path}.aliases`,
        message:
          `${other} and ${one} look like two issuers whose numbers would collide: ` +
          `give ${one} an entry of its own, with servedBy: ${code}`,
      })
  }
}

function checkUnused<K>(
  users: Map<K, string>,
  key: K,
  path: string,
  user: string,
  name: string,
  problems: ConfigProblem[],
): void {
  const other = users.get(key)
  if (other !== undefined) problems.push({ path, message: `${name} is already used by ${other}` })
  users.set(key, user)
}

function checkPatterns(patterns: readonly string[], path: string, problems: ConfigProblem[]): void {
  patterns.forEach((pattern, nth) => {
    try {
      new RegExp(pattern, 'u')
    } catch {
      problems.push({ path: `${path}.patterns[${nth}]`, message: 'is not a regular expression' })
    }
  })
}
