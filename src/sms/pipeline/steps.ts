// One step of the pipeline as a call to Redis (texts-n.lua): removes what has ended, stores what is new, judges what is
// about to leave. One call on a single server. On a cluster, where caps and dossiers are on other nodes, storing is one
// call and leaving another, besides those for caps and records.
import type { Place } from '../../dossier/store/places.js'
import type { DossierStore } from '../../dossier/store/store.js'
import type { RedisDoor } from '../../redis/connection.js'
import type { Instance } from '../../redis/instance.js'
import type { SmsConfig } from '../settings.js'
import { type Caps, openCaps } from './caps.js'
import type { Ledger } from './ledger.js'
import type { End } from './text.js'

/** A text, or a part of one, to be stored. */
export interface ArrivalRow {
  /** Identifies the text among all seen; 16 characters. */
  readonly mark: string
  readonly session: string
  readonly sequence: number
  /** How long the same mark means the same text, in seconds; left out: as configured. */
  readonly window?: number
  /** A notice: not a citizen's text, so a repeat is not counted. */
  readonly isOurs?: true
  /** Set when it gets no reply. */
  readonly reason?: End
  /** For its questions, each stored separately; none for a part. */
  readonly ids: readonly string[]
  /** The questions or the part, sealed. */
  readonly sealed: readonly Buffer[]
  /** Key of the parts it was joined from. */
  readonly parts?: string
  /** Key of the whole, number, total, and until when the others are waited for (epoch ms). */
  readonly part?: readonly [whole: string, number: number, total: number, due: number]
}

/** A text that is about to leave. */
export interface LeavingRow {
  readonly id: string
  /** To be recorded: attempts of unknown outcome, and the one about to be made. */
  readonly attempts: number
  readonly places: readonly Place[]
  readonly caps: { readonly subject: string; readonly identity: string } | undefined
}

export interface Step {
  readonly arrivals: readonly ArrivalRow[]
  readonly leaving: readonly LeavingRow[]
  readonly ended: readonly {
    readonly reason: End
    readonly isBuried: boolean
    readonly ids: readonly string[]
  }[]
  /** Attempts to revert, because the SMSC said that it did not accept them. */
  readonly back: readonly (readonly [id: string, attempts: number])[]
}

const verdicts = ['not-ours', 'may-leave', 'capped', 'ceiling', 'absent'] as const
export type Verdict = (typeof verdicts)[number]

export interface Made {
  /** For each arrival: whether it is new (false: seen before), or all parts of a text that is now complete. */
  readonly arrivals: readonly (boolean | readonly Buffer[])[]
  /** For each text about to leave: whether it may, and what was found at its places. */
  readonly leaving: readonly {
    readonly verdict: Verdict
    readonly found: readonly (Buffer | null | Error)[]
  }[]
}

interface StepsDeps {
  readonly door: RedisDoor
  readonly instance: Instance
  readonly ledger: Ledger
  readonly fetch: DossierStore['fetch']
  settings(): SmsConfig
}

// An SMSC does not redeliver what it got an answer for on the same session: the same text after this time with a new
// sequence number is the citizen asking again. Shorter than anybody waits for an answer, longer than an SMSC needs to
// read ours.
const repeatMs = 10_000

export type MakeStep = (step: Step, now?: number) => Promise<Made>

// As the script takes them: common values by position, then rare ones by name.
function arrivalRow({ mark, session, sequence, ids, window, isOurs, reason, parts, part }: ArrivalRow) {
  const isPlain = window === undefined && !isOurs && reason === undefined && parts === undefined && !part
  return [mark, session, sequence, ids, isPlain ? false : { window, isOurs, reason, parts, part }]
}
function leavingRow({ id, attempts, caps, places }: LeavingRow) {
  return [
    id,
    attempts,
    caps ? caps.subject : false,
    caps ? caps.identity : '',
    places.map(({ field }) => field),
  ]
}

