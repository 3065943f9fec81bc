// Guesses which known name a misspelt one was meant to be.

// Beyond this edit distance, or beyond half the length of the word, it is a different word.
const furthest = 3
// A name written without its unit (replyMaxAge) is recognised from this length on.
const shortestStem = 4

/** The name nearest to `written`, without regard to case; undefined when none is near. */
export function nearest(written: string, names: Iterable<string>): string | undefined {
  let best: { name: string; apart: number } | undefined
  const word = written.toLowerCase()
  const most = Math.min(furthest, Math.floor(word.length / 2))
  for (const name of names) {
    const other = name.toLowerCase()
    const isStem = word.length >= shortestStem && other.startsWith(word)
    const apart = isStem ? 0 : distance(word, other)
    if (apart <= most && apart < (best?.apart ?? Number.POSITIVE_INFINITY)) best = { name, apart }
  }
  return best?.name
}

/** Edit distance (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let nth = 1; nth <= one.length; nth++) {
    const next = [nth]
    for (let at = 1; at <= other.length; at++)
      next[at] = Math.min(
        row[at]! + 1,
        next[at - 1]! + 1,
        row[at - 1]! + (one[nth - 1] === other[at - 1] ? 0 : 1),
      )
    row = next
  }
  return row[other.length]!
}
