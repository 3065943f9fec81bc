// Parses times as peers' systems write them: text in any order, seconds or milliseconds since 1970, and the wrappers of .NET,
// Java and MongoDB.
import { hasNoHour, readLooseTime, writeTime } from '../../dossier/times.js'
import { isAmerican, isNoDate, readDate } from '../files/dates.js'
import { at, type Fields, first, isFields, whole } from './fields.js'

/** Epoch ms; undefined for no value ("", null, a system's epoch), 'bad' for a value that is no time. */
export function moment(value: unknown): number | undefined | 'bad' {
  const time = unwrapped(value)
  if (time === undefined || time === null || (typeof time === 'number' && time <= 0)) return undefined
  if (typeof time === 'number') return readDate(milliseconds(time), 'dmy') ?? 'bad'
  if (typeof time !== 'string') return 'bad'
  if (isNoDate(time) || firstDay.test(time.trim())) return undefined
  if (/^\s*(?:\d{10}(?:\.\d{1,9})?|\d{16})\s*$/.test(time)) return moment(Number(time))
  return readLooseTime(tidy(time)) ?? (isAmerican(time) ? 'bad' : (readDate(time, 'dmy') ?? 'bad'))
}

/** Rewrites ISO 8601 without separators, or with a short zone, as RFC 3339. */
function tidy(time: string): string {
  return time
    .slice(0, 60)
    .trim()
    .replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:$6')
    .replace(
      /(:\d\d(?:\.\d+)?) ?([+-]\d\d):?(\d\d)?$/,
      (_, at, hours, minutes = '00') => `${at}${hours}:${minutes}`,
    )
}

// A system's epoch, stored where it has no date, in forms that do not occur in files.
const firstDay = /^(?:0001|1900|1970)-?01-?01|^0?1[/.-]0?1[/.-]1970|^(?:0+|-\d+)$/
// .NET writes /Date(1767571200000+0700)/, Java a list of numbers or its parts by name, MongoDB { $date: … } or
// { $numberLong: … }, Firestore { seconds: … }, PHP { date: … }.
const dotnet = /^\/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\/$/

function unwrapped(value: unknown): unknown {
  if (Array.isArray(value) && value.length >= 3 && value.length <= 7) {
    const [year, ...rest] = value.map((part) => String(whole(part) ?? 'x').padStart(2, '0'))
    return `${year}${[...rest, '00', '00', '00'].slice(0, 5).join('')}`
  }
  if (isFields(value)) {
    const year = whole(value.year, 9999)
    if (year !== undefined && year > 999) return unwrapped(partsOf(year, value))
    const inner = ['$date', '$numberLong', 'seconds', '_seconds', 'date', 'time']
      .map((name) => value[name])
      .find((one) => one !== undefined)
    return inner === undefined || isFields(at(inner, '$date')) ? value : unwrapped(inner)
  }
  const ticks = typeof value === 'string' ? dotnet.exec(value.trim())?.[1] : undefined
  return ticks === undefined ? value : Number(ticks)
}

const partsOf = (
  year: number,
  { monthValue, month, dayOfMonth, day, hour = 0, minute = 0, second = 0 }: Fields,
) => [year, monthValue ?? month, dayOfMonth ?? day, hour, minute, second]

// Seconds since 1970, between 2001 and 2033 (as milliseconds they would all lie in 1970), or microseconds.
function milliseconds(value: number): number {
  if (value >= 1e9 && value < 2e9) return Math.floor(value) * 1000
  return value >= 1e15 && value < 2e15 ? Math.floor(value / 1000) : value
}

/** Whether a time of change distinguishes changes. A day alone does not: there may be three on it. */
export function isDated(changed: number | undefined | 'bad'): boolean {
  return typeof changed === 'number' && !hasNoHour(changed)
}

/**
 * The event time of a record: when it changed, or else the latest date it names; `undated` when there is no time of change, or
 * only its day. A skip when neither is a time.
 */
export function datingOf(
  changed: number | undefined | 'bad',
  latest: number | undefined | 'bad',
): { eventTime: string; undated?: true } | { skip: 'bad-time' | 'no-time' } {
  const at = changed ?? latest
  if (typeof at !== 'number') return { skip: at ? 'bad-time' : 'no-time' }
  return { eventTime: writeTime(at), ...(isDated(changed) ? {} : { undated: true }) }
}

/** When each record changed (epoch ms) by the first of these fields that holds anything; undefined where none is a time. */
export function changesOf(
  records: readonly unknown[],
  fields: readonly string[],
): readonly (number | undefined)[] {
  return records.map((record) => {
    const at = moment(first(record, ...fields))
    return typeof at === 'number' ? at : undefined
  })
}

/** RFC 3339 of the first value that is a time. An unreadable due date is dropped, not the whole record. */
export function time(...values: unknown[]): string | undefined {
  for (const value of values) {
    const read = moment(value)
    if (typeof read === 'number') return writeTime(read)
  }
  return undefined
}
