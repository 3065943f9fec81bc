// What a text is before anything is sent: a number to ask for, somebody's personal number, or an address. Decided in the
// page, so that what is printed on an identity card reaches no request, no log and no screen.
import { isDossierNo, isWhole } from './key-runs.ts'

export type Read =
  | { kind: 'number'; text: string }
  /** An identity card, by its number or its whole code. */
  | { kind: 'identity' }
  /** A phone number or a tax code. */
  | { kind: 'other-number' }
  | { kind: 'link' }
  /** Nothing a slip or a paper of ours can carry. */
  | { kind: 'no-number' }

// Twelve digits from 001 (Hà Nội) to 096 (Cà Mau), however they are grouped; 000 begins a dossier number.
const identityNumber = /(?<![\d.-])0(?!00)(?:[ .-]?\d){11}(?![\d.-])/
const startsWithIdentity = /^0(?!00)\d{11}/
// The lines of a card's QR code (fields parted by |) and of the machine-readable zone, also where < was lost on the way. A
// passport's second line has the state, the day of birth and the sex in its middle.
const identityCode = /\||<<|^ID?VNM|^\d{7}[MF]\d{7}|[A-Z]{3}\d{7}[MFX]\d{7}/
// The number of a health insurance card, which bears it in groups, and of a passport: a letter and 7 or 8 digits. G, H and K also
// begin the codes of offices, so a person may be half-way through one of those; what a scanner reads is whole.
const typedDocument = /^([A-Z]{2}\d{13}|[A-FIJL-Z]\d{7,8})$/
const scannedPassport = /^[A-Z]\d{7,8}$/
// Payment QR codes (EMVCo, VietQR): the format version, then how the code was made. They hold account numbers and names.
const paymentCode = /^0002010102/
// 10 digits with the trunk zero, or 84 before 9, beside words.
const phoneNumber = /(?<![\d.-])(?:\+?84|0)[ .-]?[235789](?:[ .-]?\d){8}(?![\d.-])/
const slipAlphabet = /^[0-9A-Z./_ -]+$/
// The longest number in use has 40 characters.
const longestNumber = 60
// Symbology identifier (ISO/IEC 15424): ] and two characters before the data, then the character set as \000026. The Telex
// input method turns ] into Ư, and a following S, F, R, X or J into its tone.
const symbology = /^(?:\][A-Z][0-9A-Z]|[ƯỨ-Ự][A-Z]?\d)?(?:\\\d{6})?/i
// What makers of scanners put there instead: a letter (Honeywell, Zebra), or a letter and two digits (P01).
const makersIdentifiers = [/^[A-Z]/, /^[A-Z]\d\d/]
// A number of ours among other words: the words may be somebody's name, and are not needed.
const amongWords = [
  /(?<![0-9A-Z./-])[0-9A-Z]{3}(?:\.[0-9A-Z]{2,3})* ?[ -] ?(?:\d{8}|\d{6}) ?[ -] ?\d{4,7}(?![0-9A-Z/-]|\.[0-9A-Z])/,
  /(?<![0-9A-Z./-])[1-9]\d{3}(?: ?\d{4}){2,3}(?! ?\d|[A-Z/-]|\.[0-9A-Z])/,
]
const isLink = (text: string) => /:\/\/|^(HTTPS?|WWW|MAILTO|TEL|SMS(TO)?|WIFI)\b/i.test(text)

/** Whether a text is an identity card's from its first characters on, while it is still being typed. */
export const isCard = (text: string) =>
  startsWithIdentity.test(text.replace(/[ .-]/g, '')) || /\||<</.test(text)

/**
 * Whether a number typed in one go is only the end of what stands in the field: the date and sequence after an office's code,
 * or the last 12 of 16 digits.
 */
export function isEndOf(field: string, whole: string): boolean {
  const digits = field.replace(/[ .-]/g, '')
  return /^\d+$/.test(whole) && digits !== whole && (/[A-Z]/.test(digits) || isWhole(digits))
}

/** Reads what a person typed or pasted. */
export function readTyped(text: string): Read {
  const asWritten = text.trim().toUpperCase()
  // Full-width digits of an input method, blanks and dashes of a document, marks that nobody sees.
  const plain = asWritten
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Pd}/gu, '-')
  const digits = plain.replace(/[ .-]/g, '')
  // 10 and 11 digits with the trunk zero, 84 before 9; tax codes have 10 digits, or 13.
  if (/^(0(?!00)\d{9,10}|\+?84\d{9}|\d{10}|\d{13})$/.test(digits)) return { kind: 'other-number' }
  const [first = ''] = asWritten.split('|')
  // A receipt's code may have fields like a card's, with the dossier number first.
  if (isDossierNo(first)) return { kind: 'number', text: first }
  if (identityCode.test(plain) || identityNumber.test(plain) || startsWithIdentity.test(plain))
    return { kind: 'identity' }
  if (/^\d{9}$/.test(digits) || typedDocument.test(digits)) return { kind: 'identity' }
  for (const form of amongWords) {
    const [number] = form.exec(asWritten) ?? []
    if (number !== undefined) return { kind: 'number', text: number }
  }
  if (phoneNumber.test(plain)) return { kind: 'other-number' }
  return /\d/.test(asWritten) ? { kind: 'number', text: asWritten } : { kind: 'no-number' }
}

/** Reads what a scanner sent. */
export function readScanned(scanned: string): Read {
  const text = withoutIdentifier(scanned.replace(symbology, '').trim().toUpperCase())
  // The number stands first in the code of an identity card, also where | was lost on the way.
  if (startsWithIdentity.test(text)) return { kind: 'identity' }
  if (scannedPassport.test(text)) return { kind: 'identity' }
  if (paymentCode.test(text)) return { kind: 'no-number' }
  if (isLink(text)) return { kind: 'link' }
  const read = readTyped(text)
  if (read.kind !== 'number') return read
  return read.text.length <= longestNumber && slipAlphabet.test(read.text) ? read : { kind: 'no-number' }
}

// It goes only where what follows is whole without it.
function withoutIdentifier(text: string): string {
  if (isWhole(text)) return text
  const rests = makersIdentifiers.map((identifier) => text.replace(identifier, ''))
  return rests.find(isWhole) ?? rests.find((rest) => startsWithIdentity.test(rest)) ?? text
}
