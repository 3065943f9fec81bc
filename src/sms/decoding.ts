// Decodes the bytes of a text: by data_coding, and by the bytes themselves where they are unambiguous. Peers mix up their
// alphabets; trusting only the announced one would answer a number with help.
import { withoutEnding } from './ending.js'
import { type Alphabet, decodeGsm } from './segments.js'

type Coding = 'default' | 'gsm' | 'ucs2' | 'latin1' | 'octets'

/**
 * What data_coding announces. SMPP v3.4 §5.2.19 for the values below 0x10, where 0 is whatever the operator's default
 * alphabet is; 3GPP TS 23.038 §4 for the groups above: general (00xx, with automatic deletion 01xx), message waiting (1100
 * and 1101 in the default alphabet, 1110 in UCS-2), message class (1111).
 */
function codingOf(dataCoding: number): Coding {
  switch (dataCoding) {
    case 0x00:
      return 'default'
    case 0x01:
    case 0x03:
      return 'latin1'
    case 0x08:
      return 'ucs2'
    case 0x02:
    case 0x04:
      return 'octets'
  }
  const group = dataCoding >> 4
  if (group === 0x0f) return (dataCoding & 0x04) === 0 ? 'gsm' : 'octets'
  if (group === 0x0e) return 'ucs2'
  if (group >= 0x0c) return 'gsm'
  if (group >= 0x08) return 'octets' // reserved: text if it looks like one
  if ((dataCoding & 0x20) !== 0) return 'octets' // announced as compressed, which nobody does: text if it looks like one
  const alphabet = (dataCoding >> 2) & 3
  return alphabet === 2
    ? 'ucs2'
    : alphabet === 1
      ? 'octets'
      : group === 0 && alphabet === 3
        ? 'octets'
        : 'gsm'
}

/** Decodes a message; undefined when it is not text. `defaultAlphabet`: what data_coding 0 means at this operator. */
export function decodeText(bytes: Buffer, dataCoding: number, defaultAlphabet: Alphabet): string | undefined {
  const coding = codingOf(dataCoding)
  if (coding !== 'ucs2' && isWide(bytes)) return decodeUcs2(bytes)
  switch (coding) {
    case 'default':
      return decodeDefault(bytes, defaultAlphabet)
    case 'gsm':
      return decodeSeptets(bytes)
    case 'latin1':
      return utf8OrLatin1(withoutFill(bytes))
    case 'ucs2':
      return narrowUnder8(bytes) ?? decodeUcs2(bytes)
    case 'octets':
      return printable(withoutFill(bytes))
  }
}

function decodeDefault(bytes: Buffer, alphabet: Alphabet): string {
  if (alphabet === 'packed7') return decodeGsm(unpack(bytes))
  if (alphabet === 'gsm7') return decodeSeptets(bytes)
  return utf8OrLatin1(withoutFill(bytes))
}

/** The text of bytes that are UCS-2 beyond doubt, in either order; undefined for all others. */
export const wideText = (bytes: Buffer): string | undefined => (isWide(bytes) ? decodeUcs2(bytes) : undefined)

/**
 * The parts of a text joined, without the NULs that some peers pad each with: in the middle of the text they would become an
 * '@'. Peers that cut UCS-2 within a character (a header of seven bytes leaves 133) send half of it with each part.
 */
export function joinParts(parts: readonly Buffer[], dataCoding: number): Buffer {
  const whole = Buffer.concat(parts)
  const isUcs2 = codingOf(dataCoding) === 'ucs2'
  const bare = Buffer.concat(
    parts.map((part) => {
      const body = withoutFill(part)
      const isCut = body.length % 2 === 1 && (isUcs2 || isWide(part))
      return isCut ? part.subarray(0, body.length + 1) : body
    }),
  )
  const isHalved = parts.length > 1 && parts[0]!.length % 2 === 1 && (isUcs2 || isWide(whole))
  return isHalved && asciiIn(whole) >= asciiIn(bare) ? whole : bare
}

// How many characters of UCS-2 are ASCII, in the order of bytes that has more of them.
function asciiIn(bytes: Buffer): number {
  const { little, big } = wideLetters(bytes)
  return Math.max(little, big)
}

// At the end of a text; in the middle a NUL is '@'.
function withoutFill(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end === bytes.length ? bytes : bytes.subarray(0, end)
}

// A byte above 127 is not a septet. It may be packed septets, UTF-8 or Latin-1: whichever yields text.
function decodeSeptets(bytes: Buffer): string {
  const body = withoutFill(bytes)
  if (!body.some((byte) => byte > 0x7f)) return withAsciiMarks(decodeGsm(body))
  const unpacked = decodeGsm(unpack(bytes))
  if (isPlausible(unpacked)) return unpacked
  return utf8OrLatin1(body)
}

// Some peers send ASCII under the GSM alphabet. Between two digits no one here writes one of these letters: 26_1008, not
// 26§1008. Nor does anyone put a number between these: [H45.12-240823-0001], not ÄH45.12-240823-0001Ñ.
const asciiMarks: Readonly<Record<string, string>> = { '§': '_', Ö: '\\', Ü: '^', ö: '|', ü: '~' }
const withAsciiMarks = (text: string) =>
  text
    .replace(/(?<=\d)[§ÖÜöü](?=\d)/g, (letter) => asciiMarks[letter]!)
    .replace(/(?<![\p{L}\d])(?:Ä([^ÄÑ]{1,60})Ñ|ä([^äñ]{1,60})ñ)(?![\p{L}\d])/gu, (all, square, curly) =>
      /\d/.test(all) ? (square === undefined ? `{${curly}}` : `[${square}]`) : all,
    )

