// Where dossiers live in Redis. One hash for an agency and day (in buckets of 128 sequence numbers, so that each stays a
// compact listpack), one packed value a dossier; long or rare things stand beside it in a second hash. Everything of one
// dossier shares a hash tag, so that one script changes it all, on a cluster too.
//   d:{NN}:index:day:bucket    sequence → packed record        w:{NN}:index:day:sequence  watcher → sealed bytes
//   b:{NN}:index:day:bucket    sequence:n|o|c → note, other numbers, sealed contact
//   o:{NN}                     other number → number            chg:{NN}, notice:{NN}      streams
//   proc                       procedure code → name
import type { Config } from '../config/config.js'
import { type Arg, asFault, type Batch, type RedisDoor, type Reply } from '../redis/connection.js'
import {
  closedStatuses,
  type Dossier,
  type DossierNo,
  type DossierStatus,
  dossierStatuses,
} from './dossier.js'
import { type DossierRecord, recordFlags, unpackRecord } from './record.js'
import type { Seal } from './seal.js'

/** What an agency says, checked. Left out: what is known stays. null: cleared. Times in epoch milliseconds. */
export interface Update {
  readonly dossierStatus: DossierStatus
  readonly eventTime: number
  readonly version?: number
  readonly procedure?: { readonly code: string; readonly name: string } | null
  readonly receivedAt?: number | null
  readonly dueAt?: number | null
  readonly extendedDueAt?: number | null
  readonly finishedAt?: number | null
  readonly returnedAt?: number | null
  readonly publicNote?: string | null
  readonly fee?: { readonly amount: number; readonly paid: boolean } | null
  /** Canonical texts (or as given, where unreadable) of other national codes of the same dossier. */
  readonly otherNumbers?: readonly DossierNo[] | null
  /** `phone` in international digits, e.g. 84901234567. */
  readonly contact?: { readonly phone: string; readonly notify: boolean } | null
}

export type Applied =
  | { kind: 'applied'; version?: number; before?: DossierStatus }
  | { kind: 'stale' | 'duplicate'; version?: number }

export interface Contact {
  readonly phone: string
  readonly notify: boolean
}

export const shardCount = 16
const bucketSize = 128
const shard = (n: number) => `{${String(n % shardCount).padStart(2, '0')}}`

export const shardTags: readonly string[] = Array.from({ length: shardCount }, (_, n) => shard(n))
/** Every change, newest 8,192 of each shard: field c, `state stateBeforeOr0 eventSeconds number`. */
export const changeStream = (tag: string) => `chg:${tag}`
/** Changes of watched dossiers, kept until a notice was sent or refused: n, s, o, x (moved date), t. */
export const noticeStream = (tag: string) => `notice:${tag}`

interface Shelf {
  readonly tag: string
  readonly record: string
  readonly beside: string
  readonly watchers: string
  readonly field: string
}

function placeOf(no: DossierNo): Shelf {
  if (no.day === undefined) {
    const hash = textHash(no.sequence)
    const tag = shard(hash)
    const bucket = `${no.agencyIndex}:x:${(hash >>> 4) & 0x3ff}`
    return place(tag, bucket, `${no.agencyIndex}:x:${no.sequence}`, no.sequence)
  }
  const tag = shard(no.agencyIndex * 7 + no.day)
  const day = `${no.agencyIndex}:${no.day}`
  return place(
    tag,
    `${day}:${Math.floor(Number(no.sequence) / bucketSize)}`,
    `${day}:${no.sequence}`,
    no.sequence,
  )
}

const place = (tag: string, bucket: string, own: string, field: string): Shelf => ({
  tag,
  record: `d:${tag}:${bucket}`,
  beside: `b:${tag}:${bucket}`,
  watchers: `w:${tag}:${own}`,
  field,
})

