// JSON Schema as TypeBox writes it, with TypeBox's types but without its code: these lines are all the forms we use, while
// loading its several hundred modules took a third of our start-up time and 18 MiB of memory. A test compares each
// form with TypeBox's output.
import type { Type as TypeBox } from 'typebox'

export type { Static, TSchema } from 'typebox'

type Schema = Record<string | symbol, unknown>
type Options = Readonly<Record<string, unknown>>

const isOptional = Symbol('optional')
const of =
  (type: string) =>
  (options: Options = {}): Schema => ({ type, ...options })

const forms = {
  String: of('string'),
  Integer: of('integer'),
  Number: of('number'),
  Boolean: of('boolean'),
  Null: of('null'),
  Literal: (value: string | number | boolean): Schema => ({ type: typeof value, const: value }),
  Array: (items: Schema, options: Options = {}): Schema => ({ type: 'array', items, ...options }),
  Union: (anyOf: readonly Schema[], options: Options = {}): Schema => ({ anyOf, ...options }),
  Record: ({ pattern = '^.*$' }: Schema, value: Schema, options: Options = {}): Schema => ({
    type: 'object',
    patternProperties: { [pattern as string]: value },
    ...options,
  }),
  Object(properties: Record<string, Schema>, options: Options = {}): Schema {
    const required = Object.keys(properties).filter((key) => !properties[key]![isOptional])
    return { type: 'object', ...(required.length > 0 ? { required } : {}), properties, ...options }
  },
  // A copy: the same schema may be required elsewhere.
  Optional: (schema: Schema): Schema => ({ ...schema, [isOptional]: true }),
  Unsafe: (schema: Schema): Schema => schema,
}

/** TypeBox's builder, as far as we use it. */
export const Type = forms as unknown as Pick<typeof TypeBox, keyof typeof forms>
