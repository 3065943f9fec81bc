// Runs of digits in a text: lookup numbers of twelve or sixteen digits in groups of any size, and people's own numbers,
// amid any other text.
import type { DossierNo } from '../dossier.js'
import { type Glyphs, gap, isLetter } from './glyphs.js'
import { personalKind } from './personal.js'
import type { Found, Reading, Unreadable } from './reading.js'

interface Group {
  readonly start: number
  readonly end: number
  readonly digits: string
  /** How it is separated from the group before. */
  readonly parting: number
  /** A sum, a measure or a parcel: "100k", "63km", EA123456789VN. */
  readonly hasUnit: boolean
}

/** The dossier that twelve or sixteen digits stand for, if any. */
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
    const first = groups[0]
    if (first === undefined) continue
    const isBehindNumber = first.start === from && glyphs.before[from]! < gap.mark
    // The first group after a code; undefined where there is none.
    const behind = isBehindNumber ? 0 : isOfCode(glyphs, first) ? 1 : undefined
    const pieces =
      behind === undefined ? piecesOf(groups, decipher) : piecesBehindCode(groups, behind, decipher)
    found.push(...(pieces.length > 0 ? resolved(glyphs, groups, pieces) : [tooFewOrMany(groups, behind)]))
  }
}

// The digits of an unknown or misspelt code: H45, G022, HH45.
function isOfCode(glyphs: Glyphs, { start }: Group): boolean {
  const { before, code } = glyphs
  const letter = code[start - 1]
  if (before[start] !== gap.none || (letter !== 71 && letter !== 72 && letter !== 75)) return false
  const first = before[start - 1] === gap.none && code[start - 2] === letter ? start - 2 : start - 1
  return before[first] !== gap.none || !isLetter(glyphs, first - 1)
}

/** A span of adjacent groups, from `first` up to but excluding `last`. */
interface Piece {
  readonly first: number
  readonly last: number
  readonly reading: Found['reading']
}

// The least ambiguous forms first: a group of twelve or sixteen, then all groups together, then rows of equal groups;
// last, windows of any groups ("so 2 482 7193 60518").
function piecesOf(groups: readonly Group[], decipher: Decipher): Piece[] {
  const pieces: Piece[] = []
  const add = (first: number, last: number, isRow = true): boolean => {
    const reading = read(digitsOf(groups, first, last), decipher, isRow)
    const reason = reading?.kind === 'unreadable' ? reading.reason : undefined
    // "01/12/2026 08:15" has twelve digits, too, and 123.500.000 đ has nine.
    if (!isRow && (reason === 'mistyped' || reason === 'identity') && isMoment(groups)) return false
    if (reason === 'identity' && groups[last - 1]!.hasUnit) return false
    if (reading) pieces.push({ first, last, reading })
    return reading !== undefined && reading.kind !== 'unreadable'
  }
  const isOneNumber = !hasNumber(groups) && add(0, groups.length, false)
  // Four groups of four that mean nothing are a mistyped sixteen, not twelve and four more, unless those are a year.
  const isMistyped =
    pieces.length > 0 && groups.every(({ digits }) => digits.length === 4) && !hasYear(groups)
  if (isOneNumber || isMistyped) return pieces
  for (const { first, last } of rowsOf(groups))
    if (!isCutShort(groups, first, last))
      for (const [from, to] of coverOf(groups, first, last, decipher)) add(from, to)
  if (!pieces.some(isRead)) addWindow(groups, decipher, pieces)
  addRests(groups, pieces.filter(isRead), decipher, pieces)
  return pieces
}

// Digits after an issuer's code are a mistyped date and sequence, however many there are. Only a single group, or groups of
// three or four, can be another number. Only one that begins with 0, which no date does, can be a person's own. `from` is
// the first group after the code.
function piecesBehindCode(groups: readonly Group[], from: number, decipher: Decipher): Piece[] {
  const pieces: Piece[] = []
  const behind = groups.slice(from)
  for (const row of rowsOf(behind)) {
    const size = behind[row.first]!.digits.length
    if (row.last - row.first > 1 && size !== 3 && size !== 4) continue
    for (const [first, last] of coverOf(behind, row.first, row.last, decipher)) {
      const digits = digitsOf(behind, first, last)
      const reading = read(digits, decipher, true)
      if (reading && (reading.kind !== 'unreadable' || (digits.startsWith('0') && digits.length > 9)))
        pieces.push({ first: from + first, last: from + last, reading })
    }
  }
  return pieces
}

// Weak: digits that are neither a number nor close to one.
function tooFewOrMany(groups: readonly Group[], behind: number | undefined): Found {
  const length = groups.reduce((sum, { digits }) => sum + digits.length, 0)
  const isShort = behind === undefined ? isMoment(groups) : lacksDigit(groups, behind)
  const isLong = length > 12 && length !== 15 && !isShort
  const reason: Unreadable = isLong ? 'too-long' : 'incomplete'
  const reading: Reading = { kind: 'unreadable', reason }
  return { start: groups[0]!.start, end: groups.at(-1)!.end, reading, isWeak: true }
}