/** `make` throws GatewayError redis-unavailable when Redis is away; the step may or may not have been executed. */
export function openSteps(deps: StepsDeps): MakeStep {
  const { door, instance, ledger } = deps
  const { keys } = ledger
  const script = door.script(new URL('./texts-n.lua', import.meta.url))
  const caps = openCaps(script, deps.settings)
  const fixed = [keys.held(instance.id), keys.holders, keys.reasons, keys.dead, keys.deadlines]

  async function call(
    step: Step,
    now: number,
    limits: ReturnType<Caps['limits']> | undefined,
  ): Promise<Made> {
    const records = step.leaving.flatMap(({ places }) => places)
    const sealed = step.arrivals.flatMap((arrival) => arrival.sealed)
    const row = {
      me: instance.id,
      now,
      marks: keys.marks,
      window: deps.settings().duplicateWindowSeconds,
      repeatMs,
      ended: step.ended,
      back: step.back,
      arrivals: step.arrivals.map(arrivalRow),
      leaving: step.leaving.map(leavingRow),
      ...(limits && { caps: limits }),
    }
    const run = () =>
      script.run([...fixed, ...records.map(({ key }) => key)], [JSON.stringify(row), ...sealed])
    // The arrivals are acknowledged to their SMSC.
    const reply = (await (step.arrivals.length > 0 ? door.keep(run) : run())) as [
      (number | Buffer[])[],
      [number, (Buffer | null)[]?][],
    ]
    return {
      arrivals: reply[0].map((one) => (Array.isArray(one) ? one : one === 1)),
      leaving: reply[1].map(([code, found = []]) => ({ verdict: verdicts[code]!, found })),
    }
  }

  // Stored first; then judged, and only what may leave has its attempt recorded.
  async function onCluster(step: Step, now: number): Promise<Made> {
    const { leaving, ...rest } = step
    const places = leaving.flatMap((one) => one.places)
    const [kept, found] = await Promise.all([
      call({ ...rest, leaving: [] }, now, undefined),
      deps.fetch(places),
    ])
    if (leaving.length === 0) return kept
    const isSeen = new Set<string>()
    step.arrivals.forEach(({ ids }, nth) => {
      if (kept.arrivals[nth] === false) for (const id of ids) isSeen.add(id)
    })
    let at = 0
    const judged = leaving.map((one) => {
      const its = found.slice(at, (at += one.places.length))
      return { ...one, found: its, isAbsent: its.length > 0 && !its[0] }
    })
    const asked = judged.filter(({ id, isAbsent }) => !isAbsent && !isSeen.has(id))
    const words = await caps.judge(
      asked.flatMap(({ caps: its }) => its ?? []),
      now,
    )
    let nth = 0
    const verdictOf = new Map<string, Verdict>()
    for (const { id, caps: its } of asked) verdictOf.set(id, verdicts[its ? words[nth++]! : 1]!)
    const permitted = asked.filter(({ id }) => verdictOf.get(id) === 'may-leave')
    const refused = asked.filter(({ id }) => verdictOf.get(id) !== 'may-leave')
    const { leaving: ours } = await call(
      {
        arrivals: [],
        leaving: permitted.map((one) => ({ ...one, places: [] })),
        ended: refused.map(({ id }) => ({ reason: verdictOf.get(id) as End, isBuried: false, ids: [id] })),
        back: [],
      },
      now,
      undefined,
    )
    permitted.forEach(({ id }, place) => verdictOf.set(id, ours[place]!.verdict))
    return {
      arrivals: kept.arrivals,
      leaving: judged.map(({ id, isAbsent, found }) => ({
        verdict: isSeen.has(id) ? 'not-ours' : isAbsent ? 'absent' : verdictOf.get(id)!,
        found,
      })),
    }
  }

  return (step, now = Date.now()) =>
    door.isCluster ? onCluster(step, now) : call(step, now, caps.limits(now))
}
