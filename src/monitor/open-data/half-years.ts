// The open data of the last half-years, each counted by one gateway and shared by all: requests are anonymous, so they must
// not be able to load the store.
import type { Config } from '../../config/config.js'
import { dayMs, localDate } from '../../dossier/times.js'
import type { Log } from '../../log.js'
import { openCounted } from '../counted.js'
import { keptSeconds } from '../counters.js'
import type { FreshnessDeps } from '../freshness.js'
import { eachMorning } from '../morning.js'
import { halfYearNames, readPeriod } from '../report/period.js'
import { type ReportSources, readReport } from '../report/read.js'
import type { HalfYear } from './contract.js'
import { halfYearOf, lastMomentOf } from './half-year.js'

interface HalfYearsDeps extends ReportSources, Pick<FreshnessDeps, 'holidays'> {
  readonly log: Log
  /** Who publishes, by name. */
  readonly publisher: string
  readonly now?: () => number
}

interface Kept {
  readonly at: number
  readonly v: 1
  readonly halfYear: HalfYear
}

export type HalfYears = ReturnType<typeof openHalfYears>

// The current one, the last that has ended, and earlier ones of which every day is still kept.
const halfYearsOffered = 5
const alwaysOffered = 2
const freshMs = 12 * 3_600_000
const firstWaitMs = 2000

const firstDayOf = (name: string) => readPeriod({ period: name }, 'department', 0)!.from

/** The name of the publishing office. */
export const publisherOf = ({ report, office }: Pick<Config, 'report' | 'office'>): string =>
  report.office || office.name || office.province

/** Opens the half-years: each is counted when it is requested, the last one also each morning. */
export function openHalfYears({ door, log, publisher, now = Date.now, ...sources }: HalfYearsDeps) {
  const open = (name: string) =>
    openCounted<Kept>({
      door,
      log,
      key: `mon:open:${name}`,
      freshMs,
      now,
      // Counted while the half-year still ran, it lacks the last hours.
      isWhole: ({ at, halfYear: { period } }) => at >= lastMomentOf(period) || now() <= lastMomentOf(period),
      async count(at) {
        const period = readPeriod({ period: name }, 'department', at)!
        const report = await readReport({ door, ...sources }, period, at)
        return { at, v: 1, halfYear: halfYearOf(report, { name, period, publisher, now: at }) }
      },
    })
  const opened = new Map<string, ReturnType<typeof open>>()

  /** Half-years that may be requested, newest first. */
  const names = () => {
    const firstKept = localDate(now() - Math.min(keptSeconds * 1000, sources.ledger.closedDays * dayMs))
    return halfYearNames(now(), halfYearsOffered).filter(
      (name, nth) => nth < alwaysOffered || firstDayOf(name) >= firstKept,
    )
  }
  /** The last half-year that has ended. */
  const standard = () => names()[1]!

  function countedOf(name: string) {
    let counted = opened.get(name)
    if (!counted) opened.set(name, (counted = open(name)))
    return counted
  }

  async function read(name = standard()): Promise<HalfYear | 'counting' | undefined> {
    if (!names().includes(name)) return undefined
    return (await countedOf(name).read(firstWaitMs))?.halfYear ?? 'counting'
  }

  const morning = eachMorning(() => countedOf(standard()).renew(), now)
  return {
    names,
    /** A half-year by name; default: the last that has ended. Undefined: not one of `names`. Throws when Redis is away. */
    read,
    async close(): Promise<void> {
      await morning.close()
      for (const counted of opened.values()) await counted.close()
    },
  }
}
