// Parses values from a peer: anything may be missing, empty, a string instead of a number, or hostile. Returns bounded
// text without control characters, or nothing.

import { holdsIdentityNumber } from '../../dossier/numbers/personal.js'
import { unavailable } from './peer.js'
import type { Mapped } from './source.js'

export type Fields = Readonly<Record<string, unknown>>

/** Whether a value is an object with fields, not a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `a.b.c` inside nested objects; own properties only, in any case of their letters (peers write MaHoSo, MAHOSO, ma_ho_so). */
export function at(fields: unknown, path: string): unknown {
  let value: unknown = fields
  for (const key of path.split('.')) {
    if (!isFields(value)) return undefined
    const own = Object.hasOwn(value, key) ? key : sameIn(value, key)
    if (own === undefined) return undefined
    value = value[own]
  }
  return value
}

/** The value at the first of these paths that holds anything. */
export function first(fields: unknown, ...paths: string[]): unknown {
  for (const path of paths) {
    const value = at(fields, path)
    if (value !== undefined && value !== null && value !== '' && !isNull(value)) return value
  }
  return undefined
}

// Java, Python and JavaScript write these when they convert a missing value to text.
const isNull = (value: unknown) =>
  typeof value === 'string' && value.length < 16 && /^(?:null|none|undefined|nan)$/i.test(value.trim())

// A record has some eighty fields; more are not looked through.
const maxKeys = 400

function sameIn(fields: Fields, key: string): string | undefined {
  const wanted = key.toLowerCase()
  let seen = 0
  for (const own in fields) {
    if (++seen > maxKeys) return undefined
    if (bareKey(own, key.length) === wanted && Object.hasOwn(fields, own)) return own
  }
  return undefined
}

// The key without its underscores, in lower case; undefined where it cannot have `length` letters then.
function bareKey(own: string, length: number): string | undefined {
  if (own.length === length) return own.toLowerCase()
  if (own.length < length || !own.includes('_')) return undefined
  return own.replaceAll('_', '').toLowerCase()
}

// Names under which peers put what they found, alone or nested (`data.content`).
const listNames = [
  'data',
  'result',
  'results',
  'content',
  'items',
  'list',
  'rows',
  'records',
  'dossiers',
  'DanhSachHoSo',
  'DSHoSo',
  'HoSo',
]

/**
 * The records in a response, found by content: a list, or one record, under any of the usual keys or at `path`.
 * Undefined: no known list. `isRecord` tells a record from an envelope.
 */
export function listOf(
  answer: unknown,
  isRecord: (fields: Fields) => boolean,
  path?: string,
): readonly unknown[] | undefined {
  return path === undefined ? listIn(answer, isRecord, 0) : listIn(at(answer, path), isRecord, 2)
}

/** The same for an answer that must hold a list. Throws `source-unavailable`, naming `peer`, when there is none. */
export function recordsIn(
  answer: unknown,
  isRecord: (fields: Fields) => boolean,
  path: string | undefined,
  peer: string,
): readonly unknown[] {
  const records = listOf(answer, isRecord, path)
  if (!records) throw unavailable(`${peer}: the answer holds no list of dossiers`)
  if (records.length === 0 && saysFailure(answer))
    throw unavailable(`${peer}: the answer says that it failed`)
  return records
}

/**
 * The same for an answer about one number. An empty list beside a total above zero is a failure, too: throws
 * `source-unavailable`.
 */
export function foundIn(...[answer, isRecord, path, peer]: Parameters<typeof recordsIn>): readonly unknown[] {
  const records = recordsIn(answer, isRecord, path, peer)
  if (records.length === 0 && (totalIn(answer) ?? 0) > 0)
    throw unavailable(`${peer}: the answer counts dossiers and holds none`)
  return records
}

/** Whether an envelope calls itself a failure: `{"success":false,"data":null}`, `{"status":500,"data":[]}`. */
function saysFailure(answer: unknown): boolean {
  if (truth(first(answer, 'success', 'isSuccess', 'succeeded')) === false) return true
  const state = first(answer, 'status', 'statusCode', 'httpStatus')
  return (whole(state) ?? 0) >= 400 || /^(?:error|fail|failed|failure)$/i.test(text(state, 20) ?? '')
}

