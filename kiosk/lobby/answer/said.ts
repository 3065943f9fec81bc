// The rows and sentences of an answer besides its state. Screen and voice both use them, so that neither says something
// the other does not.
import type { Answer } from '../../../src/kiosk/contract.ts'
import { day, fill, moment, money, unbroken } from '../../parts/words.ts'
import type { LobbyWords } from '../words.ts'

type AnswerWords = LobbyWords['answer']

interface Row {
  label: string
  value: string
  /** `former`: struck out, a new date has taken its place; `holds`: the one to plan by. */
  tone?: 'former' | 'holds'
}

/** Dates and fee that still apply (src/dossier/truth.ts), in chronological order. */
export function rowsOf(words: AnswerWords, language: string, answer: Answer): Row[] {
  const { receivedAt, dueAt, extendedDueAt, finishedAt, returnedAt, fee } = answer
  // For a late result its own date counts; the promised day is shown beside it.
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

// If payment is unknown, say nothing about it.
function feeSaid(words: AnswerWords, language: string, { amount, paid }: NonNullable<Answer['fee']>): string {
  const said = paid === undefined ? '' : `, ${paid ? words.feePaid : words.feeUnpaid}`
  return `${money(language, amount)}${said}`
}

/** What to do next; past a promised date also whom to call. */
export function nextOf(words: AnswerWords, { words: { nextAction }, overdue, agency }: Answer): string {
  const phone = unbroken(agency.phone)
  return overdue && phone ? `${nextAction} ${fill(words.call, { phone })}` : nextAction
}

/** The apology, unless the next step already says it, as for an overdue dossier. */
export function apologyOf({ words: { apology }, overdue }: Answer): string | undefined {
  return overdue ? undefined : apology
}

/** The age of the data, if the office has been silent longer than usual. */
export function silenceOf(
  words: AnswerWords,
  language: string,
  { silentSince, agency }: Answer,
): string | undefined {
  if (!silentSince) return undefined
  const phone = unbroken(agency.phone) || agency.name
  return fill(words.silent, { time: moment(language, silentSince), phone })
}

/** The answer as speech: everything on the screen except the number and the steps, most important first. */
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
