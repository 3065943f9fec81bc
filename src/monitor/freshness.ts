// Whether an agency still sends updates. Its usual gap is the 95th percentile of its last 60 gaps between updates, in office
// time. After three times that without an update it is silent, and every answer about its dossiers says so.

import type { Holidays } from '../complaints/working-days.js'
import type { Log } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'
import { officeDayMs, openOfficeTime } from './office-time.js'

export interface FreshnessDeps {
  readonly door: RedisDoor
  readonly log: Log
  /** Days on which offices are closed: no update is expected then. */
  readonly holidays: Holidays
  readonly now?: () => number
}

/** An agency's update history. Gaps are office milliseconds. */
interface Pulse {
  last: number
  gaps: number[]
}

export interface Freshness {
  readonly lastHeard?: number
  readonly silentSince?: number
  readonly usualGapMs?: number
}

const key = 'mon:pulse'
const syncMs = 5000
const keptGaps = 60
// Updates less than five minutes apart count as one: a bulk upload says nothing about the usual gap.
const sameWordMs = 5 * 60_000
// Until ten gaps are known, two office days without an update count as silence.
const enoughGaps = 10
const unknownRhythmMs = 2 * officeDayMs
// A busy agency may pause for a long lunch.
const shortestSilenceMs = 2 * 3_600_000
const patience = 3

/** Reads what is known of each agency, and keeps it in step with the other gateways. */
export async function openFreshness({ door, log, holidays, now = Date.now }: FreshnessDeps) {
  const officeMsBetween = openOfficeTime(holidays)
  let pulses = new Map<string, Pulse>()
  const heardNow = new Map<string, number>()
  // A time in the future comes from a clock that was set back since. It counts as none: else the agency would never be silent.
  const past = (at = 0) => (at > now() + sameWordMs ? 0 : at)

  async function sync(): Promise<void> {
    const stored = await door.request.hgetall(key)
    const next = new Map<string, Pulse>()
    for (const [agency, text] of Object.entries(stored)) next.set(agency, JSON.parse(text) as Pulse)
    const changed: Record<string, string> = {}
    for (const [agency, at] of heardNow) {
      const pulse = next.get(agency) ?? { last: 0, gaps: [] }
      const last = past(pulse.last)
      if (at <= last) continue
      const gap = officeMsBetween(last, at)
      if (last > 0 && gap >= sameWordMs) pulse.gaps = [...pulse.gaps, gap].slice(-keptGaps)
      pulse.last = at
      next.set(agency, pulse)
      changed[agency] = JSON.stringify(pulse)
    }
    const written = new Map(heardNow)
    if (Object.keys(changed).length > 0) await door.request.hset(key, changed)
    // Updates heard during the write stay for the next sync.
    for (const [agency, at] of written) if (heardNow.get(agency) === at) heardNow.delete(agency)
    pulses = next
  }

  const trySync = () =>
    sync().catch((error) => {
      log.debug({ evt: 'freshness.waiting', err: error }, 'Freshness waits for Redis')
    })
  await trySync()
  const timer = setInterval(() => door.isReady() && trySync(), syncMs)
  timer.unref()

  function read(agency: string, at = now()): Freshness {
    const pulse = pulses.get(agency)
    const last = Math.max(past(pulse?.last), past(heardNow.get(agency)))
    // An agency that never sent an update is neither fresh nor silent.
    if (last === 0) return {}
    const usualGapMs = pulse && rhythm(pulse.gaps)
    const limit =
      usualGapMs === undefined ? unknownRhythmMs : Math.max(patience * usualGapMs, shortestSilenceMs)
    return {
      lastHeard: last,
      ...(usualGapMs === undefined ? {} : { usualGapMs }),
      ...(officeMsBetween(last, at) > limit ? { silentSince: last } : {}),
    }
  }

  return {
    /** An update of an agency has arrived. */
    heard(agency: string, at = now()): void {
      heardNow.set(agency, Math.max(at, past(heardNow.get(agency))))
    },
    read,
    /** For lookups: epoch ms of the last update of an agency that has gone silent. */
    silentSince: (agency: string) => read(agency).silentSince,
    sync,
    /** As `sync`, but also resolves when Redis is away: the next sync then writes what was heard. */
    flush: trySync,
    async close(): Promise<void> {
      clearInterval(timer)
      if (door.isReady() && heardNow.size > 0) await trySync()
    },
  }
}

// Memoised: every answer asks for it, and a pulse changes only once in seconds.
const known = new WeakMap<readonly number[], number>()

/** The 95th percentile of the gaps; undefined while too few are known. The array is never mutated. */
function rhythm(gaps: readonly number[]): number | undefined {
  if (gaps.length < enoughGaps) return undefined
  const before = known.get(gaps)
  if (before !== undefined) return before
  const sorted = [...gaps].sort((a, b) => a - b)
  // Rounded down, so that even among ten gaps one long holiday does not count.
  const gap = sorted[Math.floor((sorted.length - 1) * 0.95)]!
  known.set(gaps, gap)
  return gap
}
