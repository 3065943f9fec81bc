// What a citizen's text asks for. The dossier room parses numbers; keywords.ts tells a command from a sentence. This file
// decides which questions a text contains, or why it has none. It never fails: a text without sense is small talk.

import type { Reading, Unreadable } from '../../dossier/numbers/reading.js'
import { isAscii, withListMarksApart } from '../../dossier/unaccented.js'
import type { Words } from '../../dossier/wording.js'
import { isCourtesy, isDatedCourtesy } from './courtesy.js'
import { isReaction, openQuotes } from './echoes.js'
import { isEnglish } from './english.js'
import { afterPrefix, signsOf, withoutInvitation } from './framing.js'
import { withLettersOfKeys } from './input-methods.js'
import {
  addresseeOf,
  addressOf,
  bodyOf,
  type Command,
  gluedCodeOf,
  type Head,
  isNumbersAlone,
  noHead,
  openKeywords,
} from './keywords.js'
import { unreadOf } from './listed.js'
import { withoutSignature } from './signatures.js'
import { hasAccents, lettersOf, type Word, wordsIn } from './text.js'
import { asksState, ticketIn, wantsToComplain } from './wish.js'

/** The kind of a question. `notice` and `reply` do not come from citizens: we send them. */
export const actions = [
  'ask', // a dossier, by its number
  'unread', // a number that cannot be read: told why
  'too-many', // more numbers than one text may ask
  'watch',
  'stop',
  'help',
  'talk', // words without a number or a command: help, once a day
  'language', // EN or VI alone
  'complaint',
  'complain', // wants to complain, and has not said it with PA
  'ticket', // a complaint, by the ticket it was given
  'notice',
  'reply', // an office's answer to a complaint
] as const
type Action = (typeof actions)[number]
export type Language = 'vi' | 'en'

/** One question, answered by one reply. */
export interface Question {
  readonly action: Action
  /**
   * What it is about: a number as read, to be looked up; the reason why a number was not read, and what was perhaps meant.
   * What a complaint says; the ticket of a reply. Left out where there is nothing.
   */
  readonly number?: string
  /** Of a notice: the news it was created for (news.ts). It is sent only while that is still news. */
  readonly news?: string
  /** What `number` was read as; not kept at rest. */
  readonly reading?: Reading
  /** Left out: as this phone was last answered. */
  readonly language?: Language
  /** The citizen asked for this language, so it is remembered for a day. */
  readonly keepsLanguage?: boolean
  /** The reply may keep its accents, in up to two segments. */
  readonly accents: boolean
}

/** Whether the message is ours and answers no text: nobody waits for it phone in hand, and there are few. */
export const isOurs = ({ action }: Pick<Question, 'action'>) => action === 'notice' || action === 'reply'

/** Why a text that was understood gets no reply. Counted like every other reason. */
const silences = [
  'reaction', // a phone's "Liked …" about another text
  'thanks',
  'quoted', // our own words come back
  'help-capped', // small talk by somebody who had help today
  'complaint-capped', // more complaints than a day takes from one phone
  'gone', // a notice of a change that was reverted, overtaken or erased meanwhile
] as const
export type Silence = (typeof silences)[number]

/** A parsed text, before it is stored. */
export interface Heard {
  readonly questions: readonly Question[]
  /** Set when it wants no reply. There are no questions then. */
  readonly silence?: Silence
}

export interface Grammar {
  /** Finds dossier and lookup numbers in a text, each once (dossier/numbers/numbers.ts). */
  find(text: string, max: number): Reading[]
  /** Aliases added by configuration, action → words. */
  readonly keywords: Readonly<Record<string, readonly string[]>>
  /** Words every text on a shared short code begins with. */
  readonly keywordPrefix: string
  /** Our own numbers on the link, as instructions end with them. */
  readonly shortCodes?: readonly string[]
  /** Our own sentences, recognised when they are sent back to us. */
  readonly words: readonly Words[]
}

