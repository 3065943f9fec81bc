// The changes in a period. The change streams record each change in order but hold only the newest 4,000 of each shard;
// for older ones the records only say when each dossier was last heard of. Together they miss nothing that is still in
// the store: a dossier that changed in the period was heard of then or later.

import type { Agency } from '../../dossier/agency.js'
import type { DossierNo, DossierStatus } from '../../dossier/dossier.js'
import { statusOfCode } from '../../dossier/dossier.js'
import type { Numbers } from '../../dossier/numbers/numbers.js'
import { changeStream, changesKept, shardTags } from '../../dossier/store/places.js'
import { type Walked, walkDossiers } from '../../dossier/store/walk.js'
import { asFault, type RedisDoor, throwFault } from '../../redis/connection.js'

/** One change; its `id` is the same in every run. */
export interface Change {
  readonly id: string
  readonly no: DossierNo
  /** When the gateway heard of it, epoch ms. */
  readonly at: number
  /** What the stream says of it; left out beyond its reach, where only the present state is known. */
  readonly state?: { readonly dossierStatus: DossierStatus; readonly eventSeconds: number }
}

export interface Stretch {
  /** Epoch ms, both included. */
  readonly since: number
  readonly until: number
  /** Current agency codes; left out: all. */
  readonly agencies?: ReadonlySet<string> | undefined
}

export interface ChangesDeps {
  readonly door: RedisDoor
  readonly store: Walked
  readonly numbers: Pick<Numbers, 'read'>
  readonly agencies: readonly Agency[]
}

const pageSize = 1000

/** Changes in the order they were heard of, and whether the streams reached back far enough to tell each one. */
export async function listChanges(
  { door, store, numbers, agencies }: ChangesDeps,
  { since, until, agencies: only }: Stretch,
): Promise<{ changes: Change[]; isWhole: boolean }> {
  const found = new Map<string, Change>()
  const listed = new Set<string>()
  let isWhole = true
  for (const tag of shardTags) {
    isWhole &&= await reaches(door, changeStream(tag), since)
    for await (const [id, change] of entries(door, changeStream(tag), since, until)) {
      const [code, , seconds, ...number] = change.split(' ')
      const reading = numbers.read(number.join(' '))
      const dossierStatus = statusOfCode(Number(code))
      if (reading.kind !== 'dossierNo' || !dossierStatus) continue
      const no = reading.dossierNo
      if (only && !only.has(no.agency)) continue
      listed.add(no.text)
      // Of changes other than the state (a moved date, a note) the last one suffices.
      const key = `${no.text} ${code} ${seconds}`
      found.delete(key)
      found.set(key, {
        id: `${tag.slice(1, -1)}-${id}`,
        no,
        at: Number(id.split('-')[0]),
        state: { dossierStatus, eventSeconds: Number(seconds) },
      })
    }
  }
  const changes = [...found.values()]
  if (!isWhole)
    for await (const { dossierNo: no, asOf } of walkDossiers(store, agencies, {
      agencies: only,
      since: wholeSecond(since),
    }))
      if (!listed.has(no.text)) changes.push({ id: `${no.text}@${asOf / 1000}`, no, at: asOf })
  // The changes of one dossier come from one stream, in order, and the sort is stable.
  return { changes: changes.sort((a, b) => a.at - b.at), isWhole }
}

// Records keep whole seconds.
const wholeSecond = (at: number) => Math.floor(at / 1000) * 1000

async function reaches(door: RedisDoor, stream: string, since: number): Promise<boolean> {
  try {
    if ((await door.request.xlen(stream)) < changesKept) return true
    const [first] = await door.request.xrange(stream, '-', '+', 'COUNT', 1)
    return first !== undefined && Number(first[0].split('-')[0]) <= since
  } catch (error) {
    throw asFault(error)
  }
}

async function* entries(
  door: RedisDoor,
  stream: string,
  since: number,
  until: number,
): AsyncGenerator<[id: string, change: string]> {
  let from = String(since)
  for (;;) {
    const page = await door.request.xrange(stream, from, String(until), 'COUNT', pageSize).catch(throwFault)
    for (const [id, [, change = '']] of page) yield [id, change]
    if (page.length < pageSize) return
    from = `(${page.at(-1)![0]}`
  }
}
