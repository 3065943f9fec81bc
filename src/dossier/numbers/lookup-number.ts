// The lookup number on a slip: a dossier number as decimal digits under FF1, so that it fits a keypad, needs no table and
// cannot be enumerated. Most offices fit in twelve digits, the rest in sixteen; neither begins with 0, because twelve
// digits that do are an identity card.
import { highestIndex } from '../agency.js'
import { type Ff1, openFf1 } from './ff1.js'

/** What a lookup number encodes. */
export interface LegalDigits {
  /** The index of the issuer's entry, 0 to 8,999. */
  readonly index: number
  /** 0: the paper bears the entry's code; 1 to 6: the alias at that position in its list. */
  readonly spelling: number
  readonly day: number
  /** Whether the paper has the date in eight digits. */
  readonly hasLongDate: boolean
  /** As on the paper, 4 to 7 digits. */
  readonly sequence: string
}

export interface LookupKeys {
  /** 64 hex digits. */
  readonly lookupKey: string
  /** The key before the last change; slips printed with it still work. */
  readonly lookupKeyPrevious?: string | null | undefined
}

interface LookupNumbers {
  /** For each, 12 or 16 digits under the current key; undefined for what neither can encode. */
  encrypt(legals: readonly LegalDigits[]): (string | undefined)[]
  /**
   * What each of `texts`, 12 or 16 digits, decodes to under the current key, else under the previous one: the first that
   * `isPossible`.
   */
  decrypt(texts: readonly string[], isPossible: (legal: LegalDigits) => boolean): (LegalDigits | undefined)[]
}

// Index, day and sequence in decimal places. The first digit of a plaintext is never 0, which `firstIndex` ensures:
// indexes 0–899 are written 100–999, and 0–8,999 as 1000–9999.
interface Layout {
  readonly digits: 12 | 16
  readonly firstIndex: number
  readonly sequencePlaces: number
}
const short: Layout = { digits: 12, firstIndex: 100, sequencePlaces: 5 }
const long: Layout = { digits: 16, firstIndex: 1000, sequencePlaces: 8 }
const layouts = [short, long]

/** Opens the cipher under a key, and the one before it. */
export function openLookupNumbers({ lookupKey, lookupKeyPrevious }: LookupKeys): LookupNumbers {
  const keys = lookupKeyPrevious ? [lookupKey, lookupKeyPrevious] : [lookupKey]
  const ciphers = keys.map((key) => ({
    12: walkPastZeros(openFf1(Buffer.from(key, 'hex'), 12), 12),
    16: walkPastZeros(openFf1(Buffer.from(key, 'hex'), 16), 16),
  }))
  return {
    encrypt(legals) {
      const plains = legals.map(plainOf)
      const results: (string | undefined)[] = new Array(legals.length)
      for (const { digits } of layouts)
        fill(results, plains, (plain) => plain.length === digits, ciphers[0]![digits].encrypt)
      return results
    },
    decrypt(texts, isPossible) {
      const results: (LegalDigits | undefined)[] = new Array(texts.length)
      for (const cipher of ciphers)
        for (const layout of layouts) {
          const isOpen = (text: string, nth: number) =>
            results[nth] === undefined && text.length === layout.digits && !text.startsWith('0')
          fill(results, texts, isOpen, (some) =>
            cipher[layout.digits].decrypt(some).map((plain) => {
              const legal = legalOf(plain, layout)
              return legal && isPossible(legal) ? legal : undefined
            }),
          )
        }
      return results
    },
  }
}

// Writes what `work` makes of the texts that are `wanted`, all at once, to their places.
function fill<Made>(
  results: Made[],
  texts: readonly string[],
  wanted: (text: string, nth: number) => boolean,
  work: (some: readonly string[]) => Made[],
): void {
  const places: number[] = []
  for (let nth = 0; nth < texts.length; nth++) if (wanted(texts[nth]!, nth)) places.push(nth)
  if (places.length === 0) return
  const made = work(places.map((place) => texts[place]!))
  for (let nth = 0; nth < places.length; nth++) results[places[nth]!] = made[nth]!
}

