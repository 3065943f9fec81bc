// Finds the legal dossier number in a text: issuer's code, date, sequence (Circular 01/2018/TT-VPCP art. 19, agency codes
// of QCVN 102:2016 and of decision 20/2020/QĐ-TTg), however it was typed, and says what is wrong with a near-miss. Strict
// about meaning: the issuer is known, the date is real; a missing part is asked for, never guessed.
import { yymmddOfDay } from '../days.js'
import type { DossierNo } from '../dossier.js'
import type { AgencyCodes } from './agency-codes.js'
import { type Glyphs, gap, isDash, isLetter } from './glyphs.js'
import { readLetterless } from './misread.js'
import {
  digitRun,
  groupLength,
  isDigitHere,
  isLookupForm,
  marksIn,
  readTail,
  type Tail,
  textAt,
} from './number-tail.js'
import { headBehind, oldCode, oneSlipFrom, withZeros } from './old-code.js'
import type { Found, Reading, Unreadable } from './reading.js'

type Unread = Extract<Reading, { kind: 'unreadable' }>

/** What reading needs besides the text: who owns which code, and the last day a receipt can bear. */
interface Scope {
  readonly glyphs: Glyphs
  readonly codes: AgencyCodes
  readonly latestDay: number
}

/** Every dossier number, near-miss and procedure code, left to right. `latestDay` is the last day a receipt can bear. */
export function findDossierNos(glyphs: Glyphs, codes: AgencyCodes, latestDay: number): Found[] {
  const scope = { glyphs, codes, latestDay }
  const found: Found[] = []
  let from = 0
  let consumed = 0
  while (from < glyphs.length) {
    const one =
      readProcedureCode(glyphs, from, consumed) ??
      readConfigured(scope, from, consumed) ??
      readOther(scope, from, consumed) ??
      readStranger(scope, from) ??
      readLetterless(glyphs, codes, from, latestDay)
    if (one) {
      found.push(one)
      from = consumed = one.end
    } else from++
  }
  return found
}

/** The number made of `printed` (a code as on the paper), `date` and `sequence`; undefined when no entry owns the code. */
export function dossierNoOf(
  codes: Pick<AgencyCodes, 'issuerOf'>,
  printed: string,
  tail: { readonly day: number; readonly date?: string | undefined; readonly sequence: string },
): DossierNo | undefined {
  const issuer = codes.issuerOf(printed)
  if (issuer === undefined) return undefined
  const { agency } = issuer
  return {
    text: `${printed}-${tail.date ?? yymmddOfDay(tail.day)}-${tail.sequence}`,
    issuer: issuer.code,
    agency: agency.code,
    index: issuer.code === agency.code ? agency.index : undefined,
    day: tail.day,
    sequence: tail.sequence,
  }
}

/** One way to read what begins with a code. */
interface Parse {
  readonly printed: string
  readonly codeEnd: number
  /** Undefined where date and sequence are missing. */
  readonly tail: Tail | undefined
  /** Groups of the code that had to be cut out of a longer run of digits. */
  readonly cuts: number
}

// A number whose code, or the beginning of whose code, is configured.
function readConfigured(scope: Scope, start: number, consumed: number): Found | undefined {
  const { glyphs, codes } = scope
  const hits = codes.startingAt(glyphs, start)
  if (hits.length === 0 || isEndOfWord(glyphs, start)) return undefined
  const parses: Parse[] = []
  for (const { end, code } of hits)
    if (!isTailOfLongerCode(glyphs, start, consumed, end, code))
      collect(scope, code, end, 0, isCutBehindDash(glyphs, start, end) ? 1 : 0, parses)
  return chosen(scope, parses, start)
}

// "anh 15", "kinh.45": the letter before the gap ends a word; it does not begin a code.
function isEndOfWord(glyphs: Glyphs, start: number): boolean {
  const { before } = glyphs
  return (
    before[start + 1]! > gap.none &&
    before[start] === gap.none &&
    isLetter(glyphs, start) &&
    isLetter(glyphs, start - 1)
  )
}

// Whether a code ends within the group behind a dash: H26-20260609-0001 is a number of H26 even where there is an H26.20.
function isCutBehindDash({ before }: Glyphs, start: number, end: number): boolean {
  if (before[end] !== gap.none) return false
  for (let at = start + 1; at < end; at++) if (before[at] === gap.dash) return true
  return false
}

