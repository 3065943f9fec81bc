// Sums by day and agency: how dossiers were filed, and whether their dates were met. Flat arrays, because a province has a
// million of these cells in two years.

import { dayMs, localDate, startOfDay } from '../../dossier/times.js'
import { type Filing, filings, type Outcome, outcomes, type Share } from './share.js'

const columns = [...filings, ...outcomes] as const
const columnOf = Object.fromEntries(columns.map((name, at) => [name, at])) as Record<Filing | Outcome, number>

/** Counts in the order of the columns. */
type Row = readonly number[]
/**
 * Rows by agency, as columns: parsing an object with a name for each agency of a province takes several times as long. The
 * counts are the agencies' rows one after another; agencies with nothing are left out.
 */
export type Rows = readonly [agencies: readonly string[], counts: readonly number[]]

/** A row of sums by the names of its columns; undefined is a row of zeros. */
export const columnsOf = (row: Row | undefined) =>
  Object.fromEntries(columns.map((name, at) => [name, row?.[at] ?? 0])) as Record<Filing | Outcome, number>

/** Adds a share to a row of sums over a span. */
export function addShare(row: number[], { filed, result }: Share, { from, until }: Span, by: 1 | -1): void {
  for (const its of [filed, result]) if (its && its.at >= from && its.at < until) row[columnOf[its.as]]! += by
}

/** A row of zeros. */
export const emptyRow = (): number[] => columns.map(() => 0)

/** Epoch ms; `until` is exclusive. */
export interface Span {
  readonly from: number
  readonly until: number
}

export interface Cells {
  add(agency: string, share: Share): void
  /** Days with any count, `YYYY-MM-DD`, in no particular order. */
  days(): IterableIterator<readonly [day: string, its: Rows]>
}

/** Opens empty cells for these agencies. Anything outside the span is ignored. */
export function openCells(agencies: readonly string[], { from, until }: Span): Cells {
  const places = new Map(agencies.map((code, at) => [code, at * columns.length]))
  const days = new Map<number, Int32Array>()
  return {
    add(agency, { filed, result }) {
      const place = places.get(agency)
      if (place === undefined) return
      for (const its of [filed, result]) {
        if (!its || its.at < from || its.at >= until) continue
        const start = startOfDay(its.at)
        let day = days.get(start)
        if (!day) days.set(start, (day = new Int32Array(agencies.length * columns.length)))
        day[place + columnOf[its.as]]!++
      }
    },
    *days() {
      for (const [start, its] of days) yield [localDate(start), rowsOf(agencies, its)] as const
    },
  }
}

function rowsOf(agencies: readonly string[], cells: Int32Array): Rows {
  const [codes, counts]: [string[], number[]] = [[], []]
  for (const [nth, code] of agencies.entries()) {
    const row = cells.subarray(nth * columns.length, (nth + 1) * columns.length)
    if (row.every((count) => count === 0)) continue
    codes.push(code)
    counts.push(...row)
  }
  return [codes, counts]
}

/** Adds rows up, by agency. */
export function addUp(days: Iterable<Rows>): Map<string, number[]> {
  const sums = new Map<string, number[]>()
  for (const [agencies, counts] of days)
    for (const [nth, agency] of agencies.entries()) {
      let its = sums.get(agency)
      if (!its) sums.set(agency, (its = emptyRow()))
      const from = nth * columns.length
      for (let at = 0; at < columns.length; at++) its[at]! += counts[from + at]!
    }
  return sums
}

/** Sums as rows. */
export const inRows = (sums: ReadonlyMap<string, Row>): Rows => [[...sums.keys()], [...sums.values()].flat()]

/** The span of days (`YYYY-MM-DD`), both included. */
export function spanOf({ from, to }: { readonly from: string; readonly to: string }): Span {
  const start = (day: string) => startOfDay(Date.parse(`${day}T12:00:00+07:00`))
  return { from: start(from), until: start(to) + dayMs }
}
