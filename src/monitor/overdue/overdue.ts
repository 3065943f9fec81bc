// What agencies must act on: dossiers overdue or due soon, numbers never pushed, complaints due soon.
// The first two come from the ledger.
import { readOpen } from '../../complaints/figures.js'
import type { Agency } from '../../dossier/agency.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { OverdueList } from '../contract.js'
import type { Ledger } from '../ledger/ledger.js'
import { type Known, makeList, type Question, stillMissing } from './list.js'

export interface OverdueDeps {
  readonly door: RedisDoor
  readonly metrics: Metrics
  readonly agencies: readonly Agency[]
  readonly ledger: Pick<Ledger, 'look'>
  readonly known: Known
  readonly now?: () => number
}

export interface OverdueQuestion extends Question {
  /** Current codes; undefined: every agency. */
  readonly agencies?: ReadonlySet<string> | undefined
}

/** Hash of agency → count of numbers never pushed, read by every gateway for its metric. */
const missingKey = 'mon:missing'

/** Opens the list, and declares the metric of missing numbers. */
export function openOverdue({ door, metrics, agencies, ledger, known, now = Date.now }: OverdueDeps) {
  const everyCode = agencies.map(({ code }) => code)
  metrics.gauge(
    'gateway_agency_missing_numbers',
    'numbers never pushed, below the highest of their unit and day, of the last 60 days',
    ['agency'],
    async (gauge) => {
      // While Redis is away keep the last figures.
      const counts = await door.request.hgetall(missingKey).catch(() => undefined)
      if (!counts) return
      gauge.reset()
      for (const [agency, count] of Object.entries(counts)) gauge.set({ agency }, Number(count))
    },
  )

  async function keepMissing(counts: readonly (readonly [agency: string, count: number])[]): Promise<void> {
    const multi = door.request.multi().del(missingKey)
    for (const [agency, count] of counts) multi.hincrby(missingKey, agency, count)
    await multi.exec()
  }

  return {
    /** Counts the missing numbers again. */
    async recount(): Promise<void> {
      const standing = await ledger.look({ lists: everyCode })
      const gaps = await stillMissing(
        [...(standing?.lists ?? [])].flatMap(([agency, its]) => its.gaps.map((gap) => ({ agency, gap }))),
        known,
      )
      await keepMissing(gaps.map(({ agency, gap }) => [agency, gap.missingCount]))
    },
    /** The list as it stands. Throws when Redis is away. */
    async list({ agencies: only, ...question }: OverdueQuestion): Promise<OverdueList> {
      const at = now()
      const [standing, complaints] = await Promise.all([
        ledger.look({ lists: only ? [...only] : everyCode }),
        readOpen(door, at),
      ])
      const list = await makeList(
        {
          collected: standing?.lists ?? new Map(),
          complaints: complaints.filter(({ agency }) => only?.has(agency) ?? true),
        },
        { agencies, known, now: at },
        question,
      )
      return { ...(standing ? { countedAt: new Date(standing.at).toISOString() } : {}), ...list }
    },
  }
}
