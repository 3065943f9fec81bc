// The seven digits of an old code as people type them. Codes of QCVN 102:2016 are written from the lowest level up: these
// digits first, their level 1 last (000.00.15.H45).
import { type Glyphs, gap } from './glyphs.js'
import { textAt } from './number-tail.js'

interface Head {
  readonly start: number
  readonly digits: string
}

/**
 * The digits of an old code before its level 1 at `level1`: groups of 3, 2 and 2 with any separators, seven in one run,
 * or something close to that with only dots.
 */
export function headBehind(glyphs: Glyphs, level1: number, consumed: number): Head | undefined {
  const groups: { start: number; length: number; parting: number }[] = []
  let end = level1
  while (
    end > consumed &&
    groups.length < 4 &&
    glyphs.before[end]! < gap.mark &&
    glyphs.digit[end - 1]! >= 0
  ) {
    let start = end - 1
    while (
      start > consumed &&
      glyphs.before[start] === gap.none &&
      glyphs.digit[start - 1]! >= 0 &&
      end - start < 9
    )
      start--
    groups.unshift({ start, length: end - start, parting: glyphs.before[end]! })
    end = start
  }
  const lengths = groups.map(({ length }) => length)
  const exact =
    lengths.slice(-3).join('.') === '3.2.2' ? groups.at(-3) : lengths.at(-1) === 7 ? groups.at(-1) : undefined
  if (exact) return { start: exact.start, digits: textAt(glyphs, exact.start, level1 - exact.start) }
  const dotted = groups.slice(
    groups.findLastIndex(({ parting }) => parting > gap.dot || parting === gap.blank) + 1,
  )
  const start = dotted[0]?.start
  const digits = start === undefined ? '' : textAt(glyphs, start, level1 - start)
  // Three or four digits are a year or a room number, unless they are two levels.
  const isPair = dotted.length === 2 && dotted.every(({ length }) => length === 2)
  const isNear = digits.length === 2 || isPair || (digits.length >= 5 && digits.length <= 8)
  return isNear ? { start: start!, digits } : undefined
}

/**
 * The seven digits of "15.H45" and "07.15.H45": many people omit the zeros of absent levels, and no other code can be meant.
 */
export const withZeros = (glyphs: Glyphs, { digits }: Head, level1: number) =>
  glyphs.before[level1] === gap.dot && digits.length <= 4 ? digits.padStart(7, '0') : undefined

/** The code of seven digits and a level 1, with its dots. */
export const oldCode = (digits: string, body: string) =>
  `${digits.slice(0, 3)}.${digits.slice(3, 5)}.${digits.slice(5)}.${body}`

/** Each seven digits from which one typing error makes these six or eight. */
export function* oneSlipFrom(digits: string): Generator<string> {
  if (digits.length === 8) for (let at = 0; at < 8; at++) yield digits.slice(0, at) + digits.slice(at + 1)
  if (digits.length === 6)
    for (let at = 0; at <= 6; at++)
      for (let digit = 0; digit < 10; digit++) yield digits.slice(0, at) + digit + digits.slice(at)
}
