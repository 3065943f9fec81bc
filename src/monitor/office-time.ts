// Time as an office knows it: Monday to Friday, 07:00 to 17:30 in Vietnam. A night or a weekend without news is not
// silence.

// Vietnam keeps +07:00 all year, without daylight saving.
const zoneMs = 7 * 3_600_000
/** Every office day has this length. */
export const dayMs = 86_400_000
const opensMs = 7 * 3_600_000
const closesMs = 17.5 * 3_600_000
export const officeDayMs = closesMs - opensMs

/** Office time that passed between two moments (epoch ms); 0 when `to` is not later. */
export function officeMsBetween(from: number, to: number): number {
  return Math.max(0, officeMsUntil(to) - officeMsUntil(from))
}

/** `2026-11-24` of a moment, in the office's zone. */
export const officeDay = (at: number) => new Date(at + zoneMs).toISOString().slice(0, 10)

/** The last so many days (`YYYY-MM-DD`), in order, today included. */
export const lastDays = (count: number, now: number): string[] =>
  Array.from({ length: count }, (_, nth) => officeDay(now - (count - 1 - nth) * dayMs))

/** The first moment of the office's day a moment lies in, epoch ms. */
export const officeDayStart = (at: number) => Math.floor((at + zoneMs) / dayMs) * dayMs - zoneMs

// Office time since the epoch's first Monday, 1969-12-29.
function officeMsUntil(at: number): number {
  const local = at + zoneMs + 3 * dayMs
  const day = Math.floor(local / dayMs)
  const week = Math.floor(day / 7)
  const weekday = day - week * 7
  const today = Math.min(Math.max(local - day * dayMs - opensMs, 0), officeDayMs)
  return (week * 5 + Math.min(weekday, 5)) * officeDayMs + (weekday < 5 ? today : 0)
}
