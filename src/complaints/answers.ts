// What an office may answer: one text, without links, without what a fraudster would ask for, and without identity numbers.
import { holdsLink } from '../dossier/links.js'
import { holdsIdentityNumber } from '../dossier/numbers/personal.js'
import { withoutAccents } from '../dossier/unaccented.js'
import type { Words } from '../dossier/wording.js'

export type AnswerProblem = 'empty' | 'too-long' | 'link' | 'demand' | 'identity'

/** Why an answer cannot go out by SMS; undefined when it can. `most`: the maximum of characters. */
export function problemOf(answer: string, most: number): AnswerProblem | undefined {
  const text = tidy(answer)
  if (!/[\p{L}\p{N}]/u.test(text)) return 'empty'
  const plain = withoutAccents(text)
  if (plain.length > most) return 'too-long'
  if (holdsLink(plain)) return 'link'
  if (/\b(?:pin|otp|mat khau|password|chuyen khoan|so tai khoan|stk)\b/i.test(plain)) return 'demand'
  if (holdsIdentityNumber(plain)) return 'identity'
  return undefined
}

/** An answer as it is sent: composed letters, single blanks, one line. */
export const tidy = (answer: string) => answer.normalize('NFC').replace(/\s+/g, ' ').trim()

// Characters of the GSM alphabet in one text. Removing accents never makes an answer longer.
const textLength = 160
// `complaints.perDay` is below 100,000.
const longestTicket = '000000-00000'

/** The longest answer that fits into one text with its frame, in every language. */
export function answerLength(languages: readonly Words[]): number {
  const frames = languages.map((words) =>
    withoutAccents(words.text('sms.complaint.reply', { ticket: longestTicket, answer: '' })),
  )
  return textLength - Math.max(...frames.map(({ length }) => length))
}
