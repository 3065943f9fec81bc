// Phone numbers: who may be answered, how a number is compared, how it is shown (masked) and how it is stored (a keyed
// hash to count by, encrypted to answer to). The only file that turns a number into anything a log or Redis sees.

import * as crypto from 'node:crypto'
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomFillSync } from 'node:crypto'

/** For logs: country code and the last two digits, `84*******67`. Anything else shows only its length. */
export function mask(address: string): string {
  if (!/^\+?\d{7,}$/.test(address)) return `(${address.length})`
  const digits = address.replace('+', '')
  return `${digits.slice(0, 2)}${'*'.repeat(digits.length - 4)}${digits.slice(-2)}`
}

/** Why a sender is never answered: not a phone number at all, or not in the allowed ranges. */
type Sender = { kind: 'phone'; digits: string } | { kind: 'alphanumeric' } | { kind: 'foreign' }

/**
 * Reads a source address. A national number (`0901…`) gets the country code `84`, since the trunk 0 is dropped abroad.
 * `allowedPrefixes` are of international digits. Service numbers (fewer than 9 digits) are never answered: robots live there.
 */
export function readSender(address: string, ton: number, allowedPrefixes: readonly string[]): Sender {
  // TON 5 is alphanumeric (SMPP v3.4 §5.2.5), whatever the characters.
  if (ton === 5 || !/^\+?\d{1,20}$/.test(address)) return { kind: 'alphanumeric' }
  let digits = address.replace('+', '')
  if (digits.startsWith('00')) digits = digits.slice(2)
  else if (digits.startsWith('0')) digits = `84${digits.slice(1)}`
  else if (isNational(digits, ton)) digits = `84${digits}`
  // The country code before a trunk zero, or twice: no number here begins with 0, and none is that long.
  digits = digits.replace(/^84(?:84|0)(?=\d{9,10}$)/, '84')
  if (digits.length < 9 || digits.length > 15) return { kind: 'foreign' }
  return allowedPrefixes.some((prefix) => digits.startsWith(prefix))
    ? { kind: 'phone', digits }
    : { kind: 'foreign' }
}

/**
 * The digits of an address, without what people and programs write around and between them (`tel:+84 901-234-567`,
 * `"84901234567 "`, `84901234567.0`) and without the F that pads an odd number of BCD digits; a leading + stays. undefined when
 * it is not a number, such as a sender's name.
 */
export function bareNumber(address: string): string | undefined {
  if (digitsAlone.test(address)) return address
  const bare = address
    .normalize('NFKC')
    .replace(/(?<=\d{9})\.0$/, '')
    .replace(/^tel:|[\s().'"\p{Pd}\p{Cf}\p{Cc}]|(?<=\d)F$/giu, '')
  return digitsAlone.test(bare) ? bare : undefined
}

const digitsAlone = /^\+?\d+$/

// A mobile number without trunk 0 and country code has nine digits here and begins with one of these. TON 2 says that it is
// national; other peers say nothing, or leave 1 standing for everything that has its country code.
const isNational = (digits: string, ton: number): boolean =>
  ton === 2 ? !/^84\d{9}$/.test(digits) : ton !== 1 && /^[35789]\d{8}$/.test(digits)

/** Tells which of our `own` numbers an address is, however it is spelled (`0901…`, `+84901…`, `8188`, `848188`). */
export function openOwnNumbers(own: readonly string[]): (address: string) => string | undefined {
  const asGiven = new Set(own)
  const byWhole = new Map(own.toReversed().map((one) => [wholeNumber(one), one]))
  return (address) => {
    if (asGiven.has(address)) return address
    const whole = byWhole.get(wholeNumber(address))
    if (whole !== undefined) return whole
    const short = shortCodeIn.exec(address)?.[1]
    return short !== undefined && asGiven.has(short) ? short : undefined
  }
}

// A short code with the country code or a trunk zero before it, as some SMSCs write every number, or as it was dialled
// (*8188#).
const shortCodeIn = /^[*#]?(?:(?:\+|00)?84|0)?(\d{3,6})#?$/

/** Whether an address is a mobile number of this country in full, whatever its TON says. */
export const isMobile = (address: string): boolean => /^(?:(?:\+|00)?84|0)?[35789]\d{8}$/.test(address)

/** A number in its international digits, whichever way it is spelled; others as they are. */
export function wholeNumber(address: string): string {
  const read = readSender(address, 0, [''])
  return read.kind === 'phone' ? read.digits : address.replace(/^\+/, '')
}

/** A number that was texted to, whichever way it is spelled: a short code without what programs put before it. */
export const dialledNumber = (address: string): string =>
  shortCodeIn.exec(address)?.[1] ?? wholeNumber(address)

/** What the phone key makes possible. */
export interface PhoneKeys {
  /** A stable opaque name of a number or a message, 16 characters; useless without the key. */
  subject(text: string): string
  seal(plain: Buffer | string): Buffer
  /** undefined when the bytes were not sealed with this key or have been changed. */
  open(sealed: Buffer): Buffer | undefined
}

const ivBytes = 12
const tagBytes = 16
// Random bytes are drawn in bulk: one call per message would cost more than the encryption.
const pool = Buffer.alloc(ivBytes * 512)
let poolAt = pool.length

/** `phoneKey` is 64 hex digits. */
export function openPhoneKeys(phoneKey: string): PhoneKeys {
  const secret = Buffer.from(phoneKey, 'hex')
  const sealKey = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'dossier-gateway sms seal', 32)))
  const hashKey = Buffer.from(hkdfSync('sha256', secret, '', 'dossier-gateway sms subject', 32)).toString(
    'hex',
  )
  return {
    // SHA-256(key ‖ text) cut to 96 bits: cut, it has no length extension, and one call costs a quarter of HMAC.
    subject: (text) => crypto.hash('sha256', hashKey + text, 'base64url').slice(0, 16),
    seal(plain) {
      if (poolAt >= pool.length) {
        randomFillSync(pool)
        poolAt = 0
      }
      const iv = pool.subarray(poolAt, poolAt + ivBytes)
      poolAt += ivBytes
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv)
      const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
      cipher.final()
      const sealed = Buffer.allocUnsafe(ivBytes + tagBytes + body.length)
      sealed.set(iv, 0)
      sealed.set(cipher.getAuthTag(), ivBytes)
      sealed.set(body, ivBytes + tagBytes)
      return sealed
    },
    open(sealed) {
      if (sealed.length < ivBytes + tagBytes) return undefined
      const decipher = createDecipheriv('aes-256-gcm', sealKey, sealed.subarray(0, ivBytes))
      decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
      const plain = decipher.update(sealed.subarray(ivBytes + tagBytes))
      try {
        decipher.final()
        return plain
      } catch {
        return undefined // the tag does not match: another key, or changed bytes
      }
    },
  }
}
