// The pages' words: strings/<language>.json, one section per page. A new language is only a new file there. Words about a
// dossier's state are not here: they come with the answer, so that screen, SMS and paper agree.

/** A page's section in every language: what `import.meta.glob('../strings/*.json', …)` gives. */
export function byLanguage<S>(files: Record<string, S>): Record<string, S> {
  return Object.fromEntries(
    Object.entries(files).map(([path, section]) => [path.replace(/^.*\/|\.json$/g, ''), section]),
  )
}

/** `fill('gửi {shortCode}', { shortCode: '8188' })` */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

// The office's clock, whatever the device believes its zone to be.
const timeZone = 'Asia/Ho_Chi_Minh'

/**
 * `24/11/2026`, in English `24 Nov 2026`: 08/12 would be read as the 12th of August. With the weekday, which people remember
 * better, when `weekday` is asked for.
 */
export function day(language: string, time: string, weekday = false): string {
  const form = `${language} ${weekday}`
  const known = days.get(form)
  const format = known ?? dayFormat(language, weekday)
  if (!known) days.set(form, format)
  return format.format(new Date(time))
}

// Creating a format takes a hundred times as long as using it.
const days = new Map<string, Intl.DateTimeFormat>()

function dayFormat(language: string, weekday: boolean): Intl.DateTimeFormat {
  const isEnglish = language === 'en'
  return new Intl.DateTimeFormat(locale(language), {
    timeZone,
    day: isEnglish ? 'numeric' : '2-digit',
    month: isEnglish ? 'short' : '2-digit',
    year: 'numeric',
    ...(weekday ? { weekday: 'long' as const } : {}),
  })
}

/** A phone number or a time that must not wrap. */
export const unbroken = (text: string) => text.replace(/ /g, '\u00a0')

/** `10:30, 24/11/2026` in the language's order. */
export function moment(language: string, time: string): string {
  const date = new Date(time)
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
  return unbroken(`${clock.format(date)}, ${day(language, time)}`)
}

/** `120.000 ₫` */
export function money(language: string, amount: number): string {
  const known = sums.get(language)
  const format = known ?? sumFormat(language)
  if (!known) sums.set(language, format)
  return format.format(amount)
}

const sums = new Map<string, Intl.NumberFormat>()

const sumFormat = (language: string) =>
  new Intl.NumberFormat(locale(language), { style: 'currency', currency: 'VND', maximumFractionDigits: 0 })

// English as read in Vietnam: day before month.
const locale = (language: string) => (language === 'en' ? 'en-GB' : language)
