// The legal dossier number in a text: agency, date, sequence (Circular 01/2018/TT-VPCP art. 19 and the agency codes of
// decision 20/2020/QĐ-TTg), found in whatever way it was typed, and what is wrong with what only resembles one.
// Strict about meaning: the agency is known, the date is real, and a missing part is asked for, never guessed.

import type { Agency } from './agency.js'
import type { AgencyCodes, CodeHit } from './agency-codes.js'
import { dayOfYymmdd, yymmddOfDay } from './days.js'
import type { DossierNo } from './dossier.js'
import { digitOf, type Glyphs, gap } from './glyphs.js'
import type { Found, Reading, Unreadable } from './reading.js'

type Unread = Extract<Reading, { kind: 'unreadable' }>

/** Every dossier number, near-miss and procedure code, left to right. `latestDay` is the last day a receipt can bear. */
export function findDossierNos(glyphs: Glyphs, codes: AgencyCodes, latestDay: number): Found[] {
  const found: Found[] = []
  let from = 0
  let consumed = 0
  while (from < glyphs.length) {
    const one =
      readProcedureCode(glyphs, from, consumed) ??
      readKnown(glyphs, codes, from, consumed, latestDay) ??
      readUnknown(glyphs, codes, from, consumed, latestDay)
    if (one) {
      found.push(one)
      from = consumed = one.end
    } else from++
  }
  return found
}

/** The canonical number of an agency's `sequence` (4–6 digits as written) on a day. */
export function dossierNoOf(agency: Agency, day: number, sequence: string): DossierNo {
  return {
    text: `${agency.code}-${yymmddOfDay(day)}-${sequence}`,
    agency: agency.code,
    agencyIndex: agency.index,
    day,
    sequence,
  }
}

function readKnown(
  glyphs: Glyphs,
  codes: AgencyCodes,
  start: number,
  consumed: number,
  latestDay: number,
): Found | undefined {
  const hits = codes.startingAt(glyphs, start)
  if (hits.length === 0) return undefined
  let one: Found | undefined
  let miss: Found | undefined
  for (const hit of hits) {
    if (isTailOfLongerCode(glyphs, start, consumed, hit)) continue
    const tail = readTail(glyphs, hit.end, latestDay)
    if (tail.kind === 'incomplete') {
      miss ??= unread(start, hit.end, 'incomplete', undefined, true)
    } else if (tail.kind === 'read') {
      // Without its dots a code can be read two ways; then the dots are asked for.
      if (one) return unread(start, tail.end, 'incomplete')
      const dossierNo = dossierNoOf(hit.agency, tail.day, tail.sequence)
      one = { start, end: tail.end, reading: { kind: 'dossierNo', dossierNo }, isWeak: false }
    } else {
      const suggestion = tail.mended && `${hit.agency.code}-${tail.mended}`
      // The longest code with a near-miss behind it is the one that was meant.
      miss = unread(start, tail.end, tail.kind === 'short' ? 'incomplete' : tail.kind, suggestion)
    }
  }
  if (one || !miss) return one
  // A longer code that we do not know (H45.12.03) leaves the same near-miss behind a shorter one that we do (H45.12).
  const level1 = level1Within(glyphs, start)
  const shape = level1 < 0 ? undefined : shapeAt(glyphs, level1)
  if (shape && !hits.some((hit) => hit.end === shape.codeEnd)) return undefined
  return miss
}

type Tail =
  | { kind: 'read'; day: number; sequence: string; end: number }
  | { kind: 'bad-date' | 'too-long' | 'short'; mended: string | undefined; end: number }
  | { kind: 'incomplete' }

const nothing: Tail = { kind: 'incomplete' }

// Date and sequence behind an agency code.
function readTail(glyphs: Glyphs, from: number, latestDay: number): Tail {
  const run = digitRun(glyphs, from)
  let dateEnd = from + 6
  let isParted = false
  if (run < 6) {
    // 19.05.21 or 19 05 21
    if (run !== 2 || digitRun(glyphs, from + 2) !== 2 || digitRun(glyphs, from + 4) !== 2) return nothing
    isParted = true
  } else if (run === 8 && numberAt(glyphs, from, 2) === 20 && digitRun(glyphs, from + 8) > 0) {
    dateEnd = from + 8 // 20190521
  }
  const length = sequenceLength(glyphs, dateEnd)
  if (length === 0) return nothing
  const end = dateEnd + length
  // A date-like group with more behind it belongs to some longer code.
  if ((isParted || length === 6) && isDigitAfterMark(glyphs, end)) return nothing
  const yymmdd = numberAt(glyphs, dateEnd - 6, 6)
  const day = dayOfYymmdd(yymmdd)
  const isDay = day >= 0 && day <= latestDay
  if (length > 6) return { kind: 'too-long', mended: undefined, end }
  const sequence = textAt(glyphs, dateEnd, length)
  const padded = sequence.padStart(4, '0')
  if (dateEnd === from + 8)
    return { kind: 'bad-date', mended: isDay ? `${yymmddOfDay(day)}-${padded}` : undefined, end }
  if (!isDay) {
    const meant = mendDate(yymmdd, latestDay)
    return { kind: 'bad-date', mended: meant && `${meant}-${padded}`, end }
  }
  if (length < 4) return { kind: 'short', mended: `${yymmddOfDay(day)}-${padded}`, end }
  return { kind: 'read', day, sequence, end }
}

