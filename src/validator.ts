// The one place where JSON Schemas become checks: nothing is coerced, nothing is stripped, every fault is reported.
import { Ajv, type AnySchema, type ErrorObject, type Options, type ValidateFunction } from 'ajv'

export type { AnySchema, ErrorObject, ValidateFunction }

// Our own schemas need no proof against the schema of schemas: it would cost a tenth of a second at every start.
const options: Options = {
  meta: false,
  validateSchema: false,
  allErrors: true,
  coerceTypes: false,
  useDefaults: true,
  strict: false,
  allowUnionTypes: true,
  validateFormats: false,
}
const ajv = new Ajv(options)

/** A check of `schema`; after it said no, its `errors` say why. A member with a default that is missing is filled in. */
export function compile<T = unknown>(schema: AnySchema): ValidateFunction<T> {
  return ajv.compile<T>(schema)
}

/** As `compile`, for a file that is read once: not optimized, because that costs more than it saves; errors carry the data. */
export function compileForFile<T = unknown>(schema: AnySchema): ValidateFunction<T> {
  return new Ajv({ ...options, verbose: true, code: { optimize: false } }).compile<T>(schema)
}
