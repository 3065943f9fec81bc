// What an answer says beside its state, as rows and sentences. The screen sets them and the voice reads them out, so that
// neither tells what the other does not.
import type { Answer } from '../../../src/kiosk/contract.ts'
import { day, fill, moment, money, unbroken } from '../../parts/words.ts'
import type { LobbyWords } from '../words.ts'

type AnswerWords = LobbyWords['answer']

export interface Row {
  label: string
  value: string
  /** `former`: struck out, a new date has taken its place; `holds`: the one to plan by. */
  tone?: 'former' | 'holds'
}

/** Dates and fee, as far as they hold (src/dossier/truth.ts), in the order of the dossier's life. */
export function rowsOf(words: AnswerWords, language: string, answer: Answer): Row[] {
  const { receivedAt, dueAt, extendedDueAt, finishedAt, returnedAt, fee } = answer
  // A result that came late is what counts; the day it was promised for is told beside it.
  const hasCome = answer.apology === 'late'
  const on = (label: string, time: string | undefined, tone?: Row['tone']): Row[] =>
    time ? [{ label, value: day(language, time, true), ...(tone && { tone }) }] : []
  return [
    ...on(words.received, receivedAt),
    ...(extendedDueAt
      ? [...on(words.dueBefore, dueAt, 'former'), ...on(words.dueNow, extendedDueAt, 'holds')]
      : on(words.due, dueAt, hasCome ? undefined : 'holds')),
    ...on(words.finished, finishedAt, hasCome ? 'holds' : undefined),
    ...on(words.returned, returnedAt),
    ...(fee ? [{ label: words.fee, value: feeSaid(words, language, fee) }] : []),
  ]
}

// Nothing is said of paying where nobody knows.
function feeSaid(words: AnswerWords, language: string, { amount, paid }: NonNullable<Answer['fee']>): string {
  const said = paid === undefined ? '' : `, ${paid ? words.feePaid : words.feeUnpaid}`
  return `${money(language, amount)}${said}`
}

/** What to do next; past a promised date also whom to call. */
export function nextOf(words: AnswerWords, { words: { nextAction }, overdue, agency }: Answer): string {
  const phone = unbroken(agency.phone)
  return overdue && phone ? `${nextAction} ${fill(words.call, { phone })}` : nextAction
}

/** The apology that the next step does not say already: of an overdue dossier it does. */
export function apologyOf({ words: { apology }, overdue }: Answer): string | undefined {
  return overdue ? undefined : apology
}

/** How old it all is, where the office has been silent beyond its rhythm. */
export function silenceOf(
  words: AnswerWords,
  language: string,
  { silentSince, agency }: Answer,
): string | undefined {
  if (!silentSince) return undefined
  const phone = unbroken(agency.phone) || agency.name
  return fill(words.silent, { time: moment(language, silentSince), phone })
}

/** The answer read out: all that the screen says but the number and the steps, what matters first. */
export function spoken(words: AnswerWords, language: string, answer: Answer): string {
  const { agency, procedure, publicNote } = answer
  // Digit by digit: a phone number is not an amount.
  const said = (text: string) =>
    agency.phone ? text.replaceAll(unbroken(agency.phone), agency.phone.split('').join(' ')) : text
  return [
    answer.words.label,
    answer.words.meaning,
    procedure?.name,
    `${words.next}: ${said(nextOf(words, answer))}`,
    publicNote && `${words.note}: ${publicNote}`,
    ...rowsOf(words, language, answer).map(({ label, value }) => `${label}: ${value}`),
    apologyOf(answer),
    said(silenceOf(words, language, answer) ?? ''),
    `${words.agency}: ${agency.name}`,
    agency.phone && said(`${words.phone}: ${unbroken(agency.phone)}`),
  ]
    .filter(Boolean)
    .map((sentence) => String(sentence).replace(/[.\s]+$/, ''))
    .join('. ')
}
