// Parses the Content-Type of a request, in linear time for any input.

// The longest we know has some 70 characters; a header of kilobytes is no content type.
const longest = 200

/**
 * The media type in lower case, and its charset if given. Undefined: missing or invalid.
 * `trim` removes blanks, so that no pattern can backtrack over them.
 */
export function readContentType(header: string | undefined): { type: string; charset?: string } | undefined {
  if (header === undefined || header.length > longest) return undefined
  const [first = '', ...parameters] = header.toLowerCase().split(';')
  const type = first.trim()
  if (!/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(type)) return undefined
  for (const parameter of parameters) {
    const at = parameter.indexOf('=')
    if (at < 0 || parameter.slice(0, at).trim() !== 'charset') continue
    const value = parameter.slice(at + 1).trim()
    return { type, charset: value.replace(/^(["'])(.*)\1$/, '$2') }
  }
  return { type }
}

/** Whether a text in this charset is read rightly as UTF-8: one that is left empty says nothing, and ASCII is part of it. */
export const isUtf8Named = (charset: string | undefined): boolean =>
  charset === undefined || /^(?:utf-?8|(?:us-)?ascii)?$/.test(charset)
