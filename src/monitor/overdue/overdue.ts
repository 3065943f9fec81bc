// The list of what needs an agency: dossiers overdue or due soon, numbers that were never pushed, complaints near their day.
// The census collects the first two; a gap is looked at again when it is read, so that a number pushed meanwhile is missing
// no longer.
import { readOpen } from '../../complaints/figures.js'
import type { Agency } from '../../dossier/agency.js'
import type { TellTruth } from '../../dossier/truth.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { OverdueList } from '../contract.js'
import { type Collected, type Excused, openCollector } from './collect.js'
import { type Known, type Question, stillMissing, tellList } from './list.js'

export interface OverdueDeps {
  readonly door: RedisDoor
  readonly metrics: Metrics
  readonly agencies: readonly Agency[]
  readonly truthOf: TellTruth
  readonly excused: Excused
  readonly known: Known
  readonly now?: () => number
}

export interface OverdueQuestion extends Question {
  /** Current codes; undefined: every agency. */
  readonly agencies?: ReadonlySet<string> | undefined
}

const key = 'mon:overdue'
/** Agency → how many of its numbers were never pushed, for the metric of every gateway. */
const missingKey = 'mon:missing'
const version = 2

interface Kept extends Collected {
  readonly v: typeof version
}

export function openOverdue({
  door,
  metrics,
  agencies,
  truthOf,
  excused,
  known,
  now = Date.now,
}: OverdueDeps) {
  metrics.gauge(
    'gateway_agency_missing_numbers',
    'numbers never pushed, below the highest of their unit and day, of the last 60 days',
    ['agency'],
    async (gauge) => {
      // While Redis is away the last figures stand.
      const counts = await door.request.hgetall(missingKey).catch(() => undefined)
      if (!counts) return
      gauge.reset()
      for (const [agency, count] of Object.entries(counts)) gauge.set({ agency }, Number(count))
    },
  )

  async function readKept(codes: readonly string[] | undefined): Promise<Map<string, Kept>> {
    const entries =
      codes === undefined
        ? Object.entries(await door.request.hgetall(key))
        : codes.length === 0
          ? []
          : (await door.request.hmget(key, ...codes)).map((text, at) => [codes[at]!, text] as const)
    return new Map(
      entries.flatMap(([code, text]) => {
        const kept = text ? (JSON.parse(String(text)) as Kept) : undefined
        return kept?.v === version ? [[code, kept] as const] : []
      }),
    )
  }

  async function keepMissing(counts: readonly (readonly [agency: string, count: number])[]): Promise<void> {
    const multi = door.request.multi().del(missingKey)
    for (const [agency, count] of counts) multi.hincrby(missingKey, agency, count)
    await multi.exec()
  }

  return {
    /** For the census: collects over one walk and keeps what came of it. */
    alongside(at: number) {
      const { take, collected } = openCollector(truthOf, excused, at)
      return {
        take,
        async keep(): Promise<void> {
          const found = collected()
          const multi = door.request.multi().del(key)
          for (const [agency, its] of found)
            multi.hset(key, agency, JSON.stringify({ v: version, ...its } satisfies Kept))
          await multi.exec()
          await keepMissing(
            [...found].flatMap(([agency, { gaps }]) =>
              gaps.map(({ missingCount }) => [agency, missingCount] as const),
            ),
          )
        },
      }
    },
    /** Counts the missing numbers again, from the gaps that the last census found: some may have come. */
    async recount(): Promise<void> {
      const kept = await readKept(undefined)
      const gaps = await stillMissing(
        [...kept].flatMap(([agency, its]) => its.gaps.map((gap) => ({ agency, gap }))),
        known,
      )
      await keepMissing(gaps.map(({ agency, gap }) => [agency, gap.missingCount]))
    },
    /** The list as the last census found it. Throws when Redis is away. */
    async list(
      { agencies: only, ...question }: OverdueQuestion,
      countedAt: number | undefined,
    ): Promise<OverdueList> {
      const at = now()
      const [collected, complaints] = await Promise.all([readKept(only && [...only]), readOpen(door, at)])
      return {
        ...(countedAt === undefined ? {} : { countedAt: new Date(countedAt).toISOString() }),
        ...(await tellList(
          { collected, complaints: complaints.filter(({ agency }) => only?.has(agency) ?? true) },
          { agencies, known, now: at },
          question,
        )),
      }
    },
  }
}

export type Overdue = ReturnType<typeof openOverdue>
