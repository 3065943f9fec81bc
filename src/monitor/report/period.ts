// The days a report covers. The Department reports by calendar half-year; an agency hands in its report before 30/6
// and 30/11 (reporting article of decision 03/2018/QĐ-UBND), so its half-years end on those two days and the next
// one begins the day after: every day is in exactly one report.
import { dayMs, isDay, localDate } from '../../dossier/times.js'

/** Days as `YYYY-MM-DD`, both included; `label` finishes the sentence "Báo cáo …" in Vietnamese. */
export interface Period {
  readonly from: string
  readonly to: string
  readonly label: string
}

interface PeriodWords {
  /** `2026`, `2026H1`, `2026Q3`, `2026-06`. */
  readonly period?: string | undefined
  /** `YYYY-MM-DD`; `to` left out: today. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Counts are kept for a little over two years. */
const longestDays = 800
const quarters = ['I', 'II', 'III', 'IV']

/** Undefined when the words are no valid period. */
export function readPeriod(
  words: PeriodWords,
  cutOff: 'department' | 'agency',
  now: number,
): Period | undefined {
  const { period, from, to } = words
  if (period !== undefined) return from === undefined && to === undefined ? named(period, cutOff) : undefined
  const last = to ?? localDate(now)
  if (from === undefined || !isDay(from) || !isDay(last)) return undefined
  const days = (Date.parse(last) - Date.parse(from)) / dayMs + 1
  if (days < 1 || days > longestDays) return undefined
  return { from, to: last, label: 'theo khoảng thời gian' }
}

function named(text: string, cutOff: 'department' | 'agency'): Period | undefined {
  const [, years, half, quarter, months] = /^(20\d\d)(?:H([12])|Q([1-4])|-(0[1-9]|1[0-2]))?$/.exec(text) ?? []
  if (years === undefined) return undefined
  const year = Number(years)
  if (months !== undefined) {
    const month = Number(months)
    return { from: `${year}-${months}-01`, to: lastOf(year, month), label: `tháng ${month} năm ${year}` }
  }
  if (quarter !== undefined) {
    const nth = Number(quarter)
    const first = String(3 * nth - 2).padStart(2, '0')
    return {
      from: `${year}-${first}-01`,
      to: lastOf(year, 3 * nth),
      label: `quý ${quarters[nth - 1]} năm ${year}`,
    }
  }
  const ofAgency = cutOff === 'agency'
  const begins = ofAgency ? `${year - 1}-12-01` : `${year}-01-01`
  const ends = ofAgency ? `${year}-11-30` : `${year}-12-31`
  if (half === '1') return { from: begins, to: `${year}-06-30`, label: `6 tháng đầu năm ${year}` }
  if (half === '2') return { from: `${year}-07-01`, to: ends, label: `6 tháng cuối năm ${year}` }
  return { from: begins, to: ends, label: `năm ${year}` }
}

/** Names of half-years as of `now`, newest first: the current one, then those that have ended. */
export function halfYearNames(now: number, count: number): string[] {
  const [year, month] = localDate(now).split('-').map(Number) as [number, number]
  const newest = year * 2 + (month > 6 ? 1 : 0)
  return Array.from({ length: count }, (_, back) => {
    const half = newest - back
    return `${Math.floor(half / 2)}H${(half % 2) + 1}`
  })
}

/** The Department's last half-year that has ended. */
export const lastHalfYear = (now: number): Period => named(halfYearNames(now, 2)[1]!, 'department')!

/** All days of a period, in order. */
export function daysOf({ from, to }: Pick<Period, 'from' | 'to'>): string[] {
  const first = Date.parse(from)
  const count = Math.round((Date.parse(to) - first) / dayMs) + 1
  return Array.from({ length: count }, (_, nth) => new Date(first + nth * dayMs).toISOString().slice(0, 10))
}

const lastOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10)
