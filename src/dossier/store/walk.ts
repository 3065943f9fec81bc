// Every dossier in the store, one after another, in constant memory: for export and for comparing with a source. Not a
// snapshot: what changes during the walk may come in its old or new state, but everything that stays is included.

import type { Agency } from '../agency.js'
import type { Dossier, DossierNo } from '../dossier.js'
import { type AgencyCodes, openAgencyCodes } from '../numbers/agency-codes.js'
import { dossierNoOf } from '../numbers/dossier-no.js'
import type { Numbers } from '../numbers/numbers.js'
import { sequenceOf } from './places.js'
import { ignoreUnreadable } from './record.js'
import type { DossierStore, Part } from './store.js'
import { isSuperseded } from './within-retention.js'

interface WalkOptions {
  /** Current agency codes; left out: all. */
  readonly agencies?: ReadonlySet<string> | undefined
  /** Last heard of at or after this moment (epoch ms). */
  readonly since?: number | undefined
  readonly now?: number
  /**
   * Called after each step: for what changed since the walk began, the packed record before (empty: there was none), by
   * `placeName`. The walk yields that instead of what the step read.
   */
  readonly before?: (tags: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>
  /**
   * False, for counting: procedure names, notes and other numbers are left out, only the records are read, and also those of
   * numbers under which a dossier does not go on.
   */
  readonly beside?: boolean
}

/** What a walk needs of the store. */
export type Walked = Pick<DossierStore, 'parts' | 'scan' | 'recordOf' | 'complete' | 'alone'>

/** A place as text, by which walks and snapshots identify records. */
export const placeName = (key: string, field: string) => `${key} ${field}`

/** Yields full dossiers within retention, without the contact and without those that this version cannot read. */
export async function* walkDossiers(
  store: Walked,
  agencies: readonly Agency[],
  options: WalkOptions = {},
): AsyncGenerator<Dossier> {
  const now = options.now ?? Date.now()
  const codes = openAgencyCodes(agencies)
  // SCAN may return a key twice when the keyspace grows meanwhile.
  let walked = new Set<string>()
  for await (const { records, isLast, tags } of stepsAhead(store)) {
    const before = await options.before?.(tags)
    const keys = new Set(records.map(({ key }) => key))
    for (const { key, field, packed: read } of records) {
      if (walked.has(key)) continue
      const packed = before?.get(placeName(key, field)) ?? read
      if (packed.length === 0) continue
      const no = numberAt(key, field, codes)
      if (no === undefined || (options.agencies && !options.agencies.has(no.agency))) continue
      const found = store.recordOf(packed, now)
      const record = found instanceof Error ? ignoreUnreadable(found) : found
      if (record === undefined || (options.since !== undefined && record.asOf < options.since)) continue
      if (options.beside !== false && isSuperseded(record)) continue
      yield options.beside === false ? store.alone(no, record) : await store.complete(no, record, true)
    }
    for (const key of keys) walked.add(key)
    if (isLast) walked = new Set()
  }
}

/**
 * The steps of a walk over every part, one after another. The next one is requested before this one is yielded, so that
 * Redis reads while the caller processes. `isLast`: the last of its part.
 */
async function* stepsAhead({ parts, scan }: Pick<Walked, 'parts' | 'scan'>) {
  const all = await parts()
  const begin = (part: Part | undefined, cursor: string): ReturnType<Walked['scan']> | undefined => {
    const step = part && scan(part, cursor)
    // Rejections surface where the step is awaited; an abandoned walk no longer awaits it.
    step?.catch(() => {})
    return step
  }
  let nth = 0
  let coming = begin(all[0], '0')
  while (coming) {
    const { cursor, records }: Awaited<ReturnType<Walked['scan']>> = await coming
    const { tags } = all[nth]!
    const isLast = cursor === '0'
    if (isLast) nth++
    coming = begin(all[nth], cursor)
    yield { records, isLast, tags }
  }
}

/**
 * The dossiers of these numbers, by the number's canonical text. A number that is only another number of a dossier finds it,
 * too.
 */
export async function knownDossiers(
  texts: readonly string[],
  { read }: Pick<Numbers, 'read'>,
  store: Pick<DossierStore, 'read' | 'readMany' | 'alone' | 'pointed'>,
): Promise<ReadonlyMap<string, Dossier>> {
  const now = Date.now()
  const known = new Map<string, Dossier>()
  const asked = texts.flatMap((text) => {
    const reading = read(text)
    return reading.kind === 'dossierNo' ? [{ text, no: reading.dossierNo }] : []
  })
  const records = await store.readMany(
    asked.map(({ no }) => no),
    now,
  )
  const others: typeof asked = []
  for (const [nth, found] of records.entries()) {
    const record = found instanceof Error ? ignoreUnreadable(found) : found
    const { text, no } = asked[nth]!
    if (record) known.set(text, store.alone(no, record))
    else others.push(asked[nth]!)
  }
  const pointed = await store.pointed(others.map(({ no }) => no))
  for (const [nth, { text, no }] of others.entries()) {
    const dossier = pointed[nth] ? await store.read(no, now, false).catch(ignoreUnreadable) : undefined
    if (dossier) known.set(text, dossier)
  }
  return known
}

/**
 * `d:{07}:H15.50:4021:0` + `3` → the number; `d:{07}:H15.50:x:77` + the whole text for numbers without a date. Undefined
 * for an issuer whose agency was removed from the configuration.
 */
export function numberAt(key: string, field: string, codes: AgencyCodes): DossierNo | undefined {
  const [, , code, day] = key.split(':') as [string, string, string, string]
  if (day !== 'x') return dossierNoOf(codes, code, { day: Number(day), sequence: sequenceOf(field) })
  const issuer = codes.issuerOf(code)
  return issuer && { text: field, issuer: issuer.code, agency: issuer.agency.code, sequence: field }
}