/** `482719360518` → `4827 1936 0518`, as printed and spoken. */
export function groupDigits(digits: string): string {
  return digits.replace(/(\d{4})(?=\d)/g, '$1 ')
}

// Cycle walking: a permutation of all strings of a length, repeated until the result does not begin with 0, is a
// permutation of those that do not. Nine in ten end at the first step.
function walkPastZeros(ff1: Ff1, digits: 12 | 16) {
  const half = digits / 2
  const modulus = 10 ** half
  const walk = (step: Ff1['encrypt'], texts: readonly string[]): string[] => {
    const results: string[] = new Array(texts.length)
    let places = texts.map((_, nth) => nth)
    let lefts = texts.map((text) => Number(text.slice(0, half)))
    let rights = texts.map((text) => Number(text.slice(half)))
    while (places.length > 0) {
      step(lefts, rights)
      const again: number[] = []
      for (let nth = 0; nth < places.length; nth++)
        if (lefts[nth]! < modulus / 10) again.push(nth)
        else results[places[nth]!] = String(lefts[nth]) + String(modulus + rights[nth]!).slice(1)
      const these = <T>(all: readonly T[]) => again.map((nth) => all[nth]!)
      ;[places, lefts, rights] = [these(places), these(lefts), these(rights)]
    }
    return results
  }
  return {
    encrypt: (plains: readonly string[]) => walk(ff1.encrypt, plains),
    decrypt: (texts: readonly string[]) => walk(ff1.decrypt, texts),
  }
}

// The digits to be enciphered; empty for what no layout can encode.
function plainOf(legal: LegalDigits): string {
  const layout = layoutOf(legal)
  const ordinal = ordinalOf(legal, layout)
  if (ordinal === undefined || legal.index > highestIndex) return ''
  return (
    String(layout.firstIndex + legal.index) +
    String(legal.day).padStart(4, '0') +
    String(ordinal).padStart(layout.sequencePlaces, '0')
  )
}

function layoutOf({ index, spelling, hasLongDate, sequence }: LegalDigits): Layout {
  const isUsual = spelling === 0 && !hasLongDate && /^(?:\d{4}|[1-9]\d{4})$/.test(sequence)
  return index < 900 && isUsual ? short : long
}

// How many sequences of 4, 5, 6 and 7 digits there are, with leading zeros, and where each length begins.
const lengths = [4, 5, 6, 7] as const
const begins = [0, 10_000, 110_000, 1_110_000] as const
const sequences = 11_110_000
// Eight places hold nine times as many: the code with either form of date, and the aliases, whose papers predate
// eight-digit dates.
const aliasesCarried = 6

function ordinalOf(legal: LegalDigits, layout: Layout): number | undefined {
  const { sequence, spelling, hasLongDate } = legal
  if (layout === short) return Number(sequence)
  const length = lengths.indexOf(sequence.length as 4)
  if (length < 0 || spelling > aliasesCarried || (spelling > 0 && hasLongDate)) return undefined
  const form = spelling === 0 ? (hasLongDate ? 1 : 0) : spelling + 1
  return form * sequences + begins[length]! + Number(sequence)
}

function legalOf(plain: string, layout: Layout): LegalDigits | undefined {
  const places = layout.digits - layout.sequencePlaces
  const index = Number(plain.slice(0, places - 4)) - layout.firstIndex
  const day = Number(plain.slice(places - 4, places))
  const ordinal = Number(plain.slice(places))
  if (layout === short)
    return { index, spelling: 0, day, hasLongDate: false, sequence: String(ordinal).padStart(4, '0') }
  const form = Math.floor(ordinal / sequences)
  if (form > aliasesCarried + 1) return undefined
  const rest = ordinal % sequences
  const length = begins.findLastIndex((begin) => rest >= begin)
  const legal = {
    index,
    spelling: form < 2 ? 0 : form - 1,
    day,
    hasLongDate: form === 1,
    sequence: String(rest - begins[length]!).padStart(lengths[length]!, '0'),
  }
  // What fits in twelve digits was never printed in sixteen.
  return layoutOf(legal) === long ? legal : undefined
}
