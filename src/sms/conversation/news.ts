// What of a dossier is worth a text that nobody asked for at this moment: what a citizen must act on or plans by. It is told
// from the dossier as it is when the text leaves, so that what a later update has undone is not told at all.
import type { LookupResult } from '../../dossier/lookup.js'

type Found = Extract<LookupResult, { kind: 'found' }>

/** The present news by a name of its own, the same each time it is asked for; undefined when there is none. */
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
