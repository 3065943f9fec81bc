// Numbers said aloud: what dictation on a phone makes of "bốn tám hai bảy một chín ba sáu không năm một tám", and of a
// dossier number ("hát bốn lăm chấm mười hai gạch …").
import type { Decipher } from './digit-groups.js'
import { type Glyphs, gap } from './glyphs.js'
import { personalKind } from './personal.js'
import type { Found } from './reading.js'

// Without accents, as in glyphs. Variants: không, ko, hổng and the letter o; năm, lăm and nhăm; bốn and tư; bảy and bẩy; một
// and mốt. Lẻ and linh mark a skipped zero when counting.
const digitWords: Readonly<Record<string, string>> = {
  KHONG: '0',
  KO: '0',
  HONG: '0',
  O: '0',
  OH: '0',
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
// Words between digits: the separators on paper, and what people say between groups.
const between = new Set('SO CHAM CACH ROI GACH NGANG PHAY TIEP THEO DASH DOT COMMA SPACE AND'.split(' '))
// A shorter run is ordinary speech (năm, hai, tư, một). From four words on it is tried as a number; only from six on is it an
// error that it is none.
const fewestWords = { ofNumber: 4, ofError: 6 }
// A group of digits amid the words; longer ones are a phone, a card, or a number by themselves.
const longestGroup = 8

interface Token {
  readonly start: number
  readonly end: number
  readonly word: string
}

interface Said {
  readonly digits: string
  /** How many tokens it takes. */
  readonly count: number
}

interface Digit {
  readonly start: number
  readonly end: number
  readonly digit: string
}

/** The first run of spoken digits that is a number; else what is wrong with one of nearly that length. */
export function findSpoken(glyphs: Glyphs, decipher: Decipher): Found | undefined {
  const tokens = tokensOf(glyphs)
  let miss: Found | undefined
  let row: Digit[] = []
  let words = 0
  const close = () => {
    const one = words >= fewestWords.ofNumber ? readRow(row, decipher) : undefined
    const isTelling = words >= fewestWords.ofError && row.length >= fewestWords.ofError
    row = []
    words = 0
    if (one?.reading.kind === 'lookupNumber') return one
    if (isTelling) miss ??= one
    return undefined
  }
  for (let at = 0; at < tokens.length; ) {
    const said = saidAt(tokens, at)
    // "Sau đó" gives no digit, so it must not begin a row: one without digits has no first.
    if (said?.digits === '') at += said.count
    else if (said) {
      const own = tokens.slice(at, at + said.count)
      words += own.filter(({ word }) => !/\d/.test(word)).length
      ;[...said.digits].forEach((digit, nth) => {
        const { start, end } = nth === 0 ? own[0]! : own.at(-1)!
        row.push({ start, end, digit })
      })
      at += said.count
    } else {
      if (row.length > 0 && !between.has(tokens[at]!.word)) {
        const read = close()
        if (read) return read
      }
      at++
    }
  }
  return close() ?? miss
}

// The marks of a dossier number, and the words people put in their place: "H45.12 ngày 23 tháng 8 năm 2024 số 0001".
const marks: Readonly<Record<string, string>> = {
  CHAM: '.',
  PHAY: '.',
  DOT: '.',
  POINT: '.',
  GACH: '-',
  NGANG: '-',
  NOI: '-',
  TRU: '-',
  DASH: '-',
  MINUS: '-',
  HYPHEN: '-',
  XUYET: '/',
  XET: '/',
  CHEO: '/',
  SLASH: '/',
  NGAY: '-',
  MUNG: '-',
  MONG: '-',
  THANG: '/',
  SO: '-',
  STT: '-',
}
// How the letters of a code are called.
const letters: Readonly<Record<string, string>> = { HAT: 'H', HACH: 'H', AITCH: 'H', GIE: 'G', GE: 'G' }
// As children learn them: hờ, gờ, ca. Words of their own ("hồ sơ"), unless a digit follows.
const learntLetters: Readonly<Record<string, string>> = { HO: 'H', GO: 'G', CA: 'K' }

/**
 * The text with the spoken parts of a dossier number in digits and marks, to be parsed again; undefined where there are none.
 */
export function asWritten(glyphs: Glyphs): string | undefined {
  const tokens = tokensOf(glyphs)
  const { before } = glyphs
  let text = ''
  let isSpoken = false
  // Whether the digits so far are open: "hai bốn không tám" are one group, "12 240823" are two.
  let isOpen = false
  let monthEnd = -1
  let shortYear = -1
  for (let at = 0; at < tokens.length; ) {
    const { start, end, word } = tokens[at]!
    const isYear = word === 'NAM' && (at === monthEnd || /^20\d\d$/.test(tokens[at + 1]?.word ?? ''))
    const mark = isYear ? '/' : marks[word]
    const said = mark === undefined ? saidAt(tokens, at) : undefined
    const count = said?.count ?? 1
    if (word === 'THANG') monthEnd = at + 1 + (digitsAt(tokens, at + 1)?.count ?? 0)
    const isWord = !/^\d+$/.test(word)
    if (said && (isWord || word.length === 1 || at === shortYear)) {
      text += isOpen && before[start]! < gap.dot ? said.digits : ` ${said.digits}`
      isOpen = true
      isSpoken ||= isWord
    } else {
      const letter = letters[word] ?? (digitsAt(tokens, at + 1) && learntLetters[word])
      // "Năm hai sáu" is written 2026: 26 alone might be taken for the day.
      const isShort = isYear && isShortYear(tokens, at + 1)
      if (isShort) shortYear = at + 1
      isSpoken ||= mark !== undefined || letter !== undefined
      text += (signs[before[start]!] ?? '|') + (mark ?? letter ?? textOf(glyphs, start, end))
      if (isShort) text += ' 20'
      isOpen = isShort || letter !== undefined || word === 'H' || word === 'G' || word === 'K'
    }
    at += count
  }
  return isSpoken ? text : undefined
}

/** How a gap is written, by its strength; a wall is a bar. */
const signs = [' ', ' ', '.', '-', '/', ':']

const textOf = ({ code }: Glyphs, start: number, end: number) =>
  String.fromCharCode(...code.subarray(start, end))

function tokensOf({ length, before, code }: Glyphs): Token[] {
  const tokens: Token[] = []
  for (let start = 0; start < length; ) {
    let end = start + 1
    while (end < length && before[end] === gap.none) end++
    tokens.push({ start, end, word: String.fromCharCode(...code.subarray(start, Math.min(end, start + 9))) })
    start = end
  }
  return tokens
}

/**
 * The digits said at a token: a group of digits, a word for one, or tens: "mười hai", "hai mươi", "hai mươi ba" (but "hai mươi
 * ba mươi" are 20 and 30).
 */
function digitsAt(tokens: readonly Token[], at: number): Said | undefined {
  const wordAt = (place: number) => tokens[place]?.word ?? ''
  // A zero after tens begins the next group: nobody says one there.
  const unitAt = (place: number) => {
    const next = wordAt(place + 1)
    const unit = next === ten || next === hundred || isThousand(next) ? undefined : digitWords[wordAt(place)]
    // "Tháng mười năm hai mươi sáu": no month is the fifteenth.
    return unit === '0' || (unit === '5' && wordAt(at - 1) === 'THANG') ? undefined : unit
  }
  const word = wordAt(at)
  if (/^\d+$/.test(word)) return word.length > longestGroup ? undefined : { digits: word, count: 1 }
  // "sau đó" means "and then": no six.
  if (word === 'SAU' && wordAt(at + 1) === 'DO') return { digits: '', count: 2 }
  const digit = digitWords[word]
  const isTen = word === ten || word === aTen
  const tens = isTen ? '1' : wordAt(at + 1) === ten && digit !== '0' ? digit : undefined
  if (tens === undefined) return digit === undefined ? undefined : { digits: digit, count: 1 }
  const behind = isTen ? at + 1 : at + 2
  const unit = unitAt(behind)
  return { digits: tens + (unit ?? '0'), count: behind - at + (unit === undefined ? 0 : 1) }
}

/**
 * The digits said at a token, also as an amount: "ba trăm linh tám", "ba nghìn không trăm tám mươi hai". For a year also "hai
 * nghìn hai sáu", where only its last two digits follow.
 */
function saidAt(tokens: readonly Token[], at: number): Said | undefined {
  const digit = oneDigit(tokens[at]?.word)
  if (digit === undefined || !isThousand(tokens[at + 1]?.word))
    return hundredsAt(tokens, at) ?? digitsAt(tokens, at)
  const rest = hundredsAt(tokens, at + 2)
  if (rest) return { digits: digit + rest.digits, count: 2 + rest.count }
  const few = isSkipped(tokens[at + 2]?.word) ? digitsAt(tokens, at + 3) : undefined
  return few && few.digits.length <= 2
    ? { digits: digit + few.digits.padStart(3, '0'), count: 3 + few.count }
    : { digits: `${digit}0`, count: 2 }
}

function hundredsAt(tokens: readonly Token[], at: number): Said | undefined {
  const digit = oneDigit(tokens[at]?.word)
  if (digit === undefined || tokens[at + 1]?.word !== hundred) return undefined
  const behind = isSkipped(tokens[at + 2]?.word) ? at + 3 : at + 2
  const rest = digitsAt(tokens, behind)
  const isOne = behind > at + 2 && rest?.digits.length === 1
  const isTens = rest?.digits.length === 2 && rest.count > 1
  if (rest && (isOne || isTens))
    return { digits: digit + rest.digits.padStart(2, '0'), count: behind - at + rest.count }
  // "Không trăm hai sáu": the last two digits of a year follow.
  return { digits: digit === '0' ? digit : `${digit}00`, count: 2 }
}

const oneDigit = (word = '') => (/^\d$/.test(word) ? word : digitWords[word])
const hundred = 'TRAM'
const isThousand = (word: string | undefined) => word === 'NGHIN' || word === 'NGAN'
const isSkipped = (word: string | undefined) => word === 'LE' || word === 'LINH'

/** Whether exactly two digits are said from here on. */
function isShortYear(tokens: readonly Token[], at: number): boolean {
  let digits = ''
  for (let place = at; place < tokens.length && digits.length <= 2; ) {
    const said = saidAt(tokens, place)
    if (said === undefined) break
    digits += said.digits
    place += said.count
  }
  return digits.length === 2
}

const ten = 'MUOI'
const aTen = 'TENX'

/**
 * The text with its "mười" (10) told apart from the "mươi" of 20 to 90, which differ in their accents alone: "hai sáu mười
 * không tám" are 26, 10 and 08. The same text where there are none.
 */
export const withTens = (text: string) => text.normalize('NFC').replace(/mười/giu, aTen)

const timesSaid: Readonly<Record<string, number>> = { hai: 2, ba: 3, bốn: 4, bon: 4, double: 2, triple: 3 }
const times =
  /(?<!\p{L})(?:(?<!(?:số|so) )(hai|ba|bốn|bon|[234]) (?:(?:con |chữ )?số|con|so) (?:không|khong|0|zero|oh?)|(double|triple) (zero|oh?|one|two|three|four|five|six|seven|eight|nine|\d))(?![\p{L}\d])(?! (?:số|so)(?!\p{L}))/giu

/**
 * The text with a digit said several times at once written out: "ba số không một" is 0001, "double six" 66. Where each digit has
 * its own "số", nothing is.
 */
export const withTimes = (text: string) =>
  text.replace(times, (_, count?: string, english?: string, digit = 'không') => {
    const said = (count ?? english)!.toLowerCase()
    return Array(timesSaid[said] ?? Number(said))
      .fill(digit)
      .join(' ')
  })

function readRow(row: readonly Digit[], decipher: Decipher): Found {
  const found = (from: number, to: number, reading: Found['reading']): Found => ({
    start: row[from]!.start,
    end: row[to - 1]!.end,
    reading,
    isWeak: false,
  })
  // A person's own number has ten to twelve. Nine may be an unfinished lookup number, thirteen one with a digit too many.
  const isPersons = row.length >= 10 && row.length <= 12
  const personal = isPersons ? personalKind(row.map(({ digit }) => digit).join('')) : undefined
  if (personal) return found(0, row.length, { kind: 'unreadable', reason: personal })
  // "số năm": a leading digit word that is not a digit.
  for (const length of [row.length, 16, 12])
    for (let from = 0; from + length <= row.length && (length === 12 || length === 16); from++) {
      const digits = row
        .slice(from, from + length)
        .map(({ digit }) => digit)
        .join('')
      const dossierNo = decipher(digits)
      if (dossierNo) return found(from, from + length, { kind: 'lookupNumber', digits, dossierNo })
    }
  const isWhole = row.length === 12 || row.length === 16
  const reason = isWhole ? 'mistyped' : row.length > 12 && row.length !== 15 ? 'too-long' : 'incomplete'
  return found(0, row.length, { kind: 'unreadable', reason })
}
