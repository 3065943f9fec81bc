// Texts that are about another text: a phone's reaction to one, and our own words sent back (quoted, forwarded, or by a
// machine). Their content was said before and asks nothing.

import { withoutAccents } from '../../dossier/unaccented.js'
import type { Words } from '../../dossier/wording.js'
import { type WordingKey, wordingKeys } from '../../dossier/wording-keys.js'
import { lettersOf } from './text.js'

const opening = /["“”«‟„'‘]/
/** The closing quotation mark of each opening one. */
const closings: Readonly<Record<string, string>> = { '“': '”', '«': '»', '„': '“”"', '‘': '’', "'": "'" }

/**
 * Whether a text is a phone's report of a reaction: a short phrase and then a text in quotation marks to the end, `Liked “…”`,
 * `Đã thích “…”`, `👍 to “…”`, `Removed a heart from “…”`. The phrase tells of something done (a participle in -ed, "đã …", a
 * picture), in every language of iOS, Google Messages and Samsung that was seen. `isNumber` says of what is quoted that it
 * is a number and nothing else: somebody who writes `Đã nộp hồ sơ "4827 1936 0518"` asks.
 */
export function isReaction(text: string, isNumber: (quoted: string) => boolean): boolean {
  const seen = text.replace(/[\u00ad\u200a-\u200f\u2060\ufeff]|\ufe0f/g, '').trim()
  const open = seen.slice(0, 60).search(opening)
  if (open < 0) return isReactionToPicture(seen)
  const phrase = seen.slice(0, open)
  if (open === 0 || /\p{Nd}/u.test(phrase) || !isDone(phrase)) return false
  const rest = seen.slice(open + 1)
  const closers = closings[seen[open]!] ?? '"”'
  const close = Math.max(...[...closers].map((closer) => rest.lastIndexOf(closer)))
  if (close >= 0 && !isOfReaction(rest.slice(close + 1))) return false
  const quoted = close < 0 ? rest : rest.slice(0, close)
  return !isNumber(quoted) || isOfPhone(phrase)
}

// After the quotation a phone adds nothing, or the picture that was used; a person goes on writing.
function isOfReaction(tail: string): boolean {
  const words = wordsOf(tail)
  return !/\p{Nd}/u.test(tail) && (words.length === 0 || (words.length < 3 && hasPicture(tail)))
}

const wordsOf = (phrase: string) => (phrase.match(/\p{L}[\p{L}\p{M}]*/gu) ?? []).map(lettersOf)
const hasPicture = (phrase: string) => /\p{Extended_Pictographic}/u.test(phrase)

function isDone(phrase: string, maxWords = 8): boolean {
  const words = wordsOf(phrase)
  if (words.length > maxWords) return false
  return hasPicture(phrase) || /^(?:[A-Z]{2,}ED|DA)$/.test(words[0] ?? '') || words.at(-1) === 'THICH'
}

// A person says what was done to which number; a phone names nothing.
function isOfPhone(phrase: string): boolean {
  const words = wordsOf(phrase)
  return hasPicture(phrase) || words.at(-1) === 'THICH' || (words.length === 1 && words[0] !== 'DA')
}

// "Liked an image", "Laughed at a photo", "Đã thích một hình ảnh": nothing to quote, only what it was.
function isReactionToPicture(seen: string): boolean {
  if (/\p{Nd}{3}/u.test(seen) || seen.includes('?')) return false
  const words = wordsOf(seen)
  const said = words.join(' ')
  return isDone(seen, 12) && (media.test(said) || vietnameseMedia.test(said))
}
const media =
  / (?:AN?|YOUR|THE|THIS)?(?: [A-Z]+)? ?(?:IMAGES?|PHOTOS?|PICTURES?|VIDEOS?|MOVIES?|MESSAGES?|STICKERS?|GIFS?|ATTACHMENTS?|LINKS?|LOCATION|CONTACT|EMOJI)$/
const vietnameseMedia =
  / (?:MOT (?:(?:HINH |BUC |TAM )?ANH|VIDEO|TIN NHAN(?: THOAI)?|NHAN DAN|TEP(?: DINH KEM)?|LIEN KET|VI TRI|BAN GHI AM)|(?:TIN NHAN|HINH ANH|ANH) CUA BAN)$| THICH (?:TIN NHAN|HINH ANH|ANH|VIDEO)$/

// This many letters of one of our sentences are not there by chance: in a row, or in pieces around the placeholders.
const tellingLetters = 22
const pieceLetters = 8

interface Quotes {
  /** Whether a text says what we say. */
  isQuoted(text: string): boolean
  /** Whether some words are of our sentences, and of nobody else's. */
  isOurs(words: string): boolean
}

/** Compiles what we say. */
export function openQuotes(languages: readonly Words[]): Quotes {
  const sentences: string[][] = []
  const ages: RegExp[] = []
  const states = new Set<string>()
  for (const words of languages) {
    for (const { sms } of Object.values(words.states)) states.add(lettersOf(sms))
    for (const key of (Object.keys(wordingKeys) as WordingKey[]).filter((key) => key.startsWith('sms.'))) {
      const pieces = words
        .text(key, ...gaps(key))
        .split(gap)
        .map(lettersOf)
        .filter(({ length }) => length >= pieceLetters)
      sentences.push(pieces)
    }
    // "Cap nhat 10:30 24/11", "As of 10:30 24 Nov" closes every answer; nobody dates a question like that.
    const age = lettersOf(words.text('sms.asOf', { time: '' }))
    ages.push(
      new RegExp(
        `${[...age].join('[^A-Za-z0-9]*')}\\s*\\d\\d:\\d\\d (?:\\d\\d/\\d\\d|\\d{1,2} [a-z]{3})`,
        'i',
      ),
    )
  }
  const isSaid = (text: string) => {
    if (hasFewLetters(text)) return false
    const letters = lettersOf(text)
    return sentences.some(
      (pieces) => lettersIn(pieces.filter((piece) => letters.includes(piece))) >= tellingLetters,
    )
  }
  const allPieces = [...states, ...sentences.flat()]
  return {
    isQuoted(text) {
      if (text.length < tellingLetters) return false
      if (isSaid(text) || isAnswer(text, states)) return true
      return /\d\d:\d\d/.test(text) && ages.some((age) => age.test(withoutAccents(text)))
    },
    isOurs(words) {
      const letters = lettersOf(words)
      return allPieces.some((piece) => piece.includes(letters) || letters.includes(piece))
    },
  }
}

// “H15.50-261008-0975: Dang xu ly. …”: an answer of ours in quotation marks, as a phone of any language reacts to it. People
// quote a number, or write about it; none writes the number, a colon and our words for a state.
const answerInQuotes = /["“”«‟„'‘「『]\s*[\dA-Z][\dA-Z .-]{10,42}:\s([^.…"“”»」』]{4,60})[.…"“”»」』]/u

function isAnswer(text: string, states: ReadonlySet<string>): boolean {
  const [, state] = answerInQuotes.exec(text) ?? []
  return state !== undefined && !text.includes('?') && states.has(lettersOf(state))
}

// A number and a word before it: what most texts are. Letters beyond ASCII may stand for several.
function hasFewLetters(text: string): boolean {
  let letters = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at) | 0x20
    if (code > 127 || (code >= 97 && code <= 122 && ++letters >= pieceLetters)) return false
  }
  return true
}

const lettersIn = (pieces: readonly string[]) => pieces.reduce((sum, { length }) => sum + length, 0)

const gap = '\u0000'
function gaps(key: WordingKey): [never] {
  return [Object.fromEntries(wordingKeys[key].map((name) => [name, gap])) as never]
}
