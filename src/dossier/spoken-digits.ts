// Lookup numbers said aloud: what dictation on a phone makes of "bốn tám hai bảy một chín ba sáu không năm một tám".
import type { Decipher } from './digit-groups.js'
import { type Glyphs, gap, isLetter } from './glyphs.js'
import { personalKind } from './personal.js'
import type { Found } from './reading.js'

// Without accents, as in glyphs: năm and lăm (and nhăm), tư beside bốn, bẩy beside bảy, mốt beside một; lẻ and linh mark
// a skipped zero when counting.
const digitWords: Readonly<Record<string, string>> = {
  KHONG: '0',
  LE: '0',
  LINH: '0',
  MOT: '1',
  HAI: '2',
  BA: '3',
  BON: '4',
  TU: '4',
  NAM: '5',
  LAM: '5',
  NHAM: '5',
  SAU: '6',
  BAY: '7',
  TAM: '8',
  CHIN: '9',
  ZERO: '0',
  ONE: '1',
  TWO: '2',
  THREE: '3',
  FOUR: '4',
  FIVE: '5',
  SIX: '6',
  SEVEN: '7',
  EIGHT: '8',
  NINE: '9',
}
const longestWord = 5
// Fewer are ordinary words: năm, hai, tư, một.
const fewestWords = 6

interface Token {
  readonly start: number
  readonly end: number
  readonly digit: string
  readonly isWord: boolean
}

/** The first run of spoken digits that is a number; else what is wrong with one of nearly that length. */
export function findSpoken(glyphs: Glyphs, decipher: Decipher): Found | undefined {
  let miss: Found | undefined
  let row: Token[] = []
  const close = () => {
    const one = row.filter(({ isWord }) => isWord).length >= fewestWords ? readRow(row, decipher) : undefined
    row = []
    if (one?.reading.kind === 'lookupNumber') return one
    miss ??= one
    return undefined
  }
  for (let at = 0; at < glyphs.length; ) {
    let end = at + 1
    while (end < glyphs.length && glyphs.before[end] === gap.none) end++
    const digit = digitOf(glyphs, at, end)
    if (digit !== undefined) row.push({ start: at, end, digit, isWord: isLetter(glyphs, at) })
    else {
      const read = close()
      if (read) return read
    }
    at = end
  }
  return close() ?? miss
}

function readRow(row: readonly Token[], decipher: Decipher): Found {
  const found = (from: number, to: number, reading: Found['reading']): Found => ({
    start: row[from]!.start,
    end: row[to - 1]!.end,
    reading,
    isWeak: false,
  })
  // "số năm": a leading digit word that is not a digit.
  for (const length of [row.length, 16, 12])
    for (let from = 0; from + length <= row.length && (length === 12 || length === 16); from++) {
      const digits = row
        .slice(from, from + length)
        .map(({ digit }) => digit)
        .join('')
      const personal = length === row.length ? personalKind(digits) : undefined
      if (personal) return found(0, row.length, { kind: 'unreadable', reason: personal })
      const dossierNo = decipher(digits)
      if (dossierNo) return found(from, from + length, { kind: 'lookupNumber', digits, dossierNo })
    }
  const isWhole = row.length === 12 || row.length === 16
  const reason = isWhole ? 'mistyped' : row.length > 12 && row.length !== 15 ? 'too-long' : 'incomplete'
  return found(0, row.length, { kind: 'unreadable', reason })
}

// A word for a digit, or a digit standing alone.
function digitOf({ code }: Glyphs, from: number, to: number): string | undefined {
  if (to - from > longestWord) return undefined
  const word = String.fromCharCode(...code.subarray(from, to))
  return /^\d$/.test(word) ? word : digitWords[word]
}
