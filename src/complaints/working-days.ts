// Working days: Monday to Friday without holidays, plus weekend days worked in exchange. Days are those of
// Vietnam (UTC+7, without summer time since 1975), written `YYYY-MM-DD`.
import { readYaml } from '../config/read-yaml.js'
import { dayMs, isDay, localDate, localOffsetMs } from '../dossier/times.js'
import { GatewayError } from '../errors.js'

export interface Holidays {
  readonly holidays: ReadonlySet<string>
  readonly workdays: ReadonlySet<string>
  /** The last day the table covers. */
  readonly through: string
}

/** Reads holidays.yaml. Never throws for what an operator can write. */
export function readHolidays(file: string): Holidays | { readonly problem: string } {
  const read = readYaml(file)
  if ('problem' in read) return { problem: `${file}: ${read.problem}` }
  const table = (read.value ?? {}) as Record<string, unknown>
  const holidays = daysOf(table.holidays)
  const workdays = daysOf(table.workdays)
  const [through] = daysOf([table.through]) ?? []
  if (!holidays || !workdays || !through)
    return { problem: `${file}: needs through (a day), holidays and workdays (lists of days, YYYY-MM-DD)` }
  return { holidays: new Set(holidays), workdays: new Set(workdays), through }
}

/** The table of a configuration that was checked. Throws GatewayError config-invalid when it has become unreadable since. */
export function holidaysOf({ complaints }: { readonly complaints: { readonly holidays: string } }): Holidays {
  const read = readHolidays(complaints.holidays)
  if ('problem' in read) throw new GatewayError('config-invalid', read.problem, false)
  return read
}

function daysOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return undefined
  const days = value.map((one) => (one instanceof Date ? one.toISOString().slice(0, 10) : String(one)))
  return days.every(isDay) ? days : undefined
}

/** The end of a day (epoch ms). */
export const endOf = (day: string) => Date.parse(`${day}T00:00:00Z`) + dayMs - localOffsetMs

/** Whether offices work on a day (`YYYY-MM-DD`). */
export function isWorkingDay(day: string, { holidays, workdays }: Holidays): boolean {
  if (workdays.has(day)) return true
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !holidays.has(day)
}

/** The `count`-th working day after the day of `at` (epoch ms), which itself does not count. */
export function workingDayAfter(at: number, count: number, holidays: Holidays): string {
  let day = Date.parse(`${localDate(at)}T00:00:00Z`)
  for (let left = count; left > 0; ) {
    day += dayMs
    if (isWorkingDay(new Date(day).toISOString().slice(0, 10), holidays)) left--
  }
  return new Date(day).toISOString().slice(0, 10)
}
