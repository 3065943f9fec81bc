// Which changes of a dossier justify an unsolicited text: what a citizen must act on or plans by. Derived from the
// dossier's current state when the text leaves, so that a change reverted by a later update is not reported.
import type { LookupResult } from '../../dossier/lookup.js'

type Found = Extract<LookupResult, { kind: 'found' }>

// News only to those whose last notice is no longer true: a date that moved back, a result that was taken back.
const again = 'again'
const untrueAfter = /^(?:moved|finished) /

/** Whether this is news to somebody whose last notice was `said` (undefined: none yet). */
export function isNewsAfter(news: string, said: string | undefined): boolean {
  return news !== said && (!news.startsWith(again) || untrueAfter.test(said ?? ''))
}

const lastWords = /^(?:supplement|payment|refused|stopped|finished) /

/** Whether this is news that the last notice of a watch is kept for: what came of the dossier, or what it waits for. */
export const isLastWord = (news: string) => lastWords.test(news)

/**
 * Whether the news of a notice on its way is still so. An update in the same state, with a note or a fee, creates no notice of
 * its own, so it must not stop this one.
 */
export function isStillNews({ dossier, truth }: Pick<Found, 'dossier' | 'truth'>, news: string): boolean {
  const present = newsOf({ dossier, truth })
  if (present === news) return true
  const { dossierStatus, eventTime, since = eventTime } = dossier
  const [state, at] = news.split(' ')
  return (
    present === `${dossierStatus} ${eventTime}` &&
    state === dossierStatus &&
    since <= Number(at) &&
    Number(at) <= eventTime
  )
}

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
      return `${again} ${truth.promised?.at ?? ''}`
    case 'withdrawn':
    case 'returned':
      return undefined
  }
}
