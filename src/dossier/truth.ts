// What holds for a dossier at one moment, decided once for SMS, screen, read-aloud, slip, notices, monitor and report:
// which date applies, whether it has passed, whether an apology is owed, which words give the next step, and whether fee,
// note and watch still apply. Channels only word it.
import { closedStatuses, type Dossier, type DossierStatus } from './dossier.js'
import { dayMs, hasNoHour, localDay, startOfDay } from './times.js'

const next = ['nextAction', 'sms'] as const

/**
 * The situations within a state that people need to know apart, and the texts each must have of its own in the wording
 * files (`states.<state>.<situation>`); it inherits the others from the state.
 */
export const situations = {
  submitted: { moved: ['sms'], overdue: ['nextAction'] },
  accepted: { undated: next, moved: next, overdue: next },
  refused: { online: next },
  processing: { undated: next, moved: next, overdue: next },
  supplement: { counter: next, online: next, post: next },
  payment: { online: next, paid: ['label', 'meaning', ...next] },
  withdrawn: {},
  stopped: {},
  finished: { counter: next, filedOnline: next, online: next, post: next },
  returned: { online: ['meaning', 'sms'], post: ['meaning', 'sms'] },
} as const satisfies Readonly<Record<DossierStatus, Readonly<Record<string, readonly string[]>>>>

export type Situation =
  | DossierStatus
  | {
      [State in DossierStatus]: `${State}.${keyof (typeof situations)[State] & string}`
    }[DossierStatus]

/** The date people plan by. All times are epoch milliseconds. */
interface Promised {
  /** `moved` only when the new date is on a later day than the one on the paper. */
  readonly kind: 'promised' | 'moved'
  readonly at: number
  /** Given without a time: the whole day counts, until the office closes. */
  readonly isDay: boolean
  /** Only if `moved`: the date on the paper. */
  readonly formerly?: number
}

type Apology =
  | { readonly kind: 'moved'; readonly from: number; readonly to: number }
  | { readonly kind: 'overdue'; readonly promised: number }
  /** The result came, but after the promised day. */
  | { readonly kind: 'late'; readonly promised: number }

export interface Truth {
  /** Which words name the state, what it means, and what to do next. */
  readonly situation: Situation
  /** Left out where no date applies: none was given, the clock is stopped, or the dossier has ended. */
  readonly promised?: Promised
  /** When the promised date passes: at its hour, or when the office closes on its day. */
  readonly endsAt?: number
  /** When the promised date passed. */
  readonly overdueSince?: number
  readonly apology?: Apology
  /** When the state began; for a result, when it was ready. */
  readonly since: number
  /**
   * The day to show when no date is promised: since when papers, a payment or a result have been waited for, or when the
   * dossier ended. Left out while the agency works towards a date.
   */
  readonly began?: { readonly kind: 'since' | 'on'; readonly at: number }
  /** When the result was ready and when it was handed over; left out in a state that has none. */
  readonly finishedAt?: number
  readonly returnedAt?: number
  /** If still relevant, or what is asked for now; `paid` is left out where the agency has not said. */
  readonly fee?: { readonly amount: number; readonly paid?: boolean }
  /** The agency's note on this state, not on an earlier one. */
  readonly note?: string
  /** Nothing proceeds until the citizen has brought papers or paid. */
  readonly awaitsCitizen: boolean
  /** The paper receipt will be needed to collect the result: known to be given at the counter, to somebody who has one. */
  readonly bringsReceipt: boolean
  /** Something may still happen that a notice would report. */
  readonly canWatch: boolean
  /** Nothing more is expected. */
  readonly hasEnded: boolean
}

interface Office {
  /** Local time at which an office day ends, `HH:MM`. */
  readonly dayEnds: string
}

/** What may be said of a dossier at a moment (epoch ms). */
export type TellTruth = (dossier: Facts, now: number) => Truth

/** What the truth is made from. */
export type Facts = Pick<
  Dossier,
  | 'dossierStatus'
  | 'eventTime'
  | 'asOf'
  | 'undated'
  | 'since'
  | 'readyAt'
  | 'dueAt'
  | 'extendedDueAt'
  | 'finishedAt'
  | 'returnedAt'
  | 'filedBy'
  | 'returnBy'
  | 'fee'
  | 'isFeeSettled'
  | 'publicNote'
>

