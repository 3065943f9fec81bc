// Texts that a peer encoded once more than the call needed: percent escapes inside a decoded value, JavaScript's escape(), HTML
// entities, JSON escapes, hexadecimal, Base64, UTF-8 taken for a code page. Undone only where it is certain that a citizen did
// not type it.
import { wideText } from '../../decoding.js'

/** The text as the citizen typed it. Linear. */
export function unwrapped(text: string): string {
  const plain = fromPercent(fromHex(text) ?? fromBase64(text) ?? fromLetters(text) ?? text)
  return plain.replace(escapes, (whole, unit, json, decimal, hex) => {
    const code = decimal === undefined ? Number.parseInt(unit ?? json ?? hex, 16) : Number(decimal)
    if (unit !== undefined || json !== undefined) return String.fromCharCode(code)
    return code > 0x1f && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

// %u1ED3, \u1ed3, &#7891; and &#x1ED3;: nobody types the code of a letter with these marks around it.
const escapes = /%u([0-9a-f]{4})|\\u([0-9a-f]{4})|&#(\d{2,7});|&#x([0-9a-f]{2,6});/gi

// A text with percent escapes is an encoded form only if it has no blank: in a form the blank would be escaped, too.
function fromPercent(text: string): string {
  if (/\s/.test(text) || !/%[0-9a-f]{2}/i.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

// The length of a lookup number (twelve characters) in each encoding. No number on paper has as many hexadecimal digits.
const shortestHex = 24
const shortestBase64 = 16

function fromHex(text: string): string | undefined {
  if (text.length < shortestHex || text.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(text)) return undefined
  return textIn(Buffer.from(text, 'hex'))
}

function fromBase64(text: string): string | undefined {
  if (text.length < shortestBase64 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    return undefined
  return textIn(Buffer.from(text, 'base64'))
}

// UTF-8 whose bytes were taken for letters of Latin-1 or of Windows, one each ("há»“ sÆ¡"): no text reads as UTF-8 by chance.
function fromLetters(text: string): string | undefined {
  if (!/[\xc3-\xe1][\x80-\xbf\u0152-\u2122]/.test(text)) return undefined
  const bytes = Array.from(text, (letter) => {
    const code = letter.charCodeAt(0)
    return code < 0x100 ? code : windowsLetters.indexOf(letter) + 0x80
  })
  // indexOf gave -1: a letter that stands for no byte of Windows-1252.
  if (bytes.includes(0x7f)) return undefined
  const decoded = Buffer.from(bytes).toString('utf8')
  return decoded.includes('\ufffd') ? undefined : decoded
}

// Windows-1252 from 0x80; where it has nothing, programs leave the control character.
const windowsLetters = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

// The text in the bytes; undefined unless all of them make readable characters, which that many random bytes would not.
function textIn(bytes: Buffer): string | undefined {
  const text = wideText(bytes) ?? bytes.toString('utf8')
  return /[^\p{L}\p{M}\p{N}\p{P}\p{Zs}\p{S}\r\n]|\ufffd/u.test(text) ? undefined : text
}