/** How many numbers of one text are answered. */
export const maxNumbers = 3
// Ten segments and more; nobody types that much, and a text full of digits must not cause unbounded parsing.
const maxTextLength = 4000

// Room for a number and what people write before it.
const lastWords = 64

/** Compiles the grammar once; the result reads one text. */
export function openInquiry(grammar: Grammar): (text: string) => Heard {
  const readHead = openKeywords(grammar.keywords)
  const quotes = openQuotes(grammar.words)
  const prefix = signsOf(grammar.keywordPrefix)
  const ourCodes = new Set(grammar.shortCodes)
  const address = addressOf([...ourCodes])
  const addressee = addresseeOf([...ourCodes])
  const gluedCode = gluedCodeOf([...ourCodes])
  // "Huy gửi 500" is about a person and a sum: after a command without a number, only our own numbers count as an address.
  const ourAddress = ourCodes.size > 0 ? addressOf([...ourCodes], []) : address

  const hasNumber = (text: string) => grammar.find(text, maxNumbers).some(({ kind }) => kind !== 'unreadable')
  const isNumbers = (body: string) => isNumbersAlone(body, hasNumber)

  // "4827 1936 0518 8188" is no number of sixteen digits: our short code stands beside one of twelve.
  const findNumbers = (text: string) => {
    const found = grammar.find(text, maxNumbers + 1)
    if (found.some(({ kind }) => kind !== 'unreadable')) return found
    const rest = text
      .replace(/(?<![\p{L}\p{N}.-])\d{3,6}(?![\p{L}\p{N}-])/gu, (code) => (ourCodes.has(code) ? ' ' : code))
      .replace(gluedCode, ' ')
    return rest !== text && hasNumber(rest) ? grammar.find(rest, maxNumbers + 1) : found
  }

  // Somebody who quotes us and adds the number they mean asks; none of our sentences ends in one.
  const endsInNumber = (text: string) => {
    const [last = ''] = /[\p{L}\p{N} .-]*$/u.exec(text.slice(-lastWords).replace(/[\s\p{P}]+$/u, '')) ?? []
    return hasNumber(last) && !hasNumber(last.replace(/[\s-]*\p{Nd}+$/u, ''))
  }
  // "… DT 0257 000 0103. Con ho so <number> thi sao": and whoever goes on behind that number with words of their own.
  const goesOn = (text: string) => {
    const words = text
      .slice(-lastWords)
      .split(/\p{Nd}/u)
      .at(-1)!
    return (
      words.length < lastWords &&
      lettersOf(words).length > 1 &&
      !quotes.isOurs(words) &&
      endsInNumber(bodyOf(text.slice(0, text.length - words.length), noHead, address))
    )
  }

  // PA first, followed by some content. What follows is kept whole: "PA từ chối tiếp nhận" begins with no command of its
  // writer's.
  function complaint(text: string, words: readonly Word[], head: Head, body: string): Heard | undefined {
    const { commands, ends } = head
    const at = commands.findIndex((command) => !isManner(command))
    const isFirst = commands[at] === 'complaint'
    if (!isFirst && (!wantsToComplain(words) || (asksState(text, words) && hasNumber(text)))) return undefined
    const said = isFirst ? bodyOf(text, { end: ends[at]! }, address).trim() : ''
    const isSaid =
      isFirst &&
      !isNumbers(body.replace(placeOfWords, ' ')) &&
      !isPattern(body) &&
      (hasNumber(body) ? wordCount(body) >= 1 : wordCount(said) >= 3)
    if (!isSaid && ticketIn(text) !== undefined) return undefined
    const manner = {
      ...mannered(words),
      ...mannerOf(isFirst ? commands.slice(0, at) : commands),
      accents: false,
    }
    return heard(
      isSaid ? { action: 'complaint', number: said, ...manner } : { action: 'complain', ...manner },
    )
  }

  function numbers(text: string, words: readonly Word[], head: Head, body: string): Heard | undefined {
    const isAlone = isNumbers(body)
    const read = findNumbers(text)
    const found = isAlone ? [...read, ...unreadOf(body, read, grammar.find)] : read
    // "HUY <number>?" asks whether to.
    const action = isAlone && !text.includes('?') ? actionOf(head.commands) : 'ask'
    const manner = isAlone ? mannerOf(head.commands) : mannered(words)
    const questions = numbersOf(found).map(
      (one): Question =>
        'number' in one ? { action, ...one, ...manner } : { ...unread(one.reading), ...manner },
    )
    if (questions.length === 0) return undefined
    if (questions.length <= maxNumbers) return heard(...questions)
    return heard(...questions.slice(0, maxNumbers), { action: 'too-many', ...manner })
  }

  // No number that can be read: a near-miss is worth an answer of its own.
  function wordless(text: string, words: readonly Word[], head: Head, body: string): Heard {
    // A date is no number that lacks its other digits.
    if (isDatedCourtesy(text, words)) return { questions: [], silence: 'thanks' }
    // "EN 4827 1936 0519" asks in English, whatever is wrong with the number.
    const manner = isNumbers(body) ? mannerOf(head.commands) : mannered(words)
    // "HUY gửi 8188 nha": our own short code is no number that somebody mistyped.
    const isOurCode = ourCodes.has(text.replace(/\P{Nd}+/gu, ''))
    const [near] = isOurCode ? [] : grammar.find(text, maxNumbers)
    const ticket = near?.kind === 'unreadable' && near.reason === 'incomplete' ? ticketIn(text) : undefined
    if (ticket !== undefined) return heard({ action: 'ticket', number: ticket, ...manner })
    if (near?.kind === 'unreadable') return heard({ ...unread(near), ...manner })
    if ((text.includes('?') && /^[\s\p{P}]*$/u.test(text)) || head.commands.includes('help'))
      return heard({ action: 'help', ...manner })
    if (isCourtesy(text, words)) return { questions: [], silence: 'thanks' }
    return heard({ action: 'talk', ...manner })
  }

  const hear = (raw: string): Heard => {
    // NFKC: the full-width letters of Chinese, Japanese and Korean keyboards are the same letters.
    const whole = (isAscii(raw) ? raw : withListMarksApart(raw).normalize('NFKC')).slice(0, maxTextLength)
    const text = withoutSignature(whole, hasNumber)
    if (isReaction(text, isNumbers)) return { questions: [], silence: 'reaction' }
    if (quotes.isQuoted(text) && !endsInNumber(text) && !goesOn(text))
      return { questions: [], silence: 'quoted' }
    // "Soạn HCC PY HUY gửi 8188", "HCC PY: soạn HUY".
    const invited = withoutInvitation(text).replace(addressee, '')
    const begin = afterPrefix(invited, prefix)
    const own = withoutInvitation(invited.slice(begin))
    // Only the prefix: its sender wants to know what to write after it.
    if (begin > 0 && !/[\p{L}\p{N}]/u.test(bodyOf(own, noHead, address)))
      return heard({ action: 'help', ...plainly })
    const words = wordsIn(own)
    const head = isQuotation.test(own) ? noHead : readHead(own, words)
    const body = bodyOf(own, head, address)
    const isBare = head.commands.length > 0 && !/[\p{L}\p{M}\p{N}]/u.test(bodyOf(own, head, ourAddress))
    if (isBare) return bare(head, own.includes('?'))
    return (
      complaint(own, words, head, body) ?? numbers(own, words, head, body) ?? wordless(own, words, head, body)
    )
  }

  return (raw) => {
    const typed = hear(raw)
    const meant = isPlain(typed) ? withLettersOfKeys(raw) : raw
    if (meant === raw) return typed
    const again = hear(meant)
    return isPlain(again) || !areSameNumbers(typed, again) ? typed : again
  }
}

