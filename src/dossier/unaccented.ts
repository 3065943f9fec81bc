// Vietnamese without its accents, as phones without Vietnamese letters write it and as SMS carries it.

const bars: Readonly<Record<string, string>> = { đ: 'd', Đ: 'D', ð: 'd', Ð: 'D' }

/** `text` without tones and hooks, đ as d; full-width letters and ligatures become plain ones. Case and all else stay. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐðÐ]/g, (letter) => bars[letter]!)
}
