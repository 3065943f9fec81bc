// The states of a message in a delivery receipt (SMPP v3.4 §5.2.28), by their numbers and in the spellings of peers.

const names = ['', 'ENROUTE', 'DELIVRD', 'EXPIRED', 'DELETED', 'UNDELIV', 'ACCEPTD', 'UNKNOWN', 'REJECTD']

/** By the number of message_state; undefined for any other number. */
export const stateNumbered = (number: number): string | undefined => names[number] || undefined

/** By a word of the appendix of SMPP in any case, perhaps spelled out (Delivered, UNDELIVERABLE): the first four letters tell. */
export function standardState(word: string): string | undefined {
  const start = word.slice(0, 4).toUpperCase()
  return start.length < 4 ? undefined : names.find((name) => name.startsWith(start))
}

// Beginnings of other peers' words, blanks and underscores left out. Among those that begin like DELIVRD are failures, and steps
// on the way (GSMA OneAPI: DeliveryImpossible, DeliveredToNetwork).
const others: readonly (readonly [words: RegExp, state: string])[] = [
  [/^(NOT|NON|UN)DELIV|^DELIVERY(FAIL|ERR|IMPOSS)|^FAIL|^UNROUT/, 'UNDELIV'],
  [/^DELIVERYUN|^MAYBE/, 'UNKNOWN'],
  [/^DELIVEREDTO(NETW|CARR|OPER|SMSC|GATE|UPSTREAM)|^DELIVERYPEND|^MESSAGEWAIT/, 'ENROUTE'],
  [/^(QUEU|PEND|SENT|SENDING|SUBMI|BUFF|SCHED|DISPATCH|PROCESS|WAIT|RETR|ENROUTE)/, 'ENROUTE'],
  [/^(READ|SEEN|SUCCESS)/, 'DELIVRD'],
  [/^(ABORT|REFUS|BLOCK)/, 'REJECTD'],
  [/^CANCEL/, 'DELETED'],
]

/** By a word of any peer; undefined for one that nobody knows. */
export function stateNamed(word: string): string | undefined {
  const bare = word
    .slice(0, 40)
    .replace(/[^A-Za-z]/g, '')
    .toUpperCase()
  return others.find(([words]) => words.test(bare))?.[1] ?? standardState(word)
}