// In these states an agency works towards its date. In all others the clock is stopped (supplement, payment) or the date
// no longer matters.
const promising: ReadonlySet<DossierStatus> = new Set(['submitted', 'accepted', 'processing'])
const awaiting: ReadonlySet<DossierStatus> = new Set(['supplement', 'payment'])
// States that last: their day is worded "since". "Bring them to the desk. On 1 Dec" would sound like an appointment.
const lasting: ReadonlySet<DossierStatus> = new Set([...awaiting, 'finished'])
const resulting: ReadonlySet<DossierStatus> = new Set(['finished', 'returned'])
const feeless: ReadonlySet<DossierStatus> = new Set(['refused', 'withdrawn', 'stopped', 'returned'])

/** Returns a pure function of a dossier and a moment. */
export function openTruth({ dayEnds }: Office): TellTruth {
  // 00:00 means the midnight that ends the day. At the one that begins it, every date of today would already have passed.
  const dayEndsMinutes = Number(dayEnds.slice(0, 2)) * 60 + Number(dayEnds.slice(3)) || dayMs / 60_000
  /** The moment a promised date passes. */
  const endOf = (at: number) => (hasNoHour(at) ? startOfDay(at) + dayEndsMinutes * 60_000 : at)

  return (given, now) => {
    const dossier = withoutPlans(given)
    const { dossierStatus } = dossier
    const promised = promising.has(dossierStatus) ? heldDate(dossier) : undefined
    const endsAt = promised && endOf(promised.at)
    const overdueSince = endsAt !== undefined && endsAt < now ? endsAt : undefined
    const isFeeless = feeless.has(dossierStatus) || dossier.isFeeSettled || !dossier.fee?.amount
    const fee = isFeeless ? undefined : dossier.fee
    const situation = situationOf(dossier, promised, overdueSince !== undefined)
    return {
      situation,
      ...(promised && { promised }),
      ...(endsAt === undefined ? {} : { endsAt }),
      ...(overdueSince === undefined ? {} : { overdueSince }),
      ...apologyFor(dossier, promised, overdueSince),
      ...resultOf(dossier),
      ...(fee && { fee }),
      ...(dossier.publicNote === undefined ? {} : { note: dossier.publicNote }),
      ...followingOf(dossier, situation),
    }
  }
}

/**
 * Removes the day of a result that was still in the future when the agency last reported it: some enter the day on which they
 * plan to hand the result over. A plan does not become a fact when its day has passed. Nor did a state begin after it was
 * reported: systems that write local time as UTC are seven hours ahead.
 */
export function withoutPlans<
  D extends Pick<Facts, 'asOf' | 'eventTime' | 'since' | 'readyAt' | 'finishedAt' | 'returnedAt'>,
>(dossier: D): D {
  const { asOf, eventTime, readyAt = asOf, finishedAt = asOf, returnedAt = asOf } = dossier
  if (eventTime <= asOf && readyAt <= asOf && finishedAt <= asOf && returnedAt <= asOf) return dossier
  const { since, readyAt: ready, finishedAt: finished, returnedAt: returned, ...rest } = dossier
  return {
    ...rest,
    eventTime: Math.min(eventTime, asOf),
    ...(since === undefined ? {} : { since: Math.min(since, asOf) }),
    ...(ready === undefined ? {} : { readyAt: Math.min(ready, asOf) }),
    ...(finished !== undefined && finished <= asOf ? { finishedAt } : {}),
    ...(returned !== undefined && returned <= asOf ? { returnedAt } : {}),
  } as D
}

type Following = Pick<Truth, 'awaitsCitizen' | 'bringsReceipt' | 'canWatch' | 'hasEnded'>

/** What is still to come, and from whom. */
function followingOf({ dossierStatus, filedBy, returnBy = filedBy }: Facts, situation: Situation): Following {
  const hasEnded = closedStatuses.has(dossierStatus)
  return {
    awaitsCitizen: awaiting.has(dossierStatus) && situation !== 'payment.paid',
    bringsReceipt: !hasEnded && filedBy !== 'online' && returnBy === 'counter',
    canWatch: !hasEnded && dossierStatus !== 'finished',
    hasEnded,
  }
}

function resultOf(dossier: Facts): Pick<Truth, 'since' | 'began' | 'finishedAt' | 'returnedAt'> {
  const { dossierStatus, finishedAt, returnedAt } = dossier
  const since = sinceOf(dossier)
  return {
    since,
    ...(promising.has(dossierStatus) || isUndated(dossier)
      ? {}
      : { began: { kind: lasting.has(dossierStatus) ? 'since' : 'on', at: since } }),
    ...(resulting.has(dossierStatus) && finishedAt !== undefined ? { finishedAt } : {}),
    ...(dossierStatus === 'returned' && returnedAt !== undefined ? { returnedAt } : {}),
  }
}

