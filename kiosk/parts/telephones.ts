// The telephones in an office's own words, for a page on which a number can be called.

/** A part of the text; `dial` where it is a number. */
interface Part {
  readonly text: string
  readonly dial?: string
}

// As in +84 257 3 841 111. More digits are two numbers, or one and its extension: together nobody's.
const maxDigits = 12
const fewestDigits = 8
const number = /(\+?\(?\d+\)?(?:[ .]?\d+)*)/

const digitsOf = (text: string) => text.replace(/[^\d+]/g, '')
const isDialled = (digits: string) => digits.length >= fewestDigits && digits.length <= maxDigits + 1

export function telephonesIn(text: string): Part[] {
  const all = digitsOf(text)
  if (all.length <= maxDigits && !/\p{L}/u.test(text)) return [{ text, ...(all ? { dial: all } : {}) }]
  return text
    .split(number)
    .filter((part) => part !== '')
    .map((part) => (isDialled(digitsOf(part)) ? { text: part, dial: digitsOf(part) } : { text: part }))
}
