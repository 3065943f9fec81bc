// Text from before Unicode: fonts such as .VnTime (TCVN 3) and VNI-Times draw Vietnamese letters in the places of other
// letters. Exports of that time hold those other letters: "Tr¹ng th¸i" and "Traïng thaùi" are "Trạng thái".
import { createRequire } from 'node:module'
import type { Cell, SheetRow } from './table.js'

/** Converts a text in an old font's letters to Unicode; returns a text with any other letter unchanged. */
type OldFont = (text: string) => string

const require = createRequire(import.meta.url)
const isBytes = (text: string) => !/[^\u0000-\u00ff]/.test(text)

const tcvn: OldFont = (text) => {
  if (!isBytes(text)) return text
  const iconv = require('iconv-lite') as typeof import('iconv-lite')
  return iconv.decode(Buffer.from(text, 'latin1'), 'tcvn')
}

// VNI-Windows writes a vowel and after it a sign: a tone, or a circumflex or breve with a tone. ơ, ư, đ, ỵ and the i's are
// single letters.
const tones: Readonly<Record<string, string>> = {
  ù: '\u0301',
  ø: '\u0300',
  û: '\u0309',
  õ: '\u0303',
  ï: '\u0323',
}
const hats: Readonly<Record<string, string>> = {
  â: '',
  á: '\u0301',
  à: '\u0300',
  å: '\u0309',
  ã: '\u0303',
  ä: '\u0323',
}
const bowls: Readonly<Record<string, string>> = {
  ê: '',
  é: '\u0301',
  è: '\u0300',
  ú: '\u0309',
  ü: '\u0303',
  ë: '\u0323',
}
const alone: Readonly<Record<string, string>> = { ñ: 'đ', ô: 'ơ', ö: 'ư', î: 'ỵ', æ: 'ỉ', ó: 'ĩ', ò: 'ị' }

/** Exported for text files, whose bytes these letters are. */
export const vni: OldFont = (text) =>
  isBytes(text)
    ? text.replace(/([aeouyôö])([ùøûõïâáàåãäêéèúüë])|[ñôöîæóò]/gi, (all, vowel?: string, mark?: string) => {
        const isUpper = all[0] !== all[0]!.toLowerCase()
        if (vowel === undefined || mark === undefined) return cased(alone[all.toLowerCase()]!, isUpper)
        const [letter, sign] = [vowel.toLowerCase(), mark.toLowerCase()]
        const plain = alone[letter] ?? letter
        const parts =
          sign in tones
            ? plain + tones[sign]!
            : sign in hats
              ? `${plain}\u0302${hats[sign]!}`
              : `${plain}\u0306${bowls[sign]!}`
        return cased(parts.normalize('NFC'), isUpper)
      })
    : text

const cased = (letter: string, isUpper: boolean) => (isUpper ? letter.toUpperCase() : letter)

export const oldFonts: readonly OldFont[] = [tcvn, vni]

/** A row whose texts are in an old font, in Unicode. */
export function inUnicode(row: SheetRow, font: OldFont): SheetRow {
  const read = (cell: Cell) => (typeof cell === 'string' ? font(cell) : cell)
  const covered = row.covered && new Map([...row.covered].map(([place, cell]) => [place, read(cell)]))
  return { ...row, cells: Array.from(row.cells, read), ...(covered ? { covered } : {}) }
}
