// Environment overrides: HTTP__PORT=8081 sets http.port. Names are matched to the schema without regard to case, because
// systemd and compose files use upper case. The meaning of a name comes from the schema; no key is hard-coded here.
import { nearest } from './nearest.js'
import { parseYaml } from './read-yaml.js'
import { isRecord, type Node } from './validate.js'

/** A name that looks like ours but names no key: probably a typo. */
interface UnknownName {
  readonly name: string
  /** The name that was probably meant. */
  readonly meant?: string
}

const shortForms: Record<string, string> = {
  PORT: 'HTTP__PORT',
  REDIS_URL: 'REDIS__URL',
  LOG_LEVEL: 'LOG__LEVEL',
}

// dataDir, agencies, printers and sandbox are in no section, and DATADIR alone could belong to any program.
const ownPrefix = 'gateway'

/** Applies `env` to `raw`, whose schema is `root`; returns the names that were meant for us but name no key. */
export function overlay(
  raw: Record<string, unknown>,
  env: NodeJS.ProcessEnv,
  root: Node,
): readonly UnknownName[] {
  const unknown: UnknownName[] = []
  const given = new Set<string>()
  const entries = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  )
  const named = [
    ...entries
      .filter(([name]) => Object.hasOwn(shortForms, name))
      .map(([name, value]) => [shortForms[name]!, value] as const),
    ...entries.filter(([name]) => name.includes('__')),
  ]
  for (const [name, value] of named) {
    const words = name.split('__')
    const isPrefixed = words[0]!.toLowerCase() === ownPrefix
    if (isPrefixed) words.shift()
    const path = follow(root, words)
    if (path) {
      put(raw, path.keys, readValue(path.node, value))
      given.add(path.keys.join('.'))
      continue
    }
    // Other programs use double underscores too; ours begin with one of our sections.
    if (!isPrefixed && !keyOf(root, words[0]!)) continue
    const meant = guess(root, words)
    unknown.push({ name, ...(meant ? { meant: isPrefixed ? `GATEWAY__${meant}` : meant } : {}) })
  }
  for (const [name] of entries) {
    const meant = name.includes('__') || Object.hasOwn(shortForms, name) ? undefined : withTwo(root, name)
    if (meant) unknown.push({ name, meant })
  }
  // Drop a `fooFile` of the configuration file where the environment sets `foo`; otherwise the file's content would win.
  for (const key of given) {
    const file = follow(root, `${key}File`.split('.'))
    if (file && !given.has(`${key}File`)) put(raw, file.keys, undefined)
  }
  return unknown
}

function put(raw: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  let holder = raw
  for (const key of keys.slice(0, -1)) {
    if (!isRecord(holder[key])) holder[key] = {}
    holder = holder[key] as Record<string, unknown>
  }
  holder[keys.at(-1)!] = value
}

const keyOf = (node: Node, word: string) =>
  Object.keys(node.properties ?? {}).find((key) => key.toLowerCase() === word.toLowerCase())

function follow(root: Node, words: readonly string[]): { keys: string[]; node: Node } | undefined {
  let node = root
  const keys: string[] = []
  for (const word of words) {
    const key = keyOf(node, word)
    if (!key) return undefined
    keys.push(key)
    node = node.properties![key]!
  }
  return keys.length > 0 ? { keys, node } : undefined
}

// Values are read as YAML: 8081 is a number, true a boolean, ["84"] a list. Where the schema allows text, a value stays text
// unless the schema also allows its YAML type: a key of 64 decimal digits is no number, a password `true` no boolean.
function readValue(node: Node, text: string): unknown {
  const kinds = node.anyOf?.map(kindOf) ?? [kindOf(node)]
  const takesText = kinds.includes('string')
  if (takesText && kinds.every((kind) => kind === 'string')) return text
  const value = asYaml(text)
  return takesText && !kinds.includes(kindOfValue(value)) ? text : value
}

const kindOf = ({ type, const: only }: Node) => type ?? (only === undefined ? 'any' : kindOfValue(only))

function kindOfValue(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function asYaml(text: string): unknown {
  try {
    return parseYaml(text)
  } catch {
    return text
  }
}

const guess = (root: Node, words: readonly string[]): string | undefined =>
  nearest(words.join('__'), namesOf(root))

/**
 * The key that `name` would name with its underscores in other places, as HTTP_PORT. Most names of other programs are near to
 * none.
 */
function withTwo(root: Node, name: string): string | undefined {
  const [first = '', ...others] = name.split('_')
  const isPrefixed = first.toLowerCase() === ownPrefix
  if (others.length === 0 || (!isPrefixed && !keyOf(root, first))) return undefined
  const letters = (isPrefixed ? others : [first, ...others]).join('').toUpperCase()
  for (const key of namesOf(root))
    if (key.replaceAll('_', '') === letters) return isPrefixed ? `GATEWAY__${key}` : key
  return undefined
}

function* namesOf({ properties }: Node, before = ''): Generator<string> {
  for (const [key, node] of Object.entries(properties ?? {})) {
    const name = `${before}${key.toUpperCase()}`
    if (node.properties) yield* namesOf(node, `${name}__`)
    else yield name
  }
}
