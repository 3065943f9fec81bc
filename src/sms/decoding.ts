// The text of the bytes that came: what data_coding says, and what the bytes themselves say where that is certain. Peers
// mix up their alphabets; whoever reads only what is announced sends help to people who wrote a number.
import { withoutEnding } from './ending.js'
import { type Alphabet, decodeGsm } from './segments.js'

type Coding = 'default' | 'gsm' | 'ucs2' | 'latin1' | 'octets' | 'none'

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
  if ((dataCoding & 0x20) !== 0) return 'none' // compressed
  const alphabet = (dataCoding >> 2) & 3
  return alphabet === 2
    ? 'ucs2'
    : alphabet === 1
      ? 'octets'
      : group === 0 && alphabet === 3
        ? 'octets'
        : 'gsm'
}

/** The text of a message; undefined when it is none. `defaultAlphabet`: what data_coding 0 means at this operator. */
export function decodeText(bytes: Buffer, dataCoding: number, defaultAlphabet: Alphabet): string | undefined {
  switch (codingOf(dataCoding)) {
    case 'default':
      return decodeDefault(bytes, defaultAlphabet)
    case 'gsm':
      return decodeSeptets(bytes)
    case 'latin1':
      return withoutFill(bytes).toString('latin1')
    case 'ucs2':
      return decodeUcs2(bytes)
    case 'octets':
      return printable(withoutFill(bytes))
    case 'none':
      return undefined
  }
}

function decodeDefault(bytes: Buffer, alphabet: Alphabet): string {
  if (alphabet === 'packed7') return decodeGsm(unpack(bytes))
  if (alphabet === 'gsm7') return decodeSeptets(bytes)
  const body = withoutFill(bytes)
  return utf8(body) ?? body.toString('latin1')
}

// Some peers fill a part up with NULs. In the middle a NUL is '@'.
function withoutFill(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end === bytes.length ? bytes : bytes.subarray(0, end)
}

// A byte above 127 is no septet. It may be packed septets, UTF-8 or Latin-1: whichever makes a text of it.
function decodeSeptets(bytes: Buffer): string {
  const body = withoutFill(bytes)
  if (!body.some((byte) => byte > 0x7f)) return decodeGsm(body)
  const unpacked = decodeGsm(unpack(bytes))
  if (isPlausible(unpacked)) return unpacked
  return utf8(body) ?? body.toString('latin1')
}

// 3GPP TS 23.038 §6.1.2.1: eight septets in seven bytes, the first in the low bits. Seven NUL bits at the end are fill.
function unpack(bytes: Uint8Array): Uint8Array {
  const septets: number[] = []
  for (let bit = 0; bit + 7 <= bytes.length * 8; bit += 7) {
    const at = bit >> 3
    const both = bytes[at]! | ((bytes[at + 1] ?? 0) << 8)
    septets.push((both >> (bit & 7)) & 0x7f)
  }
  if (septets.length % 8 === 0 && (septets.at(-1) === 0 || septets.at(-1) === 0x0d)) septets.pop()
  return Uint8Array.from(septets)
}

/** Nine characters in ten are those that people write, and there are enough of them to tell. */
const isPlausible = (text: string): boolean =>
  text.length >= 6 && text.replace(/[^A-Za-z0-9 .,:;?!\-/()\n]/g, '').length >= text.length * 0.9

function decodeUcs2(bytes: Buffer): string {
  const ascii = asciiUnder8(bytes)
  if (ascii !== undefined) return ascii
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1)) // an odd byte at the end is half a character
  const swapped = Buffer.from(even).swap16().toString('utf16le')
  const isLittle = swapped.charCodeAt(0) === 0xfffe || (swapped.charCodeAt(0) !== 0xfeff && looksLittle(even))
  const text = (isLittle ? even.toString('utf16le') : swapped).replace(/^\ufeff/, '')
  return withoutEnding(text, '\0')
}

// Letters and digits that are ASCII have one byte NUL; where it stands tells the order of bytes. Vietnamese is half ASCII.
function looksLittle(bytes: Buffer): boolean {
  let [big, little] = [0, 0]
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    if (bytes[at] === 0 && isAscii(bytes[at + 1]!)) big++
    if (bytes[at + 1] === 0 && isAscii(bytes[at]!)) little++
  }
  return little > big && little * 4 >= bytes.length / 2
}

const isAscii = (byte: number) => byte >= 0x20 && byte <= 0x7e

// Announced as UCS-2 and written in ASCII: as UCS-2 every two of its bytes would be a rare Chinese character.
function asciiUnder8(bytes: Buffer): string | undefined {
  const text = withoutFill(bytes)
  if (text.length < 2 || !text.every(isAscii)) return undefined
  const ascii = text.toString('latin1')
  return ascii.replace(/[^A-Za-z0-9 ]/g, '').length >= ascii.length * 0.75 ? ascii : undefined
}

/** Bytes announced as no text in particular, when they are one after all. */
function printable(bytes: Buffer): string | undefined {
  if (
    bytes.length === 0 ||
    bytes.some((byte) => byte < 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
  )
    return undefined
  return utf8(bytes)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
function utf8(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
