// What a citizen's text asks for: a number in whatever form and company, and at most a word or two of command. Reading
// numbers is the dossier room's; this file knows keywords. It never fails: a text without sense is a call for help.
import type { Reading } from '../../dossier/reading.js'
import { plain } from '../segments.js'

/** `notice` is never asked for: it is ours to send. */
export type Action = 'ask' | 'help' | 'watch' | 'stop' | 'notice'
export type Language = 'vi' | 'en'

/** One question, answered by one reply. */
export interface Question {
  readonly action: Action
  /** Handed to the lookup: a number as read, or the text that was not readable. Left out where none is needed. */
  readonly number?: string
  /** What `number` was read as; not kept at rest. */
  readonly reading?: Reading
  readonly language: Language
  /** The reply may carry accents, in up to two segments. */
  readonly accents: boolean
}

export interface Grammar {
  /** Finds dossier and lookup numbers in a text (dossier/numbers.ts). */
  find(text: string, max: number): Reading[]
  /** Aliases added by configuration, action → words. */
  readonly keywords: Readonly<Record<string, readonly string[]>>
  /** Words every text on a shared short code begins with. */
  readonly keywordPrefix: string
}

type Sense = 'ask' | 'help' | 'watch' | 'stop' | 'refuse' | 'english' | 'vietnamese' | 'accents'

// Anti-spam rules made TC the word to refuse messages; people also know it as "tra cứu", so beside a number it asks.
const builtIn: Readonly<Record<Sense, readonly string[]>> = {
  ask: ['HS', 'TRA CUU', 'HO SO', 'STATUS', 'CHECK'],
  help: ['HD', 'HELP', 'TG', 'HUONG DAN', 'TRO GIUP', 'INFO'],
  watch: ['DK', 'DANG KY', 'BAO', 'THEO DOI', 'WATCH'],
  stop: ['HUY', 'STOP', 'TU CHOI', 'UNSUBSCRIBE'],
  refuse: ['TC'],
  english: ['EN', 'ENG', 'ENGLISH'],
  vietnamese: ['VI', 'VN', 'TIENG VIET'],
  accents: ['DAU', 'CO DAU'],
}
// These mean nothing else in either language; the others are also ordinary Vietnamese syllables (bao giờ, đến đâu).
const unmistakable = new Set([
  'HS',
  'HD',
  'HELP',
  'DK',
  'STOP',
  'EN',
  'ENGLISH',
  'CO DAU',
  'WATCH',
  'THEO DOI',
])

const maxQuestions = 3
// A text of three long numbers with words around them; beyond this it is noise.
const maxTextLength = 800
// What is not readable is looked at once more by the lookup, for its reason; so much of it is enough.
const maxUnreadLength = 160

/** Compiles the grammar once; the result reads one text into one to three questions. */
export function openInquiry(grammar: Grammar): (text: string) => Question[] {
  const aliases = compile(grammar.keywords)
  const prefix = letters(grammar.keywordPrefix)

  return (text) => {
    const whole = text.length > maxTextLength ? text.slice(0, maxTextLength) : text
    const folded = plain(whole).toUpperCase()
    const own = withoutPrefix(folded, prefix)
    const readings = grammar.find(own === folded ? whole : own, maxQuestions)
    const { senses, isClean } = readWords(own, aliases)
    const language: Language = senses.has('english') ? 'en' : 'vi'
    const accents = senses.has('accents')
    const shared = { language, accents }
    const numbers = numbersOf(readings)
    const action: Action = senses.has('stop') ? 'stop' : senses.has('watch') ? 'watch' : 'ask'
    if (numbers.length > 0) return numbers.map((one) => ({ action, ...one, ...shared }))
    if (action === 'stop' || (senses.has('refuse') && isClean)) return [{ action: 'stop', ...shared }]
    // A near-miss is worth an answer of its own; no number at all is a call for help.
    const unread = readings.find((reading) => reading.kind === 'unreadable')
    if (unread && unread.reason !== 'empty' && unread.reason !== 'no-number')
      return [{ action: 'ask', number: whole.slice(0, maxUnreadLength), reading: unread, ...shared }]
    return [{ action: 'help', ...shared }]
  }
}

