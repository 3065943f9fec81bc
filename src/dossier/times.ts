// Points in time as agencies write them, to epoch milliseconds and back. Vietnam has had one zone without summer time
// since 1975 (UTC+7), so local times are a fixed offset and need no zone database.

/** Asia/Ho_Chi_Minh, milliseconds ahead of UTC. */
export const localOffsetMs = 7 * 3_600_000
export const dayMs = 86_400_000

/** Days since 1970-01-01, in Vietnam's time zone. */
export const localDay = (at: number) => Math.floor((at + localOffsetMs) / dayMs)

/** The first moment of the current day in Vietnam, epoch ms: "today" of every page, figure and promise. */
export const startOfDay = (at: number) => localDay(at) * dayMs - localOffsetMs

/**
 * Whether a time stands for a date without an hour. Agencies write such a date as the midnight at which it begins or as its
 * last minute; systems that store UTC write midnight UTC.
 */
export const hasNoHour = (at: number) =>
  startOfDay(at) === at || at % dayMs === 0 || at - startOfDay(at) >= dayMs - 60_000

// RFC 3339 as agencies send it: seconds and fractions may be missing, and iGate writes +0700 without the colon.
const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:([Zz])|([+-])(\d\d):?(\d\d))$/
// The national portal: yyyyMMddHHmmss, local.
const portal = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/
// A day alone, as RFC 3339 calls it full-date; like the portal's yyyyMMdd it is that day's beginning, local.
const fullDate = /^(\d{4})-(\d\d)-(\d\d)$/
// The same without seconds. As milliseconds since 1970 these twelve digits would lie before 1990.
const portalMinutes = /^(20\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/
// What people and OpenCPS write: day first, local.
const dayFirst = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T,]+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/
const hourFirst = /^(\d{1,2})(?::|h|g)(\d\d)(?::(\d\d))?[ ,]+(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/i
const zoneless = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/

/**
 * Parses what the API accepts: RFC 3339 (also `+0700` without a colon), and in Asia/Ho_Chi_Minh `yyyyMMddHHmmss` or a day
 * alone. Undefined for anything else, for impossible dates, and for years outside 1990–2099. Fractions are dropped: the gateway
 * keeps whole seconds.
 */
export function readTime(text: string): number | undefined {
  let parts = rfc3339.exec(text)
  if (parts) {
    const offset = parts[7] ? 0 : Number(parts[9]) * 60 + Number(parts[10])
    if (offset > 14 * 60 || Number(parts[10] ?? 0) > 59) return undefined
    const wall = wallClock(parts[1], parts[2], parts[3], parts[4], parts[5], parts[6])
    return wall === undefined ? undefined : wall - (parts[8] === '-' ? -offset : offset) * 60_000
  }
  parts = portal.exec(text) ?? fullDate.exec(text)
  return parts ? local(parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]) : undefined
}

/** What an operator is told to write. */
export const timeForms = 'write 2026-06-30, 2026-06-30T17:00 or 30/06/2026 17:00'

/**
 * Also parses what files and older systems contain: `dd/MM/yyyy[ HH:mm[:ss]]`, `HH:mm dd/MM/yyyy`, ISO without a zone
 * (local), epoch milliseconds. Never guesses the American order.
 */
export function readLooseTime(value: unknown): number | undefined {
  if (value instanceof Date) return inRange(Math.floor(value.getTime() / 1000) * 1000)
  if (typeof value === 'number') return value > 1e11 ? inRange(Math.floor(value / 1000) * 1000) : undefined
  if (typeof value !== 'string' || value.length > 40) return undefined
  const text = value.trim()
  const exact = readTime(text)
  if (exact !== undefined) return exact
  let parts = dayFirst.exec(text)
  if (parts) return local(parts[3], parts[2], parts[1], parts[4], parts[5], parts[6])
  parts = hourFirst.exec(text)
  if (parts) return local(parts[6], parts[5], parts[4], parts[1], parts[2], parts[3])
  parts = zoneless.exec(text)
  if (parts) return local(parts[1], parts[2], parts[3], parts[4], parts[5], parts[6])
  parts = portalMinutes.exec(text)
  if (parts) return local(parts[1], parts[2], parts[3], parts[4], parts[5])
  // 12 or 13 digits that are not a portal date: Java's currentTimeMillis as text.
  return /^\d{12,13}$/.test(text) ? inRange(Math.floor(Number(text) / 1000) * 1000) : undefined
}

const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))
// The same dates recur all the time; a decade of them is 3,650.
const dates = new Map<number, string>()
const datesKept = 4096

/** `2026-11-24` in local time. */
export function localDate(at: number): string {
  const day = localDay(at)
  let date = dates.get(day)
  if (date === undefined) {
    if (dates.size >= datesKept) dates.clear()
    dates.set(day, (date = new Date(day * dayMs).toISOString().slice(0, 10)))
  }
  return date
}

/** Whether `text` is a day that exists, as `2026-11-24`. */
export const isDay = (text: unknown): text is string =>
  typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toJSON()?.slice(0, 10) === text

/** `08:30` in local time. */
export function localClock(at: number): string {
  const minutes = Math.floor((at + localOffsetMs) / 60_000)
  return `${twoDigits[Math.floor(minutes / 60) % 24]}:${twoDigits[minutes % 60]}`
}

/** `24/11/2026` in local time, as Vietnamese papers write it. */
export function paperDate(at: number): string {
  const date = localDate(at)
  return `${date.slice(8)}/${date.slice(5, 7)}/${date.slice(0, 4)}`
}

/** RFC 3339 in local time, second precision, as answers and files carry it: `2026-11-24T08:30:00+07:00`. */
export function writeTime(at: number): string {
  const second = twoDigits[Math.floor((at + localOffsetMs) / 1000) % 60]
  return `${localDate(at)}T${localClock(at)}:${second}+07:00`
}

/** `yyyyMMddHHmmss` in local time, as the national portal wants it. */
export function writePortalTime(at: number): string {
  return writeTime(at).slice(0, 19).replace(/\D/g, '')
}

type Digits = string | undefined

function local(year: Digits, month: Digits, day: Digits, hour?: Digits, minute?: Digits, second?: Digits) {
  const wall = wallClock(year, month, day, hour, minute, second)
  return wall === undefined ? undefined : wall - localOffsetMs
}

function wallClock(
  year: Digits,
  month: Digits,
  day: Digits,
  hour?: Digits,
  minute?: Digits,
  second?: Digits,
) {
  const [y, mo, d] = [Number(year), Number(month), Number(day)]
  const [h, mi, s] = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)]
  if (h > 23 || mi > 59 || s > 60) return undefined
  const midnight = Date.UTC(y, mo - 1, d)
  const back = new Date(midnight)
  if (back.getUTCMonth() !== mo - 1 || back.getUTCDate() !== d) return undefined // 31 February
  // A leap second (RFC 3339 §5.6) is kept as the second before it.
  return inRange(midnight + ((h * 60 + mi) * 60 + Math.min(s, 59)) * 1000)
}

const earliest = Date.UTC(1990, 0, 1)
const latest = Date.UTC(2100, 0, 1)

function inRange(at: number): number | undefined {
  return at >= earliest && at < latest ? at : undefined
}
