// The period looked at: the last so many days, or two days picked.

export interface Period {
  from: string
  to: string
}

const dayMs = 86_400_000
// Today in the office's zone, +07:00 all year.
const today = () => new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)

export const presets = { week: 7, month: 30, half: 182 } as const

export function lastDays(count: number): Period {
  const to = today()
  return { from: new Date(Date.parse(to) - (count - 1) * dayMs).toISOString().slice(0, 10), to }
}