// Unknown words, or a number alone: it may be a command typed while the input method was off.
const isPlain = ({ questions: [one, ...more] }: Heard) =>
  more.length === 0 && one?.language === undefined && (one?.action === 'talk' || one?.action === 'ask')

const areSameNumbers = ({ questions: [one] }: Heard, { questions: [other] }: Heard) =>
  one?.action === 'talk' || one?.number === other?.number

const wordCount = (text: string) => wordsIn(text).filter(({ letters }) => letters.length > 1).length

// "PA mã-hồ-sơ nội-dung": our own instruction as it stands, with nothing filled in.
const isPattern = (body: string) =>
  lettersOf(body).replace(/MAHOSO|NOIDUNG|LOIPHANANH|NUMBER|YOURWORDS|WORDS/g, '') === ''

// The same with the number filled in, and nothing else.
const placeOfWords =
  /(?<!\p{L})(?:n[oộ]i[\s-]*dung|l[oờ]i[\s-]*ph[aả]n[\s-]*[aá]nh|(?:your[\s-]*)?words)(?!\p{L})/giu

// "> HUY": somebody else's line, as mail programs quote it.
const isQuotation = /^\s*>/

type Manner = Pick<Question, 'accents' | 'language' | 'keepsLanguage'>
const plainly = { accents: false } as const
const heard = (...questions: Question[]): Heard => ({ questions })

