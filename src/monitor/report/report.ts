// The report of a period as one value, with small counts withheld. Pages and tables are made from it alone (tables.ts, page.ts).
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
import { type Cell, type Share, shareTold, type Told } from './tell.js'

export interface Report {
  readonly period: Period
  readonly generatedAt: string
  /** Codes of the agencies covered; left out: all, and the service as a whole. */
  readonly agencies?: readonly string[]
  readonly lookups: {
    readonly total: Told
    readonly found: Told
    /** found ÷ (found + unknown), and (total − unavailable) ÷ total. */
    readonly hitRatio: Share
    readonly answeredRatio: Share
    readonly byChannel: readonly ChannelRow[]
    readonly byResult: ChannelRow['results']
    /** Left out when the period is within one month. */
    readonly byMonth?: readonly {
      readonly month: string
      readonly channels: Channels
      readonly total: Told
    }[]
  }
  readonly answerTime: AnswerTime
  readonly uptime: Partial<Record<Service, UptimeRow>>
  readonly byAgency: readonly AgencyFigures[]
  /** All agencies together; `refused` includes updates that could not be attributed to one. */
  readonly allAgencies: Omit<AgencyFigures, 'code' | 'name'>
  readonly sms: {
    readonly received: Told
    readonly answered: Told
    readonly segments: Told
    readonly notices: Told
    readonly unanswered: readonly { readonly reason: string; readonly count: Told }[]
  }
  /** They measure the offices' work, so small counts are shown too. */
  readonly complaints: {
    readonly byAgency: readonly (ComplaintFigures & { readonly code: string; readonly name: string })[]
    readonly total: ComplaintFigures
  }
  readonly slips: Readonly<Record<(typeof slipStates)[number], Told>>
}

export type Channels = Readonly<Record<Channel, Told>>

export interface ChannelRow {
  readonly channel: Channel
  readonly results: Readonly<Record<(typeof results)[number], Told>>
  readonly total: Told
}

/** Round trips of lookups to the store and back; upper bounds of the 50th, 95th and 99th percentile, seconds. */
export interface AnswerTime {
  readonly rounds: Told
  readonly half?: number
  readonly of95?: number
  readonly of99?: number
}

export interface UptimeRow extends Uptime {
  /** Percent of minutes, rounded down: 100 means never away. */
  readonly percent: number
}

export interface AgencyFigures {
  readonly code: string
  readonly name: string
  /** Answers that found a dossier of this agency. */
  readonly found: Channels & { readonly total: Told }
  readonly updates: {
    readonly applied: Told
    readonly stale: Told
    readonly duplicate: Told
    /** Counted without a result. */
    readonly unsorted: Told
    readonly total: Told
    readonly refused: Told
    /** Days with at least one update. */
    readonly days: Exclude<Told, 'few'>
    /** Median delay of applied updates after their event, as the upper bound of its bucket. */
    readonly halfWithinSeconds?: number
    /** Share of applied updates that arrived within a day of their event. */
    readonly withinDayRatio: Share
  }
  readonly lastHeard?: string
  readonly silentSince?: string
  readonly handled: {
    readonly received: Told
    /** How those received were filed. */
    readonly filed: Readonly<Record<Filing, Told>>
    readonly onlineRatio: Share
    readonly counterRatio: Share
    readonly results: Told
    readonly inTime: Told
    readonly late: Told
    readonly undated: Told
    readonly onTimeRatio: Share
    readonly open: Told
    readonly overdue: Told
    readonly overdueRatio: Share
  }
  readonly ratings: Readonly<Record<Mood, Told>> & {
    readonly total: Told
    readonly goodRatio: Share
  }
}

export interface ReportParts extends BookParts {
  readonly period: Period
  readonly complaints?: ReadonlyMap<string, ComplaintFigures>
  readonly uptime: Partial<Record<Service, Uptime>>
  /** Only these are shown; the others still count in the sums. */
  readonly only?: readonly string[] | undefined
  readonly freshness: (agency: string) => Freshness
  readonly now: number
}

/** Puts a report together. */
export function makeReport(parts: ReportParts): Report {
  const { period, now, only, freshness } = parts
  const book = openBook(parts)
  const { lookups, messages } = book
  return {
    period,
    generatedAt: new Date(now).toISOString(),
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
      received: messages.received.told,
      answered: messages.answered.told,
      segments: messages.segments.told,
      notices: messages.notices.told,
      unanswered: messages.unanswered.map(([reason, { told }]) => ({ reason, count: told })),
    },
    complaints: complaintRows(parts),
    slips: toldOf(messages.slips),
  }
}

type ToldOf<Part extends string> = { readonly [part in Part]: Told }

const toldOf = <Part extends string>(parts: Readonly<Record<Part, Cell>>) =>
  Object.fromEntries(Object.entries<Cell>(parts).map(([part, { told }]) => [part, told])) as ToldOf<Part>

/** The share of `part`; `rest` is what is left of the whole. */
const share = (part: Cell, rest: Cell): Share => shareTold([part.count, rest.count], [part.told, rest.told])

function lookupFigures({ byChannel, all, answered, byMonth }: LookupCells): Report['lookups'] {
  return {
    total: all.total.told,
    found: all.parts.found.told,
    hitRatio: share(all.parts.found, all.parts.unknown),
    answeredRatio: share(answered, all.parts.unavailable),
    byChannel: channels.map((channel) => ({
      channel,
      results: toldOf(byChannel[channel].parts),
      total: byChannel[channel].total.told,
    })),
    byResult: toldOf(all.parts),
    ...(byMonth.size > 1
      ? {
          byMonth: [...byMonth].map(([month, { parts, total }]) => ({
            month,
            channels: toldOf(parts),
            total: total.told,
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
  const total = updates.total.told
  return {
    found: { ...toldOf(found.parts), total: found.total.told },
    updates: {
      ...toldOf(updates.parts),
      total,
      refused: refused.told,
      // Each day heard has at least one update, so few updates would be revealed by the number of days.
      days: typeof total === 'number' ? daysHeard : 'withheld',
      ...(late.half === undefined ? {} : { halfWithinSeconds: late.half }),
      withinDayRatio: shareTold(late.withinDay, [updates.parts.applied.told]),
    },
    ...(lastHeard === undefined ? {} : { lastHeard: new Date(lastHeard).toISOString() }),
    ...(silentSince === undefined ? {} : { silentSince: new Date(silentSince).toISOString() }),
    handled: {
      received: received.total.told,
      filed: toldOf(received.parts),
      onlineRatio: share(received.parts.online, cells.notOnline),
      counterRatio: share(received.parts.counter, cells.notCounter),
      results: results.total.told,
      ...toldOf(results.parts),
      onTimeRatio: share(results.parts.inTime, results.parts.late),
      open: open.total.told,
      overdue: open.parts.overdue.told,
      overdueRatio: share(open.parts.overdue, open.parts.running),
    },
    ratings: {
      ...toldOf(rated.parts),
      total: rated.total.told,
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
