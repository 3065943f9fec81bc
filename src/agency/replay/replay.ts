// Sends the changes of a period to a URL, in order, at least once. Each change is one event. If a change led to the
// present state, its event holds the whole current record; of a past state only the state and its time are known. Erased
// dossiers are not sent.
import type { Dossier } from '../../dossier/dossier.js'
import { updateJson } from '../../dossier/json.js'
import { ignoreUnreadable } from '../../dossier/store/record.js'
import type { DossierStore } from '../../dossier/store/store.js'
import { writeTime } from '../../dossier/times.js'
import { asFault } from '../../redis/connection.js'
import { type Change, type ChangesDeps, listChanges, type Stretch } from './changes.js'
import type { CloudEvent, Delivery, Refusal } from './deliver.js'

interface ReplayDeps extends ChangesDeps {
  readonly store: DossierStore
  /** `source` of the events. */
  readonly source: string
  /** Events of a request, at most. */
  readonly batch: number
  readonly send: (events: readonly CloudEvent[]) => Promise<Delivery>
  readonly now?: () => number
}

export interface ReplaySummary {
  /** Changes found, events accepted by the receiver, and changes of dossiers erased since. */
  changes: number
  sent: number
  gone: number
  /** Events that the receiver rejected individually while accepting the rest. */
  refused: readonly Refusal[]
  /** Whether each change was known; else of some dossiers only the present state was. */
  isWhole: boolean
  /** Why it ended early, and the moment from which to go on (RFC 3339). */
  stopped?: { kind: 'refused' | 'away'; why: string; since: string }
}

/** Runs a replay; calls `onBatch` after each batch that the receiver accepted. */
export async function replay(
  deps: ReplayDeps,
  stretch: Stretch,
  onBatch: (sent: number, of: number) => void = () => {},
): Promise<ReplaySummary> {
  const { changes, isWhole } = await listChanges(deps, stretch)
  const refused: Refusal[] = []
  const summary: ReplaySummary = { changes: changes.length, sent: 0, gone: 0, refused, isWhole }
  for (let at = 0; at < changes.length; at += deps.batch) {
    const part = changes.slice(at, at + deps.batch)
    const events = await eventsOf(deps, part)
    summary.gone += part.length - events.length
    const delivery: Delivery =
      events.length > 0 ? await deps.send(events) : { kind: 'taken', requests: 0, refusals: [] }
    if (delivery.kind !== 'taken') {
      const why = delivery.kind === 'away' ? delivery.why : `HTTP ${delivery.statusCode}`
      summary.stopped = { kind: delivery.kind, why, since: writeTime(part[0]!.at) }
      return summary
    }
    summary.sent += events.length - delivery.refusals.length
    refused.push(...delivery.refusals)
    onBatch(at + part.length, changes.length)
  }
  return summary
}

async function eventsOf(
  { store, source, now = Date.now }: ReplayDeps,
  changes: readonly Change[],
): Promise<CloudEvent[]> {
  const known = new Map<string, Dossier>()
  const numbers = [...new Map(changes.map(({ no }) => [no.text, no])).values()]
  const records = await store.readMany(numbers, now())
  await Promise.all(
    records.map(async (found, nth) => {
      const record = found instanceof Error ? ignoreUnreadable(asFault(found)) : found
      if (record) known.set(numbers[nth]!.text, await store.complete(numbers[nth]!, record, true))
    }),
  )
  return changes.flatMap(({ id, no, at, state }): CloudEvent[] => {
    const dossier = known.get(no.text)
    if (!dossier) return []
    const isPresent =
      !state ||
      (state.dossierStatus === dossier.dossierStatus &&
        state.eventSeconds === Math.floor(dossier.eventTime / 1000))
    // As an Update: what `POST /v1/events` takes. No contact: it is the agency's own to give.
    const data = isPresent
      ? updateJson(dossier)
      : {
          dossierNo: no.text,
          agency: no.agency,
          dossierStatus: state.dossierStatus,
          eventTime: writeTime(state.eventSeconds * 1000),
        }
    return [
      {
        specversion: '1.0',
        id,
        source,
        type: 'vn.dossier.status.v1',
        subject: no.text,
        time: writeTime(at),
        datacontenttype: 'application/json',
        data,
      },
    ]
  })
}
