// Which changes of a dossier justify an unsolicited text: what a citizen must act on or plans by. Derived from the
// dossier's current state when the text leaves, so that a change reverted by a later update is not reported.
import type { LookupResult } from '../../dossier/lookup.js'

/** Nobody waits for a notice phone in hand: it is valid for a day. */
export const noticeMaxAgeMs = 86_400_000

type Found = Extract<LookupResult, { kind: 'found' }>

// News only to those whose last notice is no longer true: a date that moved back, a result that was taken back.
const again = 'again'
const untrueAfter = /^(?:moved|finished) /

// Only to those who were promised the result and never told that it is ready: systems that deliver it online report both at
// once.
const handedOver = 'returned '
const ready = 'finished '

/** Whether this is news to somebody whose last notice was `said` (undefined: none yet). */
export function isNewsAfter(news: string, said: string | undefined): boolean {
  if (news.startsWith(handedOver)) return said?.startsWith(ready) !== true
  return news !== said && (!news.startsWith(again) || untrueAfter.test(said ?? ''))
}

/** Whether this is news to a phone that an agency left: for those nobody records what they were told. */
export const isNewsToContact = (news: string) => !news.startsWith(handedOver) && isNewsAfter(news, undefined)

const lastWords = /^(?:supplement|payment|refused|stopped|finished|returned) /

/** Whether the last notice of a watch is reserved for this news: the outcome of the dossier, or what it waits for. */
export const isLastWord = (news: string) => lastWords.test(news)

/**
 * Whether the news of a queued notice still holds. An update in the same state, with a note or a fee, creates no notice of its
 * own, so it must not stop this one.
 */
export function isStillNews({ dossier, truth }: Pick<Found, 'dossier' | 'truth'>, news: string): boolean {
  const present = newsOf({ dossier, truth })
  if (present === news) return true
  // Handed over before the notice of the result could leave.
  if (news.startsWith(ready) && present?.startsWith(handedOver)) return true
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
    case 'returned':
      return `${dossier.dossierStatus} ${dossier.eventTime}`
    case 'submitted':
    case 'processing':
      return `${again} ${truth.promised?.at ?? ''}`
    case 'withdrawn':
      return undefined
  }
}
