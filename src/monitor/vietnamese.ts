// Numbers, days and moments as Vietnamese writes them.
import { writeTime } from '../dossier/times.js'

// Made on first use: the first one loads the language's data (some 20 ms), and making one takes a hundred times as long as
// using it.
const formats = new Map<number, Intl.NumberFormat>()

/** `1.234` and `98,5`, with at most so many digits behind the comma. */
export function numeral(value: number, digits = 3): string {
  let format = formats.get(digits)
  if (!format)
    formats.set(digits, (format = new Intl.NumberFormat('vi-VN', { maximumFractionDigits: digits })))
  return format.format(value)
}

/** `23/11/2026 10:30`, in the office's zone. */
export function moment(iso: string): string {
  const local = writeTime(Date.parse(iso))
  return `${dayWord(local)} ${local.slice(11, 16)}`
}

/** `23/11/2026` of `2026-11-23…`. */
export const dayWord = (day: string) => `${day.slice(8, 10)}/${day.slice(5, 7)}/${day.slice(0, 4)}`
