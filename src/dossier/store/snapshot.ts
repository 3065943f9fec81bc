// The whole store as of one moment, and the changes since. A count over a snapshot keeps its mark with the result, and
// can be brought up to date later from the changes alone: the change streams hold each record as it was before.
import { asFault, type RedisDoor } from '../../redis/connection.js'
import type { Agency } from '../agency.js'
import type { Dossier, DossierNo } from '../dossier.js'
import { openAgencyCodes } from '../numbers/agency-codes.js'
import type { Numbers } from '../numbers/numbers.js'
import {
  changeStream,
  changesKept,
  type Place,
  placeOf,
  recordKeysBelow,
  sequenceOf,
  shardTags,
} from './places.js'
import { ignoreUnreadable } from './record.js'
import type { DossierStore } from './store.js'
import { numberAt, placeName, type Walked, walkDossiers } from './walk.js'

/** The last entry of each shard's change stream, by tag. */
export type Mark = Readonly<Record<string, string>>

interface Snapshot {
  readonly mark: Mark
  /** Every dossier within retention once, as of the mark, without what is kept beside its record. */
  readonly dossiers: AsyncIterable<Dossier>
  /** Call after the last dossier: false when dossiers were erased meanwhile, so some may be missing. */
  isWhole(): boolean
}

/** A dossier that changed: as of the mark and now; undefined where it did not or does not exist. */
export interface Changed {
  readonly no: DossierNo
  /** `placeName` of its record. */
  readonly place: string
  readonly was: Dossier | undefined
  readonly is: Dossier | undefined
}

export type Snapshots = ReturnType<typeof openSnapshots>

interface SnapshotDeps {
  readonly door: Pick<RedisDoor, 'batch' | 'request'>
  readonly store: Walked & Pick<DossierStore, 'fetch' | 'expiresAt'>
  readonly numbers: Pick<Numbers, 'read'>
  readonly agencies: readonly Agency[]
}

const noMark = '0-0'
const entriesAtOnce = 1000
const recordsAtOnce = 500
// Beyond this, reading the changes takes as long as walking a small store.
const maxChanges = 20_000
const maxBuckets = 10_000

