// Normalises what was typed to the alphabet of dossier numbers: capital letters and digits, each with the gap before it.
// Accents, zero-width marks, letter width, digits of other scripts and the many dashes are resolved here.
import { isAscii, withListMarksApart } from '../unaccented.js'

/**
 * How a glyph is separated from the one before; a longer gap counts as its strongest mark. A slash is a dash, but between the
 * parts of a date it tells their order. A mark is a bracket, colon or similar: people put them between the digits of a number
 * just like dashes. A wall ends every number.
 */
export const gap = { none: 0, blank: 1, dot: 2, dash: 3, slash: 4, mark: 5, wall: 6 } as const

/** Longer texts are cut: a hundred SMS parts hold less. Bounds the buffers to 100 KB. */
export const maxGlyphs = 16_384

export interface Glyphs {
  length: number
  /** ASCII codes of 0–9 and A–Z. */
  readonly code: Uint8Array
  /** The digit a glyph stands for where a digit is expected (O is 0, I and L are 1, but only next to real digits), or -1. */
  readonly digit: Int8Array
  /** The gap before each glyph. Before the first and after the last it is a wall. */
  readonly before: Uint8Array
}

/** Buffers for one text, to be reused for each next one. */
export function makeGlyphs(): Glyphs {
  return {
    length: 0,
    code: new Uint8Array(maxGlyphs),
    digit: new Int8Array(maxGlyphs + 1),
    before: new Uint8Array(maxGlyphs + 1),
  }
}

/** Whether the glyph is a letter, even if it stands for a digit. */
export function isLetter({ code }: Glyphs, at: number): boolean {
  return code[at]! >= 65
}

/** Whether a gap is a dash of any kind. */
export const isDash = (kind: number) => kind === gap.dash || kind === gap.slash

