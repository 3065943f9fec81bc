// An office's telephone in a text message. Half a number is somebody else's, so a number is whole or absent. From a field with
// two numbers, or with an extension and a name, the first number is taken.

const longest = 24
// As in +84 257 3 841 111. What is more belongs to an extension or to the next number.
const maxDigits = 12

/** The telephone as the office writes it, or only its first number where that is too long for a text. */
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
