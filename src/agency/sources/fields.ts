// Reading values a peer sent: everything may be missing, empty, a string where a number belongs, or hostile. Bounded
// text without control characters comes out, or nothing.
import { readLooseTime, writeTime } from '../../dossier/times.js'

export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `a.b.c` inside nested objects; own properties only. */
export function at(fields: unknown, path: string): unknown {
  let value: unknown = fields
  for (const key of path.split('.')) {
    if (!isFields(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

/** Trimmed text of at most `max` characters with every run of blanks and control characters as one blank. */
export function text(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  // Cut before cleaning: a field of megabytes must not cost a pass over all of it. Then again by code points.
  const clean = String(value)
    .slice(0, max * 4)
    .replace(/[\s\p{Cc}\p{Cf}\p{Co}\p{Cs}]+/gu, ' ')
    .trim()
  if (clean === '') return undefined
  return clean.length <= max ? clean : [...clean].slice(0, max).join('').trim()
}

/** Whole numbers, also as text. */
export function whole(value: unknown, max = Number.MAX_SAFE_INTEGER): number | undefined {
  const number =
    typeof value === 'string' && /^\s*\d{1,16}\s*$/.test(value) ? Number(value) : (value as number)
  return Number.isSafeInteger(number) && number >= 0 && number <= max ? number : undefined
}

/** `true`, `"True"`, `1`, `"1"` … ; undefined when it is none of them. */
export function truth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const word = text(value, 10)?.toLowerCase()
  if (word === 'true' || word === '1' || word === 'yes') return true
  if (word === 'false' || word === '0' || word === 'no') return false
  return undefined
}

/** Epoch ms; undefined for nothing ("" and null are nothing), 'bad' for something that is no time. */
export function moment(value: unknown): number | undefined | 'bad' {
  if (value === undefined || value === null || value === '' || value === 0) return undefined
  if (typeof value === 'string' && value.trim() === '') return undefined
  return readLooseTime(value) ?? 'bad'
}

/** RFC 3339 of the first value that is a time. A due date that cannot be read is left out, not the whole record. */
export function time(...values: unknown[]): string | undefined {
  for (const value of values) {
    const read = moment(value)
    if (typeof read === 'number') return writeTime(read)
  }
  return undefined
}

/** A copy without the keys whose value is undefined. */
export function defined<T extends object>(record: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T
}
