// What the response to the peer's call says, once it is known.
import type { KeptAnswer } from '../carrier.js'

/** The reply to one text as it is assembled, or that there is none. */
export type Said =
  | { readonly kind: 'said'; readonly text: string; readonly isValid: boolean }
  | { readonly kind: 'later' | 'silent' }

/** The combined answers of a text: those that travel in the response, each on its own line. */
export function wholeOf(answers: readonly KeptAnswer[]): Said {
  const said = answers.filter(({ by }) => by === 'response')
  if (said.length === 0) return { kind: 'silent' }
  return {
    kind: 'said',
    text: said.map(({ text }) => text).join('\n'),
    isValid: said.some(({ isValid }) => isValid),
  }
}