const asciiKinds = new Uint8Array(128).fill(gap.wall)
for (const char of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') asciiKinds[char.charCodeAt(0)] = 0
// A comma instead of a dot or blank is a typing slip; a plus is a blank in a URL.
for (const char of ' \t\n\r\v\f,+') asciiKinds[char.charCodeAt(0)] = gap.blank
asciiKinds['.'.charCodeAt(0)] = gap.dot
for (const char of '-_~') asciiKinds[char.charCodeAt(0)] = gap.dash
for (const char of '/\\') asciiKinds[char.charCodeAt(0)] = gap.slash
// # is beside * on every keypad; an apostrophe parts groups as in 4'827.
for (const char of "()[]{}<>:;*=#'`") asciiKinds[char.charCodeAt(0)] = gap.mark

/** Fills `glyphs` (kept by the caller, so that reading allocates nothing) from `input`. */
export function readGlyphs(input: string, glyphs: Glyphs): void {
  let text = withoutEscapes(input.slice(0, maxGlyphs))
  // Decomposition resolves full-width forms, ligatures and accents at once; it can lengthen the text.
  if (!isAscii(text)) text = withListMarksApart(withDashesMeant(text)).normalize('NFKD').slice(0, maxGlyphs)
  const { code, before } = glyphs
  let length = 0
  let pending: number = gap.wall
  for (let index = 0; index < text.length; index++) {
    let char = text.charCodeAt(index)
    if (char >= 97 && char <= 122) char -= 32
    else if (char > 127) {
      const meant = char === 0x110 || char === 0x111 ? 68 : (lookAlikes.get(char) ?? digitElsewhere(char))
      if (meant === 0) {
        pending = Math.max(pending, otherKind(char))
        continue
      }
      char = meant
    }
    const kind = asciiKinds[char]!
    if (kind !== 0) {
      pending = Math.max(pending, kind)
      continue
    }
    code[length] = char
    before[length] = pending
    length++
    pending = gap.none
  }
  before[length] = gap.wall
  glyphs.length = length
  readDigits(glyphs)
}

// A URL encodes blanks and dashes as %20 and %2D, a web page as &nbsp; and &#8211;, JSON within JSON as \\u2011.
function withoutEscapes(text: string): string {
  return text.replace(escapes, (written) => {
    if (written.startsWith('%')) return Buffer.from(written.replaceAll('%', ''), 'hex').toString()
    const [, hex, decimal, name] = /^(?:&#x|\\u)([\da-f]+)|^&#(\d+)|^&(\w+)/i.exec(written)!
    if (name !== undefined) return namedCharacters[name.toLowerCase()]!
    return String.fromCharCode(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

const namedCharacters: Readonly<Record<string, string>> = {
  nbsp: ' ',
  shy: '',
  ndash: '-',
  mdash: '-',
  minus: '-',
  hyphen: '-',
}
const escapes = new RegExp(
  `(?:%[\\da-f]{2})+|&(?:#x[\\da-f]{2,4}|#\\d{2,5}|${Object.keys(namedCharacters).join('|')});|\\\\u[\\da-f]{4}`,
  'gi',
)

// UTF-8 dashes and no-break blanks that were decoded as Windows-1252.
const withDashesMeant = (text: string) =>
  text.replace(/â€[\u0090-\u0095‘’“”•]/g, '-').replace(/Â(?=[\u00a0\u00ad\u00b7])/g, '')

// O, I and L count as digits only in a run with real digits ("19O5", "l5"): "hoi", "gio" and "loi" are words.
function readDigits(glyphs: Glyphs): void {
  const { code, before, digit, length } = glyphs
  let runStart = 0
  for (let at = 0; at < length; ) {
    if (before[at] !== gap.none) runStart = at
    if (asDigit(code[at]!) < 0) {
      digit[at++] = -1
      continue
    }
    let end = at
    let first = -1
    do {
      if (first < 0 && !isLetter(glyphs, end)) first = end
      digit[end] = asDigit(code[end]!)
      end++
    } while (before[end] === gap.none && asDigit(code[end]!) >= 0)
    if (first < 0) {
      if (!isZeroGroup(glyphs, runStart, at, end) && !isSequence(glyphs, runStart, at, end))
        digit.fill(-1, at, end)
    } else {
      // Attached to a word (HOI4827, 0003OINHE) they are its letters; only a code's own letter has such a neighbour
      // (HO1).
      if (at > runStart && !(at === runStart + 1 && first === at + 1)) digit.fill(-1, at, first)
      if (before[end] === gap.none) for (let back = end - 1; isLetter(glyphs, back); back--) digit[back] = -1
    }
    at = end
  }
  digit[length] = -1
}

// OOO.OO.15.H45: the zeros of an old code, typed as letters.
function isZeroGroup({ code, before }: Glyphs, runStart: number, at: number, end: number): boolean {
  if (at !== runStart || end - at < 2 || end - at > 3) return false
  if (before[end] !== gap.dot && !isDash(before[end]!)) return false
  for (let index = at; index < end; index++) if (code[index] !== 79) return false
  return true
}

// 240823-OOOI: a sequence without a real digit, after the last digit of a date.
function isSequence({ code, before, digit }: Glyphs, runStart: number, at: number, end: number): boolean {
  if (at !== runStart || end - at !== 4 || before[end] === gap.none || !isDash(before[at]!)) return false
  for (let back = 1; back <= 6; back++) if (at < back || digit[at - back]! < 0) return false
  return code[at] === 79
}

function asDigit(code: number): number {
  if (code < 65) return code - 48
  if (code === 79) return 0
  if (code === 73 || code === 76) return 1
  return -1
}

// Greek and Cyrillic letters that look like ours: keyboards and word processors put them into codes unseen.
const lookAlikes = new Map(
  [
    ...'ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOοOΡPΤTΥYΧX',
    ...'АAаAВBвBЕEеEЅSѕSІIіIЈJјJКKкKМMмMНHнHОOоOРPрPСCсCТTтTУYуYХXхX',
  ].flatMap((char, at, all) =>
    at % 2 === 0 ? [[char.charCodeAt(0), all[at + 1]!.charCodeAt(0)] as const] : [],
  ),
)

/**
 * The ASCII code of a digit that compatibility decomposition leaves alone, or 0: Arabic, Persian and Devanagari keyboards; the
 * dingbats ❶ ➀ ➊, which have no zero. Keycaps (4 and U+20E3) are digits already.
 */
export function digitElsewhere(char: number): number {
  for (const zero of [0x660, 0x6f0, 0x966, 0xe50])
    if (char >= zero && char <= zero + 9) return 48 + char - zero
  for (const one of [0x2776, 0x2780, 0x278a]) if (char >= one && char <= one + 8) return 49 + char - one
  return 0
}

// Besides U+2010 to U+2015: hyphens, minus signs (the heavy one of emoji too), rules of tables, arrows, wave dashes, the
// katakana mark used as a dash, and Windows-1252's dashes taken for control characters.
const dashes = new Set([
  ...[0x96, 0x97, 0x2d7, 0x58a, 0x5be, 0x1806, 0x2043, 0x2192, 0x2212, 0x223c, 0x2500, 0x2501, 0x2796],
  ...[0x2e17, 0x2e3a, 0x2e3b, 0x301c, 0x30fc],
])
// Middle dots, bullets, Arabic and ideographic full stops.
const dots = new Set([
  ...[0x95, 0xb7, 0x66b, 0x6d4, 0x2022, 0x2027, 0x2219, 0x22c5, 0x25cf, 0x25e6, 0x2e31, 0x3002, 0x30fb],
  0xa78f,
])
// Next line, Ogham, Braille and Hangul blanks, separators of lines and paragraphs, ideographic comma.
const blanks = new Set([0x85, 0x1160, 0x1680, 0x2028, 0x2029, 0x2800, 0x3001])

// Already decomposed: a macron, a no-break or ideographic blank and a full-width mark arrive as their compatibility
// forms.
function otherKind(char: number): number {
  // Combining marks, keycaps and circles around a digit; soft hyphen; zero-width and direction marks; word joiner;
  // variation selectors; byte order mark.
  if (
    (char >= 0x300 && char <= 0x36f) ||
    (char >= 0x20dd && char <= 0x20e4) ||
    char === 0xad ||
    (char >= 0x200b && char <= 0x200f) ||
    (char >= 0x202a && char <= 0x202e) ||
    (char >= 0x2060 && char <= 0x206f) ||
    (char >= 0xfe00 && char <= 0xfe0f) ||
    char === 0xfeff
  )
    return gap.none
  // Fraction and division slashes.
  if (char === 0x2044 || char === 0x2215) return gap.slash
  if ((char >= 0x2010 && char <= 0x2015) || dashes.has(char)) return gap.dash
  if (dots.has(char)) return gap.dot
  if (blanks.has(char)) return gap.blank
  // Apostrophes and primes.
  if (char === 0x2018 || char === 0x2019 || char === 0x2032) return gap.mark
  return gap.wall
}
