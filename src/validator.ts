// Compiles JSON Schemas to validators: nothing is coerced, nothing is stripped, every error is reported.
import { Ajv, type AnySchema, type ErrorObject, type Options, type ValidateFunction } from 'ajv'

export type { AnySchema, ErrorObject, ValidateFunction }

// Our schemas are not validated against the meta-schema: that would add a tenth of a second to every start.
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

/** A validator of `schema`; when it returns false, its `errors` say why. Missing members get their defaults. */
export function compile<T = unknown>(schema: AnySchema): ValidateFunction<T> {
  return ajv.compile<T>(schema)
}

/** As `compile`, for a file that is read once: not optimized, which would cost more than it saves; errors carry the data. */
export function compileForFile<T = unknown>(schema: AnySchema): ValidateFunction<T> {
  return new Ajv({ ...options, verbose: true, code: { optimize: false } }).compile<T>(schema)
}
