// Office time: 07:00 to 17:30 in Vietnam, Monday to Friday but for holidays, and on weekend days worked in exchange. A night, a
// weekend or the week of Tết without updates is not silence.
import { type Holidays, isWorkingDay } from '../complaints/working-days.js'
import { dayMs, localDate, localDay, localOffsetMs } from '../dossier/times.js'

const opensMs = 7 * 3_600_000
const closesMs = 17.5 * 3_600_000
export const officeDayMs = closesMs - opensMs

/** Office time between two moments (epoch ms); 0 when `to` is not later. */
type OfficeMsBetween = (from: number, to: number) => number

/** Counts office time by a table of holidays. Every answer asks, so the table is turned into a few numbers once. */
export function openOfficeTime(table: Holidays): OfficeMsBetween {
  const swapped = [...table.holidays, ...table.workdays]
    .map((day) => Date.parse(`${day}T00:00:00Z`) / dayMs)
    .filter((day, at, all) => all.indexOf(day) === at)
    .map((day) => ({
      day,
      by: Number(isWorkingDay(dateOf(day), table)) - Number(isWorkingDay(dateOf(day), noHolidays)),
    }))
    .filter(({ by }) => by !== 0)
  return (from, to) => {
    if (to <= from) return 0
    let ms = officeMsUntil(to) - officeMsUntil(from)
    const [first, last] = [localDay(from), localDay(to)]
    for (const { day, by } of swapped)
      if (day >= first && day <= last) ms += by * (officeMsOf(day, to) - officeMsOf(day, from))
    return ms
  }
}

/** Every Monday to Friday is a working day. */
export const noHolidays: Holidays = { holidays: new Set(), workdays: new Set(), through: '' }

const dateOf = (day: number) => localDate(day * dayMs - localOffsetMs)

/** How much of a day's office hours has passed at a moment. */
const officeMsOf = (day: number, at: number) =>
  Math.min(Math.max(at + localOffsetMs - day * dayMs - opensMs, 0), officeDayMs)

/** The last `count` days (`YYYY-MM-DD`), in order, including today. */
export const lastDays = (count: number, now: number): string[] =>
  Array.from({ length: count }, (_, nth) => localDate(now - (count - 1 - nth) * dayMs))

// Office time since the epoch's first Monday, 1969-12-29.
function officeMsUntil(at: number): number {
  const local = at + localOffsetMs + 3 * dayMs
  const day = Math.floor(local / dayMs)
  const week = Math.floor(day / 7)
  const weekday = day - week * 7
  const today = Math.min(Math.max(local - day * dayMs - opensMs, 0), officeDayMs)
  return (week * 5 + Math.min(weekday, 5)) * officeDayMs + (weekday < 5 ? today : 0)
}

/** Days (`YYYY-MM-DD`) by their month (`YYYY-MM`), and whether they are all the days it has. */
export function byMonth(days: readonly string[]): { month: string; days: string[]; isWhole: boolean }[] {
  const months = new Map<string, string[]>()
  for (const day of days) {
    const its = months.get(day.slice(0, 7)) ?? []
    months.set(day.slice(0, 7), its)
    its.push(day)
  }
  return [...months].map(([month, its]) => {
    const [year, nth] = month.split('-').map(Number) as [number, number]
    return { month, days: its, isWhole: its.length === new Date(Date.UTC(year, nth, 0)).getUTCDate() }
  })
}