function listIn(value: unknown, isRecord: (fields: Fields) => boolean, depth: number): unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value === 'string' && depth > 0 && depth < 3 && /^\s*[[{]/.test(value))
    return listIn(parsed(value), isRecord, 3)
  if (!isFields(value)) return undefined
  if (isRecord(value)) return [value]
  if (depth > 2) return undefined
  const keyed = keyedIn(value, isRecord)
  if (keyed) return keyed
  let isEmpty = false
  for (const name of listNames) {
    const inner = at(value, name)
    if (inner === null || inner === '' || (isFields(inner) && Object.keys(inner).length === 0)) isEmpty = true
    const list = listIn(inner, isRecord, depth + 1)
    if (list) return list
  }
  return onlyListIn(value, isRecord) ?? (isEmpty || totalIn(value) === 0 ? [] : undefined)
}

// PHP writes a list as an object when a number is missing among its keys; others write records by their numbers.
function keyedIn(value: Fields, isRecord: (fields: Fields) => boolean): unknown[] | undefined {
  const all = Object.values(value)
  return all.length > 0 && all.every((one) => isFields(one) && isRecord(one)) ? all : undefined
}

/** The one list of records under a name that nobody foresaw. */
function onlyListIn(envelope: Fields, isRecord: (fields: Fields) => boolean): unknown[] | undefined {
  const lists = Object.values(envelope)
    .slice(0, maxKeys)
    .flatMap((inner) => [inner, ...(isFields(inner) ? Object.values(inner).slice(0, maxKeys) : [])])
    .filter((inner): inner is unknown[] => Array.isArray(inner) && isFields(inner[0]) && isRecord(inner[0]))
  return lists.length === 1 ? lists[0] : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How many records there are in all, where an answer says so. */
export function totalIn(answer: unknown): number | undefined {
  const names = ['total', 'totalElements', 'totalCount', 'tongso', 'recordsTotal', 'TongSoHoSo']
  for (const name of [...names, ...names.flatMap((one) => [`data.${one}`, `result.${one}`, `page.${one}`])]) {
    const total = whole(at(answer, name))
    if (total !== undefined) return total
  }
  return undefined
}

/**
 * Whether a page of `size` records is the last one. Without a total only an empty page is the last, because a peer may return
 * fewer records than requested. Until the total is reached an empty page is a gap: some peers remove from each page what we may
 * not see. A total that a full page just reaches may be the count of that page alone, so the next page decides.
 */
export function isEnd(size: number, requested: number, after: number, total: number | undefined): boolean {
  if (size === 0) return total === undefined || after >= total
  return total !== undefined && after >= total && !(size >= requested && total === size)
}

/** The first `most` of these records, read by `map`; if there are more, one record skipped as `too-many` says so. */
export function firstOf(
  records: readonly unknown[],
  most: number,
  map: (record: unknown) => Mapped,
): Mapped[] {
  const read = records.slice(0, most).map(map)
  return records.length > most ? [...read, { skip: 'too-many' }] : read
}

/** Trimmed text of at most `max` characters with every run of blanks and control characters as one blank. */
export function text(value: unknown, max: number): string | undefined {
  if ((typeof value !== 'string' && typeof value !== 'number') || isNull(value)) return undefined
  // Cut before cleaning: a field of megabytes must not cost a pass over all of it. Then again by code points.
  const clean = String(value)
    .slice(0, max * 4)
    .replace(/[\s\p{Cc}\p{Cf}\p{Co}\p{Cs}]+/gu, ' ')
    .trim()
  if (clean === '') return undefined
  return clean.length <= max ? clean : [...clean].slice(0, max).join('').trim()
}

/** A procedure by its code, which is also its name where the peer gives none. */
export function procedureOf(code: unknown, name: unknown): { code: string; name: string } | undefined {
  const known = withoutIdentity(text(code, 64))
  return known === undefined ? undefined : { code: known, name: withoutIdentity(text(name, 300)) ?? known }
}

/** The citizen's note, only from the field that the operator named for it: others may be about people. */
export function noteIn(record: Fields, noteField: string | undefined): string | undefined {
  return noteField ? withoutIdentity(text(at(record, noteField), 300)) : undefined
}

// A push that holds somebody's identity number is refused; a peer that we poll would never learn of a refusal, so only the
// words that hold the number are dropped.
const withoutIdentity = (words: string | undefined) =>
  words !== undefined && holdsIdentityNumber(words) ? undefined : words

/** A state as peers give it: a number or word, or an object or list of one that holds it under one of these names. */
export function stateIn(value: unknown, names: readonly string[]): unknown {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (!isFields(one)) return one
  return stateIn(first(one, ...names), names)
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

/** A copy without the keys whose value is undefined. */
export function defined<T extends object>(record: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T
}
