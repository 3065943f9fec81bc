// A packed record as of a moment: gone once it is beyond retention, an error where this version cannot read it.
import { GatewayError } from '../../errors.js'
import type { Log } from '../../log.js'
import { closedStatuses } from '../dossier.js'
import { recordFlags } from '../fields.js'
import type { RetentionConfig } from '../settings.js'
import { dayMs } from '../times.js'
import { type DossierRecord, readRecord } from './record.js'

/** Whether the dossier goes on under another number. */
export const isSuperseded = ({ flags }: Pick<DossierRecord, 'flags'>) =>
  (flags & recordFlags.superseded) !== 0

const tellEveryMs = 60_000

export function openWithinRetention({ closedDays }: Pick<RetentionConfig, 'closedDays'>, log: Log) {
  const keptMs = closedDays * dayMs

  /** The moment (epoch ms) after which a dossier is unknown; undefined while it is not closed. */
  const expiresAt = ({ dossierStatus, eventTime }: Pick<DossierRecord, 'dossierStatus' | 'eventTime'>) =>
    closedStatuses.has(dossierStatus) ? eventTime + keptMs : undefined
  const isExpired = (record: DossierRecord, now: number) =>
    (expiresAt(record) ?? (isSuperseded(record) ? record.eventTime + keptMs : now)) < now

  // Without the number, which stays out of the log. The same dossiers are read again and again.
  let toldAt = Number.NEGATIVE_INFINITY
  function tellUnreadable(): void {
    if (performance.now() - toldAt < tellEveryMs) return
    toldAt = performance.now()
    log.error(
      { evt: 'record.unreadable' },
      'A dossier in the store cannot be read: a newer version of this program wrote it, or it is damaged. It is answered "unavailable" and left out of files and figures; run the newer version everywhere',
    )
  }

  return {
    expiresAt,

    /** Undefined when there is none or it is beyond retention; a GatewayError record-unreadable for foreign bytes. */
    recordOf(packed: Buffer | null, now: number): DossierRecord | undefined | GatewayError {
      if (!packed) return undefined
      const record = readRecord(packed)
      if (record instanceof GatewayError) {
        tellUnreadable()
        return record
      }
      return isExpired(record, now) ? undefined : record
    },

    /** Whether it may be removed. What cannot be read is kept. */
    isBeyond(packed: Buffer, now: number): boolean {
      const record = readRecord(packed)
      return !(record instanceof GatewayError) && isExpired(record, now)
    },
  }
}
