// The text of a reply: number, state, date or next action, "as of", phone, in that order and within one segment by
// construction. Words come from the wording files; this file decides what fits. No link, no name, no request for money.

import { holdsLink } from '../../dossier/links.js'
import type { LookupResult } from '../../dossier/lookup.js'
import { localOffsetMs } from '../../dossier/times.js'
import type { Truth } from '../../dossier/truth.js'
import { joinPieces, type Words } from '../../dossier/wording.js'
import type { FillingsOf, WordingKey } from '../../dossier/wording-keys.js'
import { withoutEnding } from '../ending.js'
import { isPlain, plain } from '../segments.js'
import type { Question } from './inquiry.js'
import { dialled, officePhone } from './office-phone.js'

/** How the text will travel: 160 plain characters, or with accents 134 (two UCS-2 segments). */
export interface Room {
  readonly limit: number
  fit(text: string): string
  /** The same for a sentence in pieces, computed once for each sentence of the wording. */
  fitPieces(pieces: readonly string[]): readonly string[]
}

// Removing accents is the most expensive step of a reply: it is done once for each sentence of the wording and each name.
const folded = new Map<string, string>()
const foldedKept = 2000
function fold(text: string): string {
  if (isPlain(text)) return text
  let known = folded.get(text)
  if (known === undefined) {
    if (folded.size >= foldedKept) folded.clear()
    folded.set(text, (known = plain(text)))
  }
  return known
}

const plainRoom = roomOf(160, fold)
const accentedRoom = roomOf(134, (text) => text.normalize('NFC').replace(/\s+/g, ' ').trim())

function roomOf(limit: number, fit: Room['fit']): Room {
  const known = new WeakMap<readonly string[], readonly string[]>()
  const slot = (at: number) => `<${at}>`
  return {
    limit,
    fit,
    fitPieces(pieces) {
      let fitted = known.get(pieces)
      if (!fitted) {
        // Fitted as one text, because blanks on both sides of a placeholder belong together.
        let rest = fit(pieces.map((piece, at) => (at % 2 === 0 ? piece : slot(at))).join(''))
        const its: string[] = []
        for (let at = 1; at < pieces.length; at += 2) {
          const [before = ''] = rest.split(slot(at), 1)
          its.push(before, pieces[at]!)
          rest = rest.slice(before.length + slot(at).length)
        }
        known.set(pieces, (fitted = [...its, rest]))
      }
      return fitted
    },
  }
}

/** The room a question's reply may take. */
export function roomFor(question: Pick<Question, 'accents'>): Room {
  return question.accents ? accentedRoom : plainRoom
}

/** Where texts are sent to, as our sentences name it. */
export interface Line {
  readonly shortCode: string
  /** Words every text on a shared short code begins with; with a blank behind it where there are any. */
  readonly prefix: string
}

/** Whether the citizen got what they asked for: decides the billing hint of the link. */
export function isValid(result: LookupResult): boolean {
  return result.kind === 'found'
}

/** One reply for one looked-up number; `more` is one thing to say about it besides. */
export function answer(
  result: LookupResult,
  question: Question,
  words: Words,
  line: Line,
  now: number,
  more = '',
): string {
  const room = roomFor(question)
  switch (result.kind) {
    case 'found':
      return found(result, question, words, room, now, more)
    case 'unknown':
      return sentence(room, words, 'sms.unknown', { number: shownNumber(question.number ?? '') })
    case 'unreadable': {
      const suggestion = result.suggestion && room.fit(result.suggestion).slice(0, 40)
      if (suggestion) return sentence(room, words, 'sms.suggestion', { ...line, number: suggestion })
      const key = result.reason === 'empty' ? 'no-number' : result.reason
      return sentence(room, words, `sms.unreadable.${key}`, { ...line })
    }
    case 'withheld':
      return sentence(room, words, 'sms.withheld', {
        minutes: Math.max(1, Math.ceil(result.retryAfterSeconds / 60)),
      })
    case 'unavailable':
      return sentence(room, words, 'sms.unavailable')
  }
}

