// Numbers that belong to a person, not a dossier: identity cards, phones, tax codes. People type them where a dossier
// number is asked for; recognised here, they are never looked up, shown or stored.

import { withoutAccents } from './unaccented.js'

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
    case 13: // a branch: the tax code and three digits; or a mobile with international prefix
      if (/^0084[235789]/.test(digits)) return 'phone'
      return isTaxCode(digits.slice(0, 10)) ? 'tax-code' : undefined
    case 22: // the first machine-readable line of a card (ICAO 9303-5): nine digits of the card, a check digit, twelve
      return digits[10] === '0' ? 'identity' : undefined
    default:
      return undefined
  }
}

// Twelve digits in one piece or in even groups: "0905 123 456 08 giờ" is a telephone and an hour.
const card =
  /(?<!\d)0(?:\d{11}|\d\d([ .-])\d{3}\1\d{3}\1\d{3}|\d\d[ .-]\d{9}|\d{3}([ .-])\d{4}\2\d{4}|\d{5}[ .-]\d{6})(?!\d)/
// Nine digits alone may be anything.
const formerCard = /\b(?:cmnd|cmt|cccd|chung minh|can cuoc)\b[^\d]{0,24}\d{3}[ .-]?\d{3}[ .-]?\d{3}(?!\d)/i

/** Whether an office's own words hold the number of somebody's identity card. */
export function holdsIdentityNumber(text: string): boolean {
  return card.test(text) || formerCard.test(withoutAccents(text))
}

/** A citizen's words with a bullet for each digit of an identity card's number: nobody needs it to know what they say. */
export function withoutIdentityNumbers(words: string): string {
  let hidden = words.normalize('NFC')
  // Letter for letter, so that what is found in one is at the same place in the other.
  const letters = hidden.replace(/[^\x00-\x7f]/gu, (letter) => {
    const bare = withoutAccents(letter)
    return bare.length === letter.length ? bare : ' '.repeat(letter.length)
  })
  for (const pattern of [card, formerCard])
    for (const { 0: found, index } of letters.matchAll(new RegExp(pattern, 'gi')))
      hidden =
        hidden.slice(0, index) + bulletsFor(found, hidden.slice(index)) + hidden.slice(index + found.length)
  return hidden
}

const bulletsFor = (found: string, words: string) =>
  found.replace(/./gs, (letter, at: number) => (/\d/.test(letter) ? '•' : words[at]!))

// Circular 105/2020/TT-BTC art. 5: the tenth digit is the check digit of the first nine.
const weights = [31, 29, 23, 19, 17, 13, 7, 5, 3]

function isTaxCode(digits: string): boolean {
  const sum = weights.reduce((total, weight, at) => total + weight * Number(digits[at]), 0)
  return Number(digits[9]) === 10 - (sum % 11)
}
