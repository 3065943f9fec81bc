// Remembers for a day the language a phone asked for, and whether it had its help. Phones are keyed hashes, values are
// sealed, and both expire after a day.
import { asFault, type RedisDoor } from '../../redis/connection.js'
import type { PhoneKeys } from '../msisdn.js'
import type { Language } from './inquiry.js'

const dayMs = 86_400_000
// A province has some dozens of such phones a day. Beyond this the oldest are evicted: 10,000 of them are 2 MB.
const maxKept = 10_000

const languages = '{sms-languages}:kept'
const changes = '{sms-languages}:changes'
const helped = (subject: string) => `{sms-helped}:${subject}`

export type PhoneMemory = ReturnType<typeof openPhoneMemory>

/**
 * Every gateway caches all languages, so that a text costs no Redis read; changes by other gateways arrive within a
 * second (`tend`).
 */
export function openPhoneMemory(door: RedisDoor, keys: PhoneKeys, now: () => number = Date.now) {
  let known = new Map<string, { readonly language: Language; readonly until: number }>()
  let seen: string | null = null

  const seal = (language: Language, until: number) => keys.seal(`1 ${language} ${until}`)
  const open = (bytes: Buffer) => {
    const [version, language, until] = keys.open(bytes)?.toString().split(' ') ?? []
    return version === '1' && (language === 'vi' || language === 'en')
      ? { language: language as Language, until: Number(until) }
      : undefined
  }

  async function readAll(): Promise<void> {
    const flat = (await door.request.callBuffer('HGETALL', languages)) as Buffer[]
    const fresh = new Map<string, { language: Language; until: number }>()
    const old: string[] = []
    for (let at = 0; at < flat.length; at += 2) {
      const subject = flat[at]!.toString('latin1')
      const kept = open(flat[at + 1]!)
      if (kept && kept.until > now()) fresh.set(subject, kept)
      else old.push(subject)
    }
    known = new Map([...fresh].sort(([, one], [, other]) => one.until - other.until))
    for (const subject of known.keys()) {
      if (known.size <= maxKept) break
      known.delete(subject)
      old.push(subject)
    }
    if (old.length > 0) await door.request.hdel(languages, ...old)
  }

  return {
    /** The language a phone asked for within the last day. */
    languageOf(subject: string): Language | undefined {
      const kept = known.get(subject)
      return kept && kept.until > now() ? kept.language : undefined
    },

    /**
     * Stores a language that was asked for `at` for a day. Idempotent. Resolves with false when the phone has asked for one
     * later: its texts may be answered in another order than they came. Throws GatewayError redis-unavailable.
     */
    async keepLanguage(subject: string, language: Language, at: number): Promise<boolean> {
      const until = Math.min(at, now()) + dayMs
      try {
        const bytes = await door.request.hgetBuffer(languages, subject)
        const kept = bytes ? open(bytes) : undefined
        // A time in the future comes from a clock that was set back since.
        if (kept && kept.until > until && kept.until <= now() + dayMs) return false
        await door.request.hset(languages, subject, seal(language, until))
        await door.request.pexpire(languages, dayMs)
        await door.request.incr(changes)
      } catch (error) {
        throw asFault(error)
      }
      known.delete(subject)
      known.set(subject, { language, until })
      return true
    },

    /**
     * Whether this phone may get help, once a day. `mark` identifies the text: the same text may ask again. Throws like
     * `keepLanguage`.
     */
    async mayHelp(subject: string, mark: string): Promise<boolean> {
      try {
        const key = helped(subject)
        if ((await door.request.set(key, mark, 'PX', dayMs, 'NX')) === 'OK') return true
        return (await door.request.get(key)) === mark
      } catch (error) {
        throw asFault(error)
      }
    },

    /** Loads what other gateways stored; on the first call, everything stored before. Throws like `keepLanguage`. */
    async tend(): Promise<void> {
      try {
        const latest = (await door.request.get(changes)) ?? '0'
        if (latest === seen) return
        await readAll()
        seen = latest
      } catch (error) {
        throw asFault(error)
      }
    },
  }
}
