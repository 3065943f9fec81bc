// Digits alone in a text: lookup numbers of twelve or sixteen in groups of any size, and the numbers of people, between
// whatever else is written.
import type { DossierNo } from './dossier.js'
import { type Glyphs, gap, isLetter } from './glyphs.js'
import { personalKind } from './personal.js'
import type { Found, Unreadable } from './reading.js'

interface Group {
  readonly start: number
  readonly end: number
  readonly digits: string
  /** How it is parted from the group before. */
  readonly parting: number
}

/** Which dossier twelve or sixteen digits belong to, if any. */
export type Decipher = (digits: string) => DossierNo | undefined

/** Adds to `found` (in order, without overlap) what the digits between its finds mean. */
export function findDigits(glyphs: Glyphs, found: Found[], decipher: Decipher): void {
  const others = found.splice(0)
  let from = 0
  for (const other of others) {
    readBetween(glyphs, from, other.start, found, decipher)
    found.push(other)
    from = other.end
  }
  readBetween(glyphs, from, glyphs.length, found, decipher)
}

function readBetween(glyphs: Glyphs, from: number, to: number, found: Found[], decipher: Decipher): void {
  let at = from
  while (at < to) {
    const groups: Group[] = []
    at = nextGroups(glyphs, at, to, groups)
    if (groups.length > 0) found.push(...readGroups(groups, decipher))
  }
}

/** A stretch of neighbouring groups, from `first` up to but without `last`. */
interface Piece {
  readonly first: number
  readonly last: number
  readonly reading: Found['reading']
}

// What is certain by its form goes first: a group of twelve or sixteen, then all groups together, then rows of equal
// groups; windows of any groups ("so 2 482 7193 60518") last.
function readGroups(groups: readonly Group[], decipher: Decipher): Found[] {
  const pieces: Piece[] = []
  const add = (first: number, last: number, isRow = true): boolean => {
    const reading = read(digitsOf(groups, first, last), decipher, isRow)
    if (reading) pieces.push({ first, last, reading })
    return reading !== undefined && reading.kind !== 'unreadable'
  }
  const length = groups.reduce((sum, { digits }) => sum + digits.length, 0)
  const isWhole = !hasNumber(groups) && add(0, groups.length, false)
  // Four fours that mean nothing are sixteen with a slip, and not twelve with four more, unless those are a year.
  const isMistyped =
    pieces.length > 0 && groups.every(({ digits }) => digits.length === 4) && !hasYear(groups)
  if (!isWhole && !isMistyped) {
    for (const { first, last } of rowsOf(groups))
      if (!isCutShort(groups, first, last))
        for (const [from, to] of coverOf(groups, first, last, decipher)) add(from, to)
    if (!pieces.some(({ reading }) => reading.kind !== 'unreadable')) addWindow(groups, decipher, pieces)
  }
  if (pieces.length > 0) return resolved(groups, pieces)
  const reason: Unreadable = length > 12 && length !== 15 ? 'too-long' : 'incomplete'
  return [
    {
      start: groups[0]!.start,
      end: groups.at(-1)!.end,
      reading: { kind: 'unreadable', reason },
      isWeak: true,
    },
  ]
}

// What digits mean by themselves. Nine or ten put together from unequal groups are no card and no tax code, but the date and
// the sequence of a number, say.
function read(digits: string, decipher: Decipher, isRow: boolean): Found['reading'] | undefined {
  const personal = personalKind(digits)
  if (personal && (isRow || personal === 'phone' || digits.length === 12))
    return { kind: 'unreadable', reason: personal }
  if (digits.length !== 12 && digits.length !== 16) return undefined
  const dossierNo = decipher(digits)
  return dossierNo ? { kind: 'lookupNumber', digits, dossierNo } : { kind: 'unreadable', reason: 'mistyped' }
}

// Rows of neighbouring groups that are equally long and equally parted, and single groups.
function rowsOf(groups: readonly Group[]): { first: number; last: number }[] {
  const rows: { first: number; last: number }[] = []
  let first = 0
  for (let at = 1; at <= groups.length; at++) {
    const isOn =
      at < groups.length &&
      groups[at]!.digits.length === groups[first]!.digits.length &&
      groups[at]!.digits.length < 9 &&
      (at === first + 1 || groups[at]!.parting === groups[first + 1]!.parting)
    if (isOn) continue
    rows.push({ first, last: at })
    first = at
  }
  return rows
}

