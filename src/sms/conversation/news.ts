// Which changes of a dossier justify an unsolicited text: what a citizen must act on or plans by. Derived from the
// dossier's current state when the text leaves, so that a change reverted by a later update is not reported.
import type { LookupResult } from '../../dossier/lookup.js'

type Found = Extract<LookupResult, { kind: 'found' }>

/** A stable name for the present news; undefined when there is none. */
export function newsOf({ dossier, truth }: Pick<Found, 'dossier' | 'truth'>): string | undefined {
  if (truth.apology?.kind === 'overdue') return `overdue ${truth.apology.promised}`
  if (truth.apology?.kind === 'moved') return `moved ${truth.apology.to}`
  switch (dossier.dossierStatus) {
    case 'accepted':
      return truth.promised && `accepted ${truth.promised.at}`
    case 'supplement':
    case 'payment':
      return truth.awaitsCitizen ? `${dossier.dossierStatus} ${dossier.eventTime}` : undefined
    case 'refused':
    case 'stopped':
    case 'finished':
      return `${dossier.dossierStatus} ${dossier.eventTime}`
    case 'submitted':
    case 'processing':
    case 'withdrawn':
    case 'returned':
      return undefined
  }
}