// FNV-1a, 32 bits: spreads legacy numbers of any shape over shards and buckets.
function textHash(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** One field of one hash: what a caller may read with a script of its own, among other things and in one call. */
export interface Place {
  readonly key: string
  readonly field: string
}

export type DossierStore = ReturnType<typeof openStore>

export interface StoreDeps {
  readonly door: RedisDoor
  readonly retention: Pick<Config['retention'], 'closedDays'>
  readonly seal: Seal
}

// 128 updates take Redis some 2 ms, which is what another channel's question may have to wait.
const updatesPerCall = 128

function appliedOf([outcome, version, before]: [number, number, number]): Applied {
  const known = { version: version > 0 ? version - 1 : undefined }
  if (outcome === 1) return { kind: 'applied', ...known, before: statusNames[before] }
  return { kind: outcome === 0 ? 'stale' : 'duplicate', ...known }
}

/** Opens the store. Methods throw GatewayError redis-unavailable when Redis is away, nothing else. */
export function openStore({ door, retention, seal }: StoreDeps) {
  const applyScript = door.script(new URL('./apply-n.lua', import.meta.url))
  const readScript = door.script(new URL('./read-n.lua', import.meta.url))
  const watchScript = door.script(new URL('./watch-2.lua', import.meta.url))
  const redis = door.request
  const keptMs = retention.closedDays * 86_400_000
  // Procedures are some thousands for a whole province; names change rarely, and always with an update that says so.
  const procedures = new Map<string, string>()

  const isExpired = (record: DossierRecord, now: number) =>
    closedStatuses.has(record.dossierStatus) && record.eventTime + keptMs < now

  /**
   * Queues updates as few calls of the script, each of one server's and at most `updatesPerCall`. Returns which items each
   * call holds.
   */
  function queueUpdates(
    batch: Batch,
    items: readonly { no: DossierNo; update: Update }[],
    now: number,
  ): number[][] {
    const open = new Map<string, number[]>()
    const calls: number[][] = []
    items.forEach(({ no }, at) => {
      const server = door.isCluster ? placeOf(no).tag : ''
      let call = open.get(server)
      if (!call || call.length === updatesPerCall) {
        open.set(server, (call = []))
        calls.push(call)
      }
      call.push(at)
    })
    for (const call of calls) {
      const streams: string[] = []
      const places = new Map<string, number>()
      const keys: string[] = []
      const args: Arg[] = []
      for (const at of call) {
        const { no, update } = items[at]!
        const { record, beside, tag, field } = placeOf(no)
        let place = places.get(tag)
        if (place === undefined) {
          streams.push(changeStream(tag), noticeStream(tag))
          places.set(tag, (place = streams.length / 2))
        }
        const values = valuesOf(no, update, field, place, seal)
        keys.push(record)
        if (values.length > valuesInRecord) keys.push(beside)
        args.push(values.length, ...values)
      }
      batch.add(keys[0]!, (pipeline) =>
        applyScript.queue(pipeline, [...streams, ...keys], [places.size, Math.floor(now / 1000), ...args]),
      )
    }
    return calls
  }

  /** What one script cannot change with the record because it lives elsewhere: written first, believed only when the record agrees. */
  function queuePointers(batch: Batch, no: DossierNo, update: Update): void {
    for (const other of update.otherNumbers ?? []) {
      const key = `o:${placeOf(other).tag}`
      batch.add(key, (pipeline) => pipeline.hset(key, other.text, packNo(no)))
    }
    const { procedure } = update
    if (procedure && procedures.get(procedure.code) !== procedure.name) {
      procedures.set(procedure.code, procedure.name)
      batch.add('proc', (pipeline) => pipeline.hset('proc', procedure.code, procedure.name))
    }
  }

  async function inBatch(queue: (batch: Batch) => void): Promise<Reply[]> {
    const batch = door.batch()
    queue(batch)
    return batch.exec()
  }

  const unwrap = ([error, value]: Reply): unknown => {
    if (error) throw asFault(error)
    return value
  }

  async function procedureName(code: string): Promise<string> {
    const known = procedures.get(code)
    if (known !== undefined) return known
    const name = (await redis.hget('proc', code).catch(rethrow)) ?? ''
    if (name !== '') procedures.set(code, name)
    return name
  }

  /**
   * Fills in what stands beside a record: at once where nothing does, else with one more round trip. A Dossier or a
   * promise of one, because most answers need no promise.
   */
  function complete(no: DossierNo, record: DossierRecord, full: boolean): Dossier | Promise<Dossier> {
    if (!full) return dossierOf(no, record, undefined)
    const { flags, procedureCode } = record
    const name = procedureCode === '' ? '' : procedures.get(procedureCode)
    return name !== undefined && (flags & (recordFlags.note | recordFlags.otherNumbers)) === 0
      ? dossierOf(no, record, { procedureName: name, others: [] })
      : completeFromBeside(no, record)
  }

  async function completeFromBeside(no: DossierNo, record: DossierRecord): Promise<Dossier> {
    const { flags, procedureCode } = record
    const wanted = (flags & (recordFlags.note | recordFlags.otherNumbers)) !== 0
    const { beside, field } = placeOf(no)
    const [note, others] = wanted ? await redis.hmget(beside, `${field}:n`, `${field}:o`).catch(rethrow) : []
    return dossierOf(no, record, {
      procedureName: procedureCode === '' ? '' : await procedureName(procedureCode),
      publicNote: note ?? undefined,
      others: others ? others.split('\n') : [],
    })
  }

  /** The number under which a dossier lives that is known by another national code; undefined when there is none. */
  async function byOtherNumber(no: DossierNo): Promise<DossierNo | undefined> {
    const key = `o:${placeOf(no).tag}`
    const packed = await redis.hget(key, no.text).catch(rethrow)
    if (!packed) return undefined
    const primary = unpackNo(packed)
    const { beside, field } = placeOf(primary)
    const others = await redis.hget(beside, `${field}:o`).catch(rethrow)
    return others?.split('\n').includes(no.text) ? primary : undefined
  }

  /** Indexes of places that one script may read together: all of them, or on a cluster those of a shard. */
  function perServer(places: readonly Place[]): number[][] {
    const all = places.map((_, at) => at)
    if (!door.isCluster) return places.length > 0 ? [all] : []
    const groups = new Map<string, number[]>()
    for (const at of all) {
      const tag = /\{[^}]*\}/.exec(places[at]!.key)?.[0] ?? ''
      const group = groups.get(tag)
      if (group) group.push(at)
      else groups.set(tag, [at])
    }
    return [...groups.values()]
  }

  /** What a packed record says now: undefined when there is none or it is beyond retention; a RangeError for bytes not ours. */
  function recordOf(packed: Buffer | null, now: number): DossierRecord | undefined | Error {
    if (!packed) return undefined
    try {
      const record = unpackRecord(packed)
      return isExpired(record, now) ? undefined : record
    } catch (error) {
      return error as Error
    }
  }

  async function readRecord(no: DossierNo, now: number): Promise<DossierRecord | undefined> {
    const { record, field } = placeOf(no)
    const packed = await redis.hgetBuffer(record, field).catch(rethrow)
    if (!packed) return undefined
    const found = unpackRecord(packed)
    return isExpired(found, now) ? undefined : found
  }

  return {
    /** Applies one update; acknowledged means durable as redis.durability says. */
    async apply(no: DossierNo, update: Update, now: number): Promise<Applied> {
      const [applied] = await this.applyMany([{ no, update }], now)
      if (applied instanceof Error) throw applied
      return applied!
    },

    /**
     * Applies updates in their order in one round trip (one for each shard on a cluster). A place holds an Error where
     * Redis could not say; the others are done.
     */
    async applyMany(
      items: readonly { no: DossierNo; update: Update }[],
      now: number,
    ): Promise<(Applied | Error)[]> {
      const pointers = door.batch()
      for (const { no, update } of items) queuePointers(pointers, no, update)
      if (pointers.size > 0) {
        const failed = (await pointers.exec()).find(([error]) => error)
        if (failed) {
          for (const { update } of items) if (update.procedure) procedures.delete(update.procedure.code)
          return items.map(() => asFault(failed[0]))
        }
      }
      let calls: number[][] = []
      const replies = await inBatch((batch) => {
        calls = queueUpdates(batch, items, now)
      })
      const results: (Applied | Error)[] = new Array(items.length)
      calls.forEach((call, nth) => {
        const [error, value] = replies[nth]!
        call.forEach((at, place) => {
          results[at] = error ? asFault(error) : appliedOf((value as [number, number, number][])[place]!)
        })
      })
      return results
    },

    /** The dossier, or undefined when unknown or beyond retention. `full` adds procedure, note, fee, history. */
    async read(no: DossierNo, now: number, full = true): Promise<Dossier | undefined> {
      const record = await readRecord(no, now)
      if (record) return complete(no, record, full)
      const primary = await byOtherNumber(no)
      const other = primary && (await readRecord(primary, now))
      return other && complete(primary, other, full)
    },

    /** Where the packed record of a number lies; `recordOf` reads what is found there. */
    whereIs(no: DossierNo): Place {
      const { record, field } = placeOf(no)
      return { key: record, field }
    },

    /** What lies at these places, in one round trip (one for each shard on a cluster). An Error where Redis could not say. */
    async fetch(places: readonly Place[]): Promise<(Buffer | null | Error)[]> {
      const found: (Buffer | null | Error)[] = new Array(places.length)
      await Promise.all(
        perServer(places).map(async (group) => {
          const packed = await readScript
            .run(
              group.map((at) => places[at]!.key),
              group.map((at) => places[at]!.field),
            )
            .catch((error: Error) => error)
          group.forEach((at, nth) => {
            found[at] = packed instanceof Error ? packed : (packed as (Buffer | null)[])[nth]!
          })
        }),
      )
      return found
    },

    /**
     * Many numbers in one round trip (one for each shard on a cluster); other numbers are not followed. A place holds an
     * Error where a record cannot be had or not be read; the others are good.
     */
    async readMany(
      numbers: readonly DossierNo[],
      now: number,
    ): Promise<(DossierRecord | undefined | Error)[]> {
      const found = await this.fetch(numbers.map((no) => this.whereIs(no)))
      return found.map((packed) => (packed instanceof Error ? packed : recordOf(packed, now)))
    },
    recordOf,
    complete,

    /** Removes a dossier with everything beside it and its watches. False when there was none. */
    async erase(no: DossierNo): Promise<boolean> {
      const { record, beside, watchers, field } = placeOf(no)
      const others = (await redis.hget(beside, `${field}:o`).catch(rethrow))?.split('\n') ?? []
      const batch = door.batch()
      batch.add(record, (pipeline) => pipeline.hdel(record, field))
      batch.add(beside, (pipeline) => pipeline.hdel(beside, `${field}:n`, `${field}:o`, `${field}:c`))
      batch.add(watchers, (pipeline) => pipeline.del(watchers))
      const [gone, ...rest] = await batch.exec()
      for (const reply of rest) unwrap(reply)
      // A pointer left behind leads to a dossier that does not name it, and is not believed.
      for (const other of others)
        for (const tag of shardTags) void redis.hdel(`o:${tag}`, other).catch(() => {})
      return Number(unwrap(gone!)) > 0
    },

    /** The contact an agency left, opened; undefined when none or when the key has changed. */
    async contact(no: DossierNo): Promise<Contact | undefined> {
      const { beside, field } = placeOf(no)
      const sealed = await redis.hgetBuffer(beside, `${field}:c`).catch(rethrow)
      const opened = sealed && seal.open(sealed)
      if (!opened) return undefined
      return { notify: opened[0] === '1', phone: opened.slice(1) }
    },

    /** Adds a watcher (bytes are the caller's, sealed). False when there is no such dossier. */
    async watch(no: DossierNo, watcher: string, bytes: Buffer): Promise<boolean> {
      const { record, watchers, field } = placeOf(no)
      return (await watchScript.run([record, watchers], [field, watcher, bytes])) === 1
    },
    async unwatch(no: DossierNo, watcher: string): Promise<boolean> {
      const { record, watchers, field } = placeOf(no)
      return (await watchScript.run([record, watchers], [field, watcher, ''])) === 1
    },
    /** Watchers of one dossier: id → the caller's bytes. */
    async watchers(no: DossierNo): Promise<Record<string, Buffer>> {
      return (await redis.hgetallBuffer(placeOf(no).watchers).catch(rethrow)) as Record<string, Buffer>
    },

    /** One step of a walk over every record of one shard; start and end with cursor '0'. For export, retention, reconciliation. */
    async scan(
      tag: string,
      cursor: string,
    ): Promise<{ cursor: string; records: { key: string; field: string; packed: Buffer }[] }> {
      const server = await door.serverOf(`d:${tag}`)
      const [next, keys] = await server.scan(cursor, 'MATCH', `d:${tag}:*`, 'COUNT', 1000).catch(rethrow)
      const replies = await inBatch((batch) => {
        for (const key of keys) batch.add(key, (pipeline) => pipeline.hgetallBuffer(key))
      })
      const records = replies.flatMap((reply, nth) =>
        Object.entries((unwrap(reply) ?? {}) as Record<string, Buffer>).map(([field, packed]) => ({
          key: keys[nth]!,
          field,
          packed,
        })),
      )
      return { cursor: next, records }
    },

    /** Removes what is beyond retention, a bucket at a time. Resolves with how many went. Run it once a day. */
    async sweep(now: number): Promise<number> {
      let removed = 0
      for (const tag of shardTags) {
        let cursor = '0'
        do {
          const step = await this.scan(tag, cursor)
          cursor = step.cursor
          const old = step.records.filter(({ packed }) => isExpired(unpackRecord(packed), now))
          if (old.length === 0) continue
          const replies = await inBatch((batch) => {
            for (const { key, field } of old) {
              const beside = key.replace(/^d:/, 'b:')
              batch.add(key, (pipeline) => pipeline.hdel(key, field))
              batch.add(beside, (pipeline) => pipeline.hdel(beside, `${field}:n`, `${field}:o`, `${field}:c`))
            }
          })
          for (const reply of replies) unwrap(reply)
          removed += old.length
        } while (cursor !== '0')
      }
      return removed
    },
  }
}

