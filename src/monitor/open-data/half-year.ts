// Makes the open data of a half-year from its report: a subset of the figures, withheld by the same rules.
import { channels } from '../../dossier/channels.js'
import type { Period } from '../report/period.js'
import type { AgencyFigures, Channels, Report } from '../report/report.js'
import { Cell, type Published, type Share, withhold } from '../report/suppression.js'
import type { HalfYear } from './contract.js'

const note =
  'null: số lượng từ 1 đến 4, hoặc số mà từ đó có thể suy ra một số từ 1 đến 4; được giữ lại để không nhận ra được cá nhân.'

/** The last moment of a period, epoch ms. */
export const lastMomentOf = ({ to }: Pick<Period, 'to'>) => Date.parse(`${to}T23:59:59.999+07:00`)

/** `name`: `2026H1`. */
export function halfYearOf(
  report: Report,
  { name, period, publisher, now }: { name: string; period: Period; publisher: string; now: number },
): HalfYear {
  const { lookups, allAgencies, byAgency, uptime } = report
  const { handled, ratings } = allAgencies
  return {
    period: {
      name,
      from: period.from,
      to: period.to,
      complete: now >= lastMomentOf(period) && report.deletedBefore === undefined,
    },
    generatedAt: report.generatedAt,
    publisher,
    note,
    lookups: {
      total: figure(lookups.total),
      found: figure(lookups.found),
      foundShare: part(lookups.hitRatio),
      answeredShare: part(lookups.answeredRatio),
      byChannel: figures(
        Object.fromEntries(lookups.byChannel.map(({ channel, total }) => [channel, total])) as Channels,
      ),
      byMonth: (lookups.byMonth ?? []).map(({ month, channels: its, total }) => ({
        month,
        ...figures(its),
        total: figure(total),
      })),
    },
    dossiers: {
      received: figure(handled.received),
      filedOnline: figure(handled.filed.online),
      filedAtCounter: figure(handled.filed.counter),
      filedByPost: figure(handled.filed.post),
      onlineShare: part(handled.onlineRatio),
      counterShare: part(handled.counterRatio),
      ...results(handled),
    },
    complaints: complaints(report),
    ratings: {
      total: figure(ratings.total),
      good: figure(ratings.good),
      goodShare: part(ratings.goodRatio),
    },
    availability: {
      ...(uptime.lookup ? { lookupPercent: uptime.lookup.percent } : {}),
      ...(uptime.sms ? { smsPercent: uptime.sms.percent } : {}),
    },
    agencies: byAgency.map(agency).filter(isAnything),
  }
}

const figure = (published: Published): number | null => (typeof published === 'number' ? published : null)
const part = (share: Share): number | null => (typeof share === 'number' ? share : null)

const figures = (its: Channels) =>
  Object.fromEntries(channels.map((channel) => [channel, figure(its[channel])])) as Record<
    (typeof channels)[number],
    number | null
  >

const results = ({ results, inTime, late, undated, onTimeRatio }: AgencyFigures['handled']) => ({
  results: figure(results),
  inTime: figure(inTime),
  late: figure(late),
  undated: figure(undated),
  onTimeShare: part(onTimeRatio),
})

const agency = ({ code, name, found, updates, handled }: AgencyFigures): HalfYear['agencies'][number] => ({
  code,
  name,
  lookupsFound: figure(found.total),
  updates: figure(updates.total),
  received: figure(handled.received),
  ...results(handled),
})

const isAnything = ({ lookupsFound, updates, received, results: its }: HalfYear['agencies'][number]) =>
  [lookupsFound, updates, received, its].some((one) => one !== 0)

// The report shows complaint counts unmasked to those responsible for them; in public they follow the same rule as all others.
function complaints({ complaints: { total: its } }: Report): HalfYear['complaints'] {
  const { taken, answeredInTime, answeredLate } = its
  const unanswered = taken - answeredInTime - answeredLate
  const cells = {
    taken: new Cell(taken),
    answeredInTime: new Cell(answeredInTime),
    answeredLate: new Cell(answeredLate),
    unanswered: new Cell(unanswered),
  }
  const { taken: total, ...parts } = cells
  withhold([{ total, parts: Object.values(parts) }])
  return {
    taken: figure(cells.taken.published),
    answeredInTime: figure(cells.answeredInTime.published),
    answeredLate: figure(cells.answeredLate.published),
    unanswered: figure(cells.unanswered.published),
  }
}
