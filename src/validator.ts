// Compiles JSON Schemas to validators: nothing is coerced, nothing is stripped, every error is reported.
import { Ajv, type AnySchema, type ErrorObject, type Options } from 'ajv'

export type { AnySchema, ErrorObject }

/** Whether data fit a schema; when they do not, `errors` say why, until the next call. Missing members get their defaults. */
interface Validator<T = unknown> {
  (data: unknown): data is T
  errors?: ErrorObject[] | null
}

// Our schemas are not validated against the meta-schema, and the code is not optimized: either would add a tenth of a second to
// every start, and V8 makes the same of both codes.
const options: Options = {
  meta: false,
  validateSchema: false,
  allErrors: true,
  coerceTypes: false,
  useDefaults: true,
  strict: false,
  allowUnionTypes: true,
  validateFormats: false,
  code: { optimize: false },
}
const ajv = new Ajv(options)

/** A validator of `schema`, compiled on first use: compiling all of them would be a tenth of our start-up time. */
export function compile<T = unknown>(schema: AnySchema): Validator<T> {
  let compiled: Validator<T> | undefined
  const validator: Validator<T> = (data): data is T => {
    compiled ??= ajv.compile<T>(schema)
    const fits = compiled(data)
    validator.errors = compiled.errors ?? null
    return fits
  }
  return validator
}
