// Damaged numbers. A number broken by the end of a line or by a blank is joined and read. A number without the letter of its
// code (typed on telephone keys) or with wrong letters (OCR of a photograph takes 5 for S) is suggested, never looked up.
import type { AgencyCodes } from './agency-codes.js'
import { type Glyphs, gap, isDash, isLetter } from './glyphs.js'
import { groupDigits } from './lookup-number.js'
import { digitRun, readTail, textAt } from './number-tail.js'
import type { Found, Reading } from './reading.js'

const maxGroups = 4

/**
 * A dossier number from glyph `start` whose code has no letter: `15.50-261008-0975`. The letter is suggested if only one fits.
 */
export function readLetterless(
  glyphs: Glyphs,
  codes: AgencyCodes,
  start: number,
  latestDay: number,
): Found | undefined {
  const before = glyphs.before[start]!
  // After a dot or a dash it is the rest of a longer code. "HS45.12": the keyword was taken for the letter.
  const isApart = before === gap.blank || before >= gap.mark || isBehindWord(glyphs, start)
  if (!isApart || isLetter(glyphs, start)) return undefined
  const groups: { start: number; digits: string }[] = []
  let at = start
  for (let length = groupAt(glyphs, at); length >= 2 && length <= 4; length = digitRun(glyphs, at)) {
    if (groups.length === maxGroups) return undefined
    // "4512-240823-0001": two groups without their dot.
    if (length === 4) {
      if (groups.length > 0) break
      groups.push({ start: at, digits: textAt(glyphs, at, 2) })
      at += 2
      length = 2
    }
    groups.push({ start: at, digits: textAt(glyphs, at, length) })
    at += length
  }
  const date = digitRun(glyphs, at)
  if (groups.length === 0 || (date !== 6 && date !== 8)) return undefined
  const tail = readTail(glyphs, at, latestDay)
  if (tail === undefined) return undefined
  const behind = tail.kind === 'read' ? `${tail.date}-${tail.sequence}` : tail.mended
  if (behind === undefined) return undefined
  const incomplete = (from: number, suggestion?: string): Found => ({
    start: from,
    end: tail.end,
    reading: { kind: 'unreadable', reason: 'incomplete', ...(suggestion ? { suggestion } : {}) },
    isWeak: false,
  })
  // The first groups may be the number of a list item instead of part of the code.
  for (let first = 0; first < groups.length; first++) {
    const [code, other] = codesMeant(
      codes,
      groups.slice(first).map(({ digits }) => digits),
    )
    if (code && !other) return incomplete(groups[first]!.start, `${code}-${behind}`)
  }
  // Dashes on both sides of the date, as printed, rule out a lookup number, however many digits there are.
  return isDash(glyphs.before[at]!) && isDash(glyphs.before[at + date]!) ? incomplete(start) : undefined
}

function isBehindWord({ before, code }: Glyphs, at: number): boolean {
  const isWord = before[at] === gap.none && before[at - 1] === gap.none
  return isWord && code[at - 2] === 72 && code[at - 1] === 83 && before[at - 2]! > gap.none
}

// Unlike digitRun, also counts at the beginning of a text, where a wall precedes.
const groupAt = (glyphs: Glyphs, at: number) =>
  glyphs.before[at + 1] === gap.none ? 1 + digitRun(glyphs, at + 1) : 1

function codesMeant(codes: AgencyCodes, groups: readonly string[]): string[] {
  const isOld = groups.map(({ length }) => length).join('') === '3222'
  const before = isOld ? `${groups.slice(0, 3).join('.')}.` : ''
  const rest = groups.slice(isOld ? 3 : 0).join('.')
  return ['G', 'H', 'K']
    .map((letter) => `${before}${letter}${rest}`)
    .filter((code) => codes.issuerOf(code) !== undefined)
}

// Digits, and letters that OCR takes them for. O, I and L are read as digits anyway (glyphs.ts).
const run = /\|?[0-9OoIlSsZzBbGgqQD](?:\|?[0-9OoIlSsZzBbGgqQD])*/g
const meant: Readonly<Record<string, string>> = {
  S: '5',
  s: '5',
  Z: '2',
  z: '2',
  B: '8',
  b: '6',
  G: '6',
  g: '9',
  q: '9',
  Q: '0',
  D: '0',
  '|': '1',
}

/** The text with digits for the letters that look like them, beside real digits; undefined where there are none. */
export function withDigitsMeant(text: string): string | undefined {
  const mended = text.replace(run, (found, at: number) => {
    // In a longer run a bar stands between two groups.
    if (!/\d/.test(found) || (found.includes('|') && found.length > 8)) return found
    // Two UTF-16 units hold any letter; looking at all the text before each run would take quadratic time.
    const isOfWord = /^\p{L}/u.test(found) && /\p{L}$/u.test(text.slice(Math.max(0, at - 2), at))
    const end = at + found.length
    if (isOfWord || /^\p{L}/u.test(text.slice(end, end + 2))) return found
    // G begins the code of a ministry.
    const head = /^[Gg]/.test(found) ? 1 : 0
    return found.slice(0, head) + found.slice(head).replace(/[^\dOoIl]/g, (letter) => meant[letter]!)
  })
  return mended === text ? undefined : mended
}

// The end of a line between two digits, with or without a hyphen. What follows must be the rest of a number, which a year or a
// telephone number is not.
const lineEnd = /(?<=\d)[^\S\r\n]*[-\u00ad\u2010]?\r?\n\s*(?=\d{1,5}[-.]\d|\d{1,3}(?![\d/:]))/g

/** The text with the end of a line between two digits removed: once for each of the first. */
export const withLineJoined = (text: string) => (text.includes('\n') ? eachJoined(text, lineEnd) : [])

// Behind a stray blank the code or the date goes on up to its next mark. Behind one in the sequence anything may stand.
const strayBlank = /(?<=\d)[^\S\r\n]{1,2}(?=\d{1,5}[-.\u2010-\u2015][\dA-Z])/gi

/** The text with a blank within its code or date removed, as programs copy one from a PDF: once for each of the first. */
export const withBlankJoined = (text: string) => eachJoined(text, strayBlank)

const maxJoined = 6

const eachJoined = (text: string, between: RegExp) =>
  [...text.matchAll(between)]
    .slice(0, maxJoined)
    .map(({ 0: { length }, index }) => text.slice(0, index) + text.slice(index + length))

// Spaced letters as PDF readers extract them: at least as many as the shortest number has.
const spaced = /(?<!\S)(?:\S[^\S\r\n]{1,3}){11,}\S(?!\S)/g

/** The text without the blanks between spaced letters; undefined where there are none. */
export function withLettersJoined(text: string): string | undefined {
  const joined = text.replace(spaced, (letters) => letters.replaceAll(/\s/g, ''))
  return joined === text ? undefined : joined
}

/** What to answer when only the mended text holds a number: the number as a suggestion. */
export function asSuggestion(reading: Exclude<Reading, { kind: 'unreadable' }>): Reading {
  return reading.kind === 'lookupNumber'
    ? { kind: 'unreadable', reason: 'mistyped', suggestion: groupDigits(reading.digits) }
    : { kind: 'unreadable', reason: 'incomplete', suggestion: reading.dossierNo.text }
}
