// Precompiled validators of the configuration's schemas, by the keys of their checkers. Empty in the sources; the build
// replaces this file with the output of scripts/compile-schemas.ts, because compiling the schemas took a third of a command's
// time.
import type { ValidateFunction } from 'ajv'

const compiled: Readonly<Record<string, ValidateFunction>> = {}
export default compiled
