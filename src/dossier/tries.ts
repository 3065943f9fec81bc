// The limiter against enumeration, one for all channels: free, then slow, then withheld. Numbers are dense and have no
// check digit, so what reveals a scraper is how many different numbers one asker tries, how many of them miss, and that
// many askers walk the same agency and day. Counting is done in the process, without a round trip; counts of busy askers
// are summed over all gateways in Redis four times a second.
import type { Config } from '../config/config.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { RedisDoor } from '../redis/connection.js'
import { type Asked, Askers, busyTries, fingerprint, type Shared } from './askers.js'
import { Recent } from './recent.js'
import { shardTags } from './store/places.js'

type Verdict =
  | { kind: 'free' }
  | { kind: 'slow'; delayMs: number }
  | { kind: 'withheld'; retryAfterSeconds: number }

interface Try {
  readonly subject: string
  /** The device, such as a kiosk, at which many subjects ask in turn. */
  readonly place?: string | undefined
  /** The networks the subject is in, narrowest first (web/addresses.ts). */
  readonly wider?: readonly string[] | undefined
  /** The number's canonical text; asking for the same one again is not a new try. */
  readonly number: string
  /** Issuer and day: the block of numbers that a scraper walks. */
  readonly block?: string | undefined
}

/** One asker's counts on their way to Redis. */
interface Report {
  readonly subject: string
  readonly shared: Shared
  readonly tries: number
  readonly misses: number
}

// Tries and misses are packed into one number. Under load each report has hundreds of busy askers: three commands for each made
// more garbage than the lookups did, and delayed the answers queued behind them.
const missUnit = 2 ** 20
const askersPerCall = 128

const blocksKept = 20_000
const syncEveryMs = 250
const slowDelayMs = 700
// A hall's kiosk serves at most a person every three seconds all hour long; that is 20 times what one person may try.
const peopleAtPlace = 20
// With this many people's worth of misses, unknown numbers at the place are withheld; existing ones are still answered.
const guessersAtPlace = 5

// For an IPv6 asker's /56 and /48: how many people's worth of misses and of numbers they may try together. A home has a
// /56, an office or some streets of a mobile network a /48; this stops an asker who takes a new /64 for each question.
const sharers = [
  { misses: 2, tries: 4 },
  { misses: 5, tries: 20 },
] as const

export type Tries = ReturnType<typeof openTries>