/** Whether nobody has said when the state began, or the result was ready: a list names states as of a day. */
function isUndated({ dossierStatus, undated, since, finishedAt, returnedAt }: Facts): boolean {
  if (!undated || since !== undefined) return false
  return (
    (dossierStatus === 'returned' ? returnedAt : dossierStatus === 'finished' ? finishedAt : undefined) ===
    undefined
  )
}

function sinceOf(dossier: Facts): number {
  const { dossierStatus, eventTime, since = eventTime, finishedAt, returnedAt } = dossier
  if (dossierStatus === 'finished') return finishedAt ?? since
  // "Paid" is a situation of its own, which the update that reported the payment began.
  if (dossierStatus === 'payment' && isPaid(dossier)) return eventTime
  return dossierStatus === 'returned' ? (returnedAt ?? since) : since
}

/**
 * The date that applies: the one on the paper, or the moved one. An "extension" to an earlier date changes nothing; one to a
 * later hour of the same day changes the hour, and is not called an extension.
 */
function heldDate({ dueAt, extendedDueAt }: Pick<Facts, 'dueAt' | 'extendedDueAt'>): Promised | undefined {
  const at = dueAt ?? extendedDueAt
  if (at === undefined) return undefined
  if (dueAt !== undefined && extendedDueAt !== undefined && localDay(extendedDueAt) > localDay(dueAt))
    return { kind: 'moved', at: extendedDueAt, isDay: hasNoHour(extendedDueAt), formerly: dueAt }
  if (extendedDueAt !== undefined && extendedDueAt > at && !hasNoHour(at) && isOnDay(extendedDueAt, at))
    return { kind: 'promised', at: extendedDueAt, isDay: hasNoHour(extendedDueAt) }
  return { kind: 'promised', at, isDay: hasNoHour(at) }
}

const isOnDay = (one: number, other: number) => localDay(one) === localDay(other)

/** The date that counted for a dossier, whatever became of it; undefined when none was given. */
export function promisedAt(dossier: Pick<Facts, 'dueAt' | 'extendedDueAt'>): number | undefined {
  return heldDate(dossier)?.at
}

/** A result is in time when it was ready on the promised day, at any hour. */
export function isInTime(resultAt: number, promised: number): boolean {
  return resultAt <= promised || resultAt < startOfDay(promised) + dayMs
}

function apologyFor(
  dossier: Facts,
  promised: Promised | undefined,
  overdueSince: number | undefined,
): { apology?: Apology } {
  if (promised && overdueSince !== undefined) return { apology: { kind: 'overdue', promised: promised.at } }
  if (promised?.kind === 'moved')
    return { apology: { kind: 'moved', from: promised.formerly!, to: promised.at } }
  const missed = dossier.dossierStatus === 'finished' ? promisedAt(dossier) : undefined
  if (missed === undefined || isUndated(dossier) || isInTime(sinceOf(dossier), missed)) return {}
  return { apology: { kind: 'late', promised: missed } }
}

const isPaid = ({ fee, isFeeSettled }: Facts) => fee?.paid === true && fee.amount > 0 && !isFeeSettled

function situationOf(dossier: Facts, promised: Promised | undefined, isOverdue: boolean): Situation {
  const { dossierStatus, filedBy, returnBy } = dossier
  switch (dossierStatus) {
    case 'submitted':
      if (isOverdue) return 'submitted.overdue'
      return promised?.kind === 'moved' ? 'submitted.moved' : 'submitted'
    case 'accepted':
    case 'processing':
      if (isOverdue) return `${dossierStatus}.overdue`
      if (!promised) return `${dossierStatus}.undated`
      return promised.kind === 'moved' ? `${dossierStatus}.moved` : dossierStatus
    case 'refused':
      return filedBy === 'online' ? 'refused.online' : 'refused'
    case 'supplement':
      return filedBy ? `supplement.${filedBy}` : 'supplement'
    case 'payment':
      // The agency has the money but has not moved on yet: asking for it again would be wrong.
      if (isPaid(dossier)) return 'payment.paid'
      return filedBy === 'online' ? 'payment.online' : 'payment'
    case 'finished':
      if (returnBy === 'online' || returnBy === 'post') return `finished.${returnBy}`
      // Someone who filed online has no paper receipt to bring.
      if (returnBy === 'counter') return filedBy === 'online' ? 'finished.filedOnline' : 'finished.counter'
      return filedBy === 'counter' ? 'finished.counter' : 'finished'
    case 'returned':
      return returnBy === 'online' || returnBy === 'post' ? `returned.${returnBy}` : 'returned'
    case 'withdrawn':
    case 'stopped':
      return dossierStatus
  }
}
