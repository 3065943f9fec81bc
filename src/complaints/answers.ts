// What an office may answer: one text, without links, and without what a fraud would ask for.
import { withoutAccents } from '../dossier/unaccented.js'

export type AnswerProblem = 'empty' | 'too-long' | 'link' | 'demand'

/** Why an answer cannot go out by SMS; undefined when it can. `most`: characters there is room for. */
export function problemOf(answer: string, most: number): AnswerProblem | undefined {
  const text = answer.normalize('NFC').replace(/\s+/g, ' ').trim()
  if (text === '') return 'empty'
  if (withoutAccents(text).length > most) return 'too-long'
  if (/:\/\/|www\.|\w\.(?:vn|com|net|org|info|xyz|me|ly|top)\b/i.test(text)) return 'link'
  if (/\b(?:pin|otp|mat khau|password)\b/i.test(withoutAccents(text))) return 'demand'
  return undefined
}

export const tidy = (answer: string) => answer.normalize('NFC').replace(/\s+/g, ' ').trim()