/** Opens the limiter. `check` and `missed` are synchronous and never fail; without Redis each gateway counts on its own. */
export function openTries(limits: Config['lookup'], door: RedisDoor, log: Log, metrics: Metrics) {
  const actions = metrics.counter('gateway_abuse_actions_total', 'lookups slowed or withheld', ['kind'])
  for (const kind of ['slowed', 'withheld'] as const) actions.inc({ kind }, 0)
  const addUp = door.script(new URL('./tries-1.lua', import.meta.url))
  const askers = new Askers()
  const blocks = new Recent<{ window: number; misses: number }>(blocksKept)
  /** Whose counts have changed since they were last reported. Most people ask once, and are not reported. */
  const busy = new Set<string>()
  const windowMs = limits.windowSeconds * 1000

  const isHot = (block: string | undefined, window: number) => {
    const known = block === undefined ? undefined : blocks.get(block)
    return known !== undefined && known.window === window && known.misses > limits.maxBlockMisses
  }

  function heat(block: string, window: number): void {
    const known = blocks.get(block)
    const misses = known?.window === window ? known.misses + 1 : 1
    if (misses === limits.maxBlockMisses + 1)
      log.warn({ evt: 'tries.block-hot' }, 'Many unknown numbers of one agency and day are asked for')
    blocks.set(block, { window, misses })
  }

  const withheld = (now: number): Verdict => {
    actions.inc({ kind: 'withheld' })
    return { kind: 'withheld', retryAfterSeconds: Math.ceil((windowMs - (now % windowMs)) / 1000) }
  }

  async function sync(now = Date.now()): Promise<void> {
    if (busy.size === 0 || !door.isReady()) return
    const window = Math.floor(now / windowMs)
    const batch = door.batch()
    const calls: Report[][] = []
    for (const [tag, reports] of reportsDue(window)) {
      const key = `tries:${tag}:${window}`
      for (let at = 0; at < reports.length; at += askersPerCall) {
        const call = reports.slice(at, at + askersPerCall)
        const counts = call.flatMap(({ subject, tries, misses }) => [subject, tries + misses * missUnit])
        calls.push(call)
        batch.add(() => addUp.send([key], [limits.windowSeconds * 2, ...counts]))
      }
    }
    const replies = await batch.exec()
    calls.forEach((call, nth) => {
      const [error, sums] = replies[nth]!
      call.forEach(({ shared, tries, misses }, place) => {
        if (error) {
          // Reported again with the next try.
          shared.sentTries -= tries
          shared.sentMisses -= misses
          return
        }
        const sum = (sums as number[])[place]!
        shared.elsewhereTries = Math.max(0, (sum % missUnit) - shared.sentTries)
        shared.elsewhereMisses = Math.max(0, Math.floor(sum / missUnit) - shared.sentMisses)
      })
    })
  }

  /** The counts that busy askers have to report, by shard; resets the list. */
  function reportsDue(window: number): Map<string, Report[]> {
    const byTag = new Map<string, Report[]>()
    for (const subject of busy) {
      const asked = askers.busy(subject, window)
      if (!asked) continue
      const shared = (asked.shared ??= { sentTries: 0, sentMisses: 0, elsewhereTries: 0, elsewhereMisses: 0 })
      const tries = asked.tried.length / 2 - shared.sentTries
      const misses = asked.misses - shared.sentMisses
      shared.sentTries += tries
      shared.sentMisses += misses
      const tag = shardTags[fingerprint(subject) % shardTags.length]!
      const reports = byTag.get(tag)
      if (reports) reports.push({ subject, shared, tries, misses })
      else byTag.set(tag, [{ subject, shared, tries, misses }])
    }
    busy.clear()
    return byTag
  }

  /**
   * Counts a number that is new to this asker, and returns how many numbers it had tried before; `over` when it may not try
   * this one. Asking for the same number again is always free. `mayInBlock(inBlock)` says whether an asker that has tried
   * `inBlock` numbers of this block may try another.
   */
  function countTry(
    asked: Asked,
    number: string,
    block: string | undefined,
    most: number,
    isOverMisses = false,
    mayInBlock: (inBlock: number) => boolean = () => true,
  ): number | 'over' {
    const { subject, tried, shared } = asked
    const print = fingerprint(number)
    const its = block === undefined ? Number.NaN : fingerprint(block)
    const { isKnown, inBlock } = seen(tried, print, its)
    const isGuess = number === ''
    const isNew = !isGuess && !isKnown
    const tries = tried.length / 2 + (shared?.elsewhereTries ?? 0)
    if (isNew && tries >= most) return 'over'
    if ((isNew || isGuess) && isOverMisses) return 'over'
    // Somebody is walking this agency and day: an asker's first number there is still answered, a second one is not.
    if (isNew && !mayInBlock(inBlock)) return 'over'
    if (isNew) {
      // Created with its first two: a list that starts empty reserves room for seventeen.
      if (tried.length === 0) asked.tried = [print, its]
      else tried.push(print, its)
      askers.keep(asked)
      if (tries + 1 >= busyTries) busy.add(subject)
    }
    return tries
  }

  function countMiss(subject: string, window: number): Asked {
    const asked = askers.of(subject, window)
    asked.misses++
    askers.keep(asked)
    if (asked.misses >= busyTries) busy.add(subject)
    return asked
  }

  const isGuessedAt = (place: string, window: number) => {
    const { misses, shared } = askers.of(place, window)
    return misses + (shared?.elsewhereMisses ?? 0) >= limits.maxMisses * guessersAtPlace
  }

  /** Whether one of the networks around an asker is over its limit; counts the try in each of them. */
  const isOverAround = (wider: readonly string[], number: string, window: number) =>
    wider.some((network, nth) => {
      const { misses, tries } = sharers[nth]!
      const asked = askers.of(network, window)
      const isOverMisses = asked.misses + (asked.shared?.elsewhereMisses ?? 0) >= limits.maxMisses * misses
      return countTry(asked, number, undefined, limits.maxTries * tries, isOverMisses) === 'over'
    })

  function verdictOf(tries: number, free: number): Verdict {
    if (tries < free) return { kind: 'free' }
    actions.inc({ kind: 'slowed' })
    return { kind: 'slow', delayMs: slowDelayMs }
  }

  const timer = setInterval(() => void sync(), syncEveryMs)
  timer.unref()

  return {
    /** Counts one try and returns what it may have. `number` is '' for text without a readable number. */
    check({ subject, place, wider, number, block }: Try, now: number): Verdict {
      const window = Math.floor(now / windowMs)
      // A place is never closed by what some people mistype there, nor by what is tried elsewhere: existing numbers are
      // answered up to a bound on how many are asked for.
      if (place !== undefined) {
        if (number === '' && isGuessedAt(place, window)) return withheld(now)
        const atPlace = countTry(askers.of(place, window), number, undefined, limits.maxTries * peopleAtPlace)
        if (atPlace === 'over') return withheld(now)
        if (place === subject) return verdictOf(atPlace, limits.freeTries * peopleAtPlace)
      }
      const asked = askers.of(subject, window)
      const { misses, shared } = asked
      const isOverMisses = misses + (shared?.elsewhereMisses ?? 0) >= limits.maxMisses
      const mayInBlock = (inBlock: number) => inBlock < 1 || place !== undefined || !isHot(block, window)
      const tries = countTry(asked, number, block, limits.maxTries, isOverMisses, mayInBlock)
      if (tries === 'over' || (wider !== undefined && isOverAround(wider, number, window)))
        return withheld(now)
      return verdictOf(tries, limits.freeTries)
    },

    /**
     * Counts a miss: a readable number that does not exist, or digits that no slip ever carried. Returns what the asker may be
     * told: after too many guesses, not even that the number is unknown.
     */
    missed({ subject, place, wider = [], block }: Omit<Try, 'number'>, now: number): Verdict {
      const window = Math.floor(now / windowMs)
      if (place !== undefined && place !== subject) countMiss(place, window)
      for (const network of wider) countMiss(network, window)
      const { misses, shared } = countMiss(subject, window)
      if (misses + (shared?.elsewhereMisses ?? 0) === limits.maxMisses) {
        log.warn(
          { evt: 'tries.withheld', misses },
          'An asker tried too many unknown numbers: answers are withheld',
        )
      }
      if (block !== undefined) heat(block, window)
      return place !== undefined && isGuessedAt(place, window) ? withheld(now) : { kind: 'free' }
    },

    /** Reports to Redis now; for tests and shutdown. */
    sync,
    close(): void {
      clearInterval(timer)
    },
  }
}

/** Whether a number is among those tried, and how many of them were in a block. */
function seen(tried: readonly number[], print: number, block: number) {
  let isKnown = false
  let inBlock = 0
  for (let at = 0; at < tried.length; at += 2) {
    if (tried[at] === print) isKnown = true
    if (tried[at + 1] === block) inBlock++
  }
  return { isKnown, inBlock }
}
