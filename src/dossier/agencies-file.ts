// Reads the agencies file: who issues dossiers, and under which codes. Every mistake is told with its place.
import { readYaml } from '../config/read-yaml.js'
import type { ConfigProblem } from '../config/slice.js'
import { type Checked, checker } from '../config/validate.js'
import { Type } from '../schema.js'
import { type Agency, sandboxAgency } from './agency.js'
import { AgencySchema } from './settings.js'

export interface Agencies {
  /** Empty when the file has a mistake. */
  readonly list: readonly Agency[]
  /** Every code and alias, also of entries that have mistakes; undefined when the file cannot be read. */
  readonly codes: ReadonlySet<string> | undefined
  /** Paths begin with `agencies`. */
  readonly problems: readonly ConfigProblem[]
}

const check = checker('agencies', Type.Array(AgencySchema, { minItems: 1 }))

/** Reads and checks FILE; never throws for what an operator can write. */
export function readAgencies(file: string): Agencies {
  const read = readYaml(file)
  if ('problem' in read)
    return {
      list: [],
      codes: undefined,
      problems: [{ path: 'agencies', message: `${file}: ${read.problem}` }],
    }
  const checked = check(read.value)
  const problems = [...checked.problems]
  const codes = new Map<string, string>()
  const indexes = new Map<number, string>()
  const { isSound, entries } = checked
  for (const [path, agency] of entries('agencies', checked.value as Agency[])) {
    tellReserved(agency, path, problems)
    if (isSound(`${path}.index`))
      tellUsed(indexes, agency.index, `${path}.index`, path, `${agency.index}`, problems)
    for (const code of codesOf(agency, path, checked))
      tellUsed(codes, code, path, path, `code ${code}`, problems)
    if (isSound(`${path}.patterns`)) tellPatterns(agency.patterns, path, problems)
  }
  return {
    list: problems.length === 0 ? (checked.value as Agency[]) : [],
    codes: new Set(codes.keys()),
    problems,
  }
}

const codesOf = ({ code, aliases }: Agency, path: string, { isSound }: Checked): string[] => [
  ...(typeof code === 'string' ? [code] : []),
  ...(isSound(`${path}.aliases`) ? aliases : []),
]

function tellReserved({ index, code }: Agency, path: string, problems: ConfigProblem[]): void {
  if (index !== sandboxAgency.index && code !== sandboxAgency.code) return
  const { code: ours, index: nth } = sandboxAgency
  problems.push({ path, message: `code ${ours} and index ${nth} are reserved for the sandbox` })
}

function tellUsed<K>(
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

function tellPatterns(patterns: readonly string[], path: string, problems: ConfigProblem[]): void {
  patterns.forEach((pattern, nth) => {
    try {
      new RegExp(pattern, 'u')
    } catch {
      problems.push({ path: `${path}.patterns[${nth}]`, message: 'is not a regular expression' })
    }
  })
}
