// Checks the words of a command line against the command's usage: exactly what the help shows is accepted. A usage line has the
// familiar form, `retry ID… | --all` or `[--format csv|xlsx] [--output FILE]`: a leading lower-case word is an action, capitals
// stand for a value, `…` for any number of them.
import { usageError } from '../errors.js'

export interface Words {
  /** The command; undefined when none was given. */
  readonly name?: string
  readonly configFile?: string
  readonly json: boolean
  readonly help: boolean
  readonly version: boolean
  /** Everything else, in order, for the command to read. */
  readonly args: readonly string[]
}

/** Extracts the options common to all commands. Throws GatewayError usage when --config has no file. */
export function readWords(argv: readonly string[]): Words {
  const args: string[] = []
  const asked = { json: false, help: false, version: false }
  let configFile: string | undefined
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    // An empty value is an unset variable of a script; the default would then open another store.
    if (word === '--config' || word.startsWith('--config=')) {
      if (configFile !== undefined) refuse('--config is given twice')
      configFile = (word === '--config' ? argv[++at] : word.slice(9)) || refuse('--config needs a file')
    } else if (word === '--json') asked.json = true
    else if (word === '--help' || word === '-h') asked.help = true
    else if (word === '--version') asked.version = true
    else args.push(word)
  }
  const name = args[0]?.startsWith('-') ? undefined : args.shift()
  return { ...asked, ...(name === undefined ? {} : { name }), ...(configFile ? { configFile } : {}), args }
}

/** What an option takes: nothing, one value, or a value each time it is given. */
type Option = 'flag' | 'once' | 'often'

interface Line {
  readonly action?: string
  readonly options: ReadonlyMap<string, Option>
  readonly positionals: number
  /** The required positionals, by their names in the usage. */
  readonly wanted: readonly string[]
  /** The required options. */
  readonly needed: readonly string[]
}

/** Throws GatewayError usage naming the first word that the usage of `command` does not allow, or what it lacks. */
export function checkWords(command: string, usage: readonly string[], args: readonly string[]): void {
  const lines = usage.map(readLine)
  const actions = [...new Set(lines.flatMap(({ action }) => (action === undefined ? [] : [action])))]
  const [first] = args
  const help = `see dossier-gateway ${command} --help`
  const hasActions = actions.length > 0
  if (hasActions && first === undefined) refuse(`${command} wants ${oneOf(actions)}: ${help}`)
  if (hasActions && !first?.startsWith('-') && !actions.includes(first!))
    refuse(`${command} has no "${first}": ${actions.join(', ')}`)
  const chosen = lines.filter(({ action }) => action === undefined || action === first)
  const rest = hasActions && !first?.startsWith('-') ? args.slice(1) : args
  const { positionals, given } = readGiven(chosen, rest, help)
  const missing = args.includes('--') ? [] : chosen.map((line) => missingOf(line, positionals, given))
  if (missing.length > 0 && !missing.includes(undefined))
    refuse(
      `${[command, chosen[0]!.action].filter(Boolean).join(' ')} wants ${oneOf([...new Set(missing)])}: ${help}`,
    )
}

function readGiven(lines: readonly Line[], args: readonly string[], help: string) {
  const options = new Map(lines.flatMap((line) => [...line.options]))
  const most = Math.max(0, ...lines.map(({ positionals }) => positionals))
  const given = new Set<string>()
  let positionals = 0
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!
    if (word === '--') break
    if (/^-[^-\d]/.test(word)) refuse(`unknown option ${word}: ${help}`)
    if (!word.startsWith('--')) {
      if (++positionals > most) refuse(`unexpected argument "${word}": ${help}`)
      continue
    }
    const name = word.includes('=') ? word.slice(0, word.indexOf('=')) : word
    const option = options.get(name) ?? refuse(`unknown option ${name}: ${help}`)
    const takesValue = option !== 'flag'
    if (!takesValue && name !== word) refuse(`${name} takes no value`)
    // Which of the two is meant, only the caller knows.
    if (option === 'once' && given.has(name)) refuse(`${name} is given twice`)
    if (takesValue && !(name === word ? args[++at] : word.slice(name.length + 1)))
      refuse(`${name} needs a value`)
    given.add(name)
  }
  return { positionals, given }
}

const missingOf = ({ wanted, needed }: Line, positionals: number, given: ReadonlySet<string>) =>
  wanted[positionals] ?? needed.find((option) => !given.has(option))

/** `list, revoke or create`. */
const oneOf = (choices: readonly unknown[]) =>
  [choices.slice(0, -1).join(', '), choices.at(-1)].filter(Boolean).join(' or ')

function readLine(line: string): Line {
  const words = line.split(' ').filter((word) => word !== '' && word !== '|')
  const action = /^[a-z]/.test(words[0] ?? '') ? words.shift() : undefined
  const options = new Map<string, Option>()
  let positionals = 0
  // Where the usage offers alternatives (` | `), neither is required by itself.
  const plain = line.includes(' | ') ? [] : plainWords(line)
  const wanted = plain.filter((word) => /^[A-Z]/.test(word))
  const needed = plain.filter((word) => word.startsWith('--'))
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    const bare = word.replace(/[[\]…]/g, '')
    if (bare.startsWith('--')) {
      // An option's value follows it: `--errors FILE]`, `--dates dmy|mdy]`, `--map "HEADING=field"]…`.
      const value = /^[^[-]/.test(words[at + 1] ?? '') && !word.endsWith(']') ? words[++at]! : undefined
      options.set(bare, value === undefined ? 'flag' : value.endsWith('…') ? 'often' : 'once')
    } else positionals += word.endsWith('…') ? Number.POSITIVE_INFINITY : 1
  }
  return { ...(action === undefined ? {} : { action }), options, positionals, wanted, needed }
}

// The words of a usage line without what is in brackets and without the values of options.
const plainWords = (line: string): string[] => {
  const words: string[] = []
  let depth = 0
  let isValue = false
  for (const word of line.split(' ')) {
    const isOptional = depth > 0 || word.startsWith('[')
    depth += word.split('[').length - word.split(']').length
    if (!isOptional && !isValue) words.push(word.replace(/…$/, ''))
    isValue = !isOptional && word.startsWith('--')
  }
  return words
}

function refuse(says: string): never {
  throw usageError(says)
}
