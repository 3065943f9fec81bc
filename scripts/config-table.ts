// Writes the configuration table of config/README.md from the schema, between its two markers: npm run config:table
import { readFileSync, writeFileSync } from 'node:fs'
import { ConfigSchema } from '../src/config/sections.js'

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Record<string, Schema>
  readonly required?: readonly string[] | undefined
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

const marks = ['<!-- configuration: made by npm run config:table -->', '<!-- configuration: end -->'] as const

/** One table row for each key a person can write, in the order of the schema. */
function configTable(): string {
  const rows = [...keysOf(ConfigSchema as unknown as Schema, '')]
  return ['| key | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

/** The text of config/README.md with the table regenerated. Throws when the markers are missing. */
export function withTable(readme: string): string {
  const [from, to] = marks.map((mark) => readme.indexOf(mark)) as [number, number]
  if (from < 0 || to < from)
    throw new Error('config/README.md has lost the markers of the configuration table')
  return `${readme.slice(0, from + marks[0].length)}\n\n${configTable()}\n\n${readme.slice(to)}`
}

function* keysOf(schema: Schema, path: string): Generator<string> {
  for (const [key, value] of Object.entries(merged(schema).properties ?? {})) {
    const name = path === '' ? key : `${path}.${key}`
    const items = value.items && merged(value.items).properties ? merged(value.items) : undefined
    if (value.properties) yield* keysOf(value, name)
    else if (items && Object.values(items.properties!).some(({ description }) => description)) {
      yield row(name, value, '`[]`')
      yield* keysOf(items, `${name}[]`)
    } else {
      const isNeeded = schema.required?.includes(key) && value.default === undefined
      yield row(name, value, isNeeded ? '*required*' : shown(value.default))
    }
  }
}

// Kinds of one object share a row for each key; a key that some kinds lack names those that have it.
function merged({ oneOf, ...schema }: Schema): Schema {
  if (!oneOf) return schema
  const kinds = oneOf.map(({ properties = {} }) => ({ kind: String(properties.kind?.const), properties }))
  const names = [...new Set(kinds.flatMap(({ properties }) => Object.keys(properties)))]
  const properties = names.map((name) => {
    const having = kinds.filter(({ properties }) => Object.hasOwn(properties, name))
    const forms = having.map(({ properties }) => properties[name]!)
    if (name === 'kind') return [name, { description: schema.description, anyOf: forms }] as const
    const form = forms.every(({ properties }) => properties)
      ? merged({
          oneOf: having.map(({ kind, properties }) => ({
            properties: { kind: { const: kind }, ...properties[name]!.properties },
          })),
        })
      : forms[0]!
    const { kind: _, ...inner } = form.properties ?? {}
    const whose = having.length < kinds.length ? `${having.map(({ kind }) => kind).join(', ')}: ` : ''
    return [
      name,
      {
        ...form,
        ...(form.properties ? { properties: inner } : {}),
        ...(form.description ? { description: `${whose}${form.description}` } : {}),
      },
    ] as const
  })
  return { ...schema, properties: Object.fromEntries(properties), required: oneOf[0]!.required }
}

const row = (name: string, value: Schema, standard: string) =>
  `| \`${name}\` | ${standard} | ${escaped([value.description ?? '', range(value)].filter(Boolean).join('; '))} |`

function shown(value: unknown): string {
  return value === undefined ? '' : `\`${escaped(JSON.stringify(value))}\``
}

// Bounds are shown only when they say more than "not negative, fits in 32 bits".
function range({ anyOf, minimum, maximum, type }: Schema): string {
  const words = anyOf?.map((option) => option.const).filter((word) => word !== undefined) ?? []
  if (words.length > 1) return words.join(' · ')
  if (type !== 'integer' || maximum === undefined || maximum >= 2 ** 31 || maximum === 65_535) return ''
  return `${minimum ?? 0}–${maximum}`
}

const escaped = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

if (process.argv[1] === new URL(import.meta.url).pathname)
  writeFileSync('config/README.md', withTable(readFileSync('config/README.md', 'utf8')))
