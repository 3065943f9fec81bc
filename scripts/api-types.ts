// Generates TypeScript types of the HTTP API for openapi-fetch, from the OpenAPI document of a running gateway:
// npm run api:types -- http://127.0.0.1:8080 > api.ts
interface Schema {
  readonly type?: string
  readonly format?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Record<string, Schema>
  readonly patternProperties?: Record<string, Schema>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
}
type Content = Record<string, { schema?: Schema }>
interface Operation {
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: Schema }[]
  readonly requestBody?: { content: Content; required?: boolean }
  readonly responses: Record<string, { content?: Content }>
}
/** The part of an OpenAPI document used here. */
export interface ApiDocument {
  readonly paths: Record<string, Record<string, Operation>>
}

const methods = ['get', 'put', 'post', 'delete'] as const
const places = ['query', 'header', 'path', 'cookie'] as const

/** The interface `paths`, in the form of openapi-typescript. */
export function apiTypes({ paths }: ApiDocument): string {
  const lines = Object.entries(paths).map(
    ([path, operations]) =>
      `  ${quoted(path)}: { parameters: ${none}; ${methods.map((method) => operationOf(method, operations[method])).join('; ')} }`,
  )
  return [
    '// biome-ignore-all format: made by scripts/api-types.ts from what the gateway describes; not to be mended by hand',
    'export interface paths {',
    ...lines,
    '}',
    '',
  ].join('\n')
}

const none = `{ ${places.map((place) => `${place}?: never`).join('; ')} }`

function operationOf(method: string, operation: Operation | undefined): string {
  if (!operation) return `${method}?: never`
  const { parameters = [], requestBody, responses } = operation
  const given = places.map((place) => {
    const here = parameters.filter((one) => one.in === place)
    if (here.length === 0) return `${place}?: never`
    const isNeeded = here.some(({ required }) => required)
    const fields = here.map(
      ({ name, required, schema }) => `${quoted(name)}${required ? '' : '?'}: ${typeOf(schema)}`,
    )
    return `${place}${isNeeded ? '' : '?'}: { ${fields.join('; ')} }`
  })
  const body = requestBody
    ? `requestBody${requestBody.required ? '' : '?'}: { content: ${contentOf(requestBody.content)} }`
    : 'requestBody?: never'
  const answers = Object.entries(responses).map(
    ([status, { content }]) =>
      `${status}: { headers: { [name: string]: unknown }; content${content ? '' : '?'}: ${content ? contentOf(content) : 'never'} }`,
  )
  return `${method}: { parameters: { ${given.join('; ')} }; ${body}; responses: { ${answers.join('; ')} } }`
}

const contentOf = (content: Content) =>
  `{ ${Object.entries(content)
    .map(([type, { schema = {} }]) => `${quoted(type)}: ${typeOf(schema)}`)
    .join('; ')} }`

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ')
  switch (schema.type) {
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'array':
      return `(${typeOf(schema.items ?? {})})[]`
    case 'object':
      return objectOf(schema)
    default:
      return 'unknown'
  }
}

function objectOf({ properties, patternProperties, additionalProperties, required = [] }: Schema): string {
  if (properties && Object.keys(properties).length > 0)
    return `{ ${Object.entries(properties)
      .map(([key, value]) => `${quoted(key)}${required.includes(key) ? '' : '?'}: ${typeOf(value)}`)
      .join('; ')} }`
  const [values = additionalProperties] = Object.values(patternProperties ?? {})
  return `{ [key: string]: ${typeof values === 'object' ? typeOf(values) : 'unknown'} }`
}

const quoted = (text: string) => `'${text}'`

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const address = `${process.argv[2] ?? 'http://127.0.0.1:8080'}/openapi.json`
  process.stdout.write(apiTypes((await (await fetch(address)).json()) as ApiDocument))
}
