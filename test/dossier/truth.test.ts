// Every situation a dossier can be in: what holds for it, and that no two statements contradict each other.
import t from 'tap'
import { closedStatuses, type DossierStatus, dossierStatuses } from '../../src/dossier/dossier.js'
import { ways } from '../../src/dossier/fields.js'
import { type Facts, openTruth, promisedAt } from '../../src/dossier/truth.js'

const truthOf = openTruth({ dayEnds: '17:00' })
const at = (text: string) => Date.parse(`${text}+07:00`)
const day = (text: string) => at(`${text}T00:00:00`)
const began = at('2026-11-02T09:00:00')
const facts = (dossierStatus: DossierStatus, more: Partial<Facts> = {}): Facts => ({
  dossierStatus,
  eventTime: began,
  asOf: at('2026-11-20T08:00:00'),
  ...more,
})

t.test('a promised date without an hour lasts until the office closes', async (t) => {
  const dossier = facts('processing', { dueAt: day('2026-11-12') })
  for (const [now, overdueSince] of [
    [at('2026-11-12T00:00:00'), undefined],
    [at('2026-11-12T10:00:00'), undefined],
    [at('2026-11-12T17:00:00'), undefined],
    [at('2026-11-12T17:00:01'), at('2026-11-12T17:00:00')],
    [at('2026-11-13T08:00:00'), at('2026-11-12T17:00:00')],
  ] as const)
    t.equal(truthOf(dossier, now).overdueSince, overdueSince, new Date(now).toISOString())
  const inUtc = facts('processing', { dueAt: Date.parse('2026-11-12T00:00:00Z') })
  t.equal(truthOf(inUtc, at('2026-11-12T16:00:00')).overdueSince, undefined, 'a day that was written in UTC')
  t.equal(truthOf(inUtc, at('2026-11-12T17:00:01')).overdueSince, at('2026-11-12T17:00:00'))
  for (const end of ['23:59:00', '23:59:59']) {
    const { overdueSince, promised } = truthOf(
      facts('processing', { dueAt: at(`2026-11-12T${end}`) }),
      at('2026-11-12T17:00:01'),
    )
    t.ok(promised?.isDay && overdueSince === at('2026-11-12T17:00:00'), `a day written as its end, ${end}`)
  }
  const early = openTruth({ dayEnds: '11:30' })
  t.equal(early(dossier, at('2026-11-12T11:31:00')).overdueSince, at('2026-11-12T11:30:00'), 'a setting')
  const midnight = openTruth({ dayEnds: '00:00' })
  t.equal(midnight(dossier, at('2026-11-12T23:59:59')).overdueSince, undefined, 'the midnight at its end')
  t.equal(midnight(dossier, at('2026-11-13T00:00:01')).overdueSince, at('2026-11-13T00:00:00'))
  const withHour = facts('processing', { dueAt: at('2026-11-12T09:00:00') })
  t.equal(truthOf(withHour, at('2026-11-12T09:30:00')).overdueSince, at('2026-11-12T09:00:00'))
})

t.test('a result on the promised day is in time; a day later an apology is owed', async (t) => {
  const finished = (finishedAt: number, dueAt = day('2026-11-12')) =>
    truthOf(facts('finished', { dueAt, finishedAt }), at('2026-11-20T08:00:00'))
  t.equal(finished(at('2026-11-12T10:00:00')).apology, undefined)
  t.equal(finished(at('2026-11-12T16:00:00'), at('2026-11-12T09:00:00')).apology, undefined)
  const planned = finished(at('2026-12-05T08:00:00'))
  t.same([planned.apology, planned.since, planned.finishedAt], [undefined, began, undefined], 'not yet there')
  const plan = facts('finished', { dueAt: day('2026-11-24'), finishedAt: day('2026-11-26') })
  const past = truthOf(plan, at('2026-12-05T08:00:00'))
  t.same([past.apology, past.since, past.finishedAt], [undefined, began, undefined], 'nor by its day passing')
  const handed = truthOf(facts('returned', { returnedAt: day('2026-11-26') }), at('2026-12-05T08:00:00'))
  t.same([handed.since, handed.returnedAt], [began, undefined], 'nor a day of handing over')
  t.same(finished(at('2026-11-13T07:30:00')).apology, { kind: 'late', promised: day('2026-11-12') })
})

