// Figures in words people read: counts, shares, ages.
import type { Count } from '../../../src/monitor/contract.ts'
import { fill } from '../../parts/words.ts'
import type { MonitorWords } from '../words.ts'

export function count(words: MonitorWords, language: string, value: Count | undefined): string {
  if (value === undefined) return '…'
  return value === null ? words.few : new Intl.NumberFormat(language).format(value)
}

export function percent(words: MonitorWords, language: string, value: number | null | undefined): string {
  if (value === undefined) return '…'
  if (value === null) return words.unclear
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(value)
}

export function ago(words: MonitorWords, time: string, now: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(now) - Date.parse(time)) / 60_000))
  if (minutes < 2) return words.ago.now
  if (minutes < 120) return fill(words.ago.minutes, { n: minutes })
  if (minutes < 48 * 60) return fill(words.ago.hours, { n: Math.round(minutes / 60) })
  return fill(words.ago.days, { n: Math.round(minutes / 1440) })
}

export const span = (words: MonitorWords, minutes: number) =>
  minutes < 120 ? fill(words.minutes, { n: minutes }) : fill(words.hours, { n: Math.round(minutes / 60) })
