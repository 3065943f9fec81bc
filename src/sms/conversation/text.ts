// A text as somebody typed it, taken apart into words. Everything that tells a command from a sentence looks at these: where
// a word stands, what letters it has without accents, and whether the accents that were typed allow another word at all.
import { withoutAccents } from '../../dossier/unaccented.js'

export interface Word {
  /** As typed, composed (NFC). */
  readonly typed: string
  /** Capital letters without accents. */
  readonly letters: string
  /** Place of the word in the text. */
  readonly start: number
  readonly end: number
}

// A mark that stands alone (the variation selector of an emoji) begins no word.
const wordShape = /\p{L}[\p{L}\p{M}]*/gu

/** The runs of letters of a text, at most `max`. Linear. */
export function wordsIn(text: string, max = 400): Word[] {
  const words: Word[] = []
  for (const match of text.matchAll(wordShape)) {
    words.push({
      typed: match[0],
      letters: lettersOf(match[0]),
      start: match.index,
      end: match.index + match[0].length,
    })
    if (words.length >= max) break
  }
  return words
}

/** Capital letters A–Z alone: what a text says, whatever its accents, case and marks. */
export function lettersOf(text: string): string {
  const capitals = withoutAccents(text).toUpperCase()
  return /[^A-Z]/.test(capitals) ? capitals.replace(/[^A-Z]/g, '') : capitals
}

const tones = /[\u0300\u0301\u0303\u0309\u0323]/g

/**
 * Whether a word typed with accents may be the word `meant`: "hủy" and "huỷ" are HỦY, "Huệ" is not, and "huy"
 * without accents may be any of them.
 */
export function mayMean(typed: string, meant: string): boolean {
  return hasAccents(typed) ? spelled(typed) === spelled(meant) : lettersOf(typed) === lettersOf(meant)
}

/** Whether a word has any letter beyond ASCII. */
export function hasAccents(typed: string): boolean {
  return /[^\u0000-\u007f]/.test(typed)
}

// The tone mark stands on one vowel or the next by two schools of spelling: it is moved behind the word. Đ that went through
// Latin-1 is the Icelandic Ð.
function spelled(word: string): string {
  const parts = word.normalize('NFD').toUpperCase().replaceAll('Ð', 'Đ')
  return parts.replace(tones, '') + (parts.match(tones) ?? []).join('')
}