// Commands with nothing after them. "Huy?" addresses a person: nothing is cancelled by it.
function bare({ commands }: Head, isAsked: boolean): Heard {
  const manner = mannerOf(commands)
  const deeds = commands.filter((command) => !isManner(command))
  if (deeds.length === 0) return heard({ action: manner.keepsLanguage ? 'language' : 'help', ...manner })
  const isStop = !isAsked && deeds.every((command) => command === 'stop' || command === 'refuse')
  if (deeds[0] === 'complaint') return heard({ action: 'complain', ...manner })
  return heard({ action: isStop ? 'stop' : 'help', ...manner })
}

// Two different commands are ambiguous: answer with the state.
function actionOf(commands: readonly Command[]): Action {
  const deeds = new Set(commands.filter((command) => !isManner(command)))
  const [deed] = deeds
  return deeds.size === 1 && (deed === 'watch' || deed === 'stop') ? deed : 'ask'
}

const isManner = (command: Command) =>
  command === 'english' || command === 'vietnamese' || command === 'accents'

function mannerOf(commands: readonly Command[]): Manner {
  const language = commands.includes('english') ? 'en' : commands.includes('vietnamese') ? 'vi' : undefined
  return {
    accents: commands.includes('accents'),
    ...(language ? { language, keepsLanguage: true } : {}),
  }
}

function mannered(words: readonly Word[]): Manner {
  const accented = words.filter(({ typed }) => hasAccents(typed)).length
  const said = words.map(({ letters }) => letters)
  return { accents: false, ...(isEnglish(said, accented) ? { language: 'en' as const } : {}) }
}

function unread(
  reading: Extract<Reading, { kind: 'unreadable' }>,
): Pick<Question, 'action' | 'number' | 'reading'> {
  const { reason, suggestion } = reading
  return { action: 'unread', number: suggestion ? `${reason} ${suggestion}` : reason, reading }
}

/** What an `unread` question was read as, from what is kept of it. */
export function readingOfUnread(number: string): Reading {
  const [reason, ...rest] = number.split(' ') as [Unreadable, ...string[]]
  return { kind: 'unreadable', reason, ...(rest.length > 0 ? { suggestion: rest.join(' ') } : {}) }
}

type Numbered =
  | { readonly number: string; readonly reading: Reading }
  | { readonly reading: Extract<Reading, { kind: 'unreadable' }> }

// Without a parsed number there is no question about one; say what is wrong with it.
function numbersOf(readings: readonly Reading[]): Numbered[] {
  if (readings.every(({ kind }) => kind === 'unreadable')) return []
  return readings.flatMap((reading): Numbered[] => {
    if (reading.kind === 'lookupNumber') return [{ number: reading.digits, reading }]
    if (reading.kind === 'dossierNo') return [{ number: reading.dossierNo.text, reading }]
    // Papers print the code of the procedure beside the number: it is not a second question.
    return reading.reason === 'procedure-code' ? [] : [{ reading }]
  })
}
