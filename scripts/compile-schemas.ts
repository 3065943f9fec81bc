// For the build: compiles the validators of every checker of the configuration to a CommonJS module, which replaces
// compiled.ts.
import { Ajv } from 'ajv'
import { default as standalone } from 'ajv/dist/standalone/index.js'
import '../src/config/config.js' // registers every checker
import '../src/desk/profiles.js' // registers the checker of printers.yaml
import { ajvOptions, checkedSchemas } from '../src/config/validate.js'

/** The code of the module: its exports are the validators by the keys of their checkers. */
export function compiledModule(): string {
  const ajv = new Ajv({ ...ajvOptions, code: { source: true } })
  for (const [key, schema] of checkedSchemas) ajv.addSchema(withoutProse(schema), key)
  return standalone.default(ajv, Object.fromEntries([...checkedSchemas.keys()].map((key) => [key, key])))
}

/** Without descriptions: they are half of each schema, and validation does not use them. */
const withoutProse = (schema: object): object =>
  JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === 'description' && typeof value === 'string' ? undefined : value,
    ),
  )