// Every way to continue after `printed`: date and sequence at once, or further groups of a code first.
function collect(
  scope: Scope,
  printed: string,
  at: number,
  depth: number,
  cuts: number,
  parses: Parse[],
): void {
  const { glyphs, latestDay } = scope
  const read = readTail(glyphs, at, latestDay)
  // "8h15 482719360518": a lookup number behind what only looks like a code.
  const tail = read?.kind === 'read' || !isLookupForm(glyphs, at) ? read : undefined
  parses.push({ printed, codeEnd: at, tail, cuts })
  if (depth === 4 || glyphs.before[at] === gap.wall) return // four levels are the deepest in use
  // Old codes end in their level 1; a unit attached without a separator uses the code's own mark.
  const isOld = !/^[A-Z]/.test(printed)
  if (isOld && glyphs.before[at] !== gap.dot) return
  const length = groupLength(glyphs, at)
  // Attached to the code, four digits are two groups of two.
  const isPair = length === 4 && glyphs.before[at] === gap.none
  // A level 1 here begins another code: "15h30 H45.12-…" is a time of day before a number.
  const isGroup = length >= 2 && length <= 4 && !isPair && !(length === 3 && isLevel1(glyphs, at))
  if ((isGroup || isLastDigit(glyphs, at)) && hasDigit(glyphs, at, length))
    collect(scope, `${printed}.${textAt(glyphs, at, length)}`, at + length, depth + 1, cuts, parses)
  if (isOld) return
  const run = digitRun(glyphs, at)
  // Without dots: groups are two digits, seldom three; a date and a sequence are at least ten.
  if (isPair || (run >= 8 && tail?.kind !== 'read'))
    for (const cut of isPair ? [2] : [2, 3])
      if (hasDigit(glyphs, at, cut))
        collect(scope, `${printed}.${textAt(glyphs, at, cut)}`, at + cut, depth + 1, cuts + 1, parses)
}

// "G22.99.5-260101-0001": a unit of one digit is read only between the marks of the paper.
function isLastDigit({ before, digit }: Glyphs, at: number): boolean {
  return before[at] === gap.dot && digit[at]! >= 0 && isDash(before[at + 1]!)
}

// The intended reading. The fewest cuts win, then a code with its own dots; if two readings differ, ask for the dots.
function chosen({ glyphs, codes }: Scope, parses: readonly Parse[], start: number): Found | undefined {
  let best: { no: DossierNo; end: number; rank: number; isAmbiguous: boolean } | undefined
  for (const { printed, codeEnd, tail, cuts } of parses) {
    const no = tail?.kind === 'read' ? dossierNoOf(codes, printed, tail) : undefined
    if (no === undefined) continue
    const rank = cuts + (marksIn(glyphs, start, codeEnd) === printed.split('.').length - 1 ? 0 : 0.5)
    if (best && best.rank < rank) continue
    const isAmbiguous = best !== undefined && best.rank === rank && best.no.text !== no.text
    best = { no, end: tail!.end, rank, isAmbiguous }
  }
  if (best)
    return best.isAmbiguous
      ? unread(start, best.end, 'incomplete')
      : { start, end: best.end, reading: { kind: 'dossierNo', dossierNo: best.no }, isWeak: false }
  // Of the codes with a near-miss after them, the longest was intended.
  const whole = parses.filter(({ cuts }) => cuts === 0)
  const near = whole.findLast(({ tail }) => tail !== undefined)
  if (near?.tail && near.tail.kind !== 'read') {
    const { kind, mended, end } = near.tail
    if (codes.issuerOf(near.printed) === undefined) return undefined
    return unread(start, end, kind === 'short' ? 'incomplete' : kind, mended && `${near.printed}-${mended}`)
  }
  const code = near === undefined ? whole.find(({ printed }) => codes.issuerOf(printed)) : undefined
  return code && unread(start, code.codeEnd, 'incomplete', undefined, true)
}

// A whole number of an issuer that no entry owns, from its level-1 letter; the digits of an old-form code are before it.
function readOther(scope: Scope, level1: number, consumed: number): Found | undefined {
  const { glyphs, codes } = scope
  if (!isLevel1(glyphs, level1)) return undefined
  if (glyphs.before[level1] === gap.none && isLetter(glyphs, level1 - 1)) return undefined // "phong 12"
  const body = textAt(glyphs, level1, 3)
  const parses: Parse[] = []
  collect(scope, body, level1 + 3, 0, 0, parses)
  const whole = parses.filter(({ tail }) => tail !== undefined)
  const seen = whole.find(({ cuts }) => cuts === 0) ?? whole.find(({ tail }) => tail!.kind === 'read')
  if (!seen) return undefined
  const head = seen.printed === body ? headBehind(glyphs, level1, consumed) : undefined
  const start = head?.start ?? level1
  const tail = seen.tail!
  const digits = head && (head.digits.length === 7 ? head.digits : withZeros(glyphs, head, level1))
  if (digits !== undefined) {
    const printed = oldCode(digits, body)
    const below = codes.issuerOf(printed) && chosen(scope, [{ ...seen, printed }], start)
    if (below) return below
  }
  // No body has the code 00: the number is an example, copied together with its instruction.
  const reason = codes.isOurs(body) ? 'unknown-agency' : body.endsWith('00') ? 'no-number' : 'elsewhere'
  if (head === undefined || head.digits.length === 7) return unread(start, tail.end, reason)
  // An old-form code with a digit too few or too many: corrected if exactly one known code results.
  const codesMeant = new Set<string>()
  for (const digits of oneSlipFrom(head.digits)) {
    const code = oldCode(digits, body)
    const agency = codes.issuerOf(code)?.agency
    if (agency?.code === code || agency?.aliases.includes(code)) codesMeant.add(code)
  }
  const [code] = codesMeant
  const isCertain = codesMeant.size === 1 && tail.kind === 'read'
  return unread(start, tail.end, reason, isCertain ? `${code}-${tail.date}-${tail.sequence}` : undefined)
}

