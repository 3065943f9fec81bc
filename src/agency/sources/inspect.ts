// Validates a peer's records: can the number be parsed, and may this source write for its agency? Rejected records are
// counted by reason.

import { type Agency, spokenFor } from '../../dossier/agency.js'
import type { DossierNo } from '../../dossier/dossier.js'
import type { SourceConfig } from './settings.js'
import type { Mapped, SkipReason, SourceUpdate } from './source.js'

interface Skipped {
  readonly reason: SkipReason
  /** As the peer wrote it. */
  readonly dossierNo?: string
  /** Of an unknown state: the peer's word. */
  readonly word?: string
}

export interface Inspected {
  updates: SourceUpdate[]
  skipped: Skipped[]
}

export type Inspect = (records: readonly Mapped[]) => Inspected

/** Parses a number that is nothing but a dossierNo. */
export type ReadDossierNo = (text: string) => DossierNo | undefined

/** Returns a function that sorts a page's records into updates and skipped ones, with reasons. */
export function openInspection(
  config: SourceConfig,
  agencies: readonly Agency[],
  read: ReadDossierNo,
): { inspect: Inspect; speaksFor: (dossierNo: DossierNo) => boolean } {
  const own = spokenFor(agencies, config.agencies)
  const speaksFor = (dossierNo: DossierNo) => own.size === 0 || own.has(dossierNo.agency)
  return {
    speaksFor,
    inspect(records) {
      const inspected: Inspected = { updates: [], skipped: [] }
      for (const record of records) {
        if ('skip' in record) {
          const { skip: reason, ...details } = record
          inspected.skipped.push({ reason, ...details })
          continue
        }
        const dossierNo = read(record.update.dossierNo)
        if (dossierNo === undefined) {
          inspected.skipped.push({ reason: 'unreadable-number', dossierNo: record.update.dossierNo })
        } else if (!speaksFor(dossierNo)) {
          inspected.skipped.push({ reason: 'foreign-agency', dossierNo: dossierNo.text })
        } else {
          const { otherNumbers, ...update } = record.update
          // A second number that is unreadable, or another agency's, does not reject the dossier.
          const others = otherNumbers?.filter((other) => {
            const no = read(other)
            return no !== undefined && no.text !== dossierNo.text && speaksFor(no)
          })
          inspected.updates.push({
            ...update,
            dossierNo: dossierNo.text,
            ...(others?.length ? { otherNumbers: others } : {}),
          })
        }
      }
      return inspected
    },
  }
}
