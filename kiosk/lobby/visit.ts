// A citizen's turn at the kiosk: which screen stands, and what typing does to it. Pure: no network, no storage, no
// history; forgetting a visit is going back to `start`.
import type { Answer } from '../../src/kiosk/contract.ts'
import type { Outcome } from '../parts/api.ts'

/** What a notice screen can be about: an outcome that is not an answer, a reason of `unreadable`, or a scanned address. */
export type Notice = 'unknown' | 'withheld' | 'unavailable' | 'offline' | 'scanned-link' | Reason

const reasons = [
  'empty',
  'no-number',
  'procedure-code',
  'bad-date',
  'unknown-agency',
  'mistyped',
  'incomplete',
  'too-long',
] as const
type Reason = (typeof reasons)[number]

export type Screen =
  | { name: 'number'; typed: string; missing?: number }
  | { name: 'agency' }
  | { name: 'full'; typed: string; empty?: boolean }
  | { name: 'looking'; asked: string }
  | { name: 'answer'; asked: string; answer: Answer }
  | { name: 'notice'; notice: Notice; asked?: string; suggestion?: string; retryAfterSeconds?: number }

export const start: Screen = { name: 'number', typed: '' }

const lookupDigits = 12
const longestNumber = 40

/** The screen after one more character, by finger, keyboard or paste. */
export function type(screen: Screen, char: string): Screen {
  if (screen.name === 'full') return { name: 'full', typed: separated(screen.typed, char) }
  // Typing over a notice begins anew; an answer is not lost by a stray key.
  if (screen.name === 'notice' && screen.notice !== 'offline') return type(start, char)
  if (screen.name !== 'number') return screen
  if (/\d/.test(char))
    return screen.typed.length < lookupDigits ? { name: 'number', typed: screen.typed + char } : screen
  // A letter or a dot can only be the long number: go there and keep what was typed.
  if (/[A-Z.-]/.test(char) && (screen.typed !== '' || /[A-Z]/.test(char)))
    return [...screen.typed, char].reduce(type, { name: 'full', typed: '' })
  return screen
}

export function erase(screen: Screen): Screen {
  if (screen.name === 'number') return { name: 'number', typed: screen.typed.slice(0, -1) }
  if (screen.name === 'full') return { name: 'full', typed: screen.typed.slice(0, -1) }
  return screen
}

/** What is in the field, on the screens that have one. */
export const typedOn = (screen: Screen): string =>
  screen.name === 'number' || screen.name === 'full' ? screen.typed : ''

/** Puts a text into the field. */
export const withTyped = (screen: Screen, typed: string): Screen =>
  screen.name === 'number' || screen.name === 'full' ? { name: screen.name, typed } : screen

/** The number to ask for, or the same screen saying what is missing. */
export function submit(screen: Screen): { ask: string } | Screen {
  if (screen.name === 'number') {
    const missing = lookupDigits - screen.typed.length
    return missing === 0 ? { ask: screen.typed } : { ...screen, missing }
  }
  if (screen.name === 'full') return screen.typed === '' ? { ...screen, empty: true } : { ask: screen.typed }
  return screen
}

/** The screen an outcome leads to. */
export function outcomeScreen(asked: string, outcome: Outcome): Screen {
  switch (outcome.kind) {
    case 'found':
      return { name: 'answer', asked, answer: outcome.answer }
    case 'unreadable': {
      const notice = reasons.find((reason) => reason === outcome.reason) ?? 'no-number'
      return {
        name: 'notice',
        notice,
        asked,
        ...(outcome.suggestion ? { suggestion: outcome.suggestion } : {}),
      }
    }
    case 'withheld':
    case 'unavailable':
      return { name: 'notice', notice: outcome.kind, asked, retryAfterSeconds: outcome.retryAfterSeconds }
    default:
      return { name: 'notice', notice: outcome.kind, asked }
  }
}

/** A scan is a number, or (a sticker pasted over ours) an address, which is shown as such and never opened. */
export const isLink = (scanned: string) => /:\/\/|^(HTTPS?|WWW|MAILTO|TEL|SMS(TO)?|WIFI)\b/i.test(scanned)

/** `4827 1936 0518` */
export const grouped = (digits: string) => digits.replace(/(.{4})(?=.)/g, '$1 ')

// Puts the dots and dashes of the legal form where only they can stand: 000.00.15.H45-190521-0003.
function separated(typed: string, char: string): string {
  if (typed.length >= longestNumber) return typed
  const digit = /\d/.test(char)
  const dot = digit
    ? /^\d{3}(\.\d{2})?$/.test(typed)
    : /[GHK]/.test(char) && /^\d{3}\.\d{2}\.\d{2}$/.test(typed)
  const dash = digit && (/^\d{3}\.\d{2}\.\d{2}\.[GHK]\d{2}$/.test(typed) || /-\d{6}$/.test(typed))
  return typed + (dot ? '.' : dash ? '-' : '') + char
}
