// What was typed, reduced to what a dossier number is made of: capital letters and digits, and for each of them how it is
// parted from the one before. Accents, zero-width marks, letter width and the many dashes end here.

/** How a glyph is parted from the one before; a longer gap counts as its strongest mark. */
export const gap = { none: 0, blank: 1, dot: 2, dash: 3, wall: 4 } as const

/** Texts longer than this are cut: seven parts of SMS hold less. */
export const maxGlyphs = 1024

export interface Glyphs {
  length: number
  /** ASCII codes of 0–9 and A–Z. */
  readonly code: Uint8Array
  /** The gap before each glyph. The first one's is a wall. */
  readonly before: Uint8Array
  /** Where each glyph stands in `text`. */
  readonly at: Uint16Array
  /** The text the positions refer to (decomposed when it was not plain ASCII). */
  text: string
}

export function makeGlyphs(): Glyphs {
  return {
    length: 0,
    code: new Uint8Array(maxGlyphs),
    before: new Uint8Array(maxGlyphs + 1),
    at: new Uint16Array(maxGlyphs),
    text: '',
  }
}

const asciiKinds = new Uint8Array(128).fill(gap.wall)
for (const char of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') asciiKinds[char.charCodeAt(0)] = 0
// A comma for a dot or a blank is a slip of the thumb; a plus is a blank in an address line.
for (const char of ' \t\n\r\v\f,+') asciiKinds[char.charCodeAt(0)] = gap.blank
asciiKinds['.'.charCodeAt(0)] = gap.dot
for (const char of '-_/\\~') asciiKinds[char.charCodeAt(0)] = gap.dash

/** Fills `glyphs` (kept by the caller, so that reading allocates nothing) from `input`. */
export function readGlyphs(input: string, glyphs: Glyphs): void {
  let text = input.length > maxGlyphs ? input.slice(0, maxGlyphs) : input
  // Decomposing takes care of full-width forms, ligatures and accents at once; it can lengthen the text.
  if (!isAscii(text)) text = text.normalize('NFKD').slice(0, maxGlyphs)
  const { code, before, at } = glyphs
  let length = 0
  let pending: number = gap.wall
  for (let index = 0; index < text.length; index++) {
    let char = text.charCodeAt(index)
    if (char >= 97 && char <= 122) char -= 32
    else if (char > 127) {
      if (char === 0x110 || char === 0x111) char = 68
      else {
        pending = Math.max(pending, otherKind(char))
        continue
      }
    }
    const kind = asciiKinds[char]!
    if (kind !== 0) {
      if (kind > pending) pending = kind
      continue
    }
    code[length] = char
    before[length] = pending
    at[length] = index
    length++
    pending = gap.none
  }
  before[length] = gap.wall
  glyphs.length = length
  glyphs.text = text
}

/** The digit a glyph stands for in a digit's place (O is 0; I and L are 1), or -1. */
export function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code === 79) return 0
  if (code === 73 || code === 76) return 1
  return -1
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false
  return true
}

function otherKind(char: number): number {
  // Combining marks; soft hyphen; zero-width and direction marks; word joiner; variation selectors; byte order mark.
  if (
    (char >= 0x300 && char <= 0x36f) ||
    char === 0xad ||
    (char >= 0x200b && char <= 0x200f) ||
    (char >= 0x202a && char <= 0x202e) ||
    (char >= 0x2060 && char <= 0x206f) ||
    (char >= 0xfe00 && char <= 0xfe0f) ||
    char === 0xfeff
  )
    return gap.none
  // Hyphens and dashes of every width, minus, hyphen bullet, katakana mark used as a dash, fraction and division slashes.
  if (
    (char >= 0x2010 && char <= 0x2015) ||
    char === 0x2212 ||
    char === 0x2043 ||
    char === 0x2e3a ||
    char === 0x2e3b ||
    char === 0x30fc ||
    char === 0x2044 ||
    char === 0x2215 ||
    char === 0x58a ||
    char === 0x1806 ||
    char === 0xaf
  )
    return gap.dash
  // Middle dot, bullets, ideographic full stop.
  if (char === 0xb7 || char === 0x2022 || char === 0x2219 || char === 0x22c5 || char === 0x3002)
    return gap.dot
  if (char === 0xa0 || char === 0x1680 || (char >= 0x2000 && char <= 0x200a) || char === 0x2028)
    return gap.blank
  if (char === 0x2029 || char === 0x202f || char === 0x205f || char === 0x3000 || char === 0x3001)
    return gap.blank
  return gap.wall
}