// A number whose letter is not that of ministries, provinces or councils: courts, prosecutors, the Party and others have the
// rest of the alphabet. It counts only with its printed marks, so that a house number does not match.
function readStranger(scope: Scope, level1: number): Found | undefined {
  const { glyphs } = scope
  const { before, digit } = glyphs
  if (!isLetter(glyphs, level1) || digit[level1]! >= 0) return undefined
  const isWhole =
    before[level1]! !== gap.none &&
    [1, 2].every((nth) => before[level1 + nth] === gap.none && !isLetter(glyphs, level1 + nth))
  if (!isWhole || isLevel1(glyphs, level1)) return undefined
  const parses: Parse[] = []
  collect(scope, textAt(glyphs, level1, 3), level1 + 3, 0, 0, parses)
  const printed = parses.find(
    ({ tail, codeEnd, cuts }) => tail?.kind === 'read' && isDash(before[codeEnd]!) && cuts === 0,
  )
  return printed && unread(level1, printed.tail!.end, 'elsewhere')
}

// 2.000815 or 2.000815.000.00.00.H55: a procedure code, which many papers print beside the number.
function readProcedureCode(glyphs: Glyphs, start: number, consumed: number): Found | undefined {
  const { before } = glyphs
  if (isLetter(glyphs, start) || before[start] === gap.none) return undefined
  if (before[start + 1] === gap.none || before[start + 1]! >= gap.mark || digitRun(glyphs, start + 1) !== 6)
    return undefined
  if (
    start > consumed &&
    before[start]! < gap.mark &&
    before[start]! > gap.blank &&
    !isLetter(glyphs, start - 1)
  )
    return undefined
  const behind = start + 7
  let digits = 0
  while (digits < 8 && isDigitHere(glyphs, behind + digits)) digits++
  // "1.004873 000.00.15.H45-190521-0003": the number of a dossier is next to it.
  const isNumber =
    before[behind] === gap.blank && isDash(before[behind + 10]!) && digitRun(glyphs, behind + 10) >= 6
  if (digits === 7 && isLevel1(glyphs, behind + 7) && !isNumber)
    return unread(start, behind + 10, 'procedure-code')
  // "1.004873-261008-0975": in the place of the issuer's code.
  const isIssuer = before[start + 1] === gap.dot && isDash(before[behind]!) && digits >= 6
  if (before[start + 1] === gap.blank || (digits > 0 && !isNumber && !isIssuer)) return undefined
  return unread(start, behind, 'procedure-code')
}

/**
 * Whether the code at `start` is only the end of a longer one: "H45" inside an unknown "000.00.99.H45". List numbers,
 * dates, years and phones before a code are not part of it.
 */
function isTailOfLongerCode(
  glyphs: Glyphs,
  start: number,
  consumed: number,
  end: number,
  code: string,
): boolean {
  if (
    start > consumed &&
    glyphs.before[start] === gap.none &&
    !isLetter(glyphs, start - 1) &&
    !isLetter(glyphs, start)
  )
    return true
  // Only a bare level 1 can follow digits, and an old code has seven of them: 000.00.26.G09-20150101 is not G09.20.
  if (!/^(?:\d\d\.)?[A-Z]\d\d$/.test(code) && !isCutBehindDash(glyphs, start, end)) return false
  const head = headBehind(glyphs, /^\d/.test(code) ? start + 2 : start, consumed)
  return head !== undefined && head.start < start
}

// G ministries, H provincial people's committees, K people's councils; two digits. "H 45" only where H stands alone.
function isLevel1(glyphs: Glyphs, at: number): boolean {
  const letter = glyphs.code[at]
  if (at + 3 > glyphs.length || (letter !== 71 && letter !== 72 && letter !== 75)) return false
  // "15h 45": behind a digit it is an hour.
  if (glyphs.before[at] === gap.none && glyphs.before[at + 1] !== gap.none) return false
  return (
    glyphs.before[at + 1]! <= gap.blank &&
    glyphs.before[at + 2] === gap.none &&
    glyphs.digit[at + 1]! >= 0 &&
    glyphs.digit[at + 2]! >= 0
  )
}

function hasDigit(glyphs: Glyphs, at: number, length: number): boolean {
  for (let index = at; index < at + length; index++) if (!isLetter(glyphs, index)) return true
  return false
}

function unread(start: number, end: number, reason: Unreadable, suggestion?: string, isWeak = false): Found {
  const reading: Unread = { kind: 'unreadable', reason, ...(suggestion ? { suggestion } : {}) }
  return { start, end, reading, isWeak }
}
