// Writes agencies' updates to the store: packs each as the values of apply-n.lua, sends many in few calls, and writes what the
// script cannot change together with the record because its keys are in other slots.
import { ignoreOutage } from '../../errors.js'
import { type Arg, asFault, type Batch, type RedisDoor, type Reply } from '../../redis/connection.js'
import { type DossierNo, type DossierStatus, dossierStatuses, statusOfCode } from '../dossier.js'
import { packStated, recordConstants, type StatedUpdate, statedFields } from '../fields.js'
import type { Seal } from '../seal.js'
import { changeStream, changesConstant, noticeStream, packNo, placeOf } from './places.js'
import type { Procedure, Procedures } from './procedures.js'
import type { Units } from './units.js'
import type { openWatching } from './watching.js'

/** A checked update from an agency. Left out: the known value stays. null: cleared. Times in epoch milliseconds. */
export interface Update extends StatedUpdate {
  readonly dossierStatus: DossierStatus
  readonly eventTime: number
  /** Nobody gave the time of the event; `eventTime` is when the state was reported. */
  readonly undated?: boolean
  readonly version?: number
  readonly procedure?: Procedure | null
  readonly publicNote?: string | null
  /** `paid` left out: nobody has said. */
  readonly fee?: { readonly amount: number; readonly paid?: boolean } | null
  /** Other national codes of the same dossier, as canonical texts (or verbatim if unreadable). */
  readonly otherNumbers?: readonly DossierNo[] | null
  /** `phone` in international digits, e.g. 84901234567. */
  readonly contact?: Contact | null
}

export interface Contact {
  readonly phone: string
  readonly notify: boolean
}

export type Applied =
  | { kind: 'applied'; version?: number; before?: DossierStatus }
  | { kind: 'stale' | 'duplicate'; version?: number }

export interface Item {
  readonly no: DossierNo
  readonly update: Update
}

/** The states that the script knows by name: those with a result, and the one that asks for a payment. */
export const stateConstants = `local FINISHED, RETURNED, PAYMENT = ${dossierStatuses.finished}, ${dossierStatuses.returned}, ${dossierStatuses.payment}\n`

// 128 updates take Redis some 2 ms: what a question on another channel may have to wait.
const updatesPerCall = 128

/**
 * Returns a function that applies updates in order in one round trip (one per shard on a cluster). An Error in a position
 * means Redis could not confirm that one; the others are done.
 */
export function openUpdates(
  door: RedisDoor,
  seal: Seal,
  procedures: Procedures,
  units: Units,
  watching: Pick<ReturnType<typeof openWatching>, 'moveWatchers'>,
) {
  const script = door.script(
    new URL('./apply-n.lua', import.meta.url),
    recordConstants + stateConstants + changesConstant,
  )

  /** Batches updates into few calls of the script, each to one server. Returns which items each call holds. */
  function queueUpdates(batch: Batch, items: readonly Item[], now: number): number[][] {
    const calls = callsOf(items, door.isCluster)
    for (const call of calls) {
      const streams: string[] = []
      const shards = new Map<string, number>()
      const keys: string[] = []
      const args: Arg[] = []
      for (const at of call) {
        const { no, update } = items[at]!
        const { record, beside, tag, field } = placeOf(no)
        let shard = shards.get(tag)
        if (shard === undefined) {
          streams.push(changeStream(tag), noticeStream(tag))
          shards.set(tag, (shard = streams.length / 2))
        }
        const values = valuesOf(no, update, field, shard, seal)
        keys.push(record)
        if (values.length > valuesInRecord) keys.push(beside)
        args.push(values.length, ...values)
      }
      batch.add(() => script.send([...streams, ...keys], [shards.size, Math.floor(now / 1000), ...args]))
    }
    return calls
  }

  const superseding = door.script(
    new URL('./supersede-2.lua', import.meta.url),
    recordConstants + changesConstant,
  )

  // A number was corrected, or replaced when offices merged: whoever watches the old one watches this dossier. At once, because
  // the agency may erase the old one next.
  async function renumber(former: DossierNo, no: DossierNo): Promise<void> {
    await watching.moveWatchers(former, no)
    await door.request.xadd(noticeStream(placeOf(no).tag), '*', 'n', no.text, 'w', former.text)
  }

  // What was known under those numbers before is of the same dossier: it is answered, counted and listed once.
  async function supersede(
    named: readonly Named[],
    items: readonly Item[],
    results: (Applied | Error)[],
    now: number,
  ) {
    const batch = door.batch()
    for (const { at, other } of named) {
      const { record, field, tag } = placeOf(other)
      const { eventTime } = items[at]!.update
      const seconds = Math.floor(eventTime / 1000)
      const args = [field, seconds, eventTime - seconds * 1000, Math.floor(now / 1000), other.text]
      batch.add(() => superseding.send([record, changeStream(tag)], args))
    }
    const replies = await door
      .keep(() => batch.exec())
      .catch((error): Reply[] => named.map(() => [error, null]))
    for (const [nth, { at }] of named.entries()) if (replies[nth]![0]) results[at] = asFault(replies[nth]![0])
  }

  return async (items: readonly Item[], now: number): Promise<(Applied | Error)[]> => {
    // Written first; readers trust it only if the record agrees.
    const pointers = door.batch()
    const named = items.flatMap(({ no, update }, at): Named[] =>
      (update.otherNumbers ?? []).map((other) => ({ at, no, other })),
    )
    for (const { no, other } of named) {
      const { tag, watchers } = placeOf(other)
      pointers.add(() => door.request.hset(`o:${tag}`, other.text, packNo(no)))
      pointers.add(() => door.request.exists(watchers))
    }
    let watched: Named[] = []
    if (pointers.size > 0) {
      const replies = await pointers.exec()
      const failed = replies.find(([error]) => error)
      if (failed) return items.map(() => asFault(failed[0]))
      watched = named.filter((_, nth) => replies[2 * nth + 1]![1] === 1)
    }
    const batch = door.batch()
    const calls = queueUpdates(batch, items, now)
    let results: (Applied | Error)[]
    try {
      results = resultsOf(calls, await door.keep(() => batch.exec()), items.length)
    } catch (error) {
      // Perhaps applied on the master, but not confirmed: must be sent again.
      return items.map(() => asFault(error))
    }
    const isTaken = ({ at, no, other }: Named) => {
      const result = results[at]!
      return !(result instanceof Error) && result.kind !== 'stale' && other.text !== no.text
    }
    for (const { at, no, other } of watched.filter(isTaken))
      await renumber(other, no).catch((error) => {
        results[at] = asFault(error)
      })
    const taken = named.filter(isTaken)
    if (taken.length > 0) await supersede(taken, items, results, now)
    try {
      await procedures.learn(namedIn(items, results))
    } catch (error) {
      // The procedure's name was not stored: report an error, so that the sender repeats the update, by then a duplicate.
      items.forEach(({ update }, at) => {
        if (update.procedure) results[at] = error as Error
      })
    }
    // A unit that could not be stored is learnt from its next update.
    await units.learn(items.map(({ no }) => no)).catch(ignoreOutage)
    return results
  }
}

