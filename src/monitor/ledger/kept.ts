// The last count as kept in Redis for every gateway and command. It is one hash, so that a reader never mixes two counts.
//   head         when it was counted, over which days, what is open
//   days|YYYY-MM sums by day and agency
//   sum|YYYY-MM  the same over the whole month, for long periods
//   due|CODE     an agency's lists
//   high|CODE    the highest number of each unit and day
import type { RedisDoor } from '../../redis/connection.js'
import { byMonth } from '../office-time.js'
import { breathe, type Collected, type DueDossier } from '../overdue/collect.js'
import type { Book, Head } from './book.js'
import { addUp, inRows, type Rows } from './cells.js'

const key = 'mon:ledger'
// The hash tag keeps both keys in one cluster slot.
const nextKey = `{${key}}:next`
const version = 4

interface KeptHead extends Head {
  readonly v: typeof version
  /** Fingerprint of the configuration it was counted under. */
  readonly print: string
}
interface KeptLists extends Omit<Collected, 'due'> {
  readonly due: readonly [dossierNo: string, dossierStatus: string, promisedAt: number, endsAt: number][]
}

/** The part of a count that was asked for. Agencies with nothing are left out. */
export interface Loaded {
  readonly head: Head
  /** Sums over the days asked for. */
  readonly sums: Map<string, number[]>
  readonly lists: Map<string, Collected>
}

export interface Asked {
  /** Days in order, `YYYY-MM-DD`; left out: none. */
  readonly days?: readonly string[] | undefined
  /** Agencies whose lists are wanted (current codes); left out: none. */
  readonly lists?: readonly string[] | undefined
}

/** `print` is the fingerprint of the configuration. Methods reject with the error of ioredis when Redis is away. */
export function openKeptBook(door: Pick<RedisDoor, 'request'>, print: string) {
  const fields = (names: readonly string[]) =>
    names.length === 0 ? Promise.resolve([]) : door.request.hmget(key, ...names)

  return {
    /** Replaces the last count. Written in pieces, so that the event loop is never blocked for long. */
    async keep({ head, cells, collector }: Book): Promise<void> {
      const { request } = door
      await request.del(nextKey)
      const months = new Map<string, Record<string, Rows>>()
      for (const [day, its] of cells.days()) {
        const month = months.get(day.slice(0, 7)) ?? {}
        months.set(day.slice(0, 7), month)
        month[day] = its
        await breathe()
      }
      for (const [month, days] of months) {
        await request.hset(nextKey, `days|${month}`, JSON.stringify(days))
        const sums = inRows(addUp(Object.values(days)))
        await request.hset(nextKey, `sum|${month}`, JSON.stringify(sums))
      }
      for (const [code, { due, ...lists }] of await collector.collected()) {
        const its: KeptLists = { ...lists, due: due.map(packDue) }
        await request.hset(nextKey, `due|${code}`, JSON.stringify(its))
      }
      for (const [code, highest] of collector.highest())
        await request.hset(nextKey, `high|${code}`, JSON.stringify(highest))
      await request.hset(nextKey, 'head', JSON.stringify({ ...head, v: version, print } satisfies KeptHead))
      await request.rename(nextKey, key)
    },

    /** Undefined when there is none, or when it was counted under another configuration. */
    async load({ days = [], lists: codes = [] }: Asked): Promise<Loaded | undefined> {
      const months = byMonth(days)
      const [headText, ...texts] = await fields([
        'head',
        ...months.map(({ month, isWhole }) => `${isWhole ? 'sum' : 'days'}|${month}`),
        ...codes.map((code) => `due|${code}`),
      ])
      const head = headText ? (JSON.parse(headText) as KeptHead) : undefined
      if (head?.v !== version || head.print !== print) return undefined
      const wanted = new Set(days)
      const found: Rows[] = []
      for (const [nth, { isWhole }] of months.entries()) {
        const text = texts[nth]
        if (!text) continue
        const its = JSON.parse(text)
        found.push(...(isWhole ? [its as Rows] : chosen(its as Record<string, Rows>, wanted)))
        // Parsing a province's month takes some milliseconds.
        await breathe()
      }
      const lists = new Map<string, Collected>()
      for (const [nth, text] of texts.slice(months.length).entries())
        if (text) lists.set(codes[nth]!, unpackLists(JSON.parse(text) as KeptLists))
      return { head, sums: addUp(found), lists }
    },

    /** The highest number the count found for each unit and day of these agencies. */
    async highest(codes: readonly string[]): Promise<Map<string, number>> {
      const texts = await fields(codes.map((code) => `high|${code}`))
      return new Map(
        texts.flatMap((text) => Object.entries(JSON.parse(text ?? '{}') as Record<string, number>)),
      )
    },
  }
}

/** The same from a book in memory, without Redis. */
export async function loadedFrom(
  { head, cells, collector }: Book,
  { days = [], lists: codes }: Asked,
): Promise<Loaded> {
  const wanted = new Set(days)
  const found = [...cells.days()].flatMap(([day, its]) => (wanted.has(day) ? [its] : []))
  const collected = codes === undefined ? new Map<string, Collected>() : await collector.collected()
  const asked = new Set(codes)
  return {
    head,
    sums: addUp(found),
    lists: new Map([...collected].filter(([code]) => asked.has(code))),
  }
}

const chosen = (days: Readonly<Record<string, Rows>>, wanted: ReadonlySet<string>): Rows[] =>
  Object.entries(days).flatMap(([day, its]) => (wanted.has(day) ? [its] : []))

const packDue = ({ dossierNo, dossierStatus, promisedAt, endsAt }: DueDossier): KeptLists['due'][number] => [
  dossierNo,
  dossierStatus,
  promisedAt,
  endsAt,
]
const unpackLists = ({ due, ...lists }: KeptLists): Collected => ({
  ...lists,
  due: due.map(([dossierNo, dossierStatus, promisedAt, endsAt]) => ({
    dossierNo,
    dossierStatus: dossierStatus as DueDossier['dossierStatus'],
    promisedAt,
    endsAt,
  })),
})
