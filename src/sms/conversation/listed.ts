// A list of numbers and nothing else, in which one was mistyped: "H45.12-240823-0001 va 48271936051". Amid other words a few
// digits too few are no number, and nothing is said of them; in a list somebody waits for an answer to each.
import type { Reading } from '../../dossier/numbers/reading.js'

type Unread = Extract<Reading, { kind: 'unreadable' }>
type Find = (text: string, max: number) => Reading[]

/** What is wrong with the numbers of a list that cannot be read and do not appear in `found`. */
export function unreadOf(list: string, found: readonly Reading[], find: Find): Unread[] {
  const pieces = list.split(between).flatMap(numbersIn)
  if (pieces.length <= found.length) return []
  return pieces
    .flatMap((piece) => find(piece, 1))
    .filter((one): one is Unread => one.kind === 'unreadable' && isSlip(one) && !found.some(isSame(one)))
}

const between = /[,;&+\n]|(?<!\p{L})(?:v[aà]|and)(?!\p{L})/iu

// A person's own number beside one that can be read is no second question.
const isSlip = ({ reason }: Unread) => reason === 'incomplete' || reason === 'too-long'

const isSame = (one: Unread) => (other: Reading) =>
  other.kind === 'unreadable' && other.reason === one.reason && other.suggestion === one.suggestion

// Blanks part numbers that have none within themselves.
function numbersIn(piece: string): string[] {
  const words = piece.trim().split(/\s+/)
  const numbers = words.every(isLikely) ? words : [piece]
  return numbers.filter(isLikely)
}

// A code with a date and more; or a lookup number with a digit too few or too many. Ten digits or thirteen with a dash are a
// tax code, and eleven with slashes or dots a date or a sum.
function isLikely(piece: string): boolean {
  const digits = piece.replace(/\P{Nd}+/gu, '')
  if (/\p{L}/u.test(piece)) return digits.length >= 9
  return /^[1-9](?:\d{10,12}|\d{14,16})$/.test(digits) && !/[/:.,-]/.test(piece)
}
