// A citizen's turn at the kiosk: which screen stands, and what typing does to it. Pure: no network, no storage, no
// history; forgetting a visit is going back to `start`.
import type { Answer } from '../../src/kiosk/contract.ts'
import type { Outcome } from '../parts/api.ts'
import { isCard, type Read, readTyped } from '../parts/scanned.ts'

/** What a notice screen can be about: what the page itself recognised in a text, or an outcome that is not an answer. */
type Notice = Local | 'unknown' | 'withheld' | 'unavailable' | 'offline' | 'unreadable'
type Local = 'identity' | 'other-number' | 'scanned-link' | 'no-number'

export type Screen =
  | { name: 'number'; typed: string; missing?: number }
  | { name: 'agency'; typed: string }
  | { name: 'full'; typed: string; empty?: boolean }
  | { name: 'looking'; asked: string }
  | { name: 'answer'; asked: string; answer: Answer }
  | {
      name: 'notice'
      notice: Notice
      asked?: string
      /** Of `unreadable`: which of its kinds, and the gateway's own words for a kind this page does not know. */
      reason?: string
      detail?: string
      suggestion?: string
      retryAfterSeconds?: number
      /** With `offline`: the half-typed screen to return to afterwards. */
      before?: Screen
    }

export const start: Screen = { name: 'number', typed: '' }

/** A lookup number has 12 digits, or 16. */
const shortDigits = 12
const longDigits = 16
const longestNumber = 40

/** The screen after more characters, by finger, keyboard or paste. */
export function type(screen: Screen, text: string): Screen {
  let next = screen
  for (const char of text) {
    next = typeOne(next, char)
    // What was recognised is gone from the screen; the rest of it must not follow.
    if (next !== screen && next.name === 'notice') return next
  }
  return next
}

function typeOne(screen: Screen, char: string): Screen {
  if (screen.name === 'agency')
    return screen.typed.length < longestNumber ? left({ name: 'agency', typed: screen.typed + char }) : screen
  if (screen.name === 'full') return left({ name: 'full', typed: separated(screen.typed, char) })
  // Typing over a notice starts over; a stray key does not lose an answer.
  if (screen.name === 'notice' && screen.notice !== 'offline') return typeOne(start, char)
  if (screen.name !== 'number') return screen
  if (/\d/.test(char))
    return screen.typed.length < longDigits ? left({ name: 'number', typed: screen.typed + char }) : screen
  // Only the long number has letters or dots: go there and keep what was typed.
  if (/[A-Z./-]/.test(char) && (screen.typed !== '' || /[A-Z]/.test(char)))
    return type({ name: 'full', typed: '' }, screen.typed + char)
  return screen
}

// An identity card's number is cleared from the screen with its last digit.
const left = (screen: Extract<Screen, { name: 'number' | 'full' | 'agency' }>): Screen =>
  isCard(screen.typed) ? { name: 'notice', notice: 'identity' } : screen

export const erase = (screen: Screen): Screen =>
  'typed' in screen ? { name: screen.name, typed: screen.typed.slice(0, -1) } : screen

/** Puts a text into the field, in place of what was there. */
export const put = (screen: Screen, text: string): Screen =>
  'typed' in screen ? type({ name: screen.name, typed: '' }, text) : screen

/** The screen after a paste: the number in it stands in the field. */
export function paste(screen: Screen, text: string): Screen {
  const read = readTyped(text)
  if (read.kind !== 'number') return { name: 'notice', notice: localNotice(read) }
  if (screen.name === 'answer') return screen
  if (screen.name === 'agency') return put(screen, text)
  const [long] = /[0-9A-Z]{3}(?:\.[0-9A-Z]{2,3})*-(?:\d{8}|\d{6})-\d{4,7}/.exec(read.text) ?? []
  if (long) return { name: 'full', typed: long }
  if (/^[\d\s.-]+$/.test(read.text)) return put(start, read.text.replace(/\D/g, ''))
  return type({ name: 'full', typed: '' }, read.text)
}

/** The number to ask for, or the screen that says why there is none. */
export function submit(screen: Screen): { ask: string } | Screen {
  if (screen.name === 'number') {
    const { typed } = screen
    // The beginning of a long number: there is more of it to type.
    if (typed.startsWith('000')) return type({ name: 'full', typed: '' }, typed)
    if (typed.startsWith('0') && typed.length > 8) return { name: 'notice', notice: 'other-number' }
    if (typed.length === shortDigits || typed.length === longDigits) return { ask: typed }
    return { ...screen, missing: (typed.length < shortDigits ? shortDigits : longDigits) - typed.length }
  }
  if (screen.name !== 'full') return screen
  if (screen.typed === '') return { ...screen, empty: true }
  return asked(readTyped(screen.typed))
}

/** The screen for a parsed text. */
export const asked = (read: Read): { ask: string } | Screen =>
  read.kind === 'number' ? { ask: read.text } : { name: 'notice', notice: localNotice(read) }

const localNotice = (read: Exclude<Read, { kind: 'number' }>): Local =>
  read.kind === 'link' ? 'scanned-link' : read.kind

/** The screen for an outcome. */
export function outcomeScreen(asked: string, outcome: Outcome): Screen {
  switch (outcome.kind) {
    case 'found':
      return { name: 'answer', asked, answer: outcome.answer }
    case 'unreadable': {
      const { reason, detail, suggestion } = outcome
      return {
        name: 'notice',
        notice: 'unreadable',
        reason,
        ...(isPersonal(reason) ? {} : { asked }),
        ...(detail ? { detail } : {}),
        ...(suggestion ? { suggestion } : {}),
      }
    }
    case 'withheld':
    case 'unavailable':
      return { name: 'notice', notice: outcome.kind, asked, retryAfterSeconds: outcome.retryAfterSeconds }
    default:
      return { name: 'notice', notice: outcome.kind, asked }
  }
}

// What the gateway recognised as a personal number is not shown again.
const isPersonal = (reason: string) => /identity|personal|phone|tax/.test(reason)

/** `4827 1936 0518` */
export const grouped = (digits: string) => digits.replace(/(.{4})(?=.)/g, '$1 ')

/** A lookup number in its groups, anything else as it is. */
export const asPrinted = (number: string) => (/^\d{12}(\d{4})?$/.test(number) ? grouped(number) : number)

// Puts the dots and dashes of the legal form where only they can stand: 000.00.15.H45-190521-0003. A date has 6 digits, or
// 8 when it begins with a year after 2012 (20 and a month would be a day of 2020).
function separated(typed: string, char: string): string {
  if (typed.length >= longestNumber) return typed
  const digit = /\d/.test(char)
  const dot = digit
    ? /^\d{3}(\.\d{2})?$/.test(typed)
    : /[GHK]/.test(char) && /^\d{3}\.\d{2}\.\d{2}$/.test(typed)
  const dash =
    digit &&
    (/^\d{3}\.\d{2}\.\d{2}\.[GHK]\d{2}$/.test(typed) || /-((?!20(1[3-9]|[2-9]\d))\d{6}|\d{8})$/.test(typed))
  return typed + (dot ? '.' : dash ? '-' : '') + char
}
