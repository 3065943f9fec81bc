// Vietnamese letters as printers meet them: the alphabet, folding to ASCII, and making any text from outside safe to
// send. Control characters never pass: one ESC @ in a procedure's name would reset the printer.

const tones = ['', '\u0300', '\u0301', '\u0309', '\u0303', '\u0323']
const lower = [
  ...[...'aăâeêioôơuưy'].flatMap((vowel) => tones.map((tone) => (vowel + tone).normalize('NFC'))),
  'đ',
]

/** All 146: twelve vowels in six tones and đ, small then capital; the plain vowels are among them. */
export const vietnameseLetters: readonly string[] = [
  ...lower,
  ...lower.map((letter) => letter.toLocaleUpperCase('vi')),
]

const known = new Set(vietnameseLetters)

// Typographic signs that have a plain twin on every printer.
const twins: Record<string, string> = {
  '–': '-',
  '—': '-',
  '‐': '-',
  '‑': '-',
  '−': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '…': '...',
  '•': '*',
  '·': '.',
  '×': 'x',
  '½': '1/2',
  '²': '2',
  '³': '3',
  '°': 'o',
  '₫': 'd',
}

/**
 * Text that may go to a printer: NFC, only printable ASCII and Vietnamese letters, blanks single, ends trimmed. Other
 * letters lose their accents; what has no readable form (emoji, other scripts) is left out rather than shown as "?".
 */
export function printable(text: string): string {
  let out = ''
  for (const letter of text.normalize('NFC')) {
    if (letter >= ' ' && letter <= '~') out += letter
    else if (known.has(letter)) out += letter
    else if (/[\s\p{Cc}]/u.test(letter)) out += ' '
    else out += twins[letter] ?? letter.normalize('NFKD').replace(/[^ -~]/g, '')
  }
  return out.replace(/ {2,}/g, ' ').trim()
}

/** Printable ASCII alone: tones and hooks dropped, đ → d. */
export function foldAscii(text: string): string {
  return printable(text)
    .normalize('NFD')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D')
    .replace(/[^ -~]/g, '')
}

/** Whether every character is printable ASCII. */
export function isPrintableAscii(text: string): boolean {
  return /^[ -~]*$/.test(text)
}
