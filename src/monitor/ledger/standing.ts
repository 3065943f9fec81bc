// Brings a count up to date: for each dossier changed since, subtracts its old share and adds its new one.
import type { DossierNo } from '../../dossier/dossier.js'
import type { Changed } from '../../dossier/store/snapshot.js'
import type { TellTruth } from '../../dossier/truth.js'
import {
  type Collected,
  collectedUntil,
  type DueDossier,
  dueOf,
  type Excused,
  type Gap,
  gapOf,
  listed,
  openPast,
  openSeries,
} from '../overdue/collect.js'
import { addShare, columnsOf, emptyRow, type Span } from './cells.js'
import type { Loaded } from './kept.js'
import { type Filing, filings, type Outcome, type Share, shareOf } from './share.js'

/** Dossiers of an agency over the days asked for; `running` and `overdue` are those open now. */
export interface Handled extends Record<Outcome, number> {
  /** Received, by how they were filed. */
  filed: Record<Filing, number>
  running: number
  overdue: number
}

export interface Standing {
  /** As of when, epoch ms. */
  readonly at: number
  /** By current agency code. */
  readonly handled: ReadonlyMap<string, Handled>
  /** Of the agencies whose lists were asked for. */
  readonly lists: ReadonlyMap<string, Collected>
}

interface StandingDeps {
  readonly truthOf: TellTruth
  readonly excused: Excused
  /** For each number, the sequences stored for its unit and day up to it; undefined when they are too many. */
  readonly sequences: (highest: readonly DossierNo[]) => Promise<string[][] | undefined>
  /** The highest number the count found for each unit and day of these agencies. */
  readonly highest: (agencies: readonly string[]) => Promise<ReadonlyMap<string, number>>
}

/** All zeros. */
export const noneHandled = (): Handled => handledOf(emptyRow(), [0, 0])

/**
 * The figures at `now` (epoch ms), from a count and the changes since. `wanted`: the agencies whose lists are asked for.
 * Undefined when only a new count can tell.
 */
export async function standingOf(
  deps: StandingDeps,
  { head, sums, lists }: Loaded,
  changed: readonly Changed[],
  { span, wanted }: { readonly span: Span; readonly wanted: ReadonlySet<string> },
  now: number,
): Promise<Standing | undefined> {
  const { truthOf } = deps
  const open = new Map(Object.entries(head.open).map(([code, its]) => [code, [...its] as [number, number]]))
  const add = (agency: string, share: Share, by: 1 | -1) => {
    addShare(entry(sums, agency, emptyRow), share, span, by)
    if (share.open)
      entry(open, agency, () => [0, 0] as [number, number])[share.open === 'running' ? 0 : 1] += by
  }
  for (const { no, was, is } of changed) {
    if (was) add(no.agency, shareOf(was, truthOf, head.at), -1)
    if (is) add(no.agency, shareOf(is, truthOf, now), 1)
  }
  const places = new Set(changed.map(({ place }) => place))
  for (const { place, agency, until, share } of head.ending) {
    if (until >= now || places.has(place)) continue
    add(agency, share, -1)
    if (share.open) add(agency, { ...share, open: 'overdue' }, 1)
  }
  const ofLists = changed.filter(({ no }) => wanted.has(no.agency))
  const gaps = await gapsNow(deps, lists, ofLists, now)
  if (!gaps) return undefined
  const codes = new Set([...sums.keys(), ...open.keys()])
  return {
    at: now,
    handled: new Map(
      [...codes].map((code) => [code, handledOf(sums.get(code) ?? emptyRow(), open.get(code))]),
    ),
    lists: listsNow(deps, { head, lists }, ofLists, gaps, now),
  }
}

function handledOf(row: readonly number[], [running, overdue]: readonly [number, number] = [0, 0]): Handled {
  const columns = columnsOf(row)
  const { inTime, late, undated } = columns
  const filed = Object.fromEntries(filings.map((filing) => [filing, columns[filing]])) as Record<
    Filing,
    number
  >
  return { filed, inTime, late, undated, running, overdue }
}

/** Gaps by agency, recomputed for the units and days in which a number was added or removed. */
async function gapsNow(
  { excused, sequences, highest }: StandingDeps,
  lists: Loaded['lists'],
  changed: readonly Changed[],
  now: number,
): Promise<Map<string, Gap[]> | undefined> {
  const seriesOf = openSeries(excused, now)
  const touched = new Map<string, DossierNo>()
  for (const { no, was, is } of changed) {
    const series = (was === undefined) === (is === undefined) ? undefined : seriesOf(no)
    if (series === undefined) continue
    const known = touched.get(series)
    if (!known || Number(no.sequence) > Number(known.sequence)) touched.set(series, no)
  }
  const met = await highest([...new Set([...touched.values()].map(({ agency }) => agency))])
  const upTo = [...touched].map(([series, no]) => {
    const top = Math.max(Number(no.sequence), met.get(series) ?? 0)
    return { ...no, sequence: String(top) }
  })
  const came = await sequences(upTo)
  if (!came) return undefined
  const gaps = new Map<string, Gap[]>()
  for (const [code, its] of lists)
    gaps.set(
      code,
      its.gaps.filter(({ series }) => !touched.has(series)),
    )
  for (const [nth, [series, { agency }]] of [...touched].entries()) {
    const gap = gapOf(series, came[nth]!)
    if (gap) entry(gaps, agency, () => [] as Gap[]).push(gap)
  }
  return gaps
}

function listsNow(
  { truthOf, excused }: StandingDeps,
  { head, lists }: Pick<Loaded, 'head' | 'lists'>,
  changed: readonly Changed[],
  gaps: ReadonlyMap<string, Gap[]>,
  now: number,
): Map<string, Collected> {
  const until = collectedUntil(head.at)
  const isPast = openPast(excused, now)
  const due = new Map<string, Map<string, DueDossier>>()
  const beyond = new Map<string, number>()
  for (const [code, its] of lists) {
    due.set(code, new Map(its.due.map((one) => [one.dossierNo, one])))
    beyond.set(code, its.dueBeyond)
  }
  for (const { no, was, is } of changed) {
    const its = entry(due, no.agency, () => new Map<string, DueDossier>())
    const wasListed = its.delete(no.text)
    if (!wasListed && was && dueOf(was, truthOf, head.at, until))
      beyond.set(no.agency, (beyond.get(no.agency) ?? 0) - 1)
    const isDue = is && dueOf(is, truthOf, now, until)
    if (isDue) its.set(no.text, isDue)
  }
  const codes = new Set([...due.keys(), ...gaps.keys()])
  return new Map(
    [...codes].map((code) => [
      code,
      listed(
        [...(due.get(code)?.values() ?? [])],
        beyond.get(code) ?? 0,
        (gaps.get(code) ?? []).filter(isPast),
      ),
    ]),
  )
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  let its = map.get(key)
  if (its === undefined) map.set(key, (its = make()))
  return its
}
