// Numbers that people write only in part, or with words in between: "…-0001 và 0002" names a second dossier of the same
// day, "…-0001 và 261009-0002" one of another day, and "3082 4288 rồi 5941" or "3082 gạch 4288 gạch 5941" is a lookup number.
import type { Decipher } from './digit-groups.js'
import { type Glyphs, gap, isDash, isLetter } from './glyphs.js'
import { digitRun, readTail, textAt } from './number-tail.js'
import type { Found } from './reading.js'

const sequenceLength = 4
const maxFurther = 8

/**
 * Sequences after a dossier number, alone or with a date: too little to look up, enough to suggest the whole number. A year or
 * a part of a telephone number is not taken for one. `latestDay` is the last day a receipt can bear.
 */
export function furtherSequences(glyphs: Glyphs, { reading, end }: Found, latestDay: number): Found[] {
  const further: Found[] = []
  if (reading.kind !== 'dossierNo' || reading.dossierNo.day === undefined) return further
  const { text, sequence } = reading.dossierNo
  const code = text.slice(0, text.indexOf('-'))
  let day = text.slice(0, -sequence.length)
  const isDigitAt = (at: number) => at < glyphs.length && isDigit(glyphs, at)
  const add = (start: number, end: number, suggestion: string) => {
    const reading = { kind: 'unreadable', reason: 'incomplete', suggestion } as const
    if (suggestion !== text) further.push({ start, end, reading, isWeak: false })
  }
  for (let at = behindAnd(glyphs, end); further.length < maxFurther; ) {
    const dated = isDigitAt(at) && glyphs.before[at] !== gap.none ? datedAt(glyphs, at, latestDay) : undefined
    if (dated) {
      day = `${code}-${dated.date}-`
      add(at, dated.end, day + dated.sequence)
      at = behindAnd(glyphs, dated.end)
      continue
    }
    const isZero = isDigitAt(at) && glyphs.before[at] !== gap.none && glyphs.code[at] === 48
    const run = isZero && sequence.length === sequenceLength ? digitsFrom(glyphs, at) : 0
    if (run === 0) return further
    if (run !== sequenceLength) return []
    add(at, at + run, day + textAt(glyphs, at, run))
    at = behindAnd(glyphs, at + run)
    if (isDigitAt(at) && glyphs.code[at] !== 48 && !datedAt(glyphs, at, latestDay)) return []
  }
  return further
}

// "261009-0012": a date and a sequence with a dash between them, as printed. With any other mark they may be anything.
function datedAt(glyphs: Glyphs, at: number, latestDay: number) {
  const date = digitRun(glyphs, at)
  if ((date !== 6 && date !== 8) || !isDash(glyphs.before[at + date]!)) return undefined
  const tail = readTail(glyphs, at, latestDay)
  return tail?.kind === 'read' && tail.date.length === date ? tail : undefined
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

// The number of digits from here on, even after a wall, where digitRun returns 0.
const digitsFrom = (glyphs: Glyphs, at: number) =>
  glyphs.before[at]! < gap.wall
    ? digitRun(glyphs, at)
    : 1 + (glyphs.before[at + 1] === gap.none ? digitRun(glyphs, at + 1) : 0)
