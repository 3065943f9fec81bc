// Vietnamese typed on a keyboard whose input method was off: the keys of Telex ("huyr", "camr own", "ddaau") and of VNI
// ("huy3", "ca3m o7n") stand in the text instead of the letters they make.
import { isSyllable } from './english.js'

const acute = '\u0301'
const grave = '\u0300'
const hook = '\u0309'
const tilde = '\u0303'
const dot = '\u0323'
const telexTones: Readonly<Record<string, string>> = { S: acute, F: grave, R: hook, X: tilde, J: dot }
const vniTones: Readonly<Record<string, string>> = { 1: acute, 2: grave, 3: hook, 4: tilde, 5: dot }

// More keys than this make no word, and digits that run on are a number.
const typedWord = /(?<![\p{L}\p{M}\p{N}])[a-z](?:[a-z]|[1-9](?!\d\d)){1,11}(?![\p{L}\p{M}\p{N}])/giu

/** `text` with the words that such keys make; the same text where there are none. */
export function withLettersOfKeys(text: string): string {
  return text.replace(typedWord, (word) => {
    const keys = word.toUpperCase()
    if (isSyllable(keys)) return word
    return (/\d/.test(keys) ? fromVni(keys) : fromTelex(keys)) ?? word
  })
}

// ĐK
const abbreviation = /^DD[BCDGHKLMNPQRSTVX]+$/

function fromTelex(keys: string): string | undefined {
  if (abbreviation.test(keys)) return `Đ${keys.slice(2)}`
  if (keys.startsWith('W')) return undefined
  const onset = keys.startsWith('DD') ? `Đ${keys.slice(2)}` : keys
  const vowel = onset.search(/[AEIOUYW]/)
  if (vowel < 0) return undefined
  const [begin, end] = [onset.slice(0, vowel), onset.slice(vowel)]
  // The tone's key stands behind the vowel, somewhere: "hury", "huyr".
  const tone = /[SFRXJ]/.exec(end)?.[0] ?? ''
  const letters = `${begin}${end.replace(tone, '')}`
    .replace(/([AOU])([CGHMNPT]{1,2})W$/, '$1W$2')
    .replace(/([AEO])\1/g, (pair) => `${pair[0]}\u0302`)
    .replace(/UOW|UWOW?/g, 'ƯƠ')
    .replace(/AW/g, 'Ă')
    .replace(/OW/g, 'Ơ')
    .replace(/UW|W/g, 'Ư')
  return asWord(letters, telexTones[tone])
}

function fromVni(keys: string): string | undefined {
  const [tone, ...more] = keys.match(/[1-5]/g) ?? []
  if (more.length > 0) return undefined
  const letters = keys
    .replace(/[1-5]/, '')
    .replace(/^D9/, 'Đ')
    .replace(/^D(\D+)9$/, 'Đ$1')
    .replace(/6/, '\u0302')
    .replace(/7/, '\u031b')
    .replace(/8/, '\u0306')
  return asWord(letters, vniTones[tone ?? ''])
}

function asWord(letters: string, tone = ''): string | undefined {
  const word = `${letters}${tone}`.normalize('NFC')
  return isSyllable(plain(word)) ? word : undefined
}

const plain = (word: string) => word.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('Đ', 'D')