/** Methods throw GatewayError redis-unavailable when Redis is away. */
export function openSnapshots({ door, store, numbers, agencies }: SnapshotDeps) {
  const codes = openAgencyCodes(agencies)

  async function each<T>(tags: readonly string[], ask: Ask): Promise<(T | undefined)[]> {
    const batch = door.batch()
    for (const tag of tags) batch.add(() => ask(tag))
    return (await batch.exec()).map(([error, reply]) => {
      if (error && !/no such key/.test(error.message)) throw asFault(error)
      return error ? undefined : (reply as T)
    })
  }

  async function infos(): Promise<(Info | undefined)[]> {
    const replies = await each<unknown[]>(shardTags, (tag) => door.request.xinfo('STREAM', changeStream(tag)))
    return replies.map((reply) => reply && infoOf(reply))
  }

  /** Reads the streams in order from `last`, which it advances, until `take` returns false. False if it did. */
  async function readOn(
    last: Record<string, string>,
    tags: readonly string[],
    take: (entry: Entry) => boolean,
  ): Promise<boolean> {
    for (let open = tags; open.length > 0; ) {
      const pages = await each<RawEntry[]>(open, (tag) =>
        door.request.xrangeBuffer(changeStream(tag), `(${last[tag]}`, '+', 'COUNT', entriesAtOnce),
      )
      for (const [nth, tag] of open.entries())
        for (const raw of pages[nth] ?? []) {
          last[tag] = String(raw[0])
          if (!take(entryOf(raw))) return false
        }
      open = open.filter((_, nth) => pages[nth]?.length === entriesAtOnce)
    }
    return true
  }

  function placeOfText(text: string): string | undefined {
    const reading = numbers.read(text)
    if (reading.kind !== 'dossierNo') return undefined
    const { record, field } = placeOf(reading.dossierNo)
    return placeName(record, field)
  }

  /** For each place (by name), the record before the first change that `take` accepts. */
  function openFirsts() {
    const before = new Map<string, Buffer>()
    return {
      before,
      take(entry: Entry): void {
        const name = placeOfText(entry.text)
        if (name !== undefined && !before.has(name)) before.set(name, entry.before)
      },
    }
  }

  function dossierOf(no: DossierNo, packed: Buffer | null | undefined, now: number): Dossier | undefined {
    const found = packed && packed.length > 0 ? store.recordOf(packed, now) : undefined
    const record = found instanceof Error ? ignoreUnreadable(found) : found
    return record && store.alone(no, record)
  }

  return {
    /** When a dossier becomes unknown, epoch ms; undefined while it is not closed. */
    expiresAt: store.expiresAt,

    /** Begins a walk. `now` is epoch ms: what is beyond retention by then is left out. */
    async take(now: number): Promise<Snapshot> {
      const found = await infos()
      const mark = Object.fromEntries(shardTags.map((tag, nth) => [tag, found[nth]?.last ?? noMark]))
      const last = { ...mark }
      const { before, take } = openFirsts()
      let isWhole = true
      const readMore = (tags: readonly string[]) =>
        readOn(last, tags, (entry) => {
          if (entry.isErased) isWhole = false
          take(entry)
          return true
        })
      async function* dossiers() {
        yield* walkDossiers(store, agencies, {
          now,
          beside: false,
          before: async (tags) => {
            await readMore(tags)
            return before
          },
        })
        await readMore(shardTags)
      }
      return { mark, dossiers: dossiers(), isWhole: () => isWhole }
    },

    /**
     * The changes since a mark made at `at` (epoch ms). Undefined when there are more than the streams hold, or more than
     * `maxChanges`.
     */
    async since(mark: Mark, at: number, now: number): Promise<Changed[] | undefined> {
      const { before, take } = openFirsts()
      const last = { ...mark }
      let count = 0
      const isRead = await readOn(last, shardTags, (entry) => {
        take(entry)
        return ++count <= maxChanges
      })
      // Checked last, so that nothing was trimmed before it was read.
      const found = isRead ? await infos() : []
      if (!shardTags.every((tag, nth) => isRead && reaches(found[nth], mark[tag] ?? noMark))) return undefined
      const names = [...before.keys()]
      const changed: Changed[] = []
      for (let from = 0; from < names.length; from += recordsAtOnce) {
        const some = names.slice(from, from + recordsAtOnce)
        const places = some.map(placeNamed)
        for (const [nth, packed] of (await store.fetch(places)).entries()) {
          if (packed instanceof Error) throw packed
          const no = numberAt(places[nth]!.key, places[nth]!.field, codes)
          const place = some[nth]!
          if (no)
            changed.push({
              no,
              place,
              was: dossierOf(no, before.get(place), at),
              is: dossierOf(no, packed, now),
            })
        }
      }
      return changed
    },

    /**
     * The sequences stored for the unit and day of each of these numbers, up to its own. Undefined when they are in more than
     * `maxBuckets` hashes.
     */
    async sequences(highest: readonly DossierNo[]): Promise<string[][] | undefined> {
      const keys = highest.map(recordKeysBelow)
      if (keys.flat().length > maxBuckets) return undefined
      const batch = door.batch()
      for (const key of keys.flat()) batch.add(() => door.request.hkeys(key))
      const replies = await batch.exec()
      let nth = 0
      return keys.map((its) =>
        its.flatMap(() => {
          const [error, fields] = replies[nth++]!
          if (error) throw asFault(error)
          return (fields as string[]).map(sequenceOf)
        }),
      )
    },
  }
}

type Ask = (tag: string) => Promise<unknown>

function placeNamed(name: string): Place {
  const at = name.indexOf(' ')
  return { key: name.slice(0, at), field: name.slice(at + 1) }
}

type RawEntry = [id: Buffer, fields: Buffer[]]

interface Entry {
  readonly text: string
  readonly isErased: boolean
  readonly before: Buffer
}

// `4 0 1764349200 H45.12-261126-0001`, and the record before.
function entryOf([, [, change, , before]]: RawEntry): Entry {
  const [state = '', , , ...number] = String(change).split(' ')
  return { text: number.join(' '), isErased: state === '0', before: before ?? Buffer.alloc(0) }
}

interface Info {
  readonly length: number
  readonly last: string
  /** Id of the oldest entry still kept. */
  readonly first: string | undefined
}

function infoOf(reply: readonly unknown[]): Info {
  const value = (name: string) => reply[reply.indexOf(name) + 1]
  const first = value('first-entry') as [id: string, fields: unknown] | null
  return { length: Number(value('length')), last: String(value('last-generated-id')), first: first?.[0] }
}

/** Whether a stream still has every entry after a mark. One that ends before the mark has lost entries the mark covered. */
function reaches(info: Info | undefined, mark: string): boolean {
  if (!info) return mark === noMark
  if (compareIds(info.last, mark) < 0) return false
  return info.length < changesKept || (info.first !== undefined && compareIds(info.first, mark) <= 0)
}

function compareIds(one: string, other: string): number {
  const [ms = 0, nth = 0] = one.split('-').map(Number)
  const [itsMs = 0, itsNth = 0] = other.split('-').map(Number)
  return ms - itsMs || nth - itsNth
}
