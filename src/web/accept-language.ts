// What language a client prefers, by its Accept-Language header.

// A browser sends a handful of ranges; in a header of 16 KiB there could be thousands.
const maxRanges = 50

/**
 * The language of `spoken` that an Accept-Language header (RFC 9110 §12.5.4) prefers: by weight, then by order. A region counts
 * for its language. `otherwise` where the header names none of them, or forbids them with a weight of 0.
 */
export function preferredLanguage<Language extends string>(
  header: string | undefined,
  spoken: readonly Language[],
  otherwise: Language,
): Language {
  let [preferred, highest] = [otherwise, 0]
  for (const range of header?.split(',', maxRanges) ?? []) {
    const [tag, ...parameters] = range.split(';')
    const primary = tag!.trim().split('-', 1)[0]!.toLowerCase()
    const language = spoken.find((one) => one === primary)
    const said = parameters.map((one) => one.trim()).find((one) => /^q=/i.test(one))
    const weight = said === undefined ? 1 : Number(said.slice(2))
    if (language !== undefined && weight > highest) [preferred, highest] = [language, weight]
  }
  return preferred
}
