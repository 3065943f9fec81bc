// Every dossier in the store, one after another, in flat memory: for export and for comparing with a source. Not a
// snapshot: what changes during the walk may be told in its old or its new state, but everything that stays is told.

import type { Agency } from './agency.js'
import { type AgencyCodes, openAgencyCodes } from './agency-codes.js'
import type { Dossier, DossierNo } from './dossier.js'
import { dossierNoOf } from './dossier-no.js'
import type { Numbers } from './numbers.js'
import { shardTags } from './places.js'
import type { DossierStore } from './store.js'

export interface WalkOptions {
  /** Current agency codes; left out: all. */
  readonly agencies?: ReadonlySet<string> | undefined
  /** Last heard of at or after this moment (epoch ms). */
  readonly since?: number | undefined
  readonly now?: number
  /** False: procedure names, notes and other numbers are left out, and nothing is asked beside the records. For counting. */
  readonly beside?: boolean
}

/** Yields full dossiers within retention, without the contact. */
export async function* walkDossiers(
  store: Pick<DossierStore, 'scan' | 'recordOf' | 'complete' | 'alone'>,
  agencies: readonly Agency[],
  options: WalkOptions = {},
): AsyncGenerator<Dossier> {
  const now = options.now ?? Date.now()
  const codes = openAgencyCodes(agencies)
  // SCAN may tell a key twice when the keyspace grows meanwhile.
  let told = new Set<string>()
  for await (const { records, isLast } of stepsAhead(store)) {
    const keys = new Set(records.map(({ key }) => key))
    for (const { key, field, packed } of records) {
      if (told.has(key)) continue
      const no = numberAt(key, field, codes)
      if (no === undefined || (options.agencies && !options.agencies.has(no.agency))) continue
      const record = store.recordOf(packed, now)
      if (record instanceof Error) throw record
      if (record === undefined || (options.since !== undefined && record.asOf < options.since)) continue
      yield options.beside === false ? store.alone(no, record) : await store.complete(no, record, true)
    }
    for (const key of keys) told.add(key)
    if (isLast) told = new Set()
  }
}

/**
 * The steps of a walk over every shard, one after another. The next one is asked for before this one is handed out, so that
 * Redis reads while the records are looked at. `isLast`: of its shard.
 */
async function* stepsAhead({ scan }: Pick<DossierStore, 'scan'>) {
  const begin = (nth: number, cursor: string): ReturnType<DossierStore['scan']> => {
    const step = scan(shardTags[nth]!, cursor)
    // Told where it is awaited; a walk that is given up awaits it no more.
    step.catch(() => {})
    return step
  }
  let nth = 0
  let coming: ReturnType<DossierStore['scan']> | undefined = begin(nth, '0')
  while (coming) {
    const { cursor, records }: Awaited<ReturnType<DossierStore['scan']>> = await coming
    const isLast = cursor === '0'
    if (isLast) nth++
    coming = nth < shardTags.length ? begin(nth, cursor) : undefined
    yield { records, isLast }
  }
}

/** Those of these numbers (canonical text) that are in the store, withheld or not. */
export async function knownDossiers(
  texts: readonly string[],
  { read }: Pick<Numbers, 'read'>,
  store: Pick<DossierStore, 'read'>,
): Promise<ReadonlyMap<string, Dossier>> {
  const now = Date.now()
  const found = new Map<string, Dossier>()
  await Promise.all(
    texts.map(async (text) => {
      const reading = read(text)
      const dossier =
        reading.kind === 'dossierNo' ? await store.read(reading.dossierNo, now, false) : undefined
      if (dossier) found.set(text, dossier)
    }),
  )
  return found
}

// `d:{07}:H15.50:4021:0` + `0003` → the number; `d:{07}:H15.50:x:77` + the whole text for numbers without a date. An issuer
// whose agency was taken out of the configuration altogether has no name to be told by.
function numberAt(key: string, field: string, codes: AgencyCodes): DossierNo | undefined {
  const [, , code, day] = key.split(':') as [string, string, string, string]
  if (day !== 'x') return dossierNoOf(codes, code, { day: Number(day), sequence: field })
  const issuer = codes.issuerOf(code)
  return issuer && { text: field, issuer: issuer.code, agency: issuer.agency.code, sequence: field }
}
