// Figures that need a scan of the whole store. When a reader finds the last result old, one gateway counts again under a lease;
// the result is kept in Redis for all. A million dossiers take some seconds, so no citizen's request ever waits for it.
import type { Log } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'

interface CountedDeps<T> {
  readonly door: RedisDoor
  readonly log: Log
  /** Where the result is kept; `<key>:lease` is held by the gateway that counts. */
  readonly key: string
  /** A result younger than this is reused. */
  readonly freshMs: number
  /** Whether a stored result may be used at all. Left out: every result may. */
  readonly isWhole?: (kept: T) => boolean
  /** Counts, as of `at` (epoch ms). */
  readonly count: (at: number) => Promise<T>
  readonly now: () => number
}

const leaseSeconds = 300
const pauseMs = 10_000

/** A result that can be kept as JSON. */
export function openCounted<T extends { readonly at: number }>(deps: CountedDeps<T>) {
  const { door, log, key, freshMs, isWhole, now } = deps
  const leaseKey = `${key}:lease`
  let counting: Promise<void> | undefined

  async function count(): Promise<void> {
    if ((await door.request.set(leaseKey, '1', 'EX', leaseSeconds, 'NX')) === null) return
    try {
      await door.request.set(key, JSON.stringify(await deps.count(now())))
    } finally {
      await door.request.del(leaseKey)
    }
  }

  async function kept(): Promise<T | undefined> {
    const text = await door.request.get(key)
    const its = text ? (JSON.parse(text) as T) : undefined
    return its && (isWhole?.(its) ?? true) ? its : undefined
  }
  // A result from the future was counted while the clock was wrong.
  const isFresh = (known: T | undefined) => known !== undefined && Math.abs(now() - known.at) < freshMs
  const begin = () => {
    counting ??= count()
      .catch((error) => {
        log.warn(
          { evt: 'count.failed', key, err: error },
          'The store could not be counted; the next read tries again',
        )
      })
      .finally(() => {
        counting = undefined
      })
    return counting
  }

  const waitFor = (begun: Promise<void>, waitMs: number) =>
    Promise.race([begun, new Promise((done) => setTimeout(done, waitMs).unref())])

  return {
    /** The last result; when it is old, starts a count in the background. Waits up to `waitMs` for the very first. */
    async read(waitMs = 1500): Promise<T | undefined> {
      const known = await kept()
      if (isFresh(known)) return known
      const begun = begin()
      if (known) return known
      await waitFor(begun, waitMs)
      return kept()
    },
    /** Counts again, and waits up to `waitMs` for it. Does nothing within ten seconds of the last count. */
    async again(waitMs: number): Promise<void> {
      const last = (await kept())?.at
      if (last !== undefined && Math.abs(now() - last) < pauseMs) return
      await waitFor(begin(), waitMs)
    },
    /** Counts again when the last result is old, and waits for it. */
    async renew(): Promise<void> {
      if (!isFresh(await kept())) await begin()
    },
    close: async () => counting,
  }
}
