// What the peer is told in the answer to its call, once it is known.
import type { KeptAnswer } from '../carrier.js'

/** The reply of one text as it is put together, or that there is none. */
export type Said =
  | { readonly kind: 'said'; readonly text: string; readonly isValid: boolean }
  | { readonly kind: 'later' | 'silent' }

/** What is said of all answers of a text: those that travel in the answer, each on a line of its own. */
export function wholeOf(answers: readonly KeptAnswer[]): Said {
  const said = answers.filter(({ by }) => by === 'response')
  if (said.length === 0) return { kind: 'silent' }
  return {
    kind: 'said',
    text: said.map(({ text }) => text).join('\n'),
    isValid: said.some(({ isValid }) => isValid),
  }
}