// The same dossier asked for twice is one question; the lookup number tells more.
function numbersOf(readings: readonly Reading[]): { number: string; reading: Reading }[] {
  const byDossier = new Map<string, { number: string; reading: Reading }>()
  for (const reading of readings) {
    if (reading.kind === 'lookupNumber')
      byDossier.set(reading.dossierNo.text, { number: reading.digits, reading })
    else if (reading.kind === 'dossierNo' && !byDossier.has(reading.dossierNo.text))
      byDossier.set(reading.dossierNo.text, { number: reading.dossierNo.text, reading })
  }
  return [...byDossier.values()]
}

interface Alias {
  readonly letters: string
  readonly sense: Sense
  readonly isUnmistakable: boolean
}

function compile(configured: Readonly<Record<string, readonly string[]>>): Alias[] {
  const all: Alias[] = []
  for (const [sense, words] of Object.entries(builtIn) as [Sense, readonly string[]][]) {
    for (const word of words) {
      all.push({ letters: letters(word), sense, isUnmistakable: unmistakable.has(word) })
    }
    // The operator of a service knows which words its citizens use: those count wherever they stand.
    for (const word of configured[sense] ?? []) {
      if (letters(word)) all.push({ letters: letters(word), sense, isUnmistakable: true })
    }
  }
  return all.sort((one, other) => other.letters.length - one.letters.length)
}

// Words are runs of letters. A keyword written with blanks inside (H S, TRA  CUU) or grown onto its number (HS4827) is still one.
function readWords(folded: string, aliases: readonly Alias[]): { senses: Set<Sense>; isClean: boolean } {
  const words = folded.match(/[A-Z]+/g) ?? []
  const senses = new Map<Sense, { isFirst: boolean; isUnmistakable: boolean }>()
  let noise = 0
  let isFirst = true
  for (let at = 0; at < words.length; ) {
    const { alias, taken } = aliasAt(words, at, aliases)
    if (alias) {
      const known = senses.get(alias.sense)
      senses.set(alias.sense, {
        isFirst: isFirst || (known?.isFirst ?? false),
        isUnmistakable: alias.isUnmistakable || (known?.isUnmistakable ?? false),
      })
      at += taken
    } else {
      // A single letter is part of a number (H45) or nothing.
      if (words[at]!.length > 1) noise++
      at++
    }
    isFirst = false
  }
  const isClean = noise === 0
  return {
    isClean,
    senses: new Set(
      [...senses].filter(([, how]) => isClean || how.isUnmistakable || how.isFirst).map(([sense]) => sense),
    ),
  }
}

function aliasAt(
  words: readonly string[],
  at: number,
  aliases: readonly Alias[],
): { alias?: Alias; taken: number } {
  for (const alias of aliases) {
    let joined = ''
    for (let next = at; next < words.length && joined.length < alias.letters.length; next++) {
      joined += words[next]
      if (joined === alias.letters) return { alias, taken: next - at + 1 }
      if (!alias.letters.startsWith(joined)) break
    }
  }
  return { taken: 1 }
}

function letters(text: string): string {
  return plain(text)
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
}

// The prefix of a shared short code, however it is spaced: "HCC PY" also fits "hccpy". Without it the text still counts.
function withoutPrefix(folded: string, prefix: string): string {
  if (prefix === '') return folded
  let matched = 0
  for (let at = 0; at < folded.length; at++) {
    const char = folded[at]!
    if (char === prefix[matched]) {
      matched++
      if (matched === prefix.length) return folded.slice(at + 1)
    } else if (char >= 'A' && char <= 'Z') return folded
    else if (char >= '0' && char <= '9') return folded
  }
  return folded
}
