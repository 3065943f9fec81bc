// One count over the whole store: sums, lists, and the few dossiers whose share in the sums will change by time alone within
// days.

import type { Dossier } from '../../dossier/dossier.js'
import { placeOf } from '../../dossier/store/places.js'
import type { Mark } from '../../dossier/store/snapshot.js'
import { placeName } from '../../dossier/store/walk.js'
import { dayMs } from '../../dossier/times.js'
import type { TellTruth } from '../../dossier/truth.js'
import { type Excused, openCollector } from '../overdue/collect.js'
import { type Cells, openCells, type Span } from './cells.js'
import { type Share, shareOf } from './share.js'

/** How long a count can be brought up to date: dossiers whose share changes by time alone are listed this far ahead. */
export const keepsMs = 2 * dayMs

/** The header of a count: everything but its sums and lists. */
export interface Head {
  /** Epoch ms. */
  readonly at: number
  readonly mark: Mark
  /** Epoch ms; the sums cover these days only. */
  readonly span: Span
  /** By agency: open dossiers within their date, and overdue ones. */
  readonly open: Readonly<Record<string, readonly [running: number, overdue: number]>>
  readonly ending: readonly Ending[]
}

/** A dossier whose share changes at `until` (epoch ms) without an update: it becomes overdue, or its retention ends. */
interface Ending {
  /** `placeName` of its record. */
  readonly place: string
  readonly agency: string
  readonly until: number
  readonly share: Share
}

export interface Book {
  readonly head: Head
  readonly cells: Cells
  readonly collector: ReturnType<typeof openCollector>
}

interface BookDeps {
  readonly agencies: readonly { readonly code: string }[]
  readonly truthOf: TellTruth
  readonly excused: Excused
  readonly expiresAt: (dossier: Dossier) => number | undefined
}

/** Counts dossiers as they are at `at` (epoch ms). */
export async function fillBook(
  { agencies, truthOf, excused, expiresAt }: BookDeps,
  { mark, dossiers }: { readonly mark: Mark; readonly dossiers: AsyncIterable<Dossier> },
  at: number,
  span: Span,
): Promise<Book> {
  const cells = openCells(
    agencies.map(({ code }) => code),
    span,
  )
  const collector = openCollector(truthOf, excused, at)
  const open: Record<string, [running: number, overdue: number]> = {}
  const ending: Ending[] = []
  for await (const dossier of dossiers) {
    const { agency } = dossier.dossierNo
    collector.take(dossier)
    const share = shareOf(dossier, truthOf, at)
    cells.add(agency, share)
    if (share.open) (open[agency] ??= [0, 0])[share.open === 'running' ? 0 : 1]++
    const until = expiresAt(dossier) ?? (share.open === 'running' ? truthOf(dossier, at).endsAt : undefined)
    if (until === undefined || until >= at + keepsMs) continue
    const { record, field } = placeOf(dossier.dossierNo)
    ending.push({ place: placeName(record, field), agency, until, share })
  }
  return { head: { at, mark, span, open, ending }, cells, collector }
}