/** The update at place `at`, of the dossier `no`, names another number of it. */
interface Named {
  readonly at: number
  readonly no: DossierNo
  readonly other: DossierNo
}

function callsOf(items: readonly Item[], isCluster: boolean): number[][] {
  const open = new Map<string, number[]>()
  const calls: number[][] = []
  items.forEach(({ no }, at) => {
    const server = isCluster ? placeOf(no).tag : ''
    let call = open.get(server)
    if (!call || call.length === updatesPerCall) {
      open.set(server, (call = []))
      calls.push(call)
    }
    call.push(at)
  })
  return calls
}

function resultsOf(
  calls: readonly number[][],
  replies: readonly Reply[],
  count: number,
): (Applied | Error)[] {
  const results: (Applied | Error)[] = new Array(count)
  calls.forEach((call, nth) => {
    const [error, value] = replies[nth]!
    call.forEach((at, place) => {
      results[at] = error ? asFault(error) : appliedOf((value as [number, number, number][])[place]!)
    })
  })
  return results
}

function appliedOf([outcome, version, before]: [number, number, number]): Applied {
  const known = version > 0 ? { version: version - 1 } : {}
  if (outcome !== 1) return { kind: outcome === 0 ? 'stale' : 'duplicate', ...known }
  const status = statusOfCode(before)
  return { kind: 'applied', ...known, ...(status && { before: status }) }
}

function namedIn(items: readonly Item[], results: readonly (Applied | Error)[]) {
  return items.flatMap(({ no, update: { procedure } }, at) => {
    const result = results[at]!
    if (!procedure || result instanceof Error || result.kind === 'stale') return []
    return [{ no, procedure, kind: result.kind }]
  })
}

/** A value for the script: '' keeps what is known; null becomes `cleared`, which removes it. */
const given = <T>(value: T | null | undefined, cleared: Arg, pack: (value: T) => Arg): Arg =>
  value === undefined ? '' : value === null ? cleared : pack(value)

/** A text kept beside the record. An empty one is none. */
const text = (value: string) => (value === '' ? '-' : `=${value}`)

// The head (7), the stated fields, procedure, fee, paid and undated; values beyond these are kept beside the record.
const valuesInRecord = 7 + statedFields.length + 4

/** The values of one update as apply-n.lua wants them, without trailing empty ones. */
function valuesOf(no: DossierNo, update: Update, field: string, shard: number, seal: Seal): Arg[] {
  const { procedure, fee, contact, otherNumbers } = update
  const eventSeconds = Math.floor(update.eventTime / 1000)
  const values: Arg[] = [
    field,
    shard,
    dossierStatuses[update.dossierStatus],
    update.version === undefined ? 0 : update.version + 1,
    eventSeconds,
    update.eventTime - eventSeconds * 1000,
    no.text,
  ]
  for (const { name, kind } of statedFields)
    values.push(given(update[name], 0, (value) => packStated(kind, value)))
  values.push(
    given(procedure, '-', ({ code }) => code),
    given(fee, 0, ({ amount }) => amount + 1),
    given(fee?.paid, '', Number),
    update.undated ? 1 : '',
    given(update.publicNote, '-', text),
    given(otherNumbers, '-', (numbers) => text(numbers.map((other) => other.text).join('\n'))),
    given(contact, '-', ({ notify, phone }) =>
      Buffer.concat([Buffer.from('='), seal.seal(`${notify ? 1 : 0}${phone}`)]),
    ),
  )
  while (values.at(-1) === '') values.pop()
  return values
}
