// The layout of a lookup number, digit by digit: every later version must be able to read today's slips.
import { FF1 } from '@noble/ciphers/ff1.js'
import t from 'tap'
import { type LegalDigits, openLookupNumbers } from '../../src/dossier/numbers/lookup-number.js'

const lookupKey = '6c'.repeat(32)
const lookupNumbers = openLookupNumbers({ lookupKey })

// Another implementation of the cipher, walked until the number does not begin with 0.
const ff1 = FF1(10, Buffer.from(lookupKey, 'hex'))
const step = (digits: string) => ff1.encrypt([...digits].map(Number)).join('')
function encrypt(plain: string): string {
  let text = step(plain)
  while (text.startsWith('0')) text = step(text)
  return text
}
const decrypt = (digits: string) => lookupNumbers.decrypt([digits], () => true)[0]

const legal = (
  index: number,
  day: number,
  sequence: string,
  more: Partial<LegalDigits> = {},
): LegalDigits => ({
  index,
  spelling: 0,
  day,
  hasLongDate: false,
  sequence,
  ...more,
})

const carried: [label: string, legal: LegalDigits, plain: string][] = [
  ['the first of twelve', legal(0, 0, '0000'), '100 0000 00000'],
  ['the last of twelve', legal(899, 9999, '99999'), '999 9999 99999'],
  ['five digits', legal(899, 1, '10000'), '999 0001 10000'],
  ['an index that needs sixteen', legal(900, 1, '0007'), '1900 0001 00000007'],
  ['a long one at the first place', legal(0, 0, '00000'), '1000 0000 00010000'],
  ['the last without an alias', legal(8999, 9999, '9999999'), '9999 9999 11109999'],
  ['a nought in front of five', legal(5, 1234, '00042'), '1005 1234 00010042'],
  ['six digits', legal(5, 1234, '000000'), '1005 1234 00110000'],
  ['seven digits', legal(5, 1234, '0000000'), '1005 1234 01110000'],
  ['the date in eight digits', legal(5, 1234, '0975', { hasLongDate: true }), '1005 1234 11110975'],
  ['the first alias', legal(5, 1234, '0003', { spelling: 1 }), '1005 1234 22220003'],
  ['the sixth alias', legal(5, 1234, '9999999', { spelling: 6 }), '1005 1234 88879999'],
]

t.test('what is printed carries index, day and sequence in decimal places', async (t) => {
  for (const [label, legal, plain] of carried) {
    const digits = encrypt(plain.replaceAll(' ', ''))
    t.equal(lookupNumbers.encrypt([legal])[0], digits, label)
    t.same(decrypt(digits), legal, `${label}, back`)
    t.equal(lookupNumbers.decrypt([digits], () => false)[0], undefined, `${label}, impossible`)
  }
})

t.test('what no lookup number carries has none', async (t) => {
  for (const [label, none] of [
    ['the index above the highest', legal(9000, 1, '0001')],
    ['a seventh alias', legal(5, 1, '0001', { spelling: 7 })],
    ['an alias with a date of eight digits', legal(5, 1, '0001', { spelling: 1, hasLongDate: true })],
    ['three digits', legal(5, 1, '001')],
    ['eight digits', legal(5, 1, '00000001')],
  ] as const)
    t.equal(lookupNumbers.encrypt([none])[0], undefined, label)
})

t.test('digits that were never printed mean nothing', async (t) => {
  for (const [label, plain] of [
    ['what twelve digits carry, in sixteen', '1005123400000042'],
    ['a form that is none', '1005123488880000'],
    ['the last there could be', '1005123499999999'],
  ] as const)
    t.equal(decrypt(encrypt(plain)), undefined, label)
  // On its way past the noughts a number may pass this one.
  for (let day = 0; ; day++) {
    const passed = step(`1000${String(day).padStart(4, '0')}0042`)
    if (!passed.startsWith('0')) continue
    t.equal(decrypt(passed), undefined, `${passed} begins with 0`)
    break
  }
})
