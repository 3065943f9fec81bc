// The report of a period as one value: every figure counted, and what may not be told held back. Pages and tables are made
// from it and from nothing else (tables.ts, page.ts).
import type { ComplaintFigures } from '../../complaints/contract.js'
import { type Channel, channels } from '../../dossier/channels.js'
import type { Count as Sample } from '../../metrics.js'
import { type DayCounts, lateSeconds } from '../counters.js'
import type { Freshness } from '../freshness.js'
import { readKept } from '../kept.js'
import type { Service, Uptime } from '../uptime.js'
import type { Handled } from './dossiers.js'
import type { Period } from './period.js'
import { type Share, type Sum, shareTold, type Told, tell } from './tell.js'

export interface Report {
  readonly period: Period
  readonly generatedAt: string
  /** Codes of the agencies it is about; left out: all, and the service as a whole. */
  readonly agencies?: readonly string[]
  readonly lookups: {
    readonly total: Told
    readonly found: Told
    /** found ÷ (found + unknown), and answered at all: everything but unavailable ÷ total. */
    readonly hitRatio: Share
    readonly answeredRatio: Share
    readonly byChannel: readonly ChannelRow[]
    readonly byResult: ChannelRow['results']
    /** Left out where the period is within one month. */
    readonly byMonth?: readonly {
      readonly month: string
      readonly channels: Channels
      readonly total: Told
    }[]
  }
  readonly answerTime: AnswerTime
  readonly uptime: Partial<Record<Service, UptimeRow>>
  readonly byAgency: readonly AgencyFigures[]
  /** The agencies together; of what was refused also what could not be laid to one. */
  readonly allAgencies: Omit<AgencyFigures, 'code' | 'name'>
  readonly sms: {
    readonly received: Told
    readonly answered: Told
    readonly segments: Told
    readonly notices: Told
    readonly unanswered: readonly { readonly reason: string; readonly count: Told }[]
  }
  /** Figures of the offices' work: told as they are, also when they are small. */
  readonly complaints: {
    readonly byAgency: readonly (ComplaintFigures & { readonly code: string; readonly name: string })[]
    readonly total: ComplaintFigures
  }
  readonly slips: Readonly<Record<'confirmed' | 'unconfirmed' | 'failed' | 'expired' | 'cancelled', Told>>
}

export type Channels = Readonly<Record<Channel, Told>>
export const results = ['found', 'unknown', 'unreadable', 'withheld', 'unavailable'] as const
const moods = { good: 3, fine: 2, notGood: 1 } as const
const slipStates = ['confirmed', 'unconfirmed', 'failed', 'expired', 'cancelled'] as const

export interface ChannelRow {
  readonly channel: Channel
  readonly results: Readonly<Record<(typeof results)[number], Told>>
  readonly total: Told
}

/** Rounds of lookups, from the question to the store and back; bounds in seconds that so many of them stayed under. */
export interface AnswerTime {
  readonly rounds: Told
  readonly half?: number
  readonly of95?: number
  readonly of99?: number
}

