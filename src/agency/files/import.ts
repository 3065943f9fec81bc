// Imports a file: each row is checked and applied like a push, reported one by one, and counted. A dry run checks and
// applies nothing.

import { setImmediate } from 'node:timers/promises'
import { applyPatiently, type Counts, emptySummary } from '../bulk.js'
import type { Fault, Item, MayWrite } from '../check.js'
import type { Intake, IntakeResult } from '../intake.js'
import type { Row } from './files.js'

export interface ImportSummary extends Counts {
  dryRun?: true
  /** Set when the store stayed away: rows from there on were not applied. */
  aborted?: 'unavailable'
}

/** Outcome of one row; `checked` is a row that a real run would accept. */
export interface RowResult {
  readonly row: Row
  readonly result: { checked: true } | IntakeResult
}

interface ImportDeps {
  readonly intake: Pick<Intake, 'number' | 'update' | 'dryCheck' | 'refuse' | 'apply' | 'now'>
  readonly mayWrite: MayWrite
  readonly dryRun: boolean
  /** Back-off while the store is away. */
  readonly retryMs?: readonly number[]
  /** Updated as it goes, so that a caller who stops reading knows what was done until then. */
  readonly summary?: ImportSummary
}

const patience = [100, 400, 1500, 3000]

/** Results batch by batch; returns the summary. */
export async function* importRows(
  batches: AsyncIterable<readonly Row[]>,
  { intake, mayWrite, dryRun, retryMs = patience, summary = emptySummary() }: ImportDeps,
): AsyncGenerator<RowResult[], ImportSummary> {
  if (dryRun) summary.dryRun = true
  for await (const rows of batches) {
    const now = intake.now()
    const items: Item[] = []
    const faults = rows.map((row): Fault | undefined => {
      if (row.fault) {
        if (!dryRun) intake.refuse()
        return { code: row.fault }
      }
      const raw = row.cells ? withoutElsewhere(row.raw, intake) : row.raw
      const checked = (dryRun ? intake.dryCheck : intake.update)(raw, mayWrite, now)
      if (!('no' in checked)) return checked[0]!
      items.push(row.undated ? { ...checked, update: { ...checked.update, undated: true } } : checked)
      return undefined
    })
    const applied = dryRun ? [] : await applyPatiently(items, intake, retryMs)
    let nth = 0
    const results = rows.map((row, at): RowResult => {
      const fault = faults[at]
      const result = fault ? { error: fault } : dryRun ? { checked: true as const } : applied[nth++]!
      summary.lines++
      if ('error' in result) summary.failed++
      else if ('checked' in result || result.applied) summary.applied++
      else summary[result.reason]++
      return { row, result }
    })
    yield results
    // Rows that are all invalid never wait for the store: yield to other requests.
    await setImmediate()
    if (results.some(({ result }) => 'error' in result && result.error.code === 'unavailable')) {
      summary.aborted = 'unavailable'
      break
    }
  }
  return summary
}

// A list of the office gives the national portal's own number of each dossier ("G22.99-…") beside it. Nobody is answered by such a
// number here, so it rejects no row.
function withoutElsewhere(raw: unknown, { number }: Pick<Intake, 'number'>): unknown {
  const { otherNumbers, ...update } = raw as { otherNumbers?: readonly string[] }
  if (otherNumbers === undefined) return raw
  const ours = otherNumbers.filter((text) => {
    const read = number(text)
    return 'no' in read || read.fault.reason !== 'elsewhere'
  })
  return ours.length > 0 ? { ...update, otherNumbers: ours } : update
}

/** The line a program reads: `{"line":2,"error":{"code":…,"pointer":…}}`. */
export function resultLine({ row, result }: RowResult): string {
  return `${JSON.stringify({ line: row.line, ...result })}\n`
}
