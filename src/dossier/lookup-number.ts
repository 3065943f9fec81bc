// The lookup number on a slip: the legal number as twelve digits (agency index 3, days since 2015-01-01 4, sequence 5)
// under FF1, so that it fits a keypad, needs no table and cannot be counted through.
import { openFf1 } from './ff1.js'

/** What stands inside a lookup number. */
export interface LegalDigits {
  readonly agencyIndex: number
  readonly day: number
  readonly sequence: number
}

export interface LookupKeys {
  /** 64 hex digits. */
  readonly lookupKey: string
  /** The key before the last change; slips made with it are still read. */
  readonly lookupKeyPrevious?: string | null | undefined
}

export interface LookupNumbers {
  /** Twelve digits under the current key. */
  encrypt(legal: LegalDigits): string
  /** What `digits` (twelve) mean under the current key, else under the previous one, as the first that `isPossible`. */
  decrypt(digits: string, isPossible: (legal: LegalDigits) => boolean): LegalDigits | undefined
}

const half = 1_000_000

export function openLookupNumbers({ lookupKey, lookupKeyPrevious }: LookupKeys): LookupNumbers {
  const current = openFf1(Buffer.from(lookupKey, 'hex'), 12)
  const ciphers = lookupKeyPrevious
    ? [current, openFf1(Buffer.from(lookupKeyPrevious, 'hex'), 12)]
    : [current]
  return {
    encrypt({ agencyIndex, day, sequence }) {
      // AAADDDDSSSSS cut in the middle: AAADDD and DSSSSS.
      const [left, right] = current.encrypt(
        agencyIndex * 1000 + Math.floor(day / 10),
        (day % 10) * 100_000 + sequence,
      )
      // A leading 1 keeps the zeros in front.
      return String(half + left).slice(1) + String(half + right).slice(1)
    },
    decrypt(digits, isPossible) {
      const left = Number(digits.slice(0, 6))
      const right = Number(digits.slice(6))
      for (const cipher of ciphers) {
        const [a, b] = cipher.decrypt(left, right)
        const legal = {
          agencyIndex: Math.floor(a / 1000),
          day: (a % 1000) * 10 + Math.floor(b / 100_000),
          sequence: b % 100_000,
        }
        if (isPossible(legal)) return legal
      }
      return undefined
    },
  }
}

/** `482719360518` → `4827 1936 0518`, as printed and spoken. */
export function groupDigits(digits: string): string {
  return `${digits.slice(0, 4)} ${digits.slice(4, 8)} ${digits.slice(8)}`
}
