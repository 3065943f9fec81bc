// What the days in dossier numbers prove of the dates beside them, and of the file.
import { dayMs } from '../../dossier/times.js'
import { readDate } from './dates.js'
import type { TimeField } from './heading-words.js'
import type { Cell } from './tables/table.js'

const numberDate = /(?:^|[-.\s])(?:20)?(\d{2})(\d{2})(\d{2})[-.\s]\d{4,7}\s*$/

/** The day that a dossier number names, as local midnight. */
export function dayOfNumber(cell: Cell): number | undefined {
  if (typeof cell !== 'string' || cell.length > 80) return undefined
  const [, year, month, day] = numberDate.exec(cell) ?? []
  if (year === undefined) return undefined
  return readDate(`20${year}-${month}-${day}`, 'dmy')
}

/**
 * Whether a date (epoch ms) fits the day in the row's dossier number: nothing happens before it, and the dossier is received on
 * it.
 */
export function isLikely(
  field: TimeField,
  at: number,
  day: number | undefined,
  now: number,
): boolean | undefined {
  const isPast = field !== 'dueAt' && field !== 'extendedDueAt'
  if (isPast && at > now + dayMs) return false
  if (day === undefined) return undefined
  if (at < day - 3 * dayMs) return false
  if (field !== 'receivedAt') return undefined
  if (at >= day && at < day + dayMs) return true
  return at < day + 4 * dayMs ? undefined : false
}

/**
 * The moment that a file's content is as of (epoch ms). If most of its dossiers were received after it was saved, the machine's
 * clock was slow, for example because of an empty battery: the file is then at least as new as its newest number. A few such
 * numbers are typing errors.
 */
export function noEarlier(asOf: number, days: readonly number[]): number {
  const later = days.filter((day) => day > asOf + dayMs)
  return later.length * 2 > days.length ? later.reduce((a, b) => Math.max(a, b)) : asOf
}
