// The store of dossiers: one packed record each, what is kept beside it, and who watches it. places.ts has the Redis
// layout, updates.ts the writes, record.ts the record's bytes.

import { GatewayError } from '../../errors.js'
import { type Log, silentLog } from '../../log.js'
import { asFault, type Batch, type RedisDoor, type Reply, throwFault } from '../../redis/connection.js'
import type { Dossier, DossierNo } from '../dossier.js'
import { recordFlags, statedFields } from '../fields.js'
import type { Seal } from '../seal.js'
import type { RetentionConfig } from '../settings.js'
import { changeStream, changesConstant, type Place, placeOf, shardTags, unpackNo } from './places.js'
import { openProcedures } from './procedures.js'
import type { DossierRecord } from './record.js'
import { openUnits } from './units.js'
import { type Applied, type Contact, type Item, openUpdates, type Update } from './updates.js'
import { openWatching } from './watching.js'
import { isSuperseded, openWithinRetention } from './within-retention.js'

export type DossierStore = ReturnType<typeof openStore>

interface StoreDeps {
  readonly door: RedisDoor
  readonly retention: Pick<RetentionConfig, 'closedDays'>
  readonly seal: Seal
  readonly log?: Log
}

/**
 * Opens the store. Methods throw GatewayError redis-unavailable when Redis is away, record-unreadable for a record of a newer
 * version, nothing else.
 */
