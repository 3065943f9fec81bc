// Strips trailing characters in one pass: a pattern such as /[.\s]+$/ retries at each of them and takes quadratic time on a
// text full of them.

/** The text without the trailing characters that are in `letters`. */
export function withoutEnding(text: string, letters: string): string {
  let end = text.length
  while (end > 0 && letters.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}
