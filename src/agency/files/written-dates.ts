// A date as people, spreadsheets and programs of many languages write it, taken apart: its clock (before it or behind it),
// its zone, and what is left. Which of two figures is the day is for the reader of the column to say.
import { readLooseTime } from '../../dossier/times.js'

interface Written {
  /** Day and month in two figures, as they stand: they can be read in two orders. */
  readonly figures?: { readonly first: string; readonly second: string }
  readonly day: string
  readonly month: string
  /** Four digits, or two. */
  readonly year: string
  /** `AM` and `PM` are American, SA and CH are not. */
  readonly clock?: Clock | undefined
  /** Minutes ahead of UTC; undefined: Vietnam's. */
  readonly zoneMinutes?: number | undefined
}

interface Clock {
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly isAmerican: boolean
}

const half = '(?:([ap])\\.? ?m\\.?|(sa|sáng|ch|chiều|tối|trưa))'
const clock = `(\\d{1,2})(?:[:h](\\d{1,2})(?:[:m](\\d{1,2})(?:[.,]\\d{1,9})?)?|[.](\\d\\d)(?:[.](\\d\\d)(?:[.]\\d{1,9})?)?|h|(?= ?${half}))(?: ?${half})?`
const clockBehind = new RegExp(`(?:[ T,]{1,3}|^)${clock}$`, 'i')
const clockBefore = new RegExp(`^${clock}[ ,]{1,3}`, 'i')
const zone = /(?<=\d|[ap]m) ?(?:z|(?:gmt|utc|ict)? ?([+-]\d\d):?(\d\d)?|(gmt|utc|ict))$/i
// Java and C: "Nov 24 08:30:00 ICT 2026", the clock before the year.
const clockInside = /^([a-z]{3}) (\d{1,2}) (\d\d:\d\d:\d\d) (?:(\S{1,9}) )?(\d{4})$/i

// The most frequent form, which needs none of that.
const usual = /^(\d[\d/.-]{5,9})[ T](\d{1,2}):(\d\d)(?::(\d\d))?$/

const figures = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})$/
const yearFirst = /^(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d\d)(\d\d))$/
// "12 thg 11, 2026", "ngày 12 tháng 11 năm 2026", "12-thg 11-26"
const spoken = /^(\d{1,2})[ -]?(?:thg|tháng|th) ?(\d{1,2}),?[ /-](?:năm )?(\d{4}|\d{2})$/i
// "12-Nov-26", "Nov 12, 2026"
const named = /^(\d{1,2})[ /-]([a-z]{3,9})\.?[ ,/-]{1,2}(\d{4}|\d{2})$/i
const monthFirst = /^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})$/i
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const weekdays =
  'th[ứu] (?:hai|ba|t[ưu]|n[ăa]m|s[áa]u|b[ảa]y|[2-7])|ch[ủu] nh[ậa]t|cn|t[2-7]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?'
// Before the date, between it and its clock, or behind it.
const weekday = new RegExp(`(?:^|,? )(?:${weekdays})(?:[,.]? |$)`, 'i')

const longest = 80
// Most dates are as plain as this.
const isPlain = /^\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}(?: \d{1,2}:\d\d(?::\d\d)?)?$/

