// The text of a reply: number, state, date or next action, "as of", phone, in that order and within one segment by
// construction. Words come from the wording files; this file decides what fits. No link, no name, no request for money.
import type { Dossier } from '../../dossier/dossier.js'
import { currentDueAt } from '../../dossier/dossier.js'
import type { LookupResult } from '../../dossier/lookup.js'
import type { Words } from '../../dossier/wording.js'
import type { FillingsOf, WordingKey } from '../../dossier/wording-keys.js'
import { isPlain, plain } from '../segments.js'
import type { Question } from './inquiry.js'

/** How the text will travel: 160 plain characters, or with accents 134 (two UCS-2 segments). */
export interface Room {
  readonly limit: number
  fit(text: string): string
}

// Taking accents off is the dearest step of a reply: it is done once for each sentence of the wording and each name.
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

const plainRoom: Room = { limit: 160, fit: fold }
const accentedRoom: Room = { limit: 134, fit: (text) => text.normalize('NFC').replace(/\s+/g, ' ').trim() }

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
function filled(room: Room, words: Words): Say {
  return (key, ...[fillings]) => {
    const values: Readonly<Record<string, string | number>> = fillings ?? {}
    const slots: Record<string, string> = {}
    let nth = 0
    for (const name in values) slots[name] = `<${nth++}>`
    let text = room.fit(words.text(key, ...([slots] as unknown as FillingsOf<typeof key>)))
    for (const name in values) text = text.replaceAll(slots[name]!, () => String(values[name]))
    return text
  }
}

/** Several sentences as one text: those that fit, by their rank, in the order given. */
export function sentences(
  room: Room,
  parts: readonly { readonly text: string; readonly rank: number }[],
): string {
  return compose(
    parts
      .filter(({ text }) => text !== '')
      .map(({ text, rank }) => ({ text: asSentence(room.fit(text)), rank })),
    room.limit,
  )
}

interface Part {
  readonly text: string
  /** 0 must stand; the others are taken in this order while there is room. */
  readonly rank: number
}

function found(
  result: Extract<LookupResult, { kind: 'found' }>,
  question: Question,
  words: Words,
  room: Room,
  now: number,
  more: string,
): string {
  const { dossier, agency } = result
  const state = words.states[dossier.dossierStatus]
  const shown = question.number ? shownNumber(question.number) : dossier.dossierNo.text
  const say = filled(room, words)
  const number = question.action === 'notice' ? say('sms.notice', { number: shown }) : room.fit(shown)
  const phone = agency.phone ? say('sms.phone', { phone: room.fit(cut(agency.phone, 24)) }) : ''
  const note = result.level === 'full' && dossier.publicNote ? safeNote(dossier.publicNote) : ''
  const asOf = say('sms.asOf', { time: shortTime(dossier.asOf) })
  const silent =
    result.silentSince === undefined ? '' : say('sms.silent', { date: shortDate(result.silentSince, now) })
  // In the order they are read; which of them fit is decided by rank.
  return sentences(room, [
    { text: `${number}: ${room.fit(state.sms)}`, rank: 0 },
    { text: dates(dossier, result.overdue, say, now), rank: 1 },
    { text: more, rank: 1 },
    { text: note, rank: 5 },
    { text: asOf, rank: 2 },
    { text: silent, rank: 4 },
    { text: phone, rank: 3 },
    { text: room.limit === plainRoom.limit ? agency.shortName : agency.name, rank: 6 },
  ])
}

const gap = '. '

function asSentence(text: string): string {
  const bare = text.replace(/[. ]+$/, '')
  return bare.slice(0, 1).toUpperCase() + bare.slice(1)
}

function compose(parts: readonly Part[], limit: number): string {
  const taken = new Map<Part, string>()
  let used = 0
  for (const part of [...parts].sort((one, other) => one.rank - other.rank)) {
    const left = limit - used - (taken.size > 0 ? gap.length : 0)
    // A note or an agency's name may be cut at a word; a date, a time or a phone number is whole or absent.
    const text =
      part.text.length <= left ? part.text : part.rank === 0 || part.rank >= 5 ? cut(part.text, left) : ''
    if (text === '' || (text !== part.text && text.length < 12)) continue
    used += text.length + (taken.size > 0 ? gap.length : 0)
    taken.set(part, text)
  }
  return parts
    .filter((part) => taken.has(part))
    .map((part) => taken.get(part))
    .join(gap)
}

// The one date a citizen plans by: the promised day (moved or passed, with the apology the rule asks for), or the day
// the state was reached.
function dates(dossier: Dossier, isOverdue: boolean, say: Say, now: number): string {
  const due = currentDueAt(dossier)
  switch (dossier.dossierStatus) {
    case 'submitted':
    case 'accepted':
    case 'processing':
      if (due === undefined) return ''
      if (isOverdue) return say('sms.overdue', { date: shortDate(due, now) })
      if (dossier.extendedDueAt !== undefined && dossier.dueAt !== undefined)
        return say('sms.moved', {
          date: shortDate(dossier.extendedDueAt, now),
          old: shortDate(dossier.dueAt, now),
        })
      return say('sms.due', { date: shortDate(due, now) })
    case 'finished':
      return say('sms.since', { date: shortDate(dossier.finishedAt ?? dossier.eventTime, now) })
    case 'returned':
      return say('sms.on', { date: shortDate(dossier.returnedAt ?? dossier.eventTime, now) })
    case 'supplement':
    case 'payment':
    case 'refused':
    case 'withdrawn':
    case 'stopped':
      return say('sms.on', { date: shortDate(dossier.eventTime, now) })
  }
}

// An agency's note is somebody else's text in a message that people must be able to trust: one that looks like a link,
// a call-back number or a demand is left out.
function safeNote(note: string): string {
  const text = note.replace(/\s+/g, ' ').trim()
  if (/https?:|www\.|\w\.(?:vn|com|net|org|info|xyz|me|ly|top)\b/i.test(text)) return ''
  if (/\d[\d .-]{7,}\d/.test(text)) return ''
  if (/\b(?:pin|otp|mat khau|password|chuyen khoan|tai khoan)\b/i.test(plain(text))) return ''
  return text
}

/** A number as people read it: lookup numbers in fours. */
export function shownNumber(number: string): string {
  return /^\d{12}$/.test(number)
    ? `${number.slice(0, 4)} ${number.slice(4, 8)} ${number.slice(8)}`
    : cut(plain(number), 40)
}

// Vietnam has had one zone and no summer time since 1975.
const zoneMs = 7 * 3_600_000
const two = (value: number) => (value < 10 ? `0${value}` : String(value))

function shortDate(at: number, now: number): string {
  const day = new Date(at + zoneMs)
  const year = day.getUTCFullYear()
  const date = `${two(day.getUTCDate())}/${two(day.getUTCMonth() + 1)}`
  return year === new Date(now + zoneMs).getUTCFullYear() ? date : `${date}/${year}`
}

function shortTime(at: number): string {
  const day = new Date(at + zoneMs)
  return `${two(day.getUTCHours())}:${two(day.getUTCMinutes())} ${two(day.getUTCDate())}/${two(day.getUTCMonth() + 1)}`
}

// At a word when there is one near the end.
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const hard = text.slice(0, Math.max(0, limit))
  const blank = hard.lastIndexOf(' ')
  return (blank > limit * 0.6 ? hard.slice(0, blank) : hard).trimEnd()
}
