// An office's telephone in a text message. Half a number is somebody else's, so it is whole or absent: where a field holds two
// numbers, or an extension and a name, it is the first number.

const longest = 24
// As in +84 257 3 841 111. What is more belongs to an extension or to the next number.
const maxDigits = 12

/** As the office writes it, or the first number of it where that is too long for a text. */
export function officePhone(phone: string): string {
  if (phone.length <= longest) return phone
  const first = firstNumber(phone)
  return first.length <= longest ? first : dialled(phone)
}

/** The first number of `(0257) 3 841 111 - 3 842` as it is dialled. */
export const dialled = (phone: string): string => firstNumber(phone).replace(/[^\d+*#]/g, '')

function firstNumber(phone: string): string {
  const first = phone.split(/\s[-–—]\s|[/,;&]|\p{L}+/u).find((part) => /\d\d/.test(part)) ?? ''
  let number = ''
  for (const [group] of first.matchAll(/[^\d]*\d+[*#]*/g)) {
    if (`${number}${group}`.replace(/\D/g, '').length > maxDigits) break
    number += group
  }
  return number.replace(/^[^\d+(*#]+/, '')
}