t.test('an update in the same state does not make it begin anew', async (t) => {
  const dueAt = day('2026-11-12')
  const since = at('2026-11-10T10:00:00')
  const later = { since, eventTime: at('2026-11-16T09:00:00'), dueAt }
  const now = at('2026-11-20T08:00:00')
  const finished = truthOf(facts('finished', later), now)
  t.same([finished.apology, finished.since, finished.began], [undefined, since, { kind: 'since', at: since }])
  t.equal(truthOf(facts('supplement', later), now).began?.at, since)
  t.equal(truthOf(facts('returned', later), now).began?.at, since)
  const paid = truthOf(facts('payment', { ...later, fee: { amount: 5000, paid: true } }), now)
  t.equal(paid.began?.at, later.eventTime, 'the day on which it was paid')
  t.equal(truthOf(facts('finished', { ...later, undated: true }), now).began?.at, since, 'a list after it')
  const ahead = facts('finished', { ...later, since: at('2026-11-25T08:00:00'), eventTime: now, asOf: began })
  t.equal(truthOf(ahead, now).since, began, 'never after it was reported')
})

t.test('no state began after it was reported, whatever the sender called the hour', async (t) => {
  // 20:00 in Vietnam, written as 20:00 UTC: on the last evening of the year a new one.
  const ahead = { eventTime: Date.parse('2026-12-31T20:00:00Z'), asOf: at('2026-12-31T20:00:10') }
  const now = at('2026-12-31T20:05:00')
  const finished = truthOf(facts('finished', { ...ahead, dueAt: day('2026-12-31') }), now)
  t.equal(finished.apology, undefined, 'in time')
  t.same([finished.since, finished.began], [ahead.asOf, { kind: 'since', at: ahead.asOf }])
  const { began } = truthOf(facts('supplement', ahead), at('2027-01-02T08:00:00'))
  t.same(began, { kind: 'since', at: ahead.asOf }, 'also once that hour has come')
})

t.test('a state without a day of its own began nobody knows when', async (t) => {
  const now = at('2026-11-29T19:17:00')
  const listed = { asOf: now, eventTime: at('2026-11-29T19:00:00'), undated: true, dueAt: day('2026-11-12') }
  for (const [state, more, apology, beganAt] of [
    ['finished', {}, undefined, undefined],
    ['finished', { finishedAt: at('2026-11-13T08:00:00') }, 'late', at('2026-11-13T08:00:00')],
    ['finished', { finishedAt: at('2026-11-11T08:00:00') }, undefined, at('2026-11-11T08:00:00')],
    ['returned', {}, undefined, undefined],
    ['returned', { returnedAt: at('2026-11-13T08:00:00') }, undefined, at('2026-11-13T08:00:00')],
    ['supplement', {}, undefined, undefined],
    ['processing', {}, 'overdue', undefined],
  ] as const) {
    const truth = truthOf(facts(state, { ...listed, ...more }), now)
    t.same([truth.apology?.kind, truth.began?.at], [apology, beganAt], `${state} ${JSON.stringify(more)}`)
  }
})

t.test('only a later day is a moved date', async (t) => {
  const now = at('2026-11-03T08:00:00')
  const moved = (dueAt: number | undefined, extendedDueAt: number) =>
    truthOf(facts('processing', { extendedDueAt, ...(dueAt === undefined ? {} : { dueAt }) }), now)
  const [due, later] = [day('2026-11-12'), day('2026-11-19')]
  t.hasStrict(moved(due, later), {
    promised: { kind: 'moved', at: later, formerly: due },
    apology: { kind: 'moved', from: due, to: later },
  })
  for (const notLater of [due, day('2026-11-10'), at('2026-11-12T15:00:00')])
    t.hasStrict(moved(due, notLater), { promised: { kind: 'promised', at: due }, apology: undefined })
  const [nine, three] = [at('2026-11-12T09:00:00'), at('2026-11-12T15:00:00')]
  t.hasStrict(moved(nine, three), { promised: { kind: 'promised', at: three }, apology: undefined })
  t.hasStrict(moved(three, nine), { promised: { kind: 'promised', at: three }, apology: undefined })
  t.hasStrict(moved(undefined, later), { promised: { kind: 'promised', at: later }, apology: undefined })
})

t.test('no fee is asked for twice, or in a state that is beyond it', async (t) => {
  const now = began + 1000
  const of = (status: DossierStatus, fee: Facts['fee']) => truthOf(facts(status, fee ? { fee } : {}), now)
  t.equal(of('payment', { amount: 150_000, paid: true }).situation, 'payment.paid')
  t.equal(of('payment', { amount: 150_000, paid: false }).situation, 'payment')
  t.same(of('payment', { amount: 150_000 }).fee, { amount: 150_000 })
  t.equal(of('processing', { amount: 0, paid: false }).fee, undefined)
  t.equal(of('payment', { amount: 0, paid: true }).situation, 'payment')
  for (const status of ['refused', 'withdrawn', 'stopped', 'returned'] as const)
    t.equal(of(status, { amount: 150_000, paid: false }).fee, undefined, status)
})

