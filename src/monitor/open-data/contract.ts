// The open data of a half-year, for anybody to read and republish. No figure in it is about fewer than five people.
import { channels } from '../../dossier/channels.js'
import { type Static, Type } from '../../schema.js'

const Figure = Type.Union([Type.Integer(), Type.Null()], {
  description: 'null: 1 to 4, or a number that would give one of 1 to 4 away',
})
const Part = Type.Union([Type.Number(), Type.Null()], {
  description: 'from 0 to 1; null: nothing to divide, or it would give a number of 1 to 4 away',
})
const byChannel = Object.fromEntries(channels.map((channel) => [channel, Figure])) as Record<
  (typeof channels)[number],
  typeof Figure
>
const Day = Type.String({ format: 'date' })

export const HalfYearSchema = Type.Object({
  period: Type.Object({
    name: Type.String({ description: '2026H1 is January to June, 2026H2 July to December' }),
    from: Day,
    to: Day,
    complete: Type.Boolean({
      description:
        'false while the half-year is under way, and where dossiers closed in it have been deleted since',
    }),
  }),
  generatedAt: Type.String({ format: 'date-time' }),
  publisher: Type.String(),
  note: Type.String({ description: 'what null means, in Vietnamese' }),
  lookups: Type.Object({
    total: Figure,
    found: Figure,
    foundShare: Part,
    answeredShare: Part,
    byChannel: Type.Object(byChannel),
    byMonth: Type.Array(Type.Object({ month: Type.String(), ...byChannel, total: Figure })),
  }),
  dossiers: Type.Object({
    received: Figure,
    filedOnline: Figure,
    filedAtCounter: Figure,
    filedByPost: Figure,
    onlineShare: Part,
    counterShare: Part,
    results: Figure,
    inTime: Figure,
    late: Figure,
    undated: Figure,
    onTimeShare: Part,
  }),
  complaints: Type.Object({
    taken: Figure,
    answeredInTime: Figure,
    answeredLate: Figure,
    unanswered: Figure,
  }),
  ratings: Type.Object({ total: Figure, good: Figure, goodShare: Part }),
  availability: Type.Object(
    { lookupPercent: Type.Optional(Type.Number()), smsPercent: Type.Optional(Type.Number()) },
    { description: 'of a hundred minutes; left out where it was not measured' },
  ),
  agencies: Type.Array(
    Type.Object({
      code: Type.String(),
      name: Type.String(),
      lookupsFound: Figure,
      updates: Figure,
      received: Figure,
      results: Figure,
      inTime: Figure,
      late: Figure,
      undated: Figure,
      onTimeShare: Part,
    }),
    { description: 'those of which anything is told' },
  ),
})
export type HalfYear = Static<typeof HalfYearSchema>
