// The date inside a dossier number, as days since 2015-01-01: the four digits it has in a lookup number reach to
// 2042-05-18. No number of the legal form (Circular 01/2018/TT-VPCP art. 19) is older than that epoch.
import { dayMs, localDay } from './times.js'

const firstDay = Date.UTC(2015, 0, 1)

export const lastDay = 9999

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** YYMMDD as a number → day, or -1 for an impossible date or one outside the range. */
export function dayOfYymmdd(yymmdd: number): number {
  const year = Math.floor(yymmdd / 10_000)
  const month = Math.floor(yymmdd / 100) % 100
  const date = yymmdd % 100
  if (year < 15 || month < 1 || month > 12 || date < 1) return -1
  if (date > monthDays[month - 1]! && !(month === 2 && date === 29 && year % 4 === 0)) return -1
  const day = Math.round((Date.UTC(2000 + year, month - 1, date) - firstDay) / dayMs)
  return day <= lastDay ? day : -1
}

/** Day → `YYMMDD`. */
export function yymmddOfDay(day: number): string {
  const date = new Date(firstDay + day * dayMs)
  const value = (date.getUTCFullYear() % 100) * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
  return String(value)
}

/** Today's day in Vietnam, at `now`. */
export function dayAt(now: number): number {
  return localDay(now) - firstDay / dayMs
}
