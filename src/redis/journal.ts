// Durable work on Redis Streams: append before you promise, read in a group, finish by acknowledging and deleting.
// The stream's delivery counter is used as the number of attempts to deliver outside: 1 = taken, nothing tried yet;
// 2 = tried once, outcome unknown; 3 = tried twice. Only the caller that makes an attempt raises it (RETRYCOUNT).
import { ignoreOutage } from '../errors.js'
import { asFault, type Batch, type RedisDoor, throwFault } from './connection.js'
import type { Instance } from './instance.js'

type Fields = Record<string, Buffer>

export interface Entry {
  /** The stream id, `milliseconds-sequence`; it includes the time of the append, by Redis's clock. */
  readonly id: string
  readonly fields: Fields
  /** 1 = nothing tried yet, 2 = tried once with unknown outcome, … */
  readonly attempts: number
}

interface DeadEntry extends Omit<Entry, 'attempts'> {
  readonly reason: string
}

interface JournalOptions {
  /** Key of the stream. Use a hash tag: its companion keys must be in the same slot. */
  readonly stream: string
  readonly group?: string
}

// Minimum idle time for XCLAIM: when two gateways find the same dead one, the first claim resets the idle time and the
// second gets nothing.
const claimIdleMs = 1000
const claimAtATime = 500

/** Opens a journal, creating its group if needed. Every method throws GatewayError redis-unavailable when Redis is away. */
export async function openJournal(
  door: RedisDoor,
  instance: Instance,
  { stream, group = 'gateway' }: JournalOptions,
) {
  const dead = `${stream}:dead`
  const bury = door.script(new URL('./journal-bury-2.lua', import.meta.url))
  const revive = door.script(new URL('./journal-revive-2.lua', import.meta.url))
  const redis = door.request
  const makeGroup = () =>
    redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((error: Error) => {
      if (!error.message.startsWith('BUSYGROUP')) throw asFault(error)
    })
  // A store that takes no writes for now (a full disk) must not keep the gateway from answering look-ups.
  await makeGroup().catch(ignoreOutage)

  // The group is missing when it could not be created at the start, or when Redis came back empty: create it and retry once.
  const withGroup = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOGROUP')) throw asFault(error)
      await makeGroup()
      return call()
    }
  }

  return {
    stream,
    group,

    /** Appends one piece of work; resolves with its id when Redis has it (strict durability: on disk). */
    async append(fields: Record<string, Buffer | string>): Promise<string> {
      return (await redis.xadd(stream, '*', ...Object.entries(fields).flat()).catch(throwFault)) as string
    },

    /** New entries for this process, at most `count`, without waiting. */
    read: (count: number): Promise<Entry[]> =>
      withGroup(async () => {
        const reply = (await bytes(redis)(
          'XREADGROUP',
          'GROUP',
          group,
          instance.id,
          'COUNT',
          count,
          'STREAMS',
          stream,
          '>',
        )) as [Buffer, RawEntry[]][] | null
        return (reply?.[0]?.[1] ?? []).map((raw) => toEntry(raw, 1))
      }),

    /** Entries this process has taken and not finished, starting at an id ('-' the first, '(id' after that id). */
    pending: (from: string, count: number): Promise<{ id: string; attempts: number }[]> =>
      withGroup(async () => {
        const page = (await redis.xpending(stream, group, from, '+', count, instance.id)) as [
          string,
          string,
          number,
          number,
        ][]
        return page.map(([id, , , attempts]) => ({ id, attempts }))
      }),

    /** Finishes entries: acknowledged and deleted. */
    queueDone(batch: Batch, ids: readonly string[]): void {
      if (ids.length === 0) return
      batch.add(() => door.request.xack(stream, group, ...ids))
      batch.add(() => door.request.xdel(stream, ...ids))
    },
    async done(ids: readonly string[]): Promise<void> {
      const batch = door.batch()
      this.queueDone(batch, ids)
      for (const [error] of await batch.exec()) if (error) throw asFault(error)
    },

    /** Claims the entries of dead processes, keeping their attempt counts. Call it about once a second. */
    reclaim: (): Promise<Entry[]> =>
      withGroup(async () => {
        const consumers = ((await redis.xinfo('CONSUMERS', stream, group)) as unknown[][]).map((flat) => {
          const at = (name: string) => flat[flat.indexOf(name) + 1]
          return { name: String(at('name')), pending: Number(at('pending')) }
        })
        const gone = new Set(
          await instance.gone(consumers.map(({ name }) => name).filter((name) => name !== instance.id)),
        )
        const entries: Entry[] = []
        for (const { name, pending } of consumers) {
          if (!gone.has(name)) continue
          if (pending === 0) {
            await redis.xgroup('DELCONSUMER', stream, group, name)
            continue
          }
          const left = (await redis.xpending(stream, group, '-', '+', claimAtATime, name)) as [
            string,
            string,
            number,
            number,
          ][]
          for (const attempts of new Set(left.map(([, , , count]) => count))) {
            const ids = left.filter(([, , , count]) => count === attempts).map(([id]) => id)
            const claimed = (await bytes(redis)(
              'XCLAIM',
              stream,
              group,
              instance.id,
              claimIdleMs,
              ...ids,
              'RETRYCOUNT',
              attempts,
            )) as RawEntry[]
            entries.push(...claimed.filter((raw) => raw?.[1]).map((raw) => toEntry(raw, attempts)))
          }
        }
        return entries
      }),

    /** Moves an entry to the dead letters with a human-readable reason; it can be inspected and retried. */
    async deadLetter(entry: Pick<Entry, 'id' | 'fields'>, reason: string): Promise<void> {
      await bury.run([stream, dead], [group, entry.id, reason, ...Object.entries(entry.fields).flat()])
    },
    async deadEntries(count = 1000): Promise<DeadEntry[]> {
      const page = await redis.xrangeBuffer(dead, '-', '+', 'COUNT', count).catch(throwFault)
      const raw = page as unknown as RawEntry[]
      return raw.map((one) => {
        const { id, fields } = toEntry(one, 0)
        const { reason, ...rest } = fields
        return { id, reason: reason?.toString() ?? '', fields: rest }
      })
    },
    /** Requeues a dead entry; false when there is none with that id. */
    async revive(id: string): Promise<boolean> {
      return (await revive.run([stream, dead], [id, group])) === 1
    },
    async dropDeadBefore(epochMs: number): Promise<void> {
      await redis.xtrim(dead, 'MINID', `${epochMs}-0`).catch(throwFault)
    },

    /** How many entries are queued or in progress, and when the oldest was appended (epoch ms). */
    async depth(): Promise<{ depth: number; oldestAt?: number }> {
      const [depth, oldest] = await Promise.all([
        redis.xlen(stream),
        redis.xrange(stream, '-', '+', 'COUNT', 1),
      ]).catch(throwFault)
      const id = oldest[0]?.[0]
      return id === undefined ? { depth } : { depth, oldestAt: Number(id.split('-')[0]) }
    },
  }
}

type Call = (...args: (string | number)[]) => Promise<unknown>
/** Calls a command with replies as Buffers: an entry's fields may be binary. */
const bytes = (on: object): Call => (on as { callBuffer: Call }).callBuffer.bind(on)

type RawEntry = [id: Buffer, flat: Buffer[]]

function toEntry([id, flat]: RawEntry, attempts: number): Entry {
  const fields: Fields = {}
  for (let at = 0; at + 1 < flat.length; at += 2) fields[flat[at]!.toString()] = flat[at + 1]!
  return { id: id.toString(), fields, attempts }
}