// H15.50.5.13-261008-0975, H15.50-26108-0975: each group of a code has two digits or three, the date behind it six or eight.
function lacksDigit(groups: readonly Group[], behind: number): boolean {
  const date = groups.length - 2
  return groups.some(({ digits: { length }, parting }, at) => {
    // H15.600: the code that was found ends within the group.
    if (at > date || (at >= behind && parting === gap.none)) return false
    return at < date ? length < 2 : at >= behind && length === 5
  })
}

// What digits mean by themselves. Nine or ten digits joined from unequal groups are not taken for an identity card or a tax
// number, because they may be the date and sequence of a dossier number.
function read(digits: string, decipher: Decipher, isRow: boolean): Found['reading'] | undefined {
  const personal = personalKind(digits)
  if (personal && (isRow || personal === 'phone' || digits.length === 12))
    return { kind: 'unreadable', reason: personal }
  if (digits.length !== 12 && digits.length !== 16) return undefined
  const dossierNo = decipher(digits)
  if (dossierNo) return { kind: 'lookupNumber', digits, dossierNo }
  // "+84 (0) 905 123 456", as on visiting cards: twelve digits, and no lookup number.
  return { kind: 'unreadable', reason: /^840[35789]/.test(digits) ? 'phone' : 'mistyped' }
}

// Rows of adjacent groups with equal length and equal separators, and single groups.
function rowsOf(groups: readonly Group[]): { first: number; last: number }[] {
  const rows: { first: number; last: number }[] = []
  let first = 0
  for (let at = 1; at <= groups.length; at++) {
    const size = groups[first]!.digits.length
    const isAsLong = at < groups.length && groups[at]!.digits.length === size && size < 9
    if (isAsLong && groups[at]!.parting === groups[first + 1]!.parting) continue
    rows.push({ first, last: at })
    first = at
  }
  return rows
}

