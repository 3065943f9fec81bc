// What a text is before anything is sent: a number to ask for, somebody's personal number, or an address. Decided in the
// page, so that what is printed on an identity card reaches no request, no log and no screen.

export type Read =
  | { kind: 'number'; text: string }
  /** An identity card, by its number or its whole code. */
  | { kind: 'identity' }
  /** A phone number or a tax code. */
  | { kind: 'other-number' }
  | { kind: 'link' }
  /** Nothing a slip or a paper of ours can carry. */
  | { kind: 'no-number' }

// Twelve digits from 001 (Hà Nội) to 096 (Cà Mau), in the groups people write; 000 begins a dossier number.
const identityNumber = /(?<![\d.-])0(?!00)\d{2}[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{3}(?![\d.-])/
// The first line of the machine-readable zone, and the lines of a card's QR code: fields parted by |.
const identityCode = /\||<<|^ID?VNM/
const slipAlphabet = /^[0-9A-Z./_ -]+$/
// The longest number in use has 40 characters.
const longestNumber = 60
// Symbology identifier (ISO/IEC 15424): ] and two characters before the data.
const symbology = /^\][A-Za-z][0-9A-Za-z]/
const isLink = (text: string) => /:\/\/|^(HTTPS?|WWW|MAILTO|TEL|SMS(TO)?|WIFI)\b/i.test(text)

/** Reads what a person typed or pasted. */
export function readTyped(text: string): Read {
  const asWritten = text.trim().toUpperCase()
  if (identityCode.test(asWritten) || identityNumber.test(asWritten)) return { kind: 'identity' }
  const digits = asWritten.replace(/[ .-]/g, '')
  if (/^\d{9}$/.test(digits) || /^0(?!00)\d{11}$/.test(digits)) return { kind: 'identity' }
  // 10 and 11 digits with the trunk zero, 84 before 9; tax codes have 10 digits, or 13.
  if (/^(0(?!00)\d{9,10}|\+?84\d{9}|\d{10}|\d{13})$/.test(digits)) return { kind: 'other-number' }
  return /\d/.test(asWritten) ? { kind: 'number', text: asWritten } : { kind: 'no-number' }
}

/** Reads what a scanner sent. */
export function readScanned(scanned: string): Read {
  const text = scanned.replace(symbology, '').trim().toUpperCase()
  // The number stands first in the code of an identity card, also where | was lost on the way.
  if (/^0(?!00)\d{11}/.test(text)) return { kind: 'identity' }
  if (isLink(text)) return { kind: 'link' }
  const read = readTyped(text)
  if (read.kind !== 'number') return read
  return text.length <= longestNumber && slipAlphabet.test(text) ? read : { kind: 'no-number' }
}
