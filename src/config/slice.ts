// A slice is one room's part of the configuration: the schema of its keys, and the checks across them. Each room has its own
// in `settings.ts` beside the code that uses it; sections.ts lists the slices. This file has the building blocks of all
// slices, and imports no room.
import { type Static, type TSchema, Type } from '../schema.js'

/** One mistake: its `path` as a person writes it (`sms.links[0].port`), and what to do. */
export interface ConfigProblem {
  readonly path: string
  readonly message: string
}

/** The outcome of a reload. */
export interface Reloaded {
  /** Empty when the new configuration is in effect. */
  readonly problems: readonly ConfigProblem[]
  /** Keys whose new values wait for a restart. */
  readonly wantRestart: readonly string[]
}

export type Keys = Record<string, TSchema>
export type SettingsOf<K extends Keys> = { [key in keyof K]: Static<K[key]> }

/** What a slice's check gets beside its own settings. */
export interface CheckContext {
  /** Absolute path of a file that the configuration names. */
  here(name: string): string
  /** Whether the schema found no mistake at, above or below this path. */
  isSound(path: string): boolean
  /** The entries of a list that are objects, with their paths (`desks[2]`). */
  entries<T>(path: string, list: readonly T[]): (readonly [path: string, entry: T])[]
  add(path: string, message: string): void
  /** Reports what is valid but probably not what was meant. */
  note(path: string, message: string): void
  /** Agency codes and aliases, including those of entries with other mistakes; undefined when the list is unreadable. */
  readonly agencyCodes: ReadonlySet<string> | undefined
  /** Sections of other rooms, unchecked: ask `isSound` before reading one. */
  readonly sections: Readonly<Record<string, unknown>>
}

export interface Slice<K extends Keys = Keys> {
  /** Top-level keys of the file, with their schemas. */
  readonly keys: K
  /** What the schema cannot express. It also runs when the schema has found mistakes: look only at what `isSound`. */
  check?(settings: SettingsOf<K>, context: CheckContext): void
}

/** Makes a slice; infers its types. */
export const slice = <K extends Keys>(keys: K, check?: Slice<K>['check']): Slice<K> =>
  check ? { keys, check } : { keys }

/** '' is refused unless it is the default: an empty dataDir would be the working directory, an empty host every interface. */
export const text = (description: string, value?: string) =>
  Type.String({
    ...(value === '' ? {} : { minLength: 1 }),
    ...(value === undefined ? {} : { default: value }),
    description,
  })

/** A text that may be left out; then it is undefined. */
export const optionalText = (description: string, form?: Form) =>
  Type.Optional(Type.String({ ...form, description }))

export const flag = (description: string, value: boolean) => Type.Boolean({ default: value, description })

/** A whole number; `value` is the default, both bounds are allowed. */
export const whole = (description: string, value: number, minimum = 0, maximum = 2 ** 31) =>
  Type.Integer({ minimum, maximum, default: value, description })

export const port = (description: string, value: number) => whole(description, value, 0, 65_535)

/** `form`: what the problem tells the operator to write when the value does not match `pattern`. */
type Form = { readonly pattern: string; readonly form: string }
export const dayForm: Form = { pattern: '^\\d{4}-\\d{2}-\\d{2}$', form: 'a day as YYYY-MM-DD, in quotes' }
// A name or IPv4 address has no colon, an IPv6 address at least two; what else people type belongs to other keys.
export const hostForm: Form = {
  pattern: '^([^\\s:/@*[\\]]+|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%\\w+)?)$',
  form: 'a name or an address alone: the port has a key of its own, so has TLS, and an IPv6 address has no brackets',
}
export const hexKeyForm: Form = { pattern: '^[0-9a-fA-F]{64}$', form: '64 hex digits, in quotes' }

/** Local time of day, `HH:MM`. */
export const clockTime = (description: string, value: string) =>
  Type.String({ ...clockForm, default: value, description })
export const optionalClockTime = (description: string) =>
  Type.Optional(Type.String({ ...clockForm, description }))
const clockForm: Form = {
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  form: 'a time of day as HH:MM in quotes, such as "07:00"',
}

export const group = <P extends Record<string, TSchema>>(description: string, properties: P) =>
  Type.Object(properties, { additionalProperties: false, default: {}, description })

/** An object that may be left out entirely. */
export const optionalGroup = <P extends Record<string, TSchema>>(description: string, properties: P) =>
  Type.Optional(Type.Object(properties, { additionalProperties: false, description }))

/** A secret in the given form; left out or null: none. Never has a default. */
export const secret = (description: string, form: Form) =>
  Type.Optional(Type.Union([Type.String(form), Type.Null()], { description }))

/** One of these words; the table lists them as choices. */
export const oneOf = <const W extends readonly string[]>(words: W, description: string, value?: W[number]) =>
  Type.Unsafe<W[number]>(
    Type.Union(
      words.map((word) => Type.Literal(word)),
      value === undefined ? { description } : { default: value, description },
    ),
  )

/**
 * A union discriminated by `kind`: each kind has its own keys, and a key of another kind is a mistake. `standard` is the
 * default kind.
 */
export function byKind<K extends Record<string, Record<string, TSchema>>>(
  kinds: K,
  description: string,
  standard?: keyof K & string,
) {
  return Type.Unsafe<KindOf<K>>({
    type: 'object',
    description,
    discriminator: { propertyName: 'kind' },
    required: ['kind'],
    oneOf: Object.entries(kinds).map(([kind, properties]) =>
      Type.Object({ kind: Type.Literal(kind), ...properties }, { additionalProperties: false }),
    ),
    ...(standard === undefined ? {} : { standardKind: standard }),
  })
}
type KindOf<K extends Record<string, Record<string, TSchema>>> = {
  [kind in keyof K & string]: { kind: kind } & Static<ReturnType<typeof Type.Object<K[kind]>>>
}[keyof K & string]

/** Reports names used twice in a list. */
export function reportDuplicates(
  { entries, isSound, add }: CheckContext,
  path: string,
  key: string,
  list: readonly object[],
): void {
  const seen = new Set<unknown>()
  for (const [at, entry] of entries(path, list)) {
    const value = (entry as Record<string, unknown>)[key]
    if (value === undefined || !isSound(`${at}.${key}`)) continue
    if (seen.has(value)) add(`${at}.${key}`, `'${value}' is used twice`)
    seen.add(value)
  }
}