/** A fixed sentence of the wording, cut to the room. */
export function sentence<Key extends WordingKey>(
  room: Room,
  words: Words,
  key: Key,
  ...fillings: FillingsOf<Key>
): string {
  return cut(room.fit(words.text(key, ...fillings)), room.limit)
}

type Say = <Key extends WordingKey>(key: Key, ...fillings: FillingsOf<Key>) => string

/** A sentence of the wording, fitted to the room; what fills it is put in as it is, so it must fit by itself. */
const filled =
  (room: Room, words: Words): Say =>
  (key, ...[fillings]) =>
    joinPieces(room.fitPieces(words.pieces(key)), fillings ?? {})

/** Several sentences as one text: those that fit, by their rank, in the order given. */
export function sentences(room: Room, parts: readonly Part[]): string {
  return compose(
    parts.map(({ text, rank }) => ({ text: room.fit(text), rank })),
    room.limit,
  )
}

interface Part {
  readonly text: string
  /** 0 is mandatory; 1 to 6 are added in this order while there is room. */
  readonly rank: number
  /** For a part that may be cut at a word: how the cut part reads. */
  readonly cut?: (text: string) => string
  /** A shorter form, where the whole does not fit. */
  readonly short?: () => string
}

function found(
  result: Extract<LookupResult, { kind: 'found' }>,
  question: Question,
  words: Words,
  room: Room,
  now: number,
  more: string,
): string {
  const { dossier, agency, truth } = result
  const { language } = words
  const state = words.states[truth.situation]
  const shown = question.number ? shownNumber(question.number) : dossier.dossierNo.text
  const say = filled(room, words)
  const number = room.fit(shown)
  const telephone = (number: string) => (number ? say('sms.phone', { phone: room.fit(number) }) : '')
  const phone = telephone(officePhone(agency.phone))
  const digits = () => telephone(dialled(agency.phone))
  const note = truth.note === undefined || result.level !== 'full' ? '' : room.fit(safeNote(truth.note))
  const { silentSince } = result
  const silent =
    silentSince === undefined ? '' : say('sms.silent', { date: shortDate(silentSince, now, language) })
  const office = room.fit(room === plainRoom ? agency.shortName : agency.name)
  // In the order they are read; which of them fit is decided by rank.
  const parts = [
    { text: `${number}: ${room.fit(state.sms)}`, rank: 0 },
    { text: dates(truth, say, now, language), rank: 1 },
    // That a watch has started must be said; in a notice, what to bring gives way to the telephone.
    { text: room.fit(more), rank: question.action === 'notice' ? 4 : 1 },
    { text: note, rank: 5, cut: (text: string) => say('sms.noteCut', { note: text }) },
    { text: say('sms.asOf', { time: shortTime(dossier.asOf, now, language) }), rank: 2 },
    { text: silent, rank: 4 },
    { text: phone, rank: 3, short: digits },
    // Whole or absent: half of 'phuong Binh An' is another ward.
    { text: office, rank: 6, short: () => asSentence(room.fit(agency.shortName)) },
  ]
  if (question.action !== 'notice') return compose(parts, room.limit)
  const named = { text: `${say('sms.notice', { number })}: ${room.fit(state.sms)}`, rank: 0 }
  // Where "notice" would push out the telephone, it is left out: that the text is a notice is plain without the word.
  const notice = compose([named, ...parts.slice(1)], room.limit)
  return notice.includes(phone) || notice.includes(digits()) ? notice : compose(parts, room.limit)
}

const gap = '. '

function asSentence(text: string): string {
  const bare = withoutEnding(text, '. ,;:')
  const first = bare.charAt(0)
  const capital = first.toUpperCase()
  return first === capital ? bare : capital + bare.slice(1)
}

const lastRank = 6

