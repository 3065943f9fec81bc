// Issuers that have sent updates but have no entry of their own: units owned by the code above them. Kept so that an
// operator can see them and add an entry (`agencies adopt`).
import { type RedisDoor, throwFault } from '../../redis/connection.js'
import type { DossierNo } from '../dossier.js'

const key = 'units'
// Some 1,700 in the largest province counted; beyond this a process asks Redis again.
const maxKnown = 10_000

export type Units = ReturnType<typeof openUnits>

/** The set is in Redis; each process remembers which issuers it has stored. */
export function openUnits(door: Pick<RedisDoor, 'request' | 'batch'>) {
  const known = new Set<string>()
  return {
    /** Stores the issuers of `numbers` that have no entry. Throws when Redis is away. */
    async learn(numbers: Iterable<DossierNo>): Promise<void> {
      const news = new Map<string, string>()
      for (const { issuer, agency } of numbers)
        if (issuer !== agency && !known.has(issuer)) news.set(issuer, agency)
      if (news.size === 0) return
      await door.request.hset(key, news).catch(throwFault)
      if (known.size + news.size > maxKnown) known.clear()
      for (const issuer of news.keys()) known.add(issuer)
    },

    /** Known issuers, each with the entry that owned it at the time. */
    async all(): Promise<ReadonlyMap<string, string>> {
      return new Map(Object.entries(await door.request.hgetall(key).catch(throwFault)))
    },
  }
}
