// Numbers that belong to a person, not a dossier: identity cards, phones, tax codes. People type them where a dossier
// number is asked for; recognised here, they are never looked up, shown or stored.

import { isAscii, withoutAccents } from '../unaccented.js'
import { digitElsewhere } from './glyphs.js'

export const personalKinds = ['identity', 'phone', 'tax-code'] as const
type PersonalKind = (typeof personalKinds)[number]

/** Which kind of personal number `digits` (no separators) are; undefined for none of the three. */
export function personalKind(digits: string): PersonalKind | undefined {
  switch (digits.length) {
    case 9: // identity cards before 2016
      return 'identity'
    case 10:
      if (/^0(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)/.test(digits)) return 'phone'
      return isTaxCode(digits) ? 'tax-code' : undefined
    case 11: // a landline, or a mobile with country code
      return /^(?:02|84[235789])/.test(digits) ? 'phone' : undefined
    case 12: // circular 59/2021/TT-BCA: the three digits of the province begin with 0
      return digits.startsWith('0') ? 'identity' : undefined
    case 13: // a branch: the tax code and three digits, seldom above 099; or a mobile with international prefix
      if (/^0084[235789]/.test(digits)) return 'phone'
      return digits[10] === '0' && isTaxCode(digits.slice(0, 10)) ? 'tax-code' : undefined
    case 22: // the first machine-readable line of a card (ICAO 9303-5): nine digits of the card, a check digit, twelve
      return digits[10] === '0' ? 'identity' : undefined
    default:
      return undefined
  }
}

// Twelve digits in one piece or in even groups: "0905 123 456 08 giờ" is a telephone and an hour, 051226-101226 may be two days.
const between = '[ .,/_-]{1,3}'
const card = new RegExp(
  `(?<!\\d)0(?:\\d{11}|\\d\\d(${between})\\d{3}\\1\\d{3}\\1\\d{3}|\\d\\d[ .-]\\d{9}|\\d{3}(${between})\\d{4}\\2\\d{4}|\\d{5}[ .-]\\d{6}|(?:${between}\\d){11})(?!\\d)`,
)
// Nine digits alone may be anything.
const formerCard =
  /\b(?:g?cmnd|g?cmt(?:nd)?|g?cccd|chung minh|can cuoc)\b[^\d]{0,24}\d{3}[ .,/_-]?\d{3}[ .,/_-]?\d{3}(?!\d)/i
// The first machine-readable line of a card (ICAO 9303-5).
const machineReadable = /\bidvnm[\d<]{22,}/i
const cards = [card, formerCard, machineReadable]

/** Whether an office's own words hold the number of somebody's identity card. */
export function holdsIdentityNumber(text: string): boolean {
  if (hasFewDigits(text)) return false
  const { plain } = plainly(text)
  return cards.some((pattern) => pattern.test(plain))
}

/** A citizen's words with a bullet for each digit of an identity card's number: nobody needs it to know what they say. */
export function withoutIdentityNumbers(words: string): string {
  const composed = words.normalize('NFC')
  if (hasFewDigits(composed)) return composed
  const { plain, places } = plainly(composed)
  let hidden = composed
  for (const pattern of cards)
    for (const { 0: found, index } of plain.matchAll(new RegExp(pattern, 'gi'))) {
      const end = index + found.length
      const [from, to] = places ? [places[index]!, places[end] ?? composed.length] : [index, end]
      // As long as it was: a bullet takes the place of each letter of a digit.
      const bullets = hidden.slice(from, to).replace(/\p{Nd}/gu, (digit) => '•'.repeat(digit.length))
      hidden = hidden.slice(0, from) + bullets + hidden.slice(to)
    }
  return hidden
}

/** A word that should name a state, with a bullet for each digit of a long number: it came from a column about people. */
export const withoutLongNumbers = (word: string): string =>
  word.replace(/\p{Nd}(?:[ .,/_-]?\p{Nd}){7,}/gu, (number) => number.replace(/\p{Nd}/gu, '•'))

// Most notes hold a date at most: they need not be read letter by letter.
const hasFewDigits = (words: string) => (words.match(/\p{Nd}/gu)?.length ?? 0) < 9

/**
 * Words without accents and marks that nobody sees, with the digits, blanks and dashes of all scripts as ASCII has them.
 * `places`: where each letter of them stood; left out where that is where it stands.
 */
function plainly(words: string): { plain: string; places?: number[] } {
  if (isAscii(words)) return { plain: words }
  let plain = ''
  const places: number[] = []
  let at = 0
  for (const letter of words) {
    const meant = plainLetter(letter)
    for (let nth = 0; nth < meant.length; nth++) places.push(at)
    plain += meant
    at += letter.length
  }
  return { plain, places }
}

// Vietnamese has some two hundred letters.
const lettersKept = 1000
const knownLetters = new Map<string, string>()

function plainLetter(letter: string): string {
  let meant = knownLetters.get(letter)
  if (meant !== undefined) return meant
  const digit = digitElsewhere(letter.charCodeAt(0))
  if (/[\p{Cf}\p{M}]/u.test(letter)) meant = ''
  else if (/\p{Zs}/u.test(letter)) meant = ' '
  else if (/[\p{Pd}\u2212]/u.test(letter)) meant = '-'
  else meant = digit === 0 ? withoutAccents(letter) : String.fromCharCode(digit)
  if (knownLetters.size >= lettersKept) knownLetters.clear()
  knownLetters.set(letter, meant)
  return meant
}

// Circular 105/2020/TT-BTC art. 5: the tenth digit is the check digit of the first nine.
const weights = [31, 29, 23, 19, 17, 13, 7, 5, 3]

function isTaxCode(digits: string): boolean {
  const sum = weights.reduce((total, weight, at) => total + weight * Number(digits[at]), 0)
  return Number(digits[9]) === 10 - (sum % 11)
}
