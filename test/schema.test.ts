// Compares our schema builder with TypeBox.
import t from 'tap'
import * as TypeBox from 'typebox'
import { Type } from '../src/schema.js'

const pairs: [label: string, build: (type: typeof Type) => unknown][] = [
  ['a string with its limits', (type) => type.String({ maxLength: 8, pattern: '^a$', default: 'a' })],
  ['an integer', (type) => type.Integer({ minimum: 0, maximum: 7 })],
  ['a number', (type) => type.Number()],
  ['a flag', (type) => type.Boolean({ default: false })],
  ['literals of three kinds', (type) => [type.Literal('split'), type.Literal(4), type.Literal(true)]],
  ['a choice', (type) => type.Union([type.String(), type.Null()], { description: 'or nothing' })],
  ['a list', (type) => type.Array(type.Integer(), { maxItems: 3, default: [] })],
  ['a table with any key', (type) => type.Record(type.String(), type.Boolean(), { default: {} })],
  ['a table with shaped keys', (type) => type.Record(type.String({ pattern: '^[a-z]+$' }), type.Null())],
  ['an object', (type) => type.Object({ a: type.String(), b: type.Optional(type.Integer()) })],
  ['an object without must', (type) => type.Object({ b: type.Optional(type.Integer()) }, { default: {} })],
  ['a closed, empty object', (type) => type.Object({}, { additionalProperties: false })],
  [
    'one schema optional here and required there',
    (type) => {
      const time = type.String({ maxLength: 40 })
      return type.Object({ at: time, until: type.Optional(time), since: time })
    },
  ],
  ['a schema of our own', (type) => type.Unsafe(type.String({ enum: ['a', 'b'] }))],
]

for (const [label, build] of pairs)
  t.test(label, async (t) => {
    const plain = (schema: unknown) => JSON.parse(JSON.stringify(schema))
    t.same(plain(build(Type)), plain(build(TypeBox.Type as unknown as typeof Type)))
  })
