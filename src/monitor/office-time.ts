// Office time: Monday to Friday, 07:00 to 17:30 in Vietnam. A night or a weekend without updates is not silence.
import { dayMs, localDate, localOffsetMs, startOfDay } from '../dossier/times.js'

// Office days are calendar days in Vietnam.
export { dayMs, localDate as officeDay, startOfDay as officeDayStart }

const opensMs = 7 * 3_600_000
const closesMs = 17.5 * 3_600_000
export const officeDayMs = closesMs - opensMs

/** Office time between two moments (epoch ms); 0 when `to` is not later. */
export function officeMsBetween(from: number, to: number): number {
  return Math.max(0, officeMsUntil(to) - officeMsUntil(from))
}

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
