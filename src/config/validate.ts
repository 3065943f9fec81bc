// Checks one section against its schema and reports every mistake with its path, in words for operators.
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import { type TSchema, Type } from '../schema.js'
import compiled from './compiled.js'
import { nearest } from './nearest.js'
import type { CheckContext, ConfigProblem } from './slice.js'

/** A section after validation, with defaults filled in. */
export interface Checked extends Pick<CheckContext, 'isSound' | 'entries'> {
  readonly value: unknown
  readonly problems: readonly ConfigProblem[]
}

// The schemas are ours; validating them against the meta-schema would add a tenth of a second to every start.
export const ajvOptions: Options = {
  meta: false,
  validateSchema: false,
  allErrors: true,
  useDefaults: true,
  allowUnionTypes: true,
  discriminator: true,
  code: { optimize: false }, // used once: optimizing costs more than it saves
  strict: false,
}
let ajv: Ajv | undefined

/** The schemas of all checkers by their keys, for the build, which compiles them (scripts/compile-schemas.ts). */
export const checkedSchemas = new Map<string, TSchema>()

/**
 * Makes the check of the section `name`. A key without a value (YAML null) counts as left out, except where null is a
 * value of its own. `key` names the checker among all.
 */
export function checker(name: string, schema: TSchema, key = name): (value: unknown) => Checked {
  let validate: ValidateFunction | undefined = compiled[key]
  const whole = Type.Object({ [name]: schema })
  checkedSchemas.set(key, whole)
  const isRequired = (whole.required as readonly string[] | undefined)?.includes(name) ?? false
  return (value) => {
    const prepared = prepare(schema, value)
    // Compiling a schema takes most of a command's time. A section that is left out is not checked: our own defaults are right.
    if (prepared === undefined && (hasDefault(schema) || !isRequired))
      return { value: defaultOf(schema), problems: [], ...soundness([]) }
    const held: Record<string, unknown> = prepared === undefined ? {} : { [name]: prepared }
    validate ??= (ajv ??= new Ajv(ajvOptions)).compile(whole)
    const wrong = validate(held) ? [] : (validate.errors ?? []).flatMap((error) => explain(error, whole))
    const quoted = typographicQuotes(held[name], name)
    const problems = [...quoted, ...wrong.filter(({ path }) => quoted.every((one) => one.path !== path))]
    return { value: held[name], problems, ...soundness(problems) }
  }
}

const hasDefault = (schema: Node) => schema.default !== undefined

/** The default of a key that is left out, with the defaults of the keys within it. */
function defaultOf(schema: Node): unknown {
  const value = structuredClone(schema.default)
  if (isRecord(value))
    for (const [key, inner] of Object.entries(schema.properties ?? {}))
      if (value[key] === undefined && hasDefault(inner)) value[key] = defaultOf(inner)
  return value
}

/** Reports texts in typographic quotes, which YAML takes as part of the text: such a password would be wrong. */
function typographicQuotes(value: unknown, path: string, seen = new Set<unknown>()): ConfigProblem[] {
  if (typeof value === 'string')
    return /^[“”„‘’‚].*[“”‘’]$/s.test(value)
      ? [{ path, message: 'is in typographic quotes, which count as part of the text: use " or \'' }]
      : []
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  return Object.entries(value).flatMap(([key, inner]) =>
    typographicQuotes(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, seen),
  )
}

/** Which paths have no problem. */
export function soundness(problems: readonly ConfigProblem[]): Pick<Checked, 'isSound' | 'entries'> {
  const isSound = (path: string) =>
    problems.every(({ path: wrong }) => !isWithin(path, wrong) && !isWithin(wrong, path))
  return {
    isSound,
    // An entry of no known kind has no defaults either.
    entries: (path, list) =>
      Array.isArray(list)
        ? list.flatMap((entry, at) =>
            isRecord(entry) && isSound(`${path}[${at}].kind`)
              ? [[`${path}[${at}]`, entry as never] as const]
              : [],
          )
        : [],
  }
}

/** `sms.links[0].port` is within `sms.links`. */
export const isWithin = (path: string, outer: string) =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)

/** `port` in `sms.links[0]` is `sms.links[0].port`; '' is the whole file. */
export const pathIn = (path: string, key: string) => (path === '' ? key : `${path}.${key}`)

/** The part of a JSON schema that the configuration's readers look at. */
export interface Node {
  readonly type?: string
  readonly properties?: Record<string, Node>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly standardKind?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly form?: string
  readonly maxLength?: number
}

