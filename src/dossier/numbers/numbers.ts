// Reads the two kinds of number a citizen may type: whole inputs (kiosk, URL, scan), and numbers amid the noise of an
// SMS. dossier-no.ts knows the form of a dossier number; lookup-number.ts is the cipher.

import type { Agency } from '../agency.js'
import { dayAt, lastDay, yymmddOfDay } from '../days.js'
import type { DossierNo } from '../dossier.js'
import { openAgencyCodes } from './agency-codes.js'
import { readAsPrinted } from './as-printed.js'
import { type Decipher, findDigits } from './digit-groups.js'
import { dossierNoOf, findDossierNos } from './dossier-no.js'
import { makeGlyphs, readGlyphs } from './glyphs.js'
import { type LegalDigits, type LookupKeys, openLookupNumbers } from './lookup-number.js'
import {
  asSuggestion,
  withBlankJoined,
  withDigitsMeant,
  withLettersJoined,
  withLineJoined,
} from './misread.js'
import { findParted, furtherSequences } from './parted-digits.js'
import { personalKinds } from './personal.js'
import type { Found, Reading, Unreadable } from './reading.js'
import { asWritten, findSpoken, withTens, withTimes } from './spoken-digits.js'

export interface Numbers {
  /** One whole input as one number. Two different numbers in it are `too-long`. */
  read(text: string): Reading
  /** `read` for each: many lookup numbers cost little more than one. */
  readAll(texts: readonly string[]): Reading[]
  /**
   * Numbers amid noise, in order, without duplicates, at most `max`. When none can be read: the most useful reason why
   * not, and nothing at all for a text without any number.
   */
  find(text: string, max: number): Reading[]
  /**
   * The lookup number of a dossier, which decodes to exactly `dossierNo.text`; undefined outside the legal form and for
   * issuers without an entry and index of their own.
   */
  lookupNumberOf(dossierNo: DossierNo): string | undefined
  /** The same for each: many cost little more than one. */
  lookupNumbersOf(dossierNos: readonly DossierNo[]): (string | undefined)[]
  /** Every spelling a system may have stored the number under, one for each code of its issuer; the typed one first. */
  spellingsOf(dossierNo: DossierNo): readonly string[]
}

/** Longer inputs are not a single number. */
const maxReadLength = 256
/** Bounds how many decryptions a text full of digits can cause. */
const maxDeciphered = 8

const lookupForm = /^[1-9](?:\d{11}|\d{15})$/
// A keyword, which is no part of the number behind it.
const wordBefore = /^[A-Za-z]{2,12} /

// Receipts of the social insurance: 03706/2026/07906, 04486.G/2019/08708.
const ofInsurance = /(?<![\p{L}\p{N}])\d{5}(?:\.[A-Z]{1,2})?\/20\d\d\/\d{5}(?![\p{L}\p{N}])/iu
const elsewhere: Reading = { kind: 'unreadable', reason: 'elsewhere' }