t.test('the receipt is asked for where the result is known to be given for it', async (t) => {
  for (const [filedBy, returnBy, brings] of [
    [undefined, undefined, false],
    ['counter', undefined, true],
    ['online', undefined, false],
    ['post', undefined, false],
    [undefined, 'counter', true],
    ['online', 'counter', false],
    ['counter', 'post', false],
  ] as const) {
    const ways = { ...(filedBy && { filedBy }), ...(returnBy && { returnBy }) }
    const { bringsReceipt } = truthOf(facts('accepted', ways), began)
    t.equal(bringsReceipt, brings, `${filedBy} ${returnBy}`)
    const { situation } = truthOf(facts('finished', ways), began)
    t.equal(situation === 'finished.counter', brings, 'as the result itself will be told')
  }
})

t.test('nothing that is true contradicts anything else that is', async (t) => {
  const now = at('2026-11-12T14:00:00')
  const dates: readonly (readonly [string, Partial<Facts>])[] = [
    ['no date', {}],
    ['due today', { dueAt: day('2026-11-12') }],
    ['overdue', { dueAt: day('2026-11-10') }],
    ['moved later', { dueAt: day('2026-11-10'), extendedDueAt: day('2026-11-20') }],
    ['moved and overdue', { dueAt: day('2026-11-05'), extendedDueAt: day('2026-11-10') }],
    ['moved earlier', { dueAt: day('2026-11-20'), extendedDueAt: day('2026-11-18') }],
    ['only a moved date', { extendedDueAt: day('2026-11-20') }],
    ['finished in time', { dueAt: day('2026-11-10'), finishedAt: at('2026-11-10T16:59:00') }],
    ['finished late', { dueAt: day('2026-11-10'), finishedAt: at('2026-11-11T08:00:00') }],
  ]
  const fees: readonly Facts['fee'][] = [
    undefined,
    { amount: 0, paid: false },
    { amount: 9000 },
    { amount: 9000, paid: false },
    { amount: 9000, paid: true },
  ]
  const way = [undefined, ...ways] as const
  let told = 0
  for (const status of Object.keys(dossierStatuses) as DossierStatus[])
    for (const [label, dated] of dates)
      for (const filedBy of way)
        for (const returnBy of way)
          for (const fee of fees) {
            const dossier = facts(status, {
              ...dated,
              ...(filedBy && { filedBy }),
              ...(returnBy && { returnBy }),
              ...(fee && { fee }),
            })
            const { situation, promised, overdueSince, apology, canWatch, hasEnded, ...rest } = truthOf(
              dossier,
              now,
            )
            const what = `${status}, ${label}, ${filedBy} ${returnBy}, ${JSON.stringify(fee)}`
            told++
            const wrong = [
              !situation.startsWith(status) && 'the words are of another state',
              promised && hasEnded && 'a date holds though all is over',
              promised &&
                ['supplement', 'payment'].includes(status) &&
                'a date holds though the clock stands',
              overdueSince !== undefined && !promised && 'overdue without a date',
              overdueSince !== undefined && apology?.kind !== 'overdue' && 'overdue without an apology',
              apology?.kind === 'moved' && promised?.kind !== 'moved' && 'sorry for a date that did not move',
              promised?.kind === 'moved' && promised.at <= promised.formerly! && 'moved back',
              situation.endsWith('undated') && promised && 'undated, and yet a date',
              situation.endsWith('overdue') !== (overdueSince !== undefined) &&
                'words and dates differ on overdue',
              situation.endsWith('paid') && rest.fee?.paid !== true && 'paid, and yet not',
              status === 'payment' && rest.fee?.paid && situation !== 'payment.paid' && 'pay what is paid',
              rest.fee?.amount === 0 && 'a fee of nothing',
              hasEnded !== closedStatuses.has(status) && 'ended, and yet not',
              canWatch && (hasEnded || status === 'finished') && 'nothing will happen, and yet a watch',
            ].filter(Boolean)
            if (wrong.length > 0) t.fail(`${what}: ${wrong.join('; ')}`)
          }
  t.equal(told, 10 * 9 * 4 * 4 * 5)
})

t.test('the date that counted is known when all is over, for figures', async (t) => {
  t.equal(promisedAt({ dueAt: 1000, extendedDueAt: 500 }), 1000)
  t.equal(promisedAt({}), undefined)
})
