// A phone number in the peer's format.
import { readSender } from '../../msisdn.js'
import type { numberForms } from './settings.js'

type NumberForm = (typeof numberForms)[number]

/** `84901234567` or `0901234567`, in any spelling, to the given form; anything else is returned unchanged. */
export function numberAs(form: NumberForm, address: string): string {
  const read = form === 'as-came' ? undefined : readSender(address, 0, [''])
  if (read?.kind !== 'phone') return address
  const { digits } = read
  switch (form) {
    case 'plus':
      return `+${digits}`
    case 'national':
      return digits.replace(/^84(?=\d{9}$)/, '0')
    default:
      return digits
  }
}