// Day-month-year, the order people write by habit.
function mendDate(yymmdd: number, latestDay: number): string | undefined {
  const meant = (yymmdd % 100) * 10_000 + (Math.floor(yymmdd / 100) % 100) * 100 + Math.floor(yymmdd / 10_000)
  const day = dayOfYymmdd(meant)
  return day >= 0 && day <= latestDay ? yymmddOfDay(day) : undefined
}

interface Shape {
  readonly codeEnd: number
  readonly end: number
  readonly yymmdd: number
  readonly sequence: string
}

// Something of the form level1[.group…]-date-sequence, whosever code it is; `level1` is the glyph of G, H or K.
function shapeAt(glyphs: Glyphs, level1: number): Shape | undefined {
  if (!isLevel1(glyphs, level1)) return undefined
  if (glyphs.before[level1] === gap.none && glyphs.code[level1 - 1]! > 57) return undefined // "phong 12"
  let at = level1 + 3
  for (let group = 0; group < 4; group++) {
    const length = groupLength(glyphs, at)
    const digits = digitRun(glyphs, at)
    if (digits === 6 || digits === 8) {
      const tail = sequenceLength(glyphs, at + digits)
      if (tail > 0 && tail <= 8) return shape(glyphs, at, at + digits, tail)
    }
    // Everything in one piece, the deeper groups of the code perhaps included.
    for (const skipped of [0, 2, 3, 4]) {
      const rest = digits - skipped
      if (rest < 10 || rest > 12 || dayOfYymmdd(numberAt(glyphs, at + skipped, 6)) < 0) continue
      return shape(glyphs, at + skipped, at + skipped + 6, rest - 6)
    }
    if (length < 2 || length > 4) return undefined
    at += length
  }
  return undefined
}

function shape(glyphs: Glyphs, codeEnd: number, dateEnd: number, length: number): Shape {
  return {
    codeEnd,
    end: dateEnd + length,
    yymmdd: numberAt(glyphs, dateEnd - 6, 6),
    sequence: textAt(glyphs, dateEnd, length),
  }
}

// A whole number of an agency that is not ours, at its level-1 letter; its old-form digits lie behind.
function readUnknown(
  glyphs: Glyphs,
  codes: AgencyCodes,
  level1: number,
  consumed: number,
  latestDay: number,
): Found | undefined {
  const seen = shapeAt(glyphs, level1)
  if (!seen) return undefined
  const behind = digitsBehind(glyphs, level1, consumed)
  const start = level1 - (behind > 7 ? 0 : behind)
  const meant = codes.nearest(textAt(glyphs, start, seen.codeEnd - start))
  const day = dayOfYymmdd(seen.yymmdd)
  const isWhole =
    meant && day >= 0 && day <= latestDay && seen.sequence.length >= 4 && seen.sequence.length <= 6
  const suggestion = isWhole ? `${meant.code}-${yymmddOfDay(day)}-${seen.sequence}` : undefined
  return unread(start, seen.end, 'unknown-agency', suggestion)
}

// 2.000815 or 2.000815.000.00.00.H55: the code of a procedure, which stands beside the number on many papers.
function readProcedureCode(glyphs: Glyphs, start: number, consumed: number): Found | undefined {
  const { before, code, length } = glyphs
  if (code[start]! > 57 || before[start] === gap.none || start + 7 > length) return undefined
  if (before[start + 1] === gap.none || digitRun(glyphs, start + 1) !== 6) return undefined
  if (start > consumed && before[start]! < gap.wall && before[start]! > gap.blank && code[start - 1]! <= 57)
    return undefined
  const behind = start + 7
  let digits = 0
  while (digits < 8 && isDigitHere(glyphs, behind + digits)) digits++
  if (digits === 7 && isLevel1(glyphs, behind + 7)) return unread(start, behind + 10, 'procedure-code')
  if (before[start + 1] === gap.blank || digits > 0) return undefined
  return unread(start, behind, 'procedure-code')
}