function compose(parts: readonly Part[], limit: number): string {
  const said = parts.map(({ text }) => asSentence(text))
  const taken = parts.map(() => '')
  let used = 0
  for (let rank = 0; rank <= lastRank; rank++)
    for (let at = 0; at < parts.length; at++) {
      const text = said[at]!
      if (parts[at]!.rank !== rank || text === '') continue
      const before = used > 0 ? gap.length : 0
      const left = limit - used - before
      taken[at] = text.length <= left ? text : shortened(parts[at]!, text, left)
      if (taken[at] !== '') used += before + taken[at]!.length
    }
  return taken.filter((text) => text !== '').join(gap)
}

// A note may be cut at a word, and says so; a date, a time, a phone number or a name is whole or absent.
function shortened({ rank, cut: marked, short }: Part, text: string, limit: number): string {
  if (rank === 0) return cut(text, limit)
  if (short !== undefined) return short().length <= limit ? short() : ''
  if (!marked) return ''
  const room = limit - marked('').length
  const kept = room < 12 ? '' : cut(text, room)
  if (kept !== '') return marked(kept)
  // No room for even one word of the note: still say that there is one, and where to read it.
  const mark = marked('').replace(/^[. ]+/, '')
  return mark.length <= limit ? mark : ''
}

// The one date a citizen plans by: the promised day (moved or passed, with the apology the rule asks for), or the day
// the state was reached.
function dates(
  { promised, apology, since, began }: Truth,
  say: Say,
  now: number,
  language: Words['language'],
): string {
  const day = (at: number) => shortDate(at, now, language)
  switch (apology?.kind) {
    case 'overdue':
      return say('sms.overdue', { date: day(apology.promised) })
    case 'moved':
      return say('sms.moved', { date: day(apology.to), old: day(apology.from) })
    case 'late':
      return say('sms.late', { date: day(since), old: day(apology.promised) })
    case undefined:
  }
  if (promised) return say('sms.due', { date: day(promised.at) })
  return began ? say(`sms.${began.kind}`, { date: day(began.at) }) : ''
}

/** The promised day, as a notice names it; empty where none holds. */
export function promisedDay({ promised }: Truth, now: number, language: Words['language']): string {
  return promised ? shortDate(promised.at, now, language) : ''
}

// An agency's note is somebody else's text in a message that people must be able to trust: one that looks like a link,
// a call-back number or a demand is left out.
function safeNote(note: string): string {
  const text = note.replace(/\s+/g, ' ').trim()
  if (holdsLink(text)) return ''
  if (/\d[\d .-]{7,}\d/.test(text)) return ''
  if (/\b(?:pin|otp|mat khau|password|chuyen khoan|tai khoan)\b/i.test(plain(text))) return ''
  return text
}

/** A number as people read it: lookup numbers, of 12 or 16 digits, in fours. */
export function shownNumber(number: string): string {
  return /^\d{12}(\d{4})?$/.test(number) ? number.match(/\d{4}/g)!.join(' ') : cut(plain(number), 40)
}

const two = (value: number) => (value < 10 ? `0${value}` : String(value))
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// A day as UTC has it. In English with the month's name: 08/12 would be read as the 12th of August.
function dayAndMonth(day: Date, language: Words['language']): string {
  const month = day.getUTCMonth()
  return language === 'en'
    ? `${day.getUTCDate()} ${months[month]}`
    : `${two(day.getUTCDate())}/${two(month + 1)}`
}

/** The local day of a moment, with its year unless that is the current one. */
export function shortDate(at: number, now: number, language: Words['language']): string {
  const day = new Date(at + localOffsetMs)
  const year = day.getUTCFullYear()
  const date = dayAndMonth(day, language)
  if (year === new Date(now + localOffsetMs).getUTCFullYear()) return date
  return `${date}${language === 'en' ? ' ' : '/'}${year}`
}

function shortTime(at: number, now: number, language: Words['language']): string {
  const day = new Date(at + localOffsetMs)
  return `${two(day.getUTCHours())}:${two(day.getUTCMinutes())} ${shortDate(at, now, language)}`
}

// At a word when there is one near the end.
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const hard = text.slice(0, Math.max(0, limit))
  const blank = hard.lastIndexOf(' ')
  return withoutEnding(blank > limit * 0.6 ? hard.slice(0, blank) : hard, ' ,;:(-')
}
