// Taking letters off the end of a text, in one walk: a pattern such as /[.\s]+$/ begins anew at each of them and takes
// quadratic time over a text that is full of them.

/** The text without those of `letters` that stand at its end. */
export function withoutEnding(text: string, letters: string): string {
  let end = text.length
  while (end > 0 && letters.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}