/** What the fuller level tells beside the record. */
interface Beside {
  readonly procedureName: string
  readonly publicNote?: string | undefined
  readonly others: readonly string[]
}

// Field by field and always the same fields: an answer is made for every question, and spreading one object into another
// was a twelfth of it.
function dossierOf(no: DossierNo, record: DossierRecord, beside: Beside | undefined): Dossier {
  const { procedureCode } = record
  return {
    dossierNo: no,
    dossierStatus: record.dossierStatus,
    eventTime: record.eventTime,
    version: record.version,
    asOf: record.asOf,
    receivedAt: record.receivedAt,
    dueAt: record.dueAt,
    extendedDueAt: record.extendedDueAt,
    finishedAt: beside && record.finishedAt,
    returnedAt: beside && record.returnedAt,
    procedure:
      beside && procedureCode !== '' ? { code: procedureCode, name: beside.procedureName } : undefined,
    publicNote: beside?.publicNote,
    fee: beside && record.fee,
    otherNumbers: beside ? beside.others : nothing,
    history: beside ? record.history : nothing,
  }
}
const nothing: readonly never[] = []

const statusNames: (DossierStatus | undefined)[] = [
  undefined,
  ...(Object.keys(dossierStatuses) as DossierStatus[]),
]

const seconds = (time: number | null | undefined) =>
  time === undefined ? '' : time === null ? 0 : Math.floor(time / 1000)