export function openStore({ door, retention, seal, log = silentLog }: StoreDeps) {
  const readScript = door.script(new URL('./read-n.lua', import.meta.url))
  const eraseScript = door.script(new URL('./erase-3.lua', import.meta.url), changesConstant)
  const redis = door.request
  const { recordOf, expiresAt, isBeyond } = openWithinRetention(retention, log)
  const procedures = openProcedures(door)
  const units = openUnits(door)
  const watching = openWatching(door)
  const applyMany = openUpdates(door, seal, procedures, units, watching)

  async function inBatch(queue: (batch: Batch) => void): Promise<Reply[]> {
    const batch = door.batch()
    queue(batch)
    return batch.exec()
  }

  const unwrap = ([error, value]: Reply): unknown => {
    if (error) throw asFault(error)
    return value
  }

  /**
   * Fills in what is kept beside a record: at once if there is nothing, else with one more round trip. A Dossier or a
   * promise of one, because most answers need no promise.
   */
  function complete(no: DossierNo, record: DossierRecord, full: boolean): Dossier | Promise<Dossier> {
    if (!full) return dossierOf(no, record, undefined)
    const { flags, procedureCode } = record
    const name = procedureCode === '' ? '' : procedures.known(no, procedureCode)
    return name !== undefined && (flags & (recordFlags.note | recordFlags.otherNumbers)) === 0
      ? dossierOf(no, record, { procedureName: name, others: [] })
      : completeFromBeside(no, record)
  }

  async function completeFromBeside(no: DossierNo, record: DossierRecord): Promise<Dossier> {
    const { flags, procedureCode } = record
    const wanted = (flags & (recordFlags.note | recordFlags.otherNumbers)) !== 0
    const { beside, field } = placeOf(no)
    const [note, others] = wanted
      ? await redis.hmget(beside, `${field}:n`, `${field}:o`).catch(throwFault)
      : []
    return dossierOf(no, record, {
      procedureName: procedureCode === '' ? '' : await procedures.name(no, procedureCode),
      // The last state's note may still be there.
      publicNote: (flags & recordFlags.note) !== 0 ? (note ?? undefined) : undefined,
      others: others ? others.split('\n') : [],
    })
  }

  /** The number of the dossier that another national code points to; undefined when there is none. */
  async function byOtherNumber(no: DossierNo): Promise<DossierNo | undefined> {
    const key = `o:${placeOf(no).tag}`
    const packed = await redis.hget(key, no.text).catch(throwFault)
    if (!packed) return undefined
    const primary = unpackNo(packed)
    const { beside, field } = placeOf(primary)
    const others = await redis.hget(beside, `${field}:o`).catch(throwFault)
    return others?.split('\n').includes(no.text) ? primary : undefined
  }

  /** Which of these numbers may be other numbers of a dossier. */
  async function pointed(numbers: readonly DossierNo[]): Promise<boolean[]> {
    const replies = await inBatch((batch) => {
      for (const no of numbers) {
        const key = `o:${placeOf(no).tag}`
        batch.add(() => redis.hexists(key, no.text))
      }
    })
    return replies.map((reply) => unwrap(reply) === 1)
  }

  /** Indexes of places that one script may read together: all of them, or on a cluster those of one shard. */
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

  /** The record that answers for its number: not one whose dossier goes on under another. */
  function presentOf(packed: Buffer | null, now: number): DossierRecord | undefined | GatewayError {
    const found = recordOf(packed, now)
    return found && !(found instanceof GatewayError) && isSuperseded(found) ? undefined : found
  }

  async function recordAt(no: DossierNo, now: number): Promise<DossierRecord | undefined> {
    const { record, field } = placeOf(no)
    const found = recordOf(await redis.hgetBuffer(record, field).catch(throwFault), now)
    if (found instanceof GatewayError) throw found
    return found
  }

  return {
    /** Issuers seen in updates that have no entry of their own. */
    units,
    /** Applies one update; once it resolves, the update is as durable as redis.durability says. */
    async apply(no: DossierNo, update: Update, now: number): Promise<Applied> {
      const [applied] = await applyMany([{ no, update }], now)
      if (applied instanceof Error) throw applied
      return applied!
    },

    /**
     * Applies updates in order in one round trip. An Error in a position means Redis could not confirm that one; the
     * others are done.
     */
    applyMany: (items: readonly Item[], now: number): Promise<(Applied | Error)[]> => applyMany(items, now),

    /** The dossier, or undefined when unknown or beyond retention. `full` adds procedure, note, fee, history. */
    async read(no: DossierNo, now: number, full = true): Promise<Dossier | undefined> {
      const own = await recordAt(no, now)
      if (own && !isSuperseded(own)) return complete(no, own, full)
      // A number may have been corrected more than once.
      let primary = await byOtherNumber(no)
      for (let hops = 0; primary && hops < mostHops; hops++) {
        const record = await recordAt(primary, now)
        if (record && !isSuperseded(record)) return complete(primary, record, full)
        primary = await byOtherNumber(primary)
      }
      return own && complete(no, own, full)
    },

    /** Where the packed record of a number is; `presentOf` decodes what is found there. */
    whereIs(no: DossierNo): Place {
      const { record, field } = placeOf(no)
      return { key: record, field }
    },

    /** The values at these places, in one round trip (one per shard on a cluster). An Error where Redis could not tell. */
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
     * Many numbers in one round trip (one per shard on a cluster); other numbers are not followed. An Error in a position
     * means that record could not be fetched or decoded; the others are good.
     */
    async readMany(
      numbers: readonly DossierNo[],
      now: number,
    ): Promise<(DossierRecord | undefined | Error)[]> {
      const found = await this.fetch(numbers.map((no) => this.whereIs(no)))
      return found.map((packed) => (packed instanceof Error ? packed : presentOf(packed, now)))
    },
    pointed,
    recordOf,
    presentOf,
    expiresAt,
    complete,
    /** Everything in the record itself, without what is kept beside it. */
    alone: (no: DossierNo, record: DossierRecord): Dossier =>
      dossierOf(no, record, { procedureName: '', others: nothing }),

    /** Removes a dossier with everything beside it and its watches. False if there was none. */
    async erase(no: DossierNo): Promise<boolean> {
      const { record, beside, watchers, field, tag } = placeOf(no)
      const others = (await redis.hget(beside, `${field}:o`).catch(throwFault))?.split('\n') ?? []
      const batch = door.batch()
      batch.add(() =>
        eraseScript.send(
          [record, beside, changeStream(tag)],
          [field, Math.floor(Date.now() / 1000), no.text],
        ),
      )
      batch.add(() => redis.del(watchers))
      const [gone, ...rest] = await batch.exec()
      for (const reply of rest) unwrap(reply)
      // A stale pointer leads to a dossier that does not list it, and is ignored.
      for (const other of others)
        for (const tag of shardTags) void redis.hdel(`o:${tag}`, other).catch(() => {})
      return Number(unwrap(gone!)) > 0
    },

    /** The contact an agency left, decrypted; undefined when there is none or the key has changed. */
    async contact(no: DossierNo): Promise<Contact | undefined> {
      const { beside, field } = placeOf(no)
      const sealed = await redis.hgetBuffer(beside, `${field}:c`).catch(throwFault)
      const opened = sealed && seal.open(sealed)
      if (!opened) return undefined
      return { notify: opened[0] === '1', phone: opened.slice(1) }
    },

    /** The dossier that lists a number as another one of its own; undefined where there is none. */
    byOtherNumber,
    watch: watching.watch,
    unwatch: watching.unwatch,
    watchers: watching.watchers,

    /**
     * The parts of a walk over every record, to be walked one after another. The caller remembers a part's keys, and each
     * part costs its server a scan of every key: a small store is one part, one with millions of keys is split by shard.
     */
    async parts(): Promise<readonly Part[]> {
      const byShard = shardTags.map((tag) => ({ tags: [tag], match: `d:${tag}:*` }))
      if (door.isCluster) return byShard
      const server = await door.serverOf('d:')
      return (await server.dbsize().catch(throwFault)) > keysInPart
        ? byShard
        : [{ tags: shardTags, match: 'd:*' }]
    },

    /**
     * One step of a walk over every record of one part; start and end with cursor '0'. For export, retention,
     * reconciliation.
     */
    async scan(
      { tags, match }: Part,
      cursor: string,
    ): Promise<{ cursor: string; records: { key: string; field: string; packed: Buffer }[] }> {
      const server = await door.serverOf(`d:${tags[0]}`)
      const [next, keys] = await server.scan(cursor, 'MATCH', match, 'COUNT', 1000).catch(throwFault)
      const replies = await inBatch((batch) => {
        for (const key of keys) batch.add(() => redis.hgetallBuffer(key))
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

    /** Removes what is beyond retention, a bucket at a time. Resolves with the number removed. Run it once a day. */
    async sweep(now: number): Promise<number> {
      let removed = 0
      for (const part of await this.parts()) {
        let cursor = '0'
        do {
          const step = await this.scan(part, cursor)
          cursor = step.cursor
          const old = step.records.filter(({ packed }) => isBeyond(packed, now))
          if (old.length === 0) continue
          const replies = await inBatch((batch) => {
            for (const { key, field } of old) {
              const beside = key.replace(/^d:/, 'b:')
              batch.add(() => redis.hdel(key, field))
              batch.add(() => redis.hdel(beside, `${field}:n`, `${field}:o`, `${field}:c`))
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

/** A part of a walk: its shards, and the pattern of their keys. */
export interface Part {
  readonly tags: readonly string[]
  readonly match: string
}
const mostHops = 4
const keysInPart = 250_000 // some 20 MB of names

/** What the `full` level adds to the record. */
interface Beside {
  readonly procedureName: string
  readonly publicNote?: string | undefined
  readonly others: readonly string[]
}

// Field by field, always the same fields: this runs for every question, and spreading one object into another was a
// twelfth of the cost.
function dossierOf(no: DossierNo, record: DossierRecord, beside: Beside | undefined): Dossier {
  const { procedureCode: code } = record
  const dossier: Record<string, unknown> = {
    dossierNo: no,
    dossierStatus: record.dossierStatus,
    eventTime: record.eventTime,
    undated: record.undated,
    since: record.since,
    readyAt: record.readyAt,
    version: record.version,
    asOf: record.asOf,
    procedure: beside && code !== '' ? { code, name: beside.procedureName } : undefined,
    publicNote: beside?.publicNote,
    fee: record.fee,
    isFeeSettled: record.isFeeSettled,
    isSuperseded: isSuperseded(record),
    otherNumbers: beside ? beside.others : nothing,
    history: beside ? record.history : nothing,
  }
  // All of them at either level: truth.ts needs the times of a result too. The level decides what an answer shows.
  for (const { name } of statedFields) dossier[name] = record[name]
  return dossier as unknown as Dossier
}
const nothing: readonly never[] = []
