// The results as a table and as JSON, and an extrapolation to a whole country.
import type { Turn } from './measure.js'

/** One line: a figure, its target, and whether it was met. */
export interface Row {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly target?: number
  /** The figure should be at most the target; left out: at least. */
  readonly atMost?: boolean
  readonly met?: boolean
}

export function row(what: string, value: number, unit: string, target?: number, atMost = false): Row {
  if (target === undefined) return { what, value, unit }
  return { what, value, unit, target, atMost, met: atMost ? value <= target : value >= target }
}

export function printTurns(title: string, turns: ReadonlyMap<string, Turn>): void {
  const width = Math.max(...[...turns.keys()].map(({ length }) => length))
  const lines = [...turns].map(
    ([name, { perSecond, p50Ms, p99Ms, cpuMicros, redisMicros, failed }]) =>
      `  ${name.padEnd(width)} ${figure(perSecond)}/s  p50 ${figure(p50Ms)} ms  p99 ${figure(p99Ms)} ms  ${figure(cpuMicros)} µs${redisMicros > 0 ? ` + ${figure(redisMicros)} µs in Redis` : ''}${failed > 0 ? `  ${failed} FAILED` : ''}`,
  )
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`)
}

export function printRows(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length))
  const lines = rows.map(({ what, value, unit, target, atMost, met }) => {
    const wanted = target === undefined ? '' : `${atMost ? '≤' : '≥'} ${figure(target)}`
    const verdict = met === undefined ? '' : met ? 'met' : 'MISSED'
    return `  ${what.padEnd(width)} ${figure(value).padStart(9)} ${unit.padEnd(12)} ${wanted.padEnd(10)} ${verdict}`
  })
  process.stdout.write(`\nFigures and targets\n${lines.join('\n')}\n`)
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
}

/** 100 million dossiers, 2,000 lookups and 1,000 texts a second. */
export function nation(lookup: Turn, sms: Turn, bytesEach: number): Row[] {
  const [dossiers, lookups, texts] = [100_000_000, 2000, 1000]
  // Half of each core is reserved for peaks.
  const cores = (microsASecond: number) => microsASecond / 1e6 / 0.5
  return [
    row('nation-wide: memory of Redis', (dossiers * bytesEach) / 2 ** 30, 'GiB'),
    row('nation-wide: gateway cores', cores(lookups * lookup.cpuMicros + texts * sms.cpuMicros), 'half busy'),
    row(
      'nation-wide: Redis cores',
      cores(lookups * lookup.redisMicros + texts * sms.redisMicros),
      'half busy',
    ),
  ]
}
