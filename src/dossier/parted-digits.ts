// Numbers that people write only in part, or with words in between: "…-0001 và 0002" names a second dossier of the same
// day, and "3082 4288 rồi 5941" or "3082 gạch 4288 gạch 5941" is a lookup number.
import type { Decipher } from './digit-groups.js'
import { type Glyphs, gap, isLetter } from './glyphs.js'
import { digitRun, textAt } from './number-tail.js'
import type { Found } from './reading.js'

const sequenceLength = 4
const mostFurther = 8

/**
 * Sequences alone after a dossier number: too little to be looked up, enough to suggest the whole number. A year, or a part of a
 * telephone number, is not taken for one.
 */
export function furtherSequences(glyphs: Glyphs, { reading, end }: Found): Found[] {
  const further: Found[] = []
  if (reading.kind !== 'dossierNo' || reading.dossierNo.sequence.length !== sequenceLength) return further
  const { text } = reading.dossierNo
  for (let at = behindAnd(glyphs, end); further.length < mostFurther; ) {
    const run =
      at < glyphs.length && glyphs.before[at] !== gap.none && glyphs.code[at] === 48
        ? digitsFrom(glyphs, at)
        : 0
    if (run === 0) return further
    if (run !== sequenceLength) return []
    const suggestion = text.slice(0, -sequenceLength) + textAt(glyphs, at, run)
    const reading = { kind: 'unreadable', reason: 'incomplete', suggestion } as const
    if (suggestion !== text) further.push({ start: at, end: at + run, reading, isWeak: false })
    at = behindAnd(glyphs, at + run)
    if (at < glyphs.length && isDigit(glyphs, at) && glyphs.code[at] !== 48) return []
  }
  return further
}

// The word between two numbers.
const ands = ['VA', 'VOI', 'CUNG', 'HAY', 'HOAC', 'DEN', 'TOI', 'AND', 'OR', 'TO']
const longestAnd = 4
function behindAnd({ code, before, length }: Glyphs, at: number): number {
  const word = String.fromCharCode(...code.subarray(at, Math.min(at + longestAnd, length)))
  for (const and of ands)
    if (word.startsWith(and) && before[at] !== gap.none && before[at + and.length] !== gap.none)
      return at + and.length
  return at
}

/**
 * The lookup number that all digits of a text make, in groups of three and more with words between them; undefined where
 * they make none, or there are other digits.
 */
export function findParted(glyphs: Glyphs, decipher: Decipher): Found | undefined {
  let digits = ''
  let [start, end] = [0, 0]
  for (let at = 0; at < glyphs.length; ) {
    if (!isDigit(glyphs, at)) {
      at++
      continue
    }
    const run = digitsFrom(glyphs, at)
    if (run < 3 || digits.length + run > 16) return undefined
    if (digits === '') start = at
    digits += textAt(glyphs, at, run)
    at = end = at + run
  }
  const dossierNo = digits.length === 12 || digits.length === 16 ? decipher(digits) : undefined
  return dossierNo && { start, end, reading: { kind: 'lookupNumber', digits, dossierNo }, isWeak: false }
}

const isDigit = (glyphs: Glyphs, at: number) => glyphs.digit[at]! >= 0 && !isLetter(glyphs, at)

// The digits from here on; also behind a wall, where digitRun finds none.
const digitsFrom = (glyphs: Glyphs, at: number) =>
  glyphs.before[at]! < gap.wall
    ? digitRun(glyphs, at)
    : 1 + (glyphs.before[at + 1] === gap.none ? digitRun(glyphs, at + 1) : 0)
