// What stands around a sender's own words: that a text is to be written, whom it is to reach, and the prefix of a shared short
// code.
import { withoutAccents } from '../../dossier/unaccented.js'

const invitation = /^[\s\p{P}]*(?:so[aạ]n(?:\s+tin)?|nh[aắ]n\s+tin|text|sms)(?=[\s\p{P}])[\s\p{P}]*/iu

/** A text without "Soạn:", "Nhắn tin": our own instruction, followed to the letter. */
export const withoutInvitation = (text: string) => text.replace(invitation, '')

/** Letters and digits of a prefix, capital and without accents. */
export const signsOf = (text: string) =>
  withoutAccents(text)
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')

/**
 * Where a text goes on behind the prefix of a shared short code, given as `signsOf` it: "HCC PY", however it is spaced, also
 * "hccpy". 0 without one: the text still counts.
 */
export function afterPrefix(text: string, prefix: string): number {
  if (prefix === '') return 0
  let matched = 0
  for (let at = 0; at < text.length; at++) {
    const signs = signsOf(text[at]!)
    if (!prefix.startsWith(signs, matched)) return 0
    matched += signs.length
    if (matched < prefix.length) continue
    // "TTHC H15.50-…": the last word of the prefix is the beginning of a number.
    const isOfNumber = /\d$/.test(prefix) && /^\p{P}?\p{N}/u.test(text.slice(at + 1, at + 3))
    return isOfNumber ? 0 : at + 1
  }
  return 0
}