// Before validation: drops keys without a value and fills in the default kind. YAML aliases (`*anchor`) make shared and even
// cyclic values, so each value is prepared once for each schema node.
function prepare(schema: TSchema, value: unknown, done = new Map<object, Map<object, unknown>>()): unknown {
  const node = schema as Node
  if (typeof value !== 'object' || value === null) return value ?? (mayBeNull(node) ? null : undefined)
  let known = done.get(value)
  if (!known) done.set(value, (known = new Map()))
  if (known.has(node)) return known.get(node)
  // A cycle sees the unprepared value, and validation rejects it.
  known.set(node, value)
  const prepared = Array.isArray(value)
    ? value.map((entry) => prepare((node.items ?? anything) as TSchema, entry, done))
    : prepareRecord(node, value as Record<string, unknown>, done)
  known.set(node, prepared)
  return prepared
}

const anything: Node = {}

function prepareRecord(
  node: Node,
  value: Record<string, unknown>,
  done: Map<object, Map<object, unknown>>,
): Record<string, unknown> {
  const named = node.standardKind && value.kind === undefined ? { kind: node.standardKind, ...value } : value
  const entries = Object.entries(named).flatMap(([key, inner]) => {
    const prepared = prepare((propertyOf(node, key) ?? anything) as TSchema, inner, done)
    return prepared === undefined ? [] : [[key, prepared] as const]
  })
  return Object.fromEntries(entries)
}

const propertyOf = ({ properties, oneOf }: Node, key: string): Node | undefined =>
  properties?.[key] ?? oneOf?.find((branch) => branch.properties?.[key])?.properties?.[key]

const mayBeNull = ({ type, anyOf }: Node): boolean => type === 'null' || (anyOf?.some(mayBeNull) ?? false)

function explain(error: ErrorObject, whole: TSchema): ConfigProblem[] {
  const path = pathOf(error.instancePath)
  const at = parentSchema(error, whole)
  // Each branch of a union reports errors too; the union's own error is enough.
  if (error.schemaPath.includes('/anyOf/')) return []
  switch (error.keyword) {
    case 'additionalProperties':
      return [stranger(path, String(error.params.additionalProperty), Object.keys(at.properties ?? {}))]
    case 'required':
      return [{ path: pathIn(path, String(error.params.missingProperty)), message: 'is missing' }]
    case 'discriminator':
      return [{ path: pathIn(path, 'kind'), message: `is not one of the values allowed here: ${kinds(at)}` }]
    case 'anyOf':
      return [{ path, message: wantedOf(at) }]
    case 'enum':
      return [{ path, message: wantedOf({ anyOf: [at] }) }]
    case 'pattern':
      return [{ path, message: wantedText(at) }]
    case 'type':
      // 0901234567 without quotes is a number to YAML, and its zero is lost.
      return error.params.type === 'string'
        ? [{ path, message: 'must be text: in quotes, where it looks like a number' }]
        : [{ path, message: `must be ${typeWords[error.params.type as string] ?? error.params.type}` }]
    case 'minLength':
      return [{ path, message: 'must not be empty' }]
    case 'maxLength':
      return [{ path, message: `must have at most ${error.params.limit} characters` }]
    case 'minItems':
      return [{ path, message: 'must have at least one entry' }]
    default:
      return [{ path, message: error.message ?? 'is wrong' }]
  }
}

/** A key that is not among `known`. */
export function stranger(path: string, key: string, known: readonly string[]): ConfigProblem {
  const meant = nearest(key, known)
  return {
    path: pathIn(path, key),
    message: `is not a key of this configuration${meant ? `; was ${meant} meant?` : ''}`,
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
}

const wantedText = ({ form, pattern }: Node) =>
  form ? `must be ${form}` : `has the wrong form${pattern ? ` (${pattern})` : ''}`

function wantedOf({ anyOf = [] }: Node): string {
  const values = anyOf.flatMap((option) => option.enum ?? option.const ?? [])
  if (values.length > 0) return `is not one of the values allowed here: ${values.join(', ')}`
  const forms = anyOf.flatMap(({ form, type = '' }) => form ?? typeWords[type] ?? [])
  return `must be ${forms.join(', or ')}`
}

const kinds = ({ oneOf }: Node) => (oneOf ?? []).map(({ properties }) => properties?.kind?.const).join(', ')

/** The schema whose keyword the error is about. Ajv would add it to every error, which doubles the validators' code. */
const parentSchema = ({ schemaPath }: ErrorObject, whole: TSchema): Node =>
  partsOf(schemaPath)
    .slice(0, -1)
    .map(decodeURIComponent) // a fragment of a URI, which instancePath is not
    .reduce((node, part) => node[part] as Record<string, unknown>, whole as Record<string, unknown>)

const partsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))

function pathOf(pointer: string): string {
  return partsOf(pointer).reduce(
    (path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : pathIn(path, part)),
    '',
  )
}

/** Whether a value is a mapping, not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