// How a row falls into numbers of twelve and sixteen: the way in which most of them mean something.
function coverOf(
  groups: readonly Group[],
  first: number,
  last: number,
  decipher: Decipher,
): [from: number, to: number][] {
  const size = groups[first]!.digits.length
  const length = size * (last - first)
  if (length <= 16) return [[first, last]]
  let best: [number, number][] = []
  let bestRead = 0
  for (let long = 0; long * 16 <= length && length <= 48; long++) {
    if ((length - long * 16) % 12 !== 0 || 12 % size !== 0 || 16 % size !== 0) continue
    const sizes = [...Array<number>(long).fill(16), ...Array<number>((length - long * 16) / 12).fill(12)]
    for (const order of [sizes, sizes.toReversed()]) {
      let at = first
      const cover = order.map((digits): [number, number] => [at, (at += digits / size)])
      const read = cover.filter(([from, to]) => decipher(digitsOf(groups, from, to))).length
      if (read > bestRead) [best, bestRead] = [cover, read]
    }
  }
  return best
}

// The first window of groups that is a lookup number.
function addWindow(groups: readonly Group[], decipher: Decipher, pieces: Piece[]): void {
  for (let first = 0; first < groups.length; first++) {
    let length = 0
    for (let last = first; last < groups.length && length < 16; ) {
      length += groups[last++]!.digits.length
      if ((length !== 12 && length !== 16) || isCutShort(groups, first, last)) continue
      const digits = digitsOf(groups, first, last)
      const dossierNo = decipher(digits)
      if (!dossierNo) continue
      pieces.push({ first, last, reading: { kind: 'lookupNumber', digits, dossierNo } })
      return
    }
  }
}

// Three fours and three more digits in the same step: sixteen, the last one left out.
function isCutShort(groups: readonly Group[], first: number, last: number): boolean {
  const next = groups[last]
  return (
    last - first === 3 &&
    groups[first]!.digits.length === 4 &&
    next?.digits.length === 3 &&
    next.parting === groups[last - 1]!.parting
  )
}

// In order and without overlap, what was read before what was not.
function resolved(groups: readonly Group[], pieces: readonly Piece[]): Found[] {
  const isRead = ({ reading }: Piece) => reading.kind !== 'unreadable'
  const kept: Piece[] = []
  for (const piece of [...pieces.filter(isRead), ...pieces.filter((one) => !isRead(one))])
    if (!kept.some(({ first, last }) => first < piece.last && piece.first < last)) kept.push(piece)
  return kept
    .sort((a, b) => a.first - b.first)
    .map(({ first, last, reading }) => ({
      start: groups[first]!.start,
      end: groups[last - 1]!.end,
      reading,
      // Somebody's own number beside a dossier's is no question.
      isWeak: reading.kind === 'unreadable' && reading.reason !== 'mistyped',
    }))
}

const hasNumber = (groups: readonly Group[]) => groups.some(({ digits }) => digits.length >= 9)

function hasYear(groups: readonly Group[]): boolean {
  return [groups[0]!, groups.at(-1)!].some(({ digits }) => /^(?:19[3-9]\d|20[0-4]\d)$/.test(digits))
}

function digitsOf(groups: readonly Group[], first: number, last: number): string {
  let digits = ''
  for (let at = first; at < last; at++) digits += groups[at]!.digits
  return digits
}

// The next unbroken sequence of digit groups, if one begins here: nothing but gaps between them. Returns where to go on.
function nextGroups(glyphs: Glyphs, from: number, to: number, groups: Group[]): number {
  let at = from
  while (at < to) {
    let runEnd = at + 1
    while (runEnd < to && glyphs.before[runEnd] === gap.none) runEnd++
    if (groups.length > 0 && glyphs.before[at] === gap.wall) return at
    const group = groupIn(glyphs, at, runEnd)
    if (!group) return runEnd
    if (groups.length > 0 && group.start > at) return at
    groups.push(group)
    if (group.end < runEnd) return group.end
    at = runEnd
  }
  return to
}

// The first stretch of digits in a run of letters and digits. Letters O, I and L at its ends are left out where that leaves
// a whole number: "482719360518oi".
function groupIn(glyphs: Glyphs, from: number, to: number): Group | undefined {
  let start = from
  while (start < to && glyphs.digit[start]! < 0) start++
  if (start === to) return undefined
  let end = start
  while (end < to && glyphs.digit[end]! >= 0) end++
  let [first, last] = [start, end]
  while (first < last && isLetter(glyphs, first)) first++
  while (last > first && isLetter(glyphs, last - 1)) last--
  if (last - first === 12 || last - first === 16) [start, end] = [first, last]
  let digits = ''
  for (let at = start; at < end; at++) digits += glyphs.digit[at]
  return { start, end, digits, parting: glyphs.before[from]! }
}