/** A text without what people put around a date: the day of the week, "ngày", a half of the day, a remark, more blanks. */
export function plainDate(text: string): string {
  if (isPlain.test(text)) return text
  return (
    text
      .slice(0, longest)
      .normalize('NFKC')
      // Marks of direction and blanks without width, which come along from web pages; dashes and strokes of other kinds.
      .replace(/[\p{Cf}]/gu, '')
      .replace(/[\u2010-\u2015\u2212]/g, '-')
      .replace(/[\u2044\u2215]/g, '/')
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/^'/, '')
      .replace(/ ?\((?![^()]*\d[/.-]\d)[^()]*\)$/, '')
      .replace(/(\d[:h]\d\d) ?['’′"”″]{1,2}/, '$1')
      .replace(/[;,.]+$/, '')
      .replace(weekday, ' ')
      .trim()
      .replace(/^(?:(?:trước|đến|tới|chậm nhất|muộn nhất|là|hết|vào|lúc|hồi) ){1,3}/i, '')
      .replace(/,? (?:trước|lúc|vào lúc) (?=\d{1,2} ?(?:[:hg]|giờ))/i, ' ')
      .replace(/(\d)g(\d\d)(?!\d)/i, '$1h$2')
      .replace(/^(?:buổi )?(?:sáng|chiều),? (?=ngày |\d{1,2} ?[/.-])/i, '')
      .replace(
        /(\d) ?giờ ?(\d{1,2})(?: ?phút)?/i,
        (_, hours, minutes) => `${hours}h${minutes.padStart(2, '0')}`,
      )
      .replace(/(\d) ?giờ(?=[ ,]|$)/i, '$1h00')
      .replace(/(?:^|,? )ng[àa]y (?=\d{1,2}(?: ?[/.-]| tháng ))/i, ' ')
      .replace(/ ?[/\\] ?/g, '/')
      .replace(/^(\d{1,2}) ?([-.]) ?(\d{1,2}) ?\2 ?(?=\d{4}(?!\d))/, '$1$2$3$2')
      .replace(/(\d) - (?=\d)/, '$1 ')
      // XML's date with a zone: the day is meant.
      .replace(/^(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)$/, '$1')
      .trim()
  )
}

/** The parts of a plain text; undefined when it is no date. */
export function takeApart(text: string): Written | undefined {
  const [, usualDate, hours, minutes, seconds = '0'] = usual.exec(text) ?? []
  if (usualDate !== undefined) {
    const date = dateOf(usualDate)
    const time = {
      hours: Number(hours),
      minutes: Number(minutes),
      seconds: Number(seconds),
      isAmerican: false,
    }
    return date && { ...date, clock: time }
  }
  const inside = clockInside.exec(text)
  if (inside) {
    const [, month, day, at, name, year] = inside
    return takeApart(`${month} ${day}, ${year} ${at}${name === undefined ? '' : ` ${name}`}`)
  }
  const bare = text.includes(':') ? undefined : dateOf(text)
  if (bare) return bare
  const zoned = /[a-z+]|\d-\d\d/i.test(text) ? zone.exec(text) : null
  const local = zoned ? text.slice(0, zoned.index) : text
  for (const [pattern, from] of [
    [clockBehind, 0],
    [clockBefore, 1],
  ] as const) {
    const match = pattern.exec(local)
    if (!match) continue
    const rest = from === 0 ? local.slice(0, match.index) : local.slice(match[0].length)
    const date = dateOf(rest.trim())
    const time = date && clockOf(match)
    if (date && time) return { ...date, clock: time, zoneMinutes: zoned ? zoneOf(zoned) : undefined }
  }
  return undefined
}

/** Epoch ms of what was taken apart, with these two as day and month; undefined when there is no such day or hour. */
export function momentOf(
  { year, clock: time, zoneMinutes }: Written,
  day: string,
  month: string,
): number | undefined {
  const date = `${year.length === 2 ? `20${year}` : year}-${two(month)}-${two(day)}`
  if (time === undefined) return readLooseTime(date)
  const zoneText =
    zoneMinutes === undefined
      ? ''
      : `${zoneMinutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(zoneMinutes) / 60))}:${two(Math.abs(zoneMinutes) % 60)}`
  // The end of a day, not the beginning of the next: that is what a promise by 24:00 means.
  const isMidnight = time.hours === 24 && time.minutes === 0 && time.seconds === 0
  const at = isMidnight ? '23:59:59' : `${two(time.hours)}:${two(time.minutes)}:${two(time.seconds)}`
  return readLooseTime(`${date}T${at}${zoneText}`)
}

function dateOf(text: string): Written | undefined {
  let match = figures.exec(text)
  if (match) {
    const [, first, second, year] = match as unknown as [string, string, string, string]
    return { figures: { first, second }, day: first, month: second, year }
  }
  match = yearFirst.exec(text)
  if (match) return { year: match[1]!, month: (match[3] ?? match[5])!, day: (match[4] ?? match[6])! }
  match = spoken.exec(text)
  if (match) return { day: match[1]!, month: match[2]!, year: match[3]! }
  match = named.exec(text)
  if (match) return ofName(match[2]!, match[1]!, match[3]!)
  match = monthFirst.exec(text)
  return match ? ofName(match[1]!, match[2]!, match[3]!) : undefined
}

function ofName(name: string, day: string, year: string): Written | undefined {
  const month = months.indexOf(name.slice(0, 3).toLowerCase())
  return month < 0 ? undefined : { day, month: String(month + 1), year }
}

function clockOf(match: RegExpExecArray): Clock | undefined {
  const [hour, minute, second, dotMinute, dotSecond, , , american, word] = match.slice(1)
  const hours = Number(hour)
  const isLate = /^(?:p|ch|chiều|tối)$/i.test(american ?? word ?? '')
  const isNoon = /^trưa$/i.test(word ?? '')
  const isHalf = american !== undefined || word !== undefined
  // "14:15 CH" says it twice; "14:15 SA" contradicts itself.
  if (isHalf && hours > 12 && !isLate) return undefined
  const counted =
    !isHalf || hours > 12 || (isNoon && hours >= 10) ? hours : (hours % 12) + (isLate || isNoon ? 12 : 0)
  return {
    hours: counted,
    minutes: Number(minute ?? dotMinute ?? 0),
    seconds: Number(second ?? dotSecond ?? 0),
    isAmerican: american !== undefined,
  }
}

function zoneOf([, hours, minutes, name]: RegExpExecArray): number {
  if (hours === undefined) return /^ict$/i.test(name ?? '') ? 420 : 0
  return Number(hours) * 60 + Math.sign(Number(hours)) * Number(minutes ?? 0)
}

const two = (value: string | number) => String(value).padStart(2, '0')