export interface UptimeRow extends Uptime {
  /** Of a hundred minutes, rounded down: what is told as 100 was never away. */
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
    /** Taken in before it was counted what became of them. */
    readonly unsorted: Told
    readonly total: Told
    readonly refused: Told
    /** Days with at least one update. */
    readonly days: Exclude<Told, 'few'>
    /** Half of the applied ones were here within so many seconds of their event (the bound of a class). */
    readonly halfWithinSeconds?: number
    /** Applied ones that were here within a day. */
    readonly withinDayRatio: Share
  }
  readonly lastHeard?: string
  readonly silentSince?: string
  readonly handled: {
    readonly received: Told
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

export interface ReportParts {
  readonly period: Period
  /** The days of the period and what was counted on each. */
  readonly days: readonly string[]
  readonly counts: readonly DayCounts[]
  readonly handled: ReadonlyMap<string, Handled>
  readonly complaints?: ReadonlyMap<string, ComplaintFigures>
  readonly uptime: Partial<Record<Service, Uptime>>
  /** In the order they are to be told. */
  readonly agencies: readonly { readonly code: string; readonly name: string }[]
  /** Only these are told; the others still count where a sum needs them. */
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
        // A day has at least one update: the days of a few would tell how few.
        days: typeof at(`update:${code}`) === 'number' ? book.daysHeard(code) : 'withheld',
        ...(late.half === undefined ? {} : { halfWithinSeconds: late.half }),
        withinDayRatio: shareTold(late.withinDay, [applied]),
      },
      ...(lastHeard === undefined ? {} : { lastHeard: new Date(lastHeard).toISOString() }),
      ...(silentSince === undefined ? {} : { silentSince: new Date(silentSince).toISOString() }),
      handled: {
        received: at(`received:${code}`),
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
    answerTime: answerTime(readKept(parts.counts, 'answered')),
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

/** Stands for all agencies in the names of cells; no code has this character. */
const all = '*'
/** What found a dossier but was not laid to an agency, and what was refused without a readable number. */
const none = 'unknown'

/** Every cell of the report by name, and which of them make up which. */
function openBook({ days, counts: byDay, handled, agencies: listed }: ReportParts) {
  const counts = new Map<string, number>()
  const sums: Sum[] = []
  const add = (name: string, by: number) => counts.set(name, (counts.get(name) ?? 0) + by)
  const sum = (total: string, parts: readonly string[]) => sums.push({ total, parts })
  const late = new Map<string, Map<string, number>>()
  const heard = new Map<string, Set<string>>()
  const codes = new Set(listed.map(({ code }) => code))
  const months = [...new Set(days.map((day) => day.slice(0, 7)))]

  byDay.forEach((day, nth) => {
    const month = days[nth]!.slice(0, 7)
    for (const [field, by] of day) {
      const [kind, first = '', second = '', third = ''] = field.split('|')
      switch (kind) {
        case 'lookup':
          for (const cell of [`lookup:${first}:${second}`, `lookup:${first}`, `lookup:*:${second}`, 'lookup'])
            add(cell, by)
          if (second !== 'unavailable') add('lookup:answered', by)
          for (const cell of [`month:${month}:${first}`, `month:${month}`]) add(cell, by)
          break
        case 'found':
          codes.add(first)
          add(`found:${first}:${second}`, by)
          add(`found:${first}`, by)
          break
        case 'update': {
          codes.add(first)
          const result = second === '' ? 'unsorted' : second
          for (const cell of [first, `${first}:${result}`, all, `${all}:${result}`]) add(`update:${cell}`, by)
          for (const who of [first, all]) heard.set(who, (heard.get(who) ?? new Set()).add(days[nth]!))
          break
        }
        case 'refused':
          if (first !== none) codes.add(first)
          for (const who of [first, all]) add(`refused:${who}`, by)
          break
        case 'late':
          for (const who of [first, all]) {
            const its = late.get(who) ?? new Map<string, number>()
            late.set(who, its.set(second, (its.get(second) ?? 0) + by))
          }
          break
        case 'rated': {
          codes.add(first)
          const mood = (Object.keys(moods) as (keyof typeof moods)[]).find(
            (one) => moods[one] === Number(third),
          )
          for (const who of [first, all]) {
            add(`rated:${who}:${mood}`, by)
            if (mood !== 'good') add(`rated:${who}:notBest`, by)
            add(`rated:${who}`, by)
          }
          break
        }
      }
    }
  })
  for (const [code, its] of handled) {
    codes.add(code)
    for (const who of [code, all]) {
      add(`received:${who}`, its.received)
      for (const part of ['inTime', 'late', 'undated'] as const) add(`results:${who}:${part}`, its[part])
      add(`results:${who}`, its.inTime + its.late + its.undated)
      for (const part of ['running', 'overdue'] as const) add(`open:${who}:${part}`, its[part])
      add(`open:${who}`, its.running + its.overdue)
    }
  }

  // Lookups: channels by results, months by channels, agencies by channels, all with common edges.
  for (const channel of channels) {
    sum(
      `lookup:${channel}`,
      results.map((result) => `lookup:${channel}:${result}`),
    )
    if (months.length > 1)
      sum(
        `lookup:${channel}`,
        months.map((month) => `month:${month}:${channel}`),
      )
    const found = [...codes].map((code) => `found:${code}:${channel}`)
    const known = found.reduce((of, cell) => of + (counts.get(cell) ?? 0), 0)
    const rest = Math.max(0, (counts.get(`lookup:${channel}:found`) ?? 0) - known)
    add(`found:${none}:${channel}`, rest)
    add(`found:${none}`, rest)
    sum(`lookup:${channel}:found`, [...found, `found:${none}:${channel}`])
    add(`found:${all}:${channel}`, known + rest)
    add(`found:${all}`, known + rest)
    // The same number under two names: neither may tell what the other holds back.
    sum(`found:${all}:${channel}`, [`lookup:${channel}:found`])
  }
  sum(`found:${all}`, ['lookup:*:found'])
  sum(
    'lookup',
    channels.map((channel) => `lookup:${channel}`),
  )
  sum(
    'lookup',
    results.map((result) => `lookup:*:${result}`),
  )
  sum('lookup', ['lookup:answered', 'lookup:*:unavailable'])
  for (const result of results)
    sum(
      `lookup:*:${result}`,
      channels.map((channel) => `lookup:${channel}:${result}`),
    )
  if (months.length > 1)
    sum(
      'lookup',
      months.map((month) => `month:${month}`),
    )
  for (const month of months)
    sum(
      `month:${month}`,
      channels.map((channel) => `month:${month}:${channel}`),
    )

  const every = [...codes]
  sum(
    'lookup:*:found',
    [...every, none].map((code) => `found:${code}`),
  )
  for (const code of [...every, none])
    sum(
      `found:${code}`,
      channels.map((channel) => `found:${code}:${channel}`),
    )

  const rows = (name: string, parts: readonly string[]) => {
    for (const code of [...every, all])
      sum(
        `${name}:${code}`,
        parts.map((part) => `${name}:${code}:${part}`),
      )
    for (const part of ['', ...parts.map((one) => `:${one}`)])
      sum(
        `${name}:${all}${part}`,
        every.map((code) => `${name}:${code}${part}`),
      )
  }
  rows('update', ['applied', 'stale', 'duplicate', 'unsorted'])
  rows('results', ['inTime', 'late', 'undated'])
  rows('open', ['running', 'overdue'])
  rows('rated', ['good', 'fine', 'notGood'])
  for (const code of [...every, all]) sum(`rated:${code}`, [`rated:${code}:good`, `rated:${code}:notBest`])
  sum(
    `received:${all}`,
    every.map((code) => `received:${code}`),
  )
  sum(
    `refused:${all}`,
    [...every, none].map((code) => `refused:${code}`),
  )

  const kept = (word: Parameters<typeof readKept>[1]) => readKept(byDay, word)
  add('sms:received', total(kept('received')))
  add('sms:answered', total(kept('sent').filter(({ labels }) => labels.result === 'done')))
  add('sms:segments', total(kept('segments')))
  add('sms:notices', total(kept('notices')))
  const suppressed = kept('suppressed')
  for (const { labels, value } of suppressed) add(`sms:unanswered:${labels.reason}`, value)
  for (const { labels, value } of kept('slips')) add(`slips:${labels.state}`, value)

  const names = new Map(listed.map(({ code, name }) => [code, name]))
  return {
    counts,
    sums,
    months,
    reasons: [...new Set(suppressed.map(({ labels }) => String(labels.reason)))].sort(),
    // Those no longer on the list come last, under their codes.
    agencies: every.map((code) => ({ code, name: names.get(code) ?? code })),
    daysHeard: (code: string) => heard.get(code)?.size ?? 0,
    late: (code: string) => lateness(late.get(code) ?? new Map()),
  }
}

const total = (samples: readonly Sample[]) => samples.reduce((of, { value }) => of + value, 0)

const withinDay = 86_400

function lateness(classes: ReadonlyMap<string, number>): { half?: number; withinDay: [number, number] } {
  const of = [...classes.values()].reduce((sum, count) => sum + count, 0)
  let [below, inDay] = [0, 0]
  let half: number | undefined
  for (const bound of lateSeconds) {
    below += classes.get(String(bound)) ?? 0
    if (bound === withinDay) inDay = below
    if (half === undefined && below * 2 >= of && of >= 5) half = bound
  }
  return { ...(half === undefined ? {} : { half }), withinDay: [inDay, of - inDay] }
}

function answerTime(buckets: readonly Sample[]): AnswerTime {
  const bounds = buckets
    .filter(({ labels }) => labels.le !== '+Inf')
    .map(({ labels, value }) => ({ bound: Number(labels.le), below: value }))
    .sort((a, b) => a.bound - b.bound)
  const rounds = buckets.find(({ labels }) => labels.le === '+Inf')?.value ?? 0
  // Rounds, not people; still a few of them say nothing about the service.
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
