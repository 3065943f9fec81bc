// Simulates a half-year: two gateways on one real Redis, an injected clock, and random citizens, agencies, texts, slips,
// ratings and outages. The report is compared with a count of the events themselves.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import readXlsx from 'read-excel-file/node'
import t, { type Test } from 'tap'
import { openIntake } from '../../../src/agency/intake.js'
import type { Config } from '../../../src/config/config.js'
import { type Way, ways } from '../../../src/dossier/fields.js'
import { openNumbers } from '../../../src/dossier/numbers/numbers.js'
import { openSeal } from '../../../src/dossier/seal.js'
import { openSnapshots } from '../../../src/dossier/store/snapshot.js'
import { openStore } from '../../../src/dossier/store/store.js'
import { writeTime } from '../../../src/dossier/times.js'
import { openTruth } from '../../../src/dossier/truth.js'
import { silentLog } from '../../../src/log.js'
import { openMetrics } from '../../../src/metrics.js'
import { openMonitor } from '../../../src/monitor/monitor.js'
import type { AgencyFigures, Report } from '../../../src/monitor/report/report.js'
import { reportCommand } from '../../../src/monitor/report/report-command.js'
import type { Published } from '../../../src/monitor/report/suppression.js'
import { openRedis } from '../../../src/redis/connection.js'
import { dice } from '../../agency/dice.js'
import { agencies } from '../../agency/harness.js'
import { startRedis } from '../../peers/redis.js'
import { monitorParts } from '../parts.js'

const at = (text: string) => Date.parse(`${text}+07:00`)
const minuteMs = 60_000
const dayMs = 86_400_000
const config = {
  agencies,
  report: { authority: '', office: '', place: '', basis: ['Quyết định số 1', 'Nghị định số 2'] },
  monitor: monitorParts.settings,
  complaints: { holidays: 'config/holidays.yaml' },
} as unknown as Config
const channels = ['sms', 'kiosk', 'web', 'desk'] as const
const results = ['found', 'unknown', 'unreadable', 'withheld', 'unavailable'] as const
// The last of them is so small that most of its counts are from 1 to 4.
const busy = ['H45.01', 'H45.02', 'H45.03']
const tiny = 'H45.04'

type Lookup = {
  at: number
  channel: (typeof channels)[number]
  result: (typeof results)[number]
  agency?: string
}
type Update = {
  at: number
  agency: string
  result: 'applied' | 'stale' | 'duplicate' | 'rejected'
  lateMs: number
}
type Tap = { at: number; agency: string; mood: 1 | 2 | 3 }
type Counted = { at: number; what: string }
type Filed = {
  agency: string
  receivedAt: number
  dueAt?: number
  resultAt?: number
  isClosed?: true
  filedBy?: Way
}

