// OpenAPI schemas of the monitor: summary, overdue list, public status.
import { Type } from '../../schema.js'

const optional = Type.Optional
const Moment = Type.String({ format: 'date-time' })
const words = (...values: string[]) => Type.Union(values.map((value) => Type.Literal(value)) as never)
const Count = Type.Union([Type.Integer(), Type.Null()], { description: 'null: 1 to 4, withheld' })
const Ratio = Type.Union([Type.Number(), Type.Null()])
const Health = words('pass', 'warn', 'fail')
export const MonitorSummary = Type.Object({
  from: Type.String({ format: 'date' }),
  to: Type.String({ format: 'date' }),
  generatedAt: Moment,
  only: optional(
    Type.Array(Type.String(), {
      description: 'the agencies the key may see; lookups are then those that found their dossiers',
    }),
  ),
  lookups: Type.Object({
    total: Count,
    hitRatio: Ratio,
    found: Count,
    answeredRatio: Ratio,
    byDay: Type.Array(Type.Object({ day: Type.String(), sms: Count, kiosk: Count, web: Count, desk: Count })),
    byResult: Type.Array(Type.Object({ result: Type.String(), count: Count })),
  }),
  agencies: Type.Array(
    Type.Object({
      code: Type.String(),
      name: Type.String(),
      lastHeard: optional(Moment),
      silentSince: optional(Moment),
      usualGapMinutes: optional(Type.Number()),
      updates: Count,
      open: optional(Count),
      overdue: optional(Count),
      overdueRatio: optional(Ratio),
      onTimeRatio: optional(Ratio),
    }),
  ),
  censusAt: optional(Moment),
  dossiers: optional(Type.Object({ open: Count, overdue: Count })),
  ratings: Type.Array(
    Type.Object({
      agency: Type.String(),
      kiosk: optional(Type.String()),
      good: Count,
      fine: Count,
      notGood: Count,
    }),
  ),
  complaints: Type.Object({
    open: Type.Integer(),
    overdue: Type.Integer(),
    agencies: Type.Array(
      Type.Object({
        code: Type.String(),
        name: Type.String(),
        open: Type.Integer(),
        overdue: Type.Integer(),
      }),
    ),
  }),
  live: Type.Object({
    links: Type.Array(
      Type.Object({
        name: Type.String(),
        up: Type.Boolean(),
        since: optional(Type.String()),
        note: optional(Type.String()),
      }),
    ),
    printers: Type.Array(
      Type.Object({
        desk: Type.String(),
        name: Type.String(),
        state: Type.String(),
        since: optional(Type.String()),
      }),
    ),
    kiosks: Type.Array(
      Type.Object({
        name: Type.String(),
        lastSeen: Moment,
        up: Type.Boolean(),
        version: Type.String(),
        failed: Type.Array(Type.String()),
      }),
    ),
    checks: Type.Record(Type.String(), Health),
  }),
})
const day = Type.String({ format: 'date' })
const Seen = Type.Object({ dossierNo: Type.String(), state: Type.String(), heard: Moment })
export const OverdueList = Type.Object({
  countedAt: optional(Moment),
  within: Type.Integer({ description: 'days ahead; 0: overdue only' }),
  totals: Type.Object(
    { overdue: Type.Integer(), near: Type.Integer(), missing: Type.Integer() },
    { description: 'over everything the key may see, listed or not' },
  ),
  dossiers: Type.Array(
    Type.Object({
      dossierNo: Type.String(),
      agency: Type.String(),
      name: Type.String(),
      dossierStatus: Type.String(),
      state: Type.String({ description: 'in the requested language' }),
      due: day,
      overdue: Type.Boolean(),
      days: Type.Integer({ description: 'since the promised day; negative: until it' }),
    }),
    { description: 'longest overdue first' },
  ),
  notListed: Type.Integer({ description: 'not listed: beyond limit, or beyond the 5,000 of an agency' }),
  gaps: Type.Array(
    Type.Object({
      agency: Type.String(),
      name: Type.String(),
      series: Type.String({ description: "the prefix of the unit's numbers of that day" }),
      seen: Type.Integer({ description: 'how many were pushed' }),
      highest: Type.Integer(),
      missingCount: Type.Integer(),
      missing: Type.Array(Type.String(), { description: 'ranges as 0003–0004; the first hundred' }),
      around: Type.Array(
        Type.Object({ missing: Type.String(), before: optional(Seen), after: optional(Seen) }),
        { description: 'the neighbours of the first three holes' },
      ),
    }),
    { description: 'days in which numbers below the highest were never pushed, newest first' },
  ),
  gapsNotListed: Type.Integer(),
  complaints: Type.Array(
    Type.Object({
      ticket: Type.String(),
      agency: Type.String(),
      name: Type.String(),
      received: day,
      due: day,
      overdue: Type.Boolean(),
      days: Type.Integer({ description: 'since the last day to answer; negative: until it' }),
    }),
    { description: 'overdue or due soon, soonest first' },
  ),
})
export const PublicStatus = Type.Object({
  status: Health,
  channels: Type.Record(Type.String(), Health),
  agencies: Type.Array(
    Type.Object({ name: Type.String(), lastHeard: optional(Moment), silent: Type.Boolean() }),
  ),
  at: Moment,
})
