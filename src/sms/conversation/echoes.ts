// Texts that are about another text: a phone's reaction to one, and our own words sent back (quoted, forwarded, or by a
// machine). What stands in them was said before and asks nothing.
import type { Words } from '../../dossier/wording.js'
import { type WordingKey, wordingKeys } from '../../dossier/wording-keys.js'
import { lettersOf } from './text.js'

const opening = /["“”«‟„'‘]/

/**
 * Whether a phone tells of a reaction: a short phrase and then a text in quotation marks to the end, `Liked “…”`,
 * `Đã thích “…”`, `👍 to “…”`, `Removed a heart from “…”`. The phrase tells of something done (a participle in -ed, "đã …", a
 * picture), in every language of iOS, Google Messages and Samsung that was seen. `isQuestion` says of what is quoted that
 * it is a number, perhaps with a command: somebody who writes `Đã nộp hồ sơ "4827 1936 0518"` asks.
 */
export function isReaction(text: string, isQuestion: (quoted: string) => boolean): boolean {
  const seen = text.replace(/[\u00ad\u200a-\u200f\u2060\ufeff]|\ufe0f/g, '').trim()
  const open = seen.slice(0, 60).search(opening)
  if (open < 0) return isReactionToPicture(seen)
  const phrase = seen.slice(0, open)
  if (open === 0 || /\p{Nd}/u.test(phrase) || !isDone(phrase)) return false
  const quoted = seen.slice(open + 1).replace(/["“”»'’]+[.\s]*$/, '')
  return !isQuestion(quoted)
}

function isDone(phrase: string): boolean {
  const words = phrase.match(/[\p{L}\p{M}]+/gu) ?? []
  if (words.length > 8) return false
  if (/\p{Extended_Pictographic}/u.test(phrase)) return true
  const [first = '', ...rest] = words.map(lettersOf)
  return /^[A-Z]{2,}ED$/.test(first) || first === 'DA' || [first, ...rest].at(-1) === 'THICH'
}

// "Liked an image", "Loved a photo": nothing to quote.
function isReactionToPicture(seen: string): boolean {
  return /^[A-Z][a-z]+ed (?:an?|your|the) [a-z]+[.!]?$/.test(seen)
}

// So many letters in a row of one of our sentences nobody writes by chance.
const tellingLetters = 22

/** Compiles what we say into a test whether a text says it. */
export function openQuotes(languages: readonly Words[]): (text: string) => boolean {
  const pieces: string[] = []
  const ages: RegExp[] = []
  for (const words of languages) {
    for (const key of (Object.keys(wordingKeys) as WordingKey[]).filter((key) => key.startsWith('sms.')))
      for (const piece of words.text(key, ...gaps(key)).split(gap)) {
        const letters = lettersOf(piece)
        if (letters.length >= tellingLetters) pieces.push(letters)
      }
    // "Cap nhat 10:30 24/11" closes every answer; nobody dates a question like that.
    const age = lettersOf(words.text('sms.asOf', { time: '' }))
    ages.push(new RegExp(`${[...age].join('[^A-Za-z0-9]*')}\\s*\\d\\d:\\d\\d \\d\\d/\\d\\d`, 'i'))
  }
  return (text) => {
    if (text.length < tellingLetters) return false
    const letters = lettersOf(text)
    if (pieces.some((piece) => letters.includes(piece))) return true
    return /\d\d:\d\d/.test(text) && ages.some((age) => age.test(withoutMarks(text)))
  }
}

const gap = '\u0000'
function gaps(key: WordingKey): [never] {
  return [Object.fromEntries(wordingKeys[key].map((name) => [name, gap])) as never]
}

const withoutMarks = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '')
