// The validators of the configuration's schemas by the keys of their checkers. In the sources there are none; the build puts what
// compiling.ts writes in this file's place, since compiling them was a third of the time of a command.
import type { ValidateFunction } from 'ajv'

const compiled: Readonly<Record<string, ValidateFunction>> = {}
export default compiled
