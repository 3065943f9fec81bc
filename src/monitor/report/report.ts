// The report of a period as one value, with small counts withheld. Pages and tables are made from it alone (tables.ts,
// page.ts).
import type { ComplaintFigures } from '../../complaints/contract.js'
import { type Channel, channels } from '../../dossier/channels.js'
import type { Count as Sample } from '../../metrics.js'
import type { Freshness } from '../freshness.js'
import { readKept } from '../kept.js'
import type { Filing } from '../ledger/share.js'
import type { Service, Uptime } from '../uptime.js'
import {
  type BookParts,
  type Figures,
  type LookupCells,
  type Mood,
  openBook,
  type results,
  type slipStates,
} from './book.js'
import type { Period } from './period.js'
import { type Cell, type Published, publishedShare, type Share } from './suppression.js'

export interface Report {
  readonly period: Period
  readonly generatedAt: string
  /** Dossiers closed before this day have been deleted, and some of the period's may be among them. */
  readonly deletedBefore?: string
  /** Codes of the agencies covered; left out: all, and the service as a whole. */
  readonly agencies?: readonly string[]
  readonly lookups: {
    readonly total: Published
    readonly found: Published
    /** found ÷ (found + unknown), and (total − unavailable) ÷ total. */
    readonly hitRatio: Share
    readonly answeredRatio: Share
    readonly byChannel: readonly ChannelRow[]
    readonly byResult: ChannelRow['results']
    /** Left out when the period is within one month. */
    readonly byMonth?: readonly {
      readonly month: string
      readonly channels: Channels
      readonly total: Published
    }[]
  }
  readonly answerTime: AnswerTime
  readonly uptime: Partial<Record<Service, UptimeRow>>
  readonly byAgency: readonly AgencyFigures[]
  /** All agencies together; `refused` includes updates that could not be attributed to one. */
  readonly allAgencies: Omit<AgencyFigures, 'code' | 'name'>
  readonly sms: {
    readonly received: Published
    readonly answered: Published
    readonly segments: Published
    readonly notices: Published
    readonly unanswered: readonly { readonly reason: string; readonly count: Published }[]
  }
  /** They measure the offices' work, so small counts are shown too. */
  readonly complaints: {
    readonly byAgency: readonly (ComplaintFigures & { readonly code: string; readonly name: string })[]
    readonly total: ComplaintFigures
  }
  readonly slips: Readonly<Record<(typeof slipStates)[number], Published>>
}

export type Channels = Readonly<Record<Channel, Published>>

interface ChannelRow {
  readonly channel: Channel
  readonly results: Readonly<Record<(typeof results)[number], Published>>
  readonly total: Published
}

/** Round trips of lookups to the store and back; upper bounds of the 50th, 95th and 99th percentile, seconds. */
interface AnswerTime {
  readonly rounds: Published
  readonly half?: number
  readonly of95?: number
  readonly of99?: number
}

interface UptimeRow extends Uptime {
  /** Percent of minutes, rounded down: 100 means never away. */
  readonly percent: number
}

export interface AgencyFigures {
  readonly code: string
  readonly name: string
  /** Answers that found a dossier of this agency. */
  readonly found: Channels & { readonly total: Published }
  readonly updates: {
    readonly applied: Published
    readonly stale: Published
    readonly duplicate: Published
    /** Counted without a result. */
    readonly unsorted: Published
    readonly total: Published
    readonly refused: Published
    /** Days with at least one update. */
    readonly days: Exclude<Published, 'few'>
    /** Median delay of applied updates after their event, as the upper bound of its bucket. */
    readonly halfWithinSeconds?: number
    /** Share of applied updates that arrived within a day of their event. */
    readonly withinDayRatio: Share
  }
  readonly lastHeard?: string
  readonly silentSince?: string
  readonly handled: {
    readonly received: Published
    /** How those received were filed. */
    readonly filed: Readonly<Record<Filing, Published>>
    readonly onlineRatio: Share
    readonly counterRatio: Share
    readonly results: Published
    readonly inTime: Published
    readonly late: Published
    readonly undated: Published
    readonly onTimeRatio: Share
    readonly open: Published
    readonly overdue: Published
    readonly overdueRatio: Share
  }
  readonly ratings: Readonly<Record<Mood, Published>> & {
    readonly total: Published
    readonly goodRatio: Share
  }
}

interface ReportParts extends BookParts {
  readonly period: Period
  readonly deletedBefore: string | undefined
  readonly complaints?: ReadonlyMap<string, ComplaintFigures>
  readonly uptime: Partial<Record<Service, Uptime>>
  /** Only these are shown; the others still count in the sums. */
  readonly only?: readonly string[] | undefined
  readonly freshness: (agency: string) => Freshness
  readonly now: number
}

