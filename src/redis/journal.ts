// Durable work on Redis Streams: append before you promise, read in a group, finish by acknowledging and deleting.
// The stream's delivery counter is used as the number of attempts at the outside world: 1 = taken, nothing tried yet;
// 2 = tried once, outcome unknown; 3 = tried twice. It only moves when whoever tries says so (RETRYCOUNT).
import { asFault, type Batch, type RedisDoor } from './connection.js'
import type { Instance } from './instance.js'

export type Fields = Record<string, Buffer>

export interface Entry {
  /** The stream's id, `milliseconds-sequence`: also when it was appended, by Redis's clock. */
  readonly id: string
  readonly fields: Fields
  /** 1 = nothing tried yet, 2 = tried once with unknown outcome, … */
  readonly attempts: number
}

export interface DeadEntry extends Omit<Entry, 'attempts'> {
  readonly reason: string
}

export interface JournalOptions {
  /** Key of the stream; give it a hash tag, its helpers live beside it. */
  readonly stream: string
  readonly group?: string
}

// Claiming needs this much idleness so that two gateways that find the same dead one do not both take an entry:
// the first claim resets the idle time.
const claimIdleMs = 1000
const claimAtATime = 500

export type Journal = Awaited<ReturnType<typeof openJournal>>

/** Opens a journal and makes its group if it is new. Every method throws GatewayError redis-unavailable when Redis is away. */
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
  await makeGroup()

  // A store that was lost and came back empty has no group: make it again, once, and go on.
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
      try {
        return (await redis.xadd(stream, '*', ...Object.entries(fields).flat())) as string
      } catch (error) {
        throw asFault(error)
      }
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

    /** What this process has taken and not finished, from an id on ('-' from the first, '(id' after one). */
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
      batch.add(stream, (pipeline) => pipeline.xack(stream, group, ...ids))
      batch.add(stream, (pipeline) => pipeline.xdel(stream, ...ids))
    },
    async done(ids: readonly string[]): Promise<void> {
      const batch = door.batch()
      this.queueDone(batch, ids)
      for (const [error] of await batch.exec()) if (error) throw asFault(error)
    },

    /** Takes what processes left that are gone, with the attempts they had made. Run it every second or so. */
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

    /** Ends an entry with a reason a person can read; it can be looked at and tried again. */
    async deadLetter(entry: Pick<Entry, 'id' | 'fields'>, reason: string): Promise<void> {
      await bury.run([stream, dead], [group, entry.id, reason, ...Object.entries(entry.fields).flat()])
    },
    async deadEntries(count = 1000): Promise<DeadEntry[]> {
      const raw = (await redis.xrangeBuffer(dead, '-', '+', 'COUNT', count)) as unknown as RawEntry[]
      return raw.map((one) => {
        const { id, fields } = toEntry(one, 0)
        const { reason, ...rest } = fields
        return { id, reason: reason?.toString() ?? '', fields: rest }
      })
    },
    /** Puts a dead entry back as new work; false when there is none of that id. */
    async revive(id: string): Promise<boolean> {
      return (await revive.run([stream, dead], [id, group])) === 1
    },
    async dropDeadBefore(epochMs: number): Promise<void> {
      await redis.xtrim(dead, 'MINID', `${epochMs}-0`)
    },

    /** How much work waits or is under way, and since when the oldest (epoch ms). */
    async depth(): Promise<{ depth: number; oldestAt?: number }> {
      const [depth, oldest] = await Promise.all([
        redis.xlen(stream),
        redis.xrange(stream, '-', '+', 'COUNT', 1),
      ])
      const id = oldest[0]?.[0]
      return id === undefined ? { depth } : { depth, oldestAt: Number(id.split('-')[0]) }
    },
  }
}

type Call = (...args: (string | number)[]) => Promise<unknown>
/** Any command with replies as bytes: the fields of an entry may hold any of them. */
const bytes = (on: object): Call => (on as { callBuffer: Call }).callBuffer.bind(on)

type RawEntry = [id: Buffer, flat: Buffer[]]

function toEntry([id, flat]: RawEntry, attempts: number): Entry {
  const fields: Fields = {}
  for (let at = 0; at + 1 < flat.length; at += 2) fields[flat[at]!.toString()] = flat[at + 1]!
  return { id: id.toString(), fields, attempts }
}
