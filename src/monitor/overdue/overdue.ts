// The list of what needs an agency: dossiers overdue or due soon, and numbers that were never pushed. Kept by the census;
// a gap is looked at again when it is read, so that a number pushed meanwhile is missing no longer.
import type { Agency } from '../../dossier/agency.js'
import type { DossierStatus } from '../../dossier/dossier.js'
import type { TellTruth } from '../../dossier/truth.js'
import type { Metrics } from '../../metrics.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { DueRow, GapRow, OverdueList } from '../contract.js'
import { dayMs, officeDay } from '../office-time.js'
import { type Collected, type Excused, type Gap, inRuns, openCollector } from './collect.js'

export interface OverdueDeps {
  readonly door: RedisDoor
  readonly metrics: Metrics
  readonly agencies: readonly Agency[]
  readonly truthOf: TellTruth
  readonly excused: Excused
  /** Which of these numbers (canonical text) are in the store. */
  readonly known: (numbers: readonly string[]) => Promise<ReadonlySet<string>>
  readonly now?: () => number
}

export interface OverdueQuestion {
  /** Current codes; undefined: every agency. */
  readonly agencies?: ReadonlySet<string> | undefined
  /** Days ahead, 0 to 30. */
  readonly within: number
  /** A state in the reader's language. */
  readonly stateWord: (status: DossierStatus) => string
}

const key = 'mon:overdue'
const version = 1
// Looked at again in one answer; beyond it the census has the last word.
const recheckedNumbers = 2000

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
  const missingNumbers = metrics.gauge(
    'gateway_agency_missing_numbers',
    'numbers never pushed, below the highest of their unit and day, of the last 60 days',
    ['agency'],
  )
  const names = new Map(agencies.map(({ code, name }) => [code, name]))

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

  async function stillMissing(gaps: readonly { agency: string; gap: Gap }[]): Promise<GapRow[]> {
    const asked = gaps.flatMap(({ gap }) => gap.missing.map((nth) => `${gap.series}-${nth}`))
    const came = await known(asked.slice(0, recheckedNumbers))
    return gaps.flatMap(({ agency, gap }) => {
      const missing = gap.missing.filter((nth) => !came.has(`${gap.series}-${nth}`))
      const missingCount = gap.missingCount - (gap.missing.length - missing.length)
      return missingCount === 0
        ? []
        : [
            {
              agency,
              name: names.get(agency) ?? agency,
              series: gap.series,
              highest: gap.highest,
              missingCount,
              missing: inRuns(missing),
            },
          ]
    })
  }

  return {
    /** For the census: collects over one walk and keeps what came of it. */
    alongside(at: number) {
      const { take, collected } = openCollector(truthOf, excused, at)
      return {
        take,
        async keep(): Promise<void> {
          const found = collected()
          missingNumbers.reset()
          const multi = door.request.multi().del(key)
          for (const [agency, its] of found) {
            multi.hset(key, agency, JSON.stringify({ v: version, ...its } satisfies Kept))
            const count = its.gaps.reduce((sum, { missingCount }) => sum + missingCount, 0)
            if (count > 0) missingNumbers.set({ agency }, count)
          }
          await multi.exec()
        },
      }
    },
    /** The list as the last census found it. Throws when Redis is away. */
    async list(
      { agencies: only, within, stateWord }: OverdueQuestion,
      countedAt: number | undefined,
    ): Promise<OverdueList> {
      const at = now()
      const kept = await readKept(only && [...only])
      const until = at + within * dayMs
      const due = [...kept]
        .flatMap(([agency, its]) =>
          its.due.filter(({ endsAt }) => endsAt <= until).map((one) => ({ agency, ...one })),
        )
        .sort((one, other) => one.endsAt - other.endsAt)
      const gaps = await stillMissing(
        [...kept].flatMap(([agency, its]) => its.gaps.map((gap) => ({ agency, gap }))),
      )
      return {
        ...(countedAt === undefined ? {} : { countedAt: new Date(countedAt).toISOString() }),
        within,
        dossiers: due.map((one) => ({ ...dueRow(one, names, at), state: stateWord(one.dossierStatus) })),
        notListed: [...kept.values()].reduce((sum, { dueBeyond }) => sum + dueBeyond, 0),
        gaps,
      }
    },
  }
}

export type Overdue = ReturnType<typeof openOverdue>

function dueRow(
  {
    agency,
    dossierNo,
    dossierStatus,
    promisedAt,
    endsAt,
  }: { agency: string; dossierNo: string; dossierStatus: DossierStatus; promisedAt: number; endsAt: number },
  names: ReadonlyMap<string, string>,
  now: number,
): Omit<DueRow, 'state'> {
  return {
    dossierNo,
    agency,
    name: names.get(agency) ?? agency,
    dossierStatus,
    due: officeDay(promisedAt),
    overdue: endsAt < now,
    days: Math.round((Date.parse(officeDay(now)) - Date.parse(officeDay(promisedAt))) / dayMs),
  }
}
