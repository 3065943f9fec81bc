// Vietnamese without its accents, as phones without Vietnamese letters write it and SMS carries it.

const bars: Readonly<Record<string, string>> = { đ: 'd', Đ: 'D', ð: 'd', Ð: 'D' }

/** Whether a text is pure ASCII, as most are: nothing to compose, decompose or strip. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}

/** `text` without tones and hooks, đ as d; full-width letters and ligatures become plain ones. Case and all else stay. */
export function withoutAccents(text: string): string {
  if (isAscii(text)) return text
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐðÐ]/g, (letter) => bars[letter]!)
}

const listMark = /(?:[\u2460-\u2473\u24ea\u2776-\u2793]|\d\ufe0f?\u20e3)(?=[\dA-Za-z](?!\ufe0f?\u20e3))/g

/**
 * The text with blanks around the marks of a list, "②000.00.15.H45-…": a digit in a circle or on a keycap, with a plain letter
 * or digit behind it. Compatibility forms (NFKC, NFKD) would make it a digit of the number.
 */
export const withListMarksApart = (text: string) => text.replace(listMark, ' $& ')