t.test('the report of a generated half-year equals a count of its events', async (t) => {
  const redis = await startRedis(t, ['appendfsync no'])
  let now = at('2025-11-20T00:00:00')
  const roll = dice(20_260_630)
  const one = <T>(of: readonly T[]): T => of[roll(of.length)]!

  const openGateway = async () => {
    const metrics = openMetrics()
    const redisConfig = { durability: 'everysec', commandTimeoutMs: 5000 } as never
    const door = await openRedis({ socket: redis.socket, config: redisConfig }, silentLog, metrics)
    const numbers = openNumbers(agencies, { lookupKey: '5a'.repeat(32) })
    const store = openStore({ door, retention: { closedDays: 730 }, seal: openSeal('ab'.repeat(32)) })
    const monitor = await openMonitor({
      door,
      log: silentLog,
      metrics,
      agencies,
      snapshots: openSnapshots({ door, store, numbers, agencies }),
      ...monitorParts,
      now: () => now,
    })
    // Beats of its own timer find it down, so that only those of the simulation mark a minute.
    let health: 'down' | 'up' | 'up with sms' = 'down'
    monitor.watch({
      links: () => [],
      desks: () => [],
      desk: () => Promise.reject(new Error('no desks')),
      checks: () => ({
        status: health === 'down' ? 'fail' : 'pass',
        checks: { sms: health === 'up with sms' ? 'pass' : 'fail' },
      }),
    })
    const { heard, refused } = monitor
    const intake = openIntake({ numbers, store, agencies, metrics, heard, refused, now: () => now })
    t.teardown(async () => {
      await monitor.close()
      await door.close()
    })
    return {
      door,
      store,
      numbers,
      monitor,
      intake,
      async beat(isSms: boolean) {
        health = isSms ? 'up with sms' : 'up'
        await monitor.beat()
        health = 'down'
      },
      took: metrics.histogram('gateway_lookup_duration_seconds', 'as lookups declare it'),
      received: metrics.counter('gateway_sms_received_total', 'as links declare it', ['bind']),
      sent: metrics.counter('gateway_sms_sent_total', 'as links declare it', ['bind', 'result']),
      segments: metrics.counter('gateway_sms_segments_total', 'as links declare it', ['bind']),
      suppressed: metrics.counter('gateway_sms_suppressed_total', 'as links declare it', ['reason']),
      slips: metrics.counter('gateway_print_jobs_total', 'as desks declare it', ['desk', 'state']),
    }
  }
  const gateways = [await openGateway(), await openGateway()] as const
  const [first] = gateways

  // The test's own count of what happened, independent of the program's.
  const lookups: Lookup[] = []
  const updates: Update[] = []
  const taps: Tap[] = []
  const counted: Counted[] = []
  const rounds: { at: number; seconds: number }[] = []
  const filed: Filed[] = []
  const minutes = { lookup: new Set<number>(), sms: new Set<number>() }
  const began = { lookup: 0, sms: 0 }

  const look = (channel: Lookup['channel'], result: Lookup['result'], agency?: string) => {
    const its = result === 'found' ? agency : undefined
    one(gateways).monitor.counted(channel, result, its)
    lookups.push({ at: now, channel, result, ...(its ? { agency: its } : {}) })
  }
  let serial = 0
  const push = async (agency: string) => {
    const { intake } = one(gateways)
    const lateMs = one([20_000, 200_000, 3_000_000, 40_000_000, 200_000_000, 900_000_000])
    const receivedAt = now - lateMs - roll(5) * dayMs
    const dueAt = roll(8) === 0 ? undefined : receivedAt + (1 + roll(8)) * dayMs
    const end = roll(10)
    const filedBy = one([...ways, undefined])
    const eventTime = now - lateMs
    const day = writeTime(receivedAt).slice(2, 10).replaceAll('-', '')
    const dossierNo = `${agency}-${day}-${String(++serial % 10_000).padStart(4, '0')}`
    const dossierStatus = end < 4 ? 'processing' : end < 7 ? 'finished' : end < 9 ? 'returned' : 'withdrawn'
    const resultAt = end >= 4 && end < 9 ? eventTime - (roll(2) * dayMs) / 2 : undefined
    const update = {
      dossierNo,
      dossierStatus,
      eventTime: writeTime(eventTime),
      receivedAt: writeTime(receivedAt),
      ...(dueAt === undefined ? {} : { dueAt: writeTime(dueAt) }),
      ...(filedBy === undefined ? {} : { filedBy }),
      ...(resultAt === undefined ? {} : { finishedAt: writeTime(resultAt) }),
    }
    const sent: [unknown, Update['result']][] = [[update, 'applied']]
    if (roll(6) === 0) sent.push([update, 'duplicate'])
    if (roll(7) === 0) sent.push([{ ...update, eventTime: writeTime(eventTime - dayMs) }, 'stale'])
    if (roll(9) === 0) sent.push([{ ...update, eventTime: 'hôm qua' }, 'rejected'])
    for (const [body, result] of sent) {
      const [taken] = await intake.take([body])
      const became = 'error' in taken! ? 'rejected' : taken!.applied ? 'applied' : taken!.reason
      if (became !== result) throw new Error(`${JSON.stringify(body)} was ${became}, not ${result}`)
      updates.push({ at: now, agency, result, lateMs })
    }
    filed.push({
      agency,
      receivedAt,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(filedBy === undefined ? {} : { filedBy }),
      ...(resultAt === undefined ? {} : { resultAt }),
      ...(end === 9 ? { isClosed: true as const } : {}),
    })
  }
  const beat = async () => {
    const isSms = roll(4) > 0
    await one(gateways).beat(isSms)
    const minute = Math.floor(now / minuteMs)
    for (const service of isSms ? (['lookup', 'sms'] as const) : (['lookup'] as const)) {
      minutes[service].add(minute)
      began[service] ||= minute * minuteMs
    }
  }

  const start = now
  const days = (at('2026-07-04T00:00:00') - start) / dayMs
  for (let day = 0; day < days; day++) {
    const moments = Array.from({ length: 30 }, () => roll(dayMs)).sort((a, b) => a - b)
    for (const moment of moments) {
      now = start + day * dayMs + moment
      const { took, received, sent, segments, suppressed, slips } = one(gateways)
      const count = (what: string) => counted.push({ at: now, what })
      switch (roll(10)) {
        case 0:
          await push(one(busy))
          break
        case 1:
          one(gateways).monitor.rated(
            ...((): [string, string, 1 | 2 | 3] => {
              const tap: Tap = { at: now, agency: one(busy), mood: one([1, 2, 3, 3, 3] as const) }
              taps.push(tap)
              return [tap.agency, 'lobby', tap.mood]
            })(),
          )
          break
        case 2:
          received.inc({ bind: 'a|b=c' })
          count('received')
          if (roll(5) > 0) {
            sent.inc({ bind: 'a|b=c', result: 'done' })
            segments.inc({ bind: 'a|b=c' })
            count('answered')
          } else {
            const reason = one(['capped', 'expired', 'loop'])
            suppressed.inc({ reason })
            count(`unanswered ${reason}`)
          }
          await Promise.all(gateways.map(({ monitor }) => monitor.flush()))
          break
        case 3: {
          const state = one(['queued', 'confirmed', 'unconfirmed', 'failed', 'cancelled'])
          slips.inc({ desk: 'q1', state })
          count(`slip ${state}`)
          await Promise.all(gateways.map(({ monitor }) => monitor.flush()))
          break
        }
        case 4:
          await beat()
          break
        case 5: {
          const seconds = one([0.0004, 0.002, 0.02, 0.3])
          took.observe(seconds)
          rounds.push({ at: now, seconds })
          await Promise.all(gateways.map(({ monitor }) => monitor.flush()))
          break
        }
        default:
          look(
            one(channels.filter((channel) => channel !== 'desk')),
            one(['found', 'found', 'found', 'unknown', 'unreadable'] as const),
            one(busy),
          )
      }
    }
    // Some small counts: one agency's, one channel's, one result's.
    if (['2026-02-03', '2026-04-07', '2026-05-12'].includes(writeTime(now).slice(0, 10))) {
      look('desk', 'found', tiny)
      look('web', 'withheld')
      await push(tiny)
    }
    if (day % 40 === 7) look('sms', 'unavailable')
  }
  await Promise.all(gateways.map(({ monitor }) => monitor.flush()))

  now = at('2026-07-05T09:00:00')
  const report = async (...args: string[]) => {
    let said = ''
    const { door, store, numbers } = first
    const core = { door, store, numbers, truthOf: openTruth({ dayEnds: '17:00' }) }
    const print = (text: string) => void (said += text)
    t.equal(await reportCommand({ args, config, json: false, core, now: () => now, print }), 0)
    return said
  }
  const deleted = /Hồ sơ kết thúc trước ngày 05\/07\/2024 đã hết thời hạn lưu trữ/
  for (const format of ['html', 'csv'])
    t.match(await report('--from', '2024-06-01', '--to', '2024-09-30', '--format', format), deleted, format)
  t.notMatch(await report('--period', '2026H1', '--format', 'html'), 'hết thời hạn lưu trữ')

  const within = (from: string, to: string) => (event: { at: number }) =>
    event.at >= at(`${from}T00:00:00`) && event.at < at(`${to}T00:00:00`) + dayMs

  const ratio = (part: number, of: number) =>
    Math.min(Math.round((1000 * part) / of), part < of ? 999 : 1000) / 1000
  /** Every published count is exact; no count from 1 to 4 is published. */
  const isPublished = (t: Test, given: Published, count: number, label: string) => {
    if (count > 0 && count < 5) t.match(given, /^(?:few|withheld)$/, `${label}: ${count} is not published`)
    else if (given !== 'withheld') t.equal(given, count, label)
  }
  const checkAgency = (
    t: Test,
    its: Omit<AgencyFigures, 'code' | 'name'>,
    is: (code: string) => boolean,
    from: string,
    to: string,
  ) => {
    const inPeriod = within(from, to)
    const mine = updates.filter((update) => is(update.agency) && inPeriod(update))
    const taken = mine.filter(({ result }) => result !== 'rejected')
    for (const result of ['applied', 'stale', 'duplicate'] as const)
      isPublished(t, its.updates[result], mine.filter((update) => update.result === result).length, result)
    isPublished(t, its.updates.total, taken.length, 'updates')
    isPublished(t, its.updates.refused, mine.length - taken.length, 'refused')
    isPublished(t, its.updates.unsorted, 0, 'unsorted')
    if (its.updates.days !== 'withheld')
      t.equal(its.updates.days, new Set(taken.map(({ at }) => writeTime(at).slice(0, 10))).size, 'days heard')
    const applied = mine.filter(({ result }) => result === 'applied')
    const inDay = applied.filter(({ lateMs }) => lateMs <= dayMs).length
    if (typeof its.updates.withinDayRatio === 'number') {
      t.equal(its.updates.withinDayRatio, ratio(inDay, applied.length), 'within a day')
      for (const few of [inDay, applied.length - inDay])
        t.notOk(few > 0 && few < 5, `its share reveals that ${few} came within a day, or did not`)
    }
    for (const channel of channels)
      isPublished(
        t,
        its.found[channel],
        lookups.filter((one) => one.agency && is(one.agency) && one.channel === channel && inPeriod(one))
          .length,
        `found by ${channel}`,
      )
    const cases = filed.filter(({ agency }) => is(agency))
    const isIn = (moment: number | undefined) =>
      moment !== undefined && inPeriod({ at: Math.floor(moment / 1000) * 1000 })
    const done = cases.filter(({ resultAt }) => isIn(resultAt))
    const due = done.filter(({ dueAt }) => dueAt !== undefined)
    // A result on the promised day is on time, at any hour.
    const dayOf = (moment: number) => new Date(moment + 7 * 3_600_000).toISOString().slice(0, 10)
    const late = due.filter(({ dueAt, resultAt }) => dayOf(resultAt!) > dayOf(dueAt!)).length
    const received = cases.filter(({ receivedAt }) => isIn(receivedAt))
    isPublished(t, its.handled.received, received.length, 'received')
    for (const way of ways)
      isPublished(
        t,
        its.handled.filed[way],
        received.filter(({ filedBy }) => filedBy === way).length,
        `by ${way}`,
      )
    if (typeof its.handled.onlineRatio === 'number')
      t.equal(
        its.handled.onlineRatio,
        ratio(received.filter(({ filedBy }) => filedBy === 'online').length, received.length),
        'share filed online',
      )
    isPublished(t, its.handled.results, done.length, 'results')
    isPublished(t, its.handled.late, late, 'late')
    isPublished(t, its.handled.inTime, due.length - late, 'in time')
    isPublished(t, its.handled.undated, done.length - due.length, 'undated')
    if (typeof its.handled.onTimeRatio === 'number')
      t.equal(its.handled.onTimeRatio, ratio(due.length - late, due.length), 'on time')
    const open = cases.filter(({ resultAt, isClosed }) => resultAt === undefined && !isClosed)
    isPublished(t, its.handled.open, open.length, 'open')
    isPublished(
      t,
      its.handled.overdue,
      open.filter(({ dueAt }) => dueAt !== undefined && dueAt < now).length,
      'overdue',
    )
    const tapped = taps.filter((tap) => is(tap.agency) && inPeriod(tap))
    for (const [word, mood] of [
      ['good', 3],
      ['fine', 2],
      ['notGood', 1],
    ] as const)
      isPublished(t, its.ratings[word], tapped.filter((tap) => tap.mood === mood).length, word)
    isPublished(t, its.ratings.total, tapped.length, 'ratings')
  }

  await t.test('the half-year of the Department', async (t) => {
    const made = JSON.parse(await report('--period', '2026H1', '--format', 'json')) as Report
    t.match(made.period, { from: '2026-01-01', to: '2026-06-30' })
    const inPeriod = within('2026-01-01', '2026-06-30')
    const asked = lookups.filter(inPeriod)
    const count = (is: (lookup: Lookup) => boolean) => asked.filter(is).length
    t.ok(asked.length > 2000, `${asked.length} lookups, ${lookups.length - asked.length} outside`)

    isPublished(t, made.lookups.total, asked.length, 'lookups')
    const found = count(({ result }) => result === 'found')
    isPublished(t, made.lookups.found, found, 'found')
    for (const { channel, results: its, total } of made.lookups.byChannel) {
      isPublished(
        t,
        total,
        count((one) => one.channel === channel),
        channel,
      )
      for (const result of results)
        isPublished(
          t,
          its[result],
          count((one) => one.channel === channel && one.result === result),
          `${channel} ${result}`,
        )
    }
    for (const result of results)
      isPublished(
        t,
        made.lookups.byResult[result],
        count((one) => one.result === result),
        result,
      )
    t.equal(made.lookups.byMonth?.length, 6)
    for (const { month, channels: its, total } of made.lookups.byMonth!) {
      const then = asked.filter((one) => writeTime(one.at).startsWith(month))
      isPublished(t, total, then.length, month)
      for (const channel of channels)
        isPublished(
          t,
          its[channel],
          then.filter((one) => one.channel === channel).length,
          `${month} ${channel}`,
        )
    }
    const unknown = count(({ result }) => result === 'unknown')
    t.equal(made.lookups.hitRatio, ratio(found, found + unknown))

    t.equal(made.byAgency.length, agencies.length)
    for (const { code, name, ...its } of made.byAgency)
      await t.test(name, async (t) => checkAgency(t, its, (one) => one === code, '2026-01-01', '2026-06-30'))
    await t.test('the agencies together', async (t) =>
      checkAgency(t, made.allAgencies, () => true, '2026-01-01', '2026-06-30'),
    )
    const small = made.byAgency.find(({ code }) => code === tiny)!
    t.strictSame(
      [small.found.total, small.updates.applied, small.handled.onTimeRatio],
      ['few', 'few', 'withheld'],
    )

    const what = (word: string) => counted.filter((event) => event.what === word && inPeriod(event)).length
    isPublished(t, made.sms.received, what('received'), 'texts')
    isPublished(t, made.sms.answered, what('answered'), 'answers')
    isPublished(t, made.sms.segments, what('answered'), 'segments')
    t.strictSame(
      made.sms.unanswered.map(({ reason }) => reason),
      ['capped', 'expired', 'loop'],
    )
    for (const { reason, count } of made.sms.unanswered)
      isPublished(t, count, what(`unanswered ${reason}`), reason)
    for (const [state, count] of Object.entries(made.slips))
      isPublished(t, count, what(`slip ${state}`), state)

    const timed = rounds.filter(inPeriod)
    t.equal(made.answerTime.rounds, timed.length)
    const sorted = timed.map(({ seconds }) => seconds).sort((a, b) => a - b)
    const bound = (share: number) =>
      [0.0005, 0.0025, 0.025, 0.5].find((most) => sorted[Math.ceil(share * sorted.length) - 1]! <= most)
    t.strictSame(
      [made.answerTime.half, made.answerTime.of95, made.answerTime.of99],
      [bound(0.5), bound(0.95), bound(0.99)],
    )

    for (const service of ['lookup', 'sms'] as const) {
      const marked = [...minutes[service]].filter((minute) => inPeriod({ at: minute * minuteMs })).length
      const of = (at('2026-07-01T00:00:00') - Math.max(at('2026-01-01T00:00:00'), began[service])) / minuteMs
      t.match(made.uptime[service], {
        upMinutes: marked,
        ofMinutes: of,
        percent: Math.floor((marked / of) * 10_000) / 100,
      })
    }

    const span = Array.from({ length: 181 }, (_, nth) =>
      new Date(Date.UTC(2026, 0, 1 + nth)).toISOString().slice(0, 10),
    )
    const summary = await first.monitor.summary(span)
    t.equal(made.lookups.total, summary.lookups.total, 'the monitor says the same')
    for (const { code, updates: its } of made.byAgency) {
      const row = summary.agencies.find((one) => one.code === code)!
      if (typeof its.total === 'number') t.equal(its.total, row.updates, code)
    }
  })

  await t.test('no row or column of a table reveals what it withholds', async (t) => {
    const made = JSON.parse(await report('--period', '2026H1', '--format', 'json')) as Report
    const line = (label: string, total: Published, parts: readonly Published[]) => {
      const hidden = parts.filter((part) => typeof part !== 'number')
      if (typeof total !== 'number') t.ok(hidden.length > 0, `${label}: the total cannot be added up`)
      else t.not(hidden.length, 1, `${label}: nothing is left when the others are taken away`)
    }
    const { byChannel, byResult, byMonth, total } = made.lookups
    for (const { channel, results: its, total } of byChannel) line(channel, total, Object.values(its))
    for (const result of results)
      line(
        result,
        byResult[result],
        byChannel.map(({ results: its }) => its[result]),
      )
    for (const { month, channels: its, total } of byMonth!) line(month, total, Object.values(its))
    for (const channel of channels) {
      const whole = byChannel.find((row) => row.channel === channel)!
      line(
        channel,
        whole.total,
        byMonth!.map(({ channels: its }) => its[channel]),
      )
      line(
        channel,
        whole.results.found,
        made.byAgency.map(({ found }) => found[channel]),
      )
    }
    line('all', total, Object.values(byResult))
    for (const { code, found, updates: its, handled, ratings } of [
      ...made.byAgency,
      { code: 'all', ...made.allAgencies },
    ]) {
      line(
        code,
        found.total,
        channels.map((channel) => found[channel]),
      )
      line(code, its.total, [its.applied, its.stale, its.duplicate, its.unsorted])
      line(code, handled.results, [handled.inTime, handled.late, handled.undated])
      line(code, ratings.total, [ratings.good, ratings.fine, ratings.notGood])
    }
    for (const part of ['received', 'results', 'inTime', 'late', 'undated', 'open', 'overdue'] as const)
      line(
        part,
        made.allAgencies.handled[part],
        made.byAgency.map(({ handled }) => handled[part]),
      )
    for (const part of ['applied', 'stale', 'duplicate', 'total'] as const)
      line(
        part,
        made.allAgencies.updates[part],
        made.byAgency.map(({ updates: its }) => its[part]),
      )
  })

  await t.test(
    "an agency's half-year ends on 30/6 and began on 1/12; other periods are the calendar's",
    async (t) => {
      const made = JSON.parse(
        await report('--period', '2026H1', '--agency', busy[0]!, '--format', 'json'),
      ) as Report
      t.match(made.period, { from: '2025-12-01', to: '2026-06-30' })
      t.strictSame(
        made.byAgency.map(({ code }) => code),
        [busy[0]],
      )
      checkAgency(t, made.byAgency[0]!, (code) => code === busy[0], '2025-12-01', '2026-06-30')
      const last = updates.filter(({ agency, result }) => agency === busy[0] && result !== 'rejected').at(-1)!
      t.equal(made.byAgency[0]!.lastHeard, new Date(last.at).toISOString())

      for (const [args, from, to] of [
        [['--period', '2026Q1'], '2026-01-01', '2026-03-31'],
        [['--period', '2026-02'], '2026-02-01', '2026-02-28'],
        [['--period', '2026'], '2026-01-01', '2026-12-31'],
        [['--from', '2026-03-10', '--to', '2026-04-20'], '2026-03-10', '2026-04-20'],
        [['--from', '2026-06-20'], '2026-06-20', '2026-07-05'],
      ] as const) {
        const made = JSON.parse(await report(...args, '--format', 'json')) as Report
        t.match(made.period, { from, to })
        t.equal(made.lookups.total, lookups.filter(within(from, to)).length, `${from} to ${to}`)
      }
    },
  )

  await t.test('the files have the figures of the report', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'dgw-report-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const made = JSON.parse(await report('--period', '2026H1', '--format', 'json')) as Report
    const file = (name: string) => join(folder, name)
    for (const name of ['r.csv', 'r.xlsx', 'r.html'])
      t.match(await report('--period', '2026H1', '--output', file(name)), 'written to')
    const total = made.lookups.total as number
    const csv = readFileSync(file('r.csv'), 'utf8')
    t.match(csv, new RegExp(`^Tổng số lượt tra cứu,${total}$`, 'm'))
    t.match(csv, /dưới 5/)
    const rows = (await readXlsx(readFileSync(file('r.xlsx')), {
      sheet: 'Tra cứu theo kênh',
    } as never)) as unknown
    const sheet = JSON.stringify(rows)
    t.match(sheet, String(total))
    const html = readFileSync(file('r.html'), 'utf8')
    t.match(html, total.toLocaleString('vi-VN'))
    t.notMatch(html, /<script|https?:|src=|url\(/, 'the page asks nobody for anything')
    const cells = (text: string) => text.match(/dưới 5/g)?.length
    t.equal(
      cells(html.replace(/<ol[\s\S]*<\/ol>/, '')),
      cells(csv.slice(0, csv.indexOf('Cách tính'))),
      'and hides the same',
    )
  })
})
