// The states of a message in a delivery receipt (SMPP v3.4 §5.2.28), by their numbers and in the spellings of peers.

const names = ['', 'ENROUTE', 'DELIVRD', 'EXPIRED', 'DELETED', 'UNDELIV', 'ACCEPTD', 'UNKNOWN', 'REJECTD']

/** By the number of message_state; undefined for any other number. */
export const stateNumbered = (number: number): string | undefined => names[number] || undefined

/**
 * By a word in any case: some spell them out (Delivered, UNDELIVERABLE). The first four letters distinguish them all. undefined
 * for any other word.
 */
export function stateNamed(word: string): string | undefined {
  const start = word.slice(0, 4).toUpperCase()
  return start.length < 4 ? undefined : names.find((name) => name.startsWith(start))
}