/** `now` determines which dates are still in the future. */
export function openNumbers(
  agencies: readonly Agency[],
  keys: LookupKeys,
  now: () => number = Date.now,
): Numbers {
  const codes = openAgencyCodes(agencies)
  const lookupNumbers = openLookupNumbers(keys)
  const byIndex = new Map(agencies.map((agency) => [agency.index, agency]))
  const patterns = agencies.flatMap((agency) =>
    agency.patterns.map((pattern) => ({ agency, shape: new RegExp(`^(?:${pattern})$`, 'u') })),
  )
  const glyphs = makeGlyphs()

  const decipherAll = (texts: readonly string[], latestDay: number): (DossierNo | undefined)[] =>
    lookupNumbers
      .decrypt(
        texts,
        ({ index, day, spelling }) =>
          day <= latestDay && printedCode(byIndex.get(index), spelling) !== undefined,
      )
      .map((legal) => {
        if (!legal) return undefined
        const { index, spelling, day, hasLongDate, sequence } = legal
        const date = hasLongDate ? `20${yymmddOfDay(day)}` : undefined
        return dossierNoOf(codes, printedCode(byIndex.get(index), spelling)!, { day, date, sequence })
      })
  const decipher = (digits: string, latestDay: number) => decipherAll([digits], latestDay)[0]

  // One day of tolerance: an office whose clock runs fast dates a receipt tomorrow.
  const latest = () => Math.min(dayAt(now()) + 1, lastDay)

  // Fast path: the text is the number exactly as printed.
  const readPrinted = (text: string): Reading | undefined => {
    const dossierNo = readAsPrinted(text, codes, latest())
    return dossierNo && { kind: 'dossierNo', dossierNo }
  }
  const readLookupNumbers = (texts: readonly string[]): Map<string, Reading> => {
    const digits = texts.filter((text) => lookupForm.test(text))
    const readings = new Map<string, Reading>()
    if (digits.length > 0)
      decipherAll(digits, latest()).forEach((dossierNo, nth) => {
        const its = digits[nth]!
        if (dossierNo) readings.set(its, { kind: 'lookupNumber', digits: its, dossierNo })
      })
    return readings
  }

  const scan = (text: string): Found[] => {
    readGlyphs(text, glyphs)
    const latestDay = latest()
    const found = findDossierNos(glyphs, codes, latestDay).flatMap((one) => [
      one,
      ...furtherSequences(glyphs, one, latestDay),
    ])
    const tried = new Map<string, DossierNo | undefined>()
    const decipherOnce = (digits: string): DossierNo | undefined => {
      if (!tried.has(digits) && tried.size < maxDeciphered) tried.set(digits, decipher(digits, latestDay))
      return tried.get(digits)
    }
    findDigits(glyphs, found, decipherOnce)
    if (found.some(isNumber)) return found
    const broken = findBroken(text, found, latestDay)
    if (broken) return broken
    const said = withTimes(withTens(text))
    if (said !== text) readGlyphs(said, glyphs)
    const spoken = findSpoken(glyphs, decipherOnce)
    if (spoken?.reading.kind === 'lookupNumber') return [spoken]
    if (spoken) found.push(spoken)
    const parted = findParted(glyphs, decipherOnce)
    if (parted) return [parted]
    const legacy = patterns.length > 0 ? findLegacy(text) : undefined
    if (legacy) return [legacy]
    const written = asWritten(glyphs)
    if (written !== undefined) {
      readGlyphs(written, glyphs)
      const aloud = findDossierNos(glyphs, codes, latestDay)
      for (const isTelling of [isNumber, hasSuggestion]) {
        const told = aloud.filter(isTelling)
        if (told.length > 0) return told
      }
    }
    if (ofInsurance.test(text)) return [{ start: 0, end: glyphs.length, reading: elsewhere, isWeak: false }]
    return findMisread(text, found, latestDay, decipherOnce) ?? found
  }

  // In a narrow table cell or a photograph a line may end anywhere within a number, and its letters may stand apart.
  const findBroken = (text: string, seen: readonly Found[], latestDay: number): Found[] | undefined => {
    if (seen.length === 0 || seen.some(isPersonal)) return undefined
    const joined = [...withLineJoined(text), ...withBlankJoined(text), withLettersJoined(text) ?? []].flat()
    if (joined.length === 0) return undefined
    const numbers = joined.flatMap((whole) => {
      readGlyphs(whole, glyphs)
      return findDossierNos(glyphs, codes, latestDay).filter(isNumber)
    })
    readGlyphs(text, glyphs)
    return distinct(numbers).length === 1 ? numbers.slice(0, 1) : undefined
  }

  // Reads the text with digits in place of letters that look like them: what it then holds is suggested. If that is a person's
  // identity card, it is reported as one.
  const findMisread = (text: string, seen: readonly Found[], latestDay: number, decipherOnce: Decipher) => {
    if (seen.length === 0 || seen.some(isPersonal)) return undefined
    const mended = withDigitsMeant(text)
    if (mended === undefined) return undefined
    readGlyphs(mended, glyphs)
    const found = findDossierNos(glyphs, codes, latestDay)
    findDigits(glyphs, found, decipherOnce)
    const [one, other] = distinct(found.filter(isNumber))
    if (one === undefined || one.kind === 'unreadable' || other) {
      const cards = found.filter(
        ({ reading }) => reading.kind === 'unreadable' && reading.reason === 'identity',
      )
      return cards.length > 0 ? cards : undefined
    }
    return [{ start: 0, end: glyphs.length, reading: asSuggestion(one), isWeak: false }]
  }

  const findLegacy = (text: string): Found | undefined => {
    const whole = text
      .normalize('NFKC')
      .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '')
      .toUpperCase()
      .trim()
    const pieces = [whole, whole.slice(whole.lastIndexOf(':') + 1).trim(), ...whole.split(/\s+/, 32)]
    for (const piece of pieces) {
      if (piece.length > 100) continue
      const candidate = piece.replace(/^[("'[]+|[)"'\].,;:!?]+$/g, '')
      if (candidate.length < 4 || candidate.length > 40) continue
      const owners = patterns.filter(({ shape }) => shape.test(candidate))
      // Two agencies may use the same number; we do not guess between them.
      if (owners.length === 0 || owners.some(({ agency }) => agency !== owners[0]!.agency)) continue
      const { code } = owners[0]!.agency
      const dossierNo = { text: candidate, issuer: code, agency: code, sequence: candidate }
      return { start: 0, end: glyphs.length, reading: { kind: 'dossierNo', dossierNo }, isWeak: false }
    }
    return undefined
  }

  const read = (text: string): Reading => {
    if (text.length > maxReadLength) return { kind: 'unreadable', reason: 'too-long' }
    const printed = readPrinted(text)
    if (printed) return printed
    const found = scan(text)
    const numbers = distinct(found.filter(isNumber))
    if (numbers.length > 1) return { kind: 'unreadable', reason: 'too-long' }
    return (
      numbers[0] ??
      mostUsefulError(found) ?? { kind: 'unreadable', reason: /\p{L}/u.test(text) ? 'no-number' : 'empty' }
    )
  }

  const legalOf = ({ text, index, day, sequence }: DossierNo): LegalDigits | undefined => {
    if (day === undefined || index === undefined) return undefined
    const [, printed, date] = /^(.*)-(\d{6}|\d{8})-\d+$/.exec(text)!
    const spelling = byIndex.get(index)!.aliases.indexOf(printed!) + 1
    return { index, spelling, day, hasLongDate: date!.length === 8, sequence }
  }
  const lookupNumbersOf = (dossierNos: readonly DossierNo[]): (string | undefined)[] => {
    const legals = dossierNos.map(legalOf)
    const numbers = lookupNumbers.encrypt(legals.filter((legal) => legal !== undefined))
    let at = 0
    return legals.map((legal) => legal && numbers[at++])
  }

  return {
    read,
    readAll(texts) {
      const deciphered = readLookupNumbers(texts)
      return texts.map((text) => deciphered.get(text) ?? read(text))
    },
    find(text, max) {
      const printed = readPrinted(text.replace(wordBefore, ''))
      if (printed) return [printed]
      const found = scan(text)
      if (found.some(isNumber)) return distinct(found.filter((one) => !one.isWeak)).slice(0, max)
      const error = mostUsefulError(found.filter((one) => one.end - one.start >= 4 || !one.isWeak))
      return error ? [error] : []
    },
    lookupNumberOf: (dossierNo) => lookupNumbersOf([dossierNo])[0],
    lookupNumbersOf,
    spellingsOf({ text, issuer, agency, day, sequence }) {
      if (day === undefined) return [text]
      const [, typed, date] = /^(.*)-(\d{6}|\d{8})-\d+$/.exec(text)!
      const entry = issuer === agency ? codes.issuerOf(issuer)!.agency : undefined
      const spelled = [typed!, ...(entry ? [entry.code, ...entry.aliases] : [])].map(
        (code) => `${code}-${date}-${sequence}`,
      )
      return [...new Set(spelled)]
    },
  }
}

// The code as on the paper: the entry's own, or one of its aliases.
function printedCode(agency: Agency | undefined, spelling: number): string | undefined {
  return spelling === 0 ? agency?.code : agency?.aliases[spelling - 1]
}

function isPersonal({ reading }: Found): boolean {
  return reading.kind === 'unreadable' && personalKinds.some((kind) => kind === reading.reason)
}

function hasSuggestion({ reading }: Found): boolean {
  return reading.kind === 'unreadable' && reading.suggestion !== undefined
}

function isNumber(found: Found): boolean {
  return found.reading.kind !== 'unreadable'
}

// A slip carries both numbers of a dossier; someone who sends both has the lookup number and gets its answer.
function distinct(found: Found[]): Reading[] {
  const readings: Reading[] = []
  const places = new Map<string, number>()
  for (const { reading } of found) {
    const key =
      reading.kind === 'unreadable' ? `${reading.reason} ${reading.suggestion}` : reading.dossierNo.text
    const place = places.get(key)
    if (place === undefined) places.set(key, readings.push(reading) - 1)
    else if (reading.kind === 'lookupNumber') readings[place] = reading
  }
  return readings
}

const mostUsefulFirst: readonly Unreadable[] = [
  'bad-date',
  'mistyped',
  'procedure-code',
  'unknown-agency',
  'elsewhere',
  ...personalKinds,
  'too-long',
  'incomplete',
  'no-number',
]

// Of several errors, the one whose correction helps most; one with a suggestion before all others.
function mostUsefulError(found: Found[]): Reading | undefined {
  let best: Reading | undefined
  let rank = Number.POSITIVE_INFINITY
  for (const { reading } of found) {
    if (reading.kind !== 'unreadable') continue
    const place = mostUsefulFirst.indexOf(reading.reason) - (reading.suggestion ? mostUsefulFirst.length : 0)
    if (place < rank) {
      best = reading
      rank = place
    }
  }
  return best
}
