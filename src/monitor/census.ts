// How many dossiers are open, overdue, finished in time. Counted by walking the whole store when somebody looks and the
// last count is old; a million takes some seconds, so never while a citizen waits, and one gateway does it for all.
import type { Dossier } from '../dossier/dossier.js'
import { closedStatuses } from '../dossier/dossier.js'
import { isInTime, promisedAt, type TellTruth } from '../dossier/truth.js'
import type { Log } from '../log.js'
import type { RedisDoor } from '../redis/connection.js'

export interface Census {
  /** Epoch ms. */
  at: number
  agencies: Record<string, Tally>
}
export interface Tally {
  open: number
  overdue: number
  /** Finished in the last 30 days, with a promised date. */
  finished: number
  inTime: number
}

export interface CensusDeps {
  readonly door: RedisDoor
  readonly log: Log
  /** Every dossier once. */
  readonly walk: () => AsyncIterable<Dossier>
  /** What else is collected on the same walk, and kept when it is through. */
  readonly alongside?: (now: number) => { take(dossier: Dossier): void; keep(): Promise<void> }
  readonly truthOf: TellTruth
  readonly now?: () => number
}

const key = 'mon:census'
const leaseKey = 'mon:census:lease'
const leaseSeconds = 300
const freshMs = 10 * 60_000
const periodMs = 30 * 86_400_000

export function openCensus({ door, log, walk, alongside, truthOf, now = Date.now }: CensusDeps) {
  let counting: Promise<void> | undefined

  async function count(): Promise<void> {
    if ((await door.request.set(leaseKey, '1', 'EX', leaseSeconds, 'NX')) === null) return
    const started = now()
    try {
      const census: Census = { at: started, agencies: {} }
      const other = alongside?.(started)
      for await (const dossier of walk()) {
        tally(census, dossier, truthOf, started)
        other?.take(dossier)
      }
      await other?.keep()
      await door.request.set(key, JSON.stringify(census))
    } finally {
      await door.request.del(leaseKey)
    }
  }

  return {
    /** The last census; a new one is begun when it is old. Waits up to `waitMs` for the very first. */
    async read(waitMs = 1500): Promise<Census | undefined> {
      const read = async () => {
        const text = await door.request.get(key)
        return text ? (JSON.parse(text) as Census) : undefined
      }
      const known = await read()
      if (known && now() - known.at < freshMs) return known
      counting ??= count()
        .catch((error) => {
          log.warn(
            { evt: 'census.failed', err: error },
            'Dossiers could not be counted; tried again when asked',
          )
        })
        .finally(() => {
          counting = undefined
        })
      if (known) return known
      await Promise.race([counting, new Promise((done) => setTimeout(done, waitMs).unref())])
      return read()
    },
    close: async () => counting,
  }
}

/** Whether there is a result, handed over or not. */
export const isResult = ({ dossierStatus }: Dossier) =>
  dossierStatus === 'finished' || dossierStatus === 'returned'

/** When the result was there, epoch ms. */
export const resultAt = ({ finishedAt, returnedAt, eventTime }: Dossier) =>
  finishedAt ?? returnedAt ?? eventTime

function tally(census: Census, dossier: Dossier, truthOf: TellTruth, now: number): void {
  const { agency } = dossier.dossierNo
  const its = (census.agencies[agency] ??= { open: 0, overdue: 0, finished: 0, inTime: 0 })
  const due = promisedAt(dossier)
  if (isResult(dossier)) {
    const at = resultAt(dossier)
    if (due === undefined || now - at > periodMs) return
    its.finished++
    if (isInTime(at, due)) its.inTime++
  } else if (!closedStatuses.has(dossier.dossierStatus)) {
    its.open++
    if (truthOf(dossier, now).overdueSince !== undefined) its.overdue++
  }
}