/**
 * Unpacks septets to one a byte, as a text of data_coding 0xf0 has them; undefined when the bytes are not packed septets. After
 * a header of `headerBytes` they begin at the next septet boundary (3GPP TS 23.040 §9.2.3.24), at some peers at the next byte.
 * `isAgreed`: this operator packs them, so they are unpacked unless they read better as they are; otherwise only where it is
 * certain.
 */
export function septetsOf(bytes: Buffer, headerBytes: number, isAgreed: boolean): Buffer | undefined {
  const isSeptets = !bytes.some((byte) => byte > 0x7f)
  if (isWide(bytes) || (!isAgreed && isSeptets)) return undefined
  const ways = [(7 - ((headerBytes * 8) % 7)) % 7, 0].map((fill) => unpack(bytes, fill))
  const best = usualShare(ways[1]!) > usualShare(ways[0]!) ? ways[1]! : ways[0]!
  if (!isAgreed) return isPlausible(decodeGsm(best)) ? best : undefined
  return isSeptets && usualShare(bytes) > usualShare(best) ? bytes : best
}

// 3GPP TS 23.038 §6.1.2.1: eight septets in seven bytes, the first in the low bits, here after `fillBits`. Seven zero bits (or
// a CR) that end on a byte boundary are fill.
function unpack(bytes: Uint8Array, fillBits = 0): Buffer {
  const septets: number[] = []
  for (let bit = fillBits; bit + 7 <= bytes.length * 8; bit += 7) {
    const at = bit >> 3
    const both = bytes[at]! | ((bytes[at + 1] ?? 0) << 8)
    septets.push((both >> (bit & 7)) & 0x7f)
  }
  const isFull = (fillBits + septets.length * 7) % 8 === 0
  if (isFull && (septets.at(-1) === 0 || septets.at(-1) === 0x0d)) septets.pop()
  return Buffer.from(septets)
}

/** At least nine in ten characters are ones that people type, in a text long enough to tell. */
const isPlausible = (text: string): boolean => text.length >= 6 && usualIn(text) >= text.length * 0.9

const usualIn = (text: string): number => text.replace(/[^A-Za-z0-9 .,:;?!\-/()\n]/g, '').length

const usualShare = (septets: Uint8Array): number => usualIn(decodeGsm(septets)) / Math.max(1, septets.length)

function decodeUcs2(bytes: Buffer): string {
  let even = Buffer.from(bytes.subarray(0, bytes.length & ~1)) // an odd byte at the end is half a character
  const { little, big } = wideLetters(even)
  const isLittle = hasMark(even, 0xfffe) || (little > big && little * 4 >= even.length / 2)
  // In little-endian the second byte of an ASCII letter is a NUL, which peers that strip trailing NULs have taken off.
  if (isLittle && even.length < bytes.length) even = Buffer.concat([bytes, Buffer.alloc(1)])
  const text = (isLittle ? even : even.swap16()).toString('utf16le')
  return withoutEnding(text.replace(/^\ufeff/, ''), '\0')
}

// Letters and digits that are ASCII have one byte NUL; where it stands tells the order of bytes. Vietnamese is half ASCII.
function wideLetters(bytes: Buffer): { big: number; little: number } {
  let [big, little] = [0, 0]
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    if (bytes[at] === 0 && isAscii(bytes[at + 1]!)) big++
    if (bytes[at + 1] === 0 && isAscii(bytes[at]!)) little++
  }
  return { big, little }
}

const hasMark = (bytes: Buffer, mark: number) => bytes.length >= 2 && bytes.readUInt16BE(0) === mark

// UCS-2 that is announced as something else: in the default alphabet every second letter would be '@'.
function isWide(bytes: Buffer): boolean {
  if (bytes.length < 6) return false
  if (hasMark(bytes, 0xfeff) || hasMark(bytes, 0xfffe)) return true
  const { big, little } = wideLetters(bytes)
  return Math.max(big, little) * 4 >= bytes.length
}

const isAscii = (byte: number) => (byte >= 0x20 && byte <= 0x7e) || byte === 0x0a || byte === 0x0d

// Text announced as UCS-2 (data_coding 8) but written in ASCII, UTF-8 or a code page, where each two bytes would decode to a
// rare Chinese character.
function narrowUnder8(bytes: Buffer): string | undefined {
  const body = withoutFill(bytes)
  if (body.includes(0)) return undefined
  const text = utf8(body)
  if (text !== undefined && (body.length === 1 || isLatin(text))) return text
  const coded = latin1(body)
  return isMostlyAscii(coded) ? coded : undefined
}

// Emoji alone have half their bytes in ASCII, Chinese fewer.
const isMostlyAscii = (text: string): boolean =>
  text.length >= 6 && text.replace(/[^\x20-\x7e\r\n]/g, '').length >= text.length * 0.7

/** At least three in four characters are Latin letters, with or without marks, or digits. */
const isLatin = (text: string): boolean =>
  text.length >= 2 && text.replace(/[^\p{Script=Latin}\p{M}0-9 \n\r]/gu, '').length >= text.length * 0.75

/** The text in bytes that are not announced as text; undefined when they do not look like one. */
function printable(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined
  const text = utf8OrLatin1(bytes)
  return isLatin(text) || (utf8(bytes) !== undefined && !/[^\P{Cc}\n\r\t]/u.test(text)) ? text : undefined
}

// Latin-1, with the quotation marks and dashes that Windows puts where Latin-1 has control characters:
// TextDecoder('windows-1252') of Node 20 does not decode those.
const windowsMarks = '‘’“”•–—'
const latin1 = (bytes: Buffer) =>
  bytes.toString('latin1').replace(/[\x91-\x97]/g, (mark) => windowsMarks[mark.charCodeAt(0) - 0x91]!)
const utf8OrLatin1 = (bytes: Buffer): string => utf8(bytes) ?? latin1(bytes)

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
function utf8(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