const text = (value: string | null | undefined) =>
  value === undefined ? '' : value === null || value === '' ? '-' : `=${value}`

// Values beyond these stand beside the record.
const valuesInRecord = 15

/** The values of one update as apply-n.lua wants them, without those at the end that say nothing. */
function valuesOf(no: DossierNo, update: Update, field: string, place: number, seal: Seal): Arg[] {
  const { procedure, fee, contact, otherNumbers } = update
  const eventSeconds = Math.floor(update.eventTime / 1000)
  const values: Arg[] = [
    field,
    place,
    dossierStatuses[update.dossierStatus],
    update.version === undefined ? 0 : update.version + 1,
    eventSeconds,
    update.eventTime - eventSeconds * 1000,
    no.text,
    seconds(update.receivedAt),
    seconds(update.dueAt),
    seconds(update.extendedDueAt),
    seconds(update.finishedAt),
    seconds(update.returnedAt),
    procedure === undefined ? '' : procedure === null ? '-' : procedure.code,
    fee === undefined ? '' : fee === null ? 0 : fee.amount + 1,
    fee === undefined ? '' : fee?.paid ? 1 : 0,
    text(update.publicNote),
    otherNumbers === undefined
      ? ''
      : text(otherNumbers === null ? null : otherNumbers.map((other) => other.text).join('\n')),
    contact === undefined
      ? ''
      : contact === null
        ? '-'
        : Buffer.concat([Buffer.from('='), seal.seal(`${contact.notify ? 1 : 0}${contact.phone}`)]),
  ]
  while (values.at(-1) === '') values.pop()
  return values
}

// A number as another dossier's pointer: everything placeOf needs, without reading it again.
const packNo = (no: DossierNo) =>
  JSON.stringify([no.text, no.agency, no.agencyIndex, no.day ?? null, no.sequence])
function unpackNo(packed: string): DossierNo {
  const [text, agency, agencyIndex, day, sequence] = JSON.parse(packed) as [
    string,
    string,
    number,
    number | null,
    string,
  ]
  return { text, agency, agencyIndex, day: day ?? undefined, sequence }
}

function rethrow(error: unknown): never {
  throw asFault(error)
}