// How a row splits into numbers of twelve and sixteen: the split in which most of them mean something.
function coverOf(
  groups: readonly Group[],
  first: number,
  last: number,
  decipher: Decipher,
): [from: number, to: number][] {
  const size = groups[first]!.digits.length
  const length = size * (last - first)
  if (length <= 16 || last === first + 1) return [[first, last]]
  let best: [number, number][] = []
  let bestRead = 0
  for (let long = 0; long * 16 <= length && length <= 48; long++) {
    const short = (length - long * 16) / 12
    if (!Number.isInteger(short)) continue
    const sizes = [...Array<number>(long).fill(16), ...Array<number>(short).fill(12)]
    if (sizes.some((digits) => digits % size !== 0)) continue
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

// Numbers in unequal groups ("482 7193 60518") next to numbers already read: only if nothing else is left there.
function addRests(
  groups: readonly Group[],
  numbers: readonly Piece[],
  decipher: Decipher,
  pieces: Piece[],
): void {
  let from = 0
  for (const { first, last } of [...numbers, { first: groups.length, last: 0 }]) {
    pieces.push(...(wholeRest(groups, from, first, decipher) ?? []))
    from = last
  }
}

// Groups that are numbers from first to last. One or two digits are part of a date, or an age.
function wholeRest(
  groups: readonly Group[],
  first: number,
  last: number,
  decipher: Decipher,
): Piece[] | undefined {
  if (first === last) return []
  let length = 0
  for (let at = first; at < last && groups[at]!.digits.length > 2 && length < 16; ) {
    length += groups[at++]!.digits.length
    if (length !== 12 && length !== 16) continue
    const digits = digitsOf(groups, first, at)
    const dossierNo = decipher(digits)
    const others = dossierNo && wholeRest(groups, at, last, decipher)
    if (others) return [{ first, last: at, reading: { kind: 'lookupNumber', digits, dossierNo } }, ...others]
  }
  return undefined
}

// Three groups of four, then three digits with the same separator: sixteen with the last digit missing. More threes are
// another number.
function isCutShort(groups: readonly Group[], first: number, last: number): boolean {
  const next = groups[last]
  return (
    last - first === 3 &&
    groups[first]!.digits.length === 4 &&
    next?.digits.length === 3 &&
    !next.hasUnit &&
    next.parting === groups[last - 1]!.parting &&
    groups[last + 1]?.digits.length !== 3
  )
}

// In order and without overlap; finds that were read come before those that were not.
function resolved(glyphs: Glyphs, groups: readonly Group[], pieces: readonly Piece[]): Found[] {
  const kept: Piece[] = []
  for (const piece of [...pieces.filter(isRead), ...pieces.filter((one) => !isRead(one))])
    if (!kept.some(({ first, last }) => first < piece.last && piece.first < last)) kept.push(piece)
  return kept
    .sort((a, b) => a.first - b.first)
    .map(({ first, last, reading }) => ({
      start: groups[first]!.start,
      end: groups[last - 1]!.end,
      reading,
      // Beside a dossier number, a person's own number, or that of an account or a bill, is not a question.
      isWeak:
        reading.kind === 'unreadable' &&
        (reading.reason !== 'mistyped' || isOfAccount(glyphs, groups[first]!.start)),
    }))
}

const account =
  / (?:S?TK|TAI KHOAN|SO THE|ATM|ACCOUNT|BANK|GIAO DICH|MA GD|HOA DON|BIEN LAI|THANH TOAN|CHUNG TU|THAM CHIEU|VAN DON|BUU GUI|GPLX|BANG LAI|LAI XE|LICEN[CS]E|BHXH|BHYT|HTTPS?)(?= )/
const labelLength = 40

/**
 * Whether the words before a number name an account, a card or a bill ("STK 1234…", "tài khoản Vietcombank: 1234…") or begin a link.
 */
function isOfAccount({ before, code }: Glyphs, start: number): boolean {
  let label = ' '
  for (let at = start - 1; at >= 0 && start - at <= labelLength; at--) {
    if (code[at]! < 65 || code[at]! > 90) break
    label = (before[at] === gap.none ? '' : ' ') + String.fromCharCode(code[at]!) + label
  }
  return account.test(` ${label}`)
}

const isRead = ({ reading }: Piece) => reading.kind !== 'unreadable'

const hasNumber = (groups: readonly Group[]) => groups.some(({ digits }) => digits.length >= 9)

const hasYear = (groups: readonly Group[]) => [groups[0]!, groups.at(-1)!].some(isYear)

const isYear = ({ digits }: Group) => /^(?:19[3-9]\d|20[0-4]\d)$/.test(digits)

/** Dates and times, in human or machine order: pairs of digits and a year, or pairs parted by a slash or a colon. */
const isMoment = (groups: readonly Group[]) =>
  groups.some(isPair) &&
  groups.some(
    (group, at) => isYear(group) || (at > 0 && group.parting >= gap.slash && isPair(groups[at - 1]!)),
  )

const isPair = ({ digits }: Group) => digits.length === 2

function digitsOf(groups: readonly Group[], first: number, last: number): string {
  let digits = ''
  for (let at = first; at < last; at++) digits += groups[at]!.digits
  return digits
}

// The next digit groups with only gaps between them, if some begin here. Returns where to continue. Every glyph is looked at
// twice at most, however long a run of letters and digits is.
function nextGroups(glyphs: Glyphs, from: number, to: number, groups: Group[]): number {
  let at = from
  while (at < to) {
    if (groups.length > 0 && glyphs.before[at] === gap.wall) return at
    const group = groupIn(glyphs, at, to)
    if (typeof group === 'number') return group
    if (groups.length > 0 && group.start > at) return at
    groups.push(group)
    at = group.end
    if (isAttached(glyphs, at, to)) return at
  }
  return to
}

const isAttached = ({ before }: Glyphs, at: number, to: number) => at < to && before[at] === gap.none

// The first digits in a run of letters and digits, or where the run ends when it has none. Letters O, I and L at their ends are
// dropped if that leaves a whole number: "482719360518oi".
function groupIn(glyphs: Glyphs, from: number, to: number): Group | number {
  const { digit } = glyphs
  let start = from
  while (digit[start]! < 0) if (!isAttached(glyphs, ++start, to)) return start
  let end = start + 1
  while (isAttached(glyphs, end, to) && digit[end]! >= 0) end++
  let [first, last] = [start, end]
  while (first < last && isLetter(glyphs, first)) first++
  while (last > first && isLetter(glyphs, last - 1)) last--
  if (last - first === 12 || last - first === 16) [start, end] = [first, last]
  let digits = ''
  for (let at = start; at < end; at++) digits += digit[at]
  return { start, end, digits, parting: glyphs.before[from]!, hasUnit: hasUnitAt(glyphs, end, to) }
}

function hasUnitAt(glyphs: Glyphs, from: number, to: number): boolean {
  const isApart = from < to && glyphs.before[from] === gap.blank
  let end = isApart ? from + 1 : from
  while (end - from <= longestUnit && isAttached(glyphs, end, to)) end++
  return (isApart ? unitsApart : units).has(String.fromCharCode(...glyphs.code.subarray(from, end)))
}

const unitsApart = new Set(['D', 'DONG', 'VND', 'VN'])
const units = new Set('K D TR KM M M2 NG NGAN NGHIN DONG VND VN TRIEU H G P'.split(' '))
const longestUnit = 5
