// The report of a period as one value, with small counts withheld. Pages and tables are made from it alone (tables.ts, page.ts).
import type { ComplaintFigures } from '../../complaints/contract.js'
import { type Channel, channels } from '../../dossier/channels.js'
import type { Count as Sample } from '../../metrics.js'
import type { Freshness } from '../freshness.js'
import { readKept } from '../kept.js'
import { type Filing, filings } from '../ledger/share.js'
import type { Service, Uptime } from '../uptime.js'
import { all, type BookParts, type moods, openBook, results } from './book.js'
import type { Period } from './period.js'
import { type Share, shareTold, type Told, tell } from './tell.js'

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
  readonly slips: Readonly<Record<'confirmed' | 'unconfirmed' | 'failed' | 'expired' | 'cancelled', Told>>
}

export type Channels = Readonly<Record<Channel, Told>>
const slipStates = ['confirmed', 'unconfirmed', 'failed', 'expired', 'cancelled'] as const

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
  readonly ratings: Readonly<Record<keyof typeof moods, Told>> & {
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
  const { period, now, only } = parts
  const book = openBook(parts)
  const told = tell(book.counts, book.sums)
  const at = (name: string): Told => told.get(name) ?? 0
  const count = (name: string) => book.counts.get(name) ?? 0
  const share = (part: string, rest: string): Share =>
    shareTold([count(part), count(rest)], [at(part), at(rest)])

  const byChannel = (prefix: string): Channels =>
    Object.fromEntries(
      channels.map((channel) => [channel, at(`${prefix}:${channel}`)]),
    ) as unknown as Channels
  const agencyFigures = (code: string): Omit<AgencyFigures, 'code' | 'name'> => {
    const { lastHeard, silentSince } = code === all ? {} : parts.freshness(code)
    const late = book.late(code)
    const applied = at(`update:${code}:applied`)
    return {
      found: { ...byChannel(`found:${code}`), total: at(`found:${code}`) },
      updates: {
        applied,
        stale: at(`update:${code}:stale`),
        duplicate: at(`update:${code}:duplicate`),
        unsorted: at(`update:${code}:unsorted`),
        total: at(`update:${code}`),
        refused: at(`refused:${code}`),
        // Each day heard has at least one update, so few updates would be revealed by the number of days.
        days: typeof at(`update:${code}`) === 'number' ? book.daysHeard(code) : 'withheld',
        ...(late.half === undefined ? {} : { halfWithinSeconds: late.half }),
        withinDayRatio: shareTold(late.withinDay, [applied]),
      },
      ...(lastHeard === undefined ? {} : { lastHeard: new Date(lastHeard).toISOString() }),
      ...(silentSince === undefined ? {} : { silentSince: new Date(silentSince).toISOString() }),
      handled: {
        received: at(`received:${code}`),
        filed: Object.fromEntries(
          filings.map((filing) => [filing, at(`received:${code}:${filing}`)]),
        ) as Record<Filing, Told>,
        onlineRatio: share(`received:${code}:online`, `received:${code}:notOnline`),
        counterRatio: share(`received:${code}:counter`, `received:${code}:notCounter`),
        results: at(`results:${code}`),
        inTime: at(`results:${code}:inTime`),
        late: at(`results:${code}:late`),
        undated: at(`results:${code}:undated`),
        onTimeRatio: share(`results:${code}:inTime`, `results:${code}:late`),
        open: at(`open:${code}`),
        overdue: at(`open:${code}:overdue`),
        overdueRatio: share(`open:${code}:overdue`, `open:${code}:running`),
      },
      ratings: {
        good: at(`rated:${code}:good`),
        fine: at(`rated:${code}:fine`),
        notGood: at(`rated:${code}:notGood`),
        total: at(`rated:${code}`),
        goodRatio: share(`rated:${code}:good`, `rated:${code}:notBest`),
      },
    }
  }

  return {
    period,
    generatedAt: new Date(now).toISOString(),
    ...(only ? { agencies: only } : {}),
    lookups: {
      total: at('lookup'),
      found: at('lookup:*:found'),
      hitRatio: share('lookup:*:found', 'lookup:*:unknown'),
      answeredRatio: share('lookup:answered', 'lookup:*:unavailable'),
      byChannel: channels.map((channel) => ({
        channel,
        results: Object.fromEntries(
          results.map((result) => [result, at(`lookup:${channel}:${result}`)]),
        ) as ChannelRow['results'],
        total: at(`lookup:${channel}`),
      })),
      byResult: Object.fromEntries(
        results.map((result) => [result, at(`lookup:*:${result}`)]),
      ) as ChannelRow['results'],
      ...(book.months.length > 1
        ? {
            byMonth: book.months.map((month) => ({
              month,
              channels: byChannel(`month:${month}`),
              total: at(`month:${month}`),
            })),
          }
        : {}),
    },
    answerTime: answerTime(readKept(parts.counts.days, 'answered')),
    uptime: Object.fromEntries(
      Object.entries(parts.uptime).map(([service, its]) => [
        service,
        { ...its, percent: Math.floor((its.upMinutes / its.ofMinutes) * 10_000) / 100 },
      ]),
    ),
    byAgency: book.agencies
      .filter(({ code }) => only === undefined || only.includes(code))
      .map(({ code, name }) => ({ code, name, ...agencyFigures(code) })),
    allAgencies: agencyFigures(all),
    sms: {
      received: at('sms:received'),
      answered: at('sms:answered'),
      segments: at('sms:segments'),
      notices: at('sms:notices'),
      unanswered: book.reasons.map((reason) => ({ reason, count: at(`sms:unanswered:${reason}`) })),
    },
    complaints: complaintRows(parts),
    slips: Object.fromEntries(slipStates.map((state) => [state, at(`slips:${state}`)])) as Report['slips'],
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