/** Puts a report together. */
export async function makeReport(parts: ReportParts): Promise<Report> {
  const { period, now, only, freshness } = parts
  const book = await openBook(parts)
  const { lookups, messages } = book
  return {
    period,
    generatedAt: new Date(now).toISOString(),
    ...(parts.deletedBefore === undefined ? {} : { deletedBefore: parts.deletedBefore }),
    ...(only ? { agencies: only } : {}),
    lookups: lookupFigures(lookups),
    answerTime: answerTime(readKept(parts.counts.days, 'answered')),
    uptime: Object.fromEntries(
      Object.entries(parts.uptime).map(([service, its]) => [
        service,
        { ...its, percent: Math.floor((its.upMinutes / its.ofMinutes) * 10_000) / 100 },
      ]),
    ),
    byAgency: book.agencies
      .filter(({ code }) => only === undefined || only.includes(code))
      .map(({ code, name, ...its }) => ({ code, name, ...agencyFigures(its, freshness(code)) })),
    allAgencies: agencyFigures(book.all),
    sms: {
      received: messages.received.published,
      answered: messages.answered.published,
      segments: messages.segments.published,
      notices: messages.notices.published,
      unanswered: messages.unanswered.map(([reason, { published }]) => ({ reason, count: published })),
    },
    complaints: complaintRows(parts),
    slips: publishedOf(messages.slips),
  }
}

type PublishedOf<Part extends string> = { readonly [part in Part]: Published }

const publishedOf = <Part extends string>(parts: Readonly<Record<Part, Cell>>) =>
  Object.fromEntries(
    Object.entries<Cell>(parts).map(([part, { published }]) => [part, published]),
  ) as PublishedOf<Part>

/** The share of `part`; `rest` is what is left of the whole. */
const share = (part: Cell, rest: Cell): Share =>
  publishedShare([part.count, rest.count], [part.published, rest.published])

function lookupFigures({ byChannel, all, answered, byMonth }: LookupCells): Report['lookups'] {
  return {
    total: all.total.published,
    found: all.parts.found.published,
    hitRatio: share(all.parts.found, all.parts.unknown),
    answeredRatio: share(answered, all.parts.unavailable),
    byChannel: channels.map((channel) => ({
      channel,
      results: publishedOf(byChannel[channel].parts),
      total: byChannel[channel].total.published,
    })),
    byResult: publishedOf(all.parts),
    ...(byMonth.size > 1
      ? {
          byMonth: [...byMonth].map(([month, { parts, total }]) => ({
            month,
            channels: publishedOf(parts),
            total: total.published,
          })),
        }
      : {}),
  }
}

function agencyFigures(
  { cells, daysHeard, late }: Figures,
  { lastHeard, silentSince }: Partial<Freshness> = {},
): Omit<AgencyFigures, 'code' | 'name'> {
  const { found, updates, refused, received, results, open, rated } = cells
  const total = updates.total.published
  return {
    found: { ...publishedOf(found.parts), total: found.total.published },
    updates: {
      ...publishedOf(updates.parts),
      total,
      refused: refused.published,
      // Each day heard has at least one update, so few updates would be revealed by the number of days.
      days: typeof total === 'number' ? daysHeard : 'withheld',
      ...(late.half === undefined ? {} : { halfWithinSeconds: late.half }),
      withinDayRatio: publishedShare(late.withinDay, [updates.parts.applied.published]),
    },
    ...(lastHeard === undefined ? {} : { lastHeard: new Date(lastHeard).toISOString() }),
    ...(silentSince === undefined ? {} : { silentSince: new Date(silentSince).toISOString() }),
    handled: {
      received: received.total.published,
      filed: publishedOf(received.parts),
      onlineRatio: share(received.parts.online, cells.notOnline),
      counterRatio: share(received.parts.counter, cells.notCounter),
      results: results.total.published,
      ...publishedOf(results.parts),
      onTimeRatio: share(results.parts.inTime, results.parts.late),
      open: open.total.published,
      overdue: open.parts.overdue.published,
      overdueRatio: share(open.parts.overdue, open.parts.running),
    },
    ratings: {
      ...publishedOf(rated.parts),
      total: rated.total.published,
      goodRatio: share(rated.parts.good, cells.notBest),
    },
  }
}

function complaintRows({ complaints = new Map(), agencies, only }: ReportParts): Report['complaints'] {
  const names = new Map(agencies.map(({ code, name }) => [code, name]))
  const byAgency = [...complaints]
    .filter(([code]) => only === undefined || only.includes(code))
    .map(([code, its]) => ({ code, name: names.get(code) ?? code, ...its }))
  const sum = (field: keyof ComplaintFigures) => byAgency.reduce((of, its) => of + its[field], 0)
  return {
    byAgency,
    total: {
      taken: sum('taken'),
      open: sum('open'),
      overdue: sum('overdue'),
      answeredInTime: sum('answeredInTime'),
      answeredLate: sum('answeredLate'),
    },
  }
}

function answerTime(buckets: readonly Sample[]): AnswerTime {
  const bounds = buckets
    .filter(({ labels }) => labels.le !== '+Inf')
    .map(({ labels, value }) => ({ bound: Number(labels.le), below: value }))
    .sort((a, b) => a.bound - b.bound)
  const rounds = buckets.find(({ labels }) => labels.le === '+Inf')?.value ?? 0
  // These are round trips, not people; still, fewer than five say nothing about the service.
  if (rounds < 5) return { rounds: rounds === 0 ? 0 : 'few' }
  const under = (share: number) => bounds.find(({ below }) => below >= share * rounds)?.bound
  const [half, of95, of99] = [under(0.5), under(0.95), under(0.99)]
  return {
    rounds,
    ...(half === undefined ? {} : { half }),
    ...(of95 === undefined ? {} : { of95 }),
    ...(of99 === undefined ? {} : { of99 }),
  }
}