// "H45" inside an unknown "000.00.99.H45" is not the agency H45.
function isTailOfLongerCode(glyphs: Glyphs, start: number, consumed: number, hit: CodeHit): boolean {
  if (start === consumed || glyphs.before[start]! === gap.wall) return false
  const behind = digitsBehind(glyphs, start, consumed)
  if (behind === 0) return false
  let lead = 0
  while (start + lead < hit.end && glyphs.code[start + lead]! <= 57) lead++
  if (glyphs.before[start] === gap.blank)
    return hit.end - start === lead + 3 && lead < 7 && (behind + lead === 2 || behind + lead === 7)
  return lead > 0 || behind > 1
}

function level1Within(glyphs: Glyphs, start: number): number {
  for (let at = start; at < start + 8 && at < glyphs.length; at++) if (isLevel1(glyphs, at)) return at
  return -1
}

// G ministries, H provincial people's committees, K people's councils; two digits.
function isLevel1(glyphs: Glyphs, at: number): boolean {
  const letter = glyphs.code[at]
  if (at + 3 > glyphs.length || (letter !== 71 && letter !== 72 && letter !== 75)) return false
  return (
    glyphs.before[at + 1]! <= gap.blank &&
    glyphs.before[at + 2] === gap.none &&
    digitOf(glyphs.code[at + 1]!) >= 0 &&
    digitOf(glyphs.code[at + 2]!) >= 0
  )
}

function isDigitHere(glyphs: Glyphs, at: number): boolean {
  return at < glyphs.length && glyphs.before[at]! < gap.wall && digitOf(glyphs.code[at]!) >= 0
}

function isDigitAfterMark(glyphs: Glyphs, at: number): boolean {
  return isDigitHere(glyphs, at) && glyphs.before[at]! > gap.none && glyphs.code[at]! <= 57
}

/** Digits that run from `at` without a gap; 0 behind a wall. */
function digitRun(glyphs: Glyphs, at: number): number {
  if (!isDigitHere(glyphs, at)) return 0
  let end = at + 1
  while (end < glyphs.length && glyphs.before[end] === gap.none && digitOf(glyphs.code[end]!) >= 0) end++
  return end - at
}

function groupLength(glyphs: Glyphs, at: number): number {
  if (at >= glyphs.length || glyphs.before[at] === gap.wall) return 0
  let end = at + 1
  while (end < glyphs.length && glyphs.before[end] === gap.none) end++
  return end - at
}

// Behind the fourth digit a letter O, I or L is the beginning of a word glued on, unless digits follow it.
function sequenceLength(glyphs: Glyphs, at: number): number {
  let length = digitRun(glyphs, at)
  while (length > 4 && glyphs.code[at + length - 1]! > 57) length--
  return length
}

/**
 * Digits in front of `at` that belong to the same piece of text, counted to 8 at most. O, I and L count unless they end
 * a word ("No. 000").
 */
function digitsBehind(glyphs: Glyphs, at: number, consumed: number): number {
  let count = 0
  let sinceDigit = 0
  for (let index = at - 1; index >= consumed && count < 8; index--) {
    if (glyphs.before[index + 1] === gap.wall) break
    if (digitOf(glyphs.code[index]!) < 0)
      return glyphs.before[index + 1] === gap.none ? count - sinceDigit : count
    count++
    sinceDigit = glyphs.code[index]! <= 57 || glyphs.before[index]! > gap.none ? 0 : sinceDigit + 1
  }
  return count
}

function numberAt(glyphs: Glyphs, at: number, length: number): number {
  let value = 0
  for (let index = at; index < at + length; index++) value = value * 10 + digitOf(glyphs.code[index]!)
  return value
}

function textAt(glyphs: Glyphs, at: number, length: number): string {
  let text = ''
  for (let index = at; index < at + length; index++) {
    const code = glyphs.code[index]!
    const digit = digitOf(code)
    text += digit < 0 ? String.fromCharCode(code) : String(digit)
  }
  return text
}

function unread(start: number, end: number, reason: Unreadable, suggestion?: string, isWeak = false): Found {
  const reading: Unread = suggestion
    ? { kind: 'unreadable', reason, suggestion }
    : { kind: 'unreadable', reason }
  return { start, end, reading, isWeak }
}
