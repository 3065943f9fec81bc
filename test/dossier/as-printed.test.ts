// A number as it is printed is read at once, without looking for it. That way and the long way must agree on every text:
// whatever codes are configured, whatever is wrong with the number, whatever word stands in front of it.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { openNumbers } from '../../src/dossier/numbers/numbers.js'
import { agency } from './sample-agency.js'

const now = Date.parse('2026-11-28T08:00:00+07:00')
const open = (agencies: ReturnType<typeof agency>[]) =>
  openNumbers(agencies, { lookupKey: '6c'.repeat(32) }, () => now)

// Few bodies and groups, so that codes meet: one the beginning of another, or of another and a date.
const body = fc.constantFrom('H45', 'H15', 'G09', 'K12', 'H01', 'O11', 'H26')
const pair = fc.constantFrom('00', '01', '12', '15', '20', '24', '26', '60')
const group = fc.oneof({ weight: 6, arbitrary: pair }, fc.constantFrom('012', '0123', '2405', '1900', '2024'))
const code = fc.oneof(
  fc.tuple(body, fc.array(group, { maxLength: 5 })).map(([first, below]) => [first, ...below].join('.')),
  fc.tuple(fc.constantFrom('000', '001', '012', '240'), pair, pair, body).map((groups) => groups.join('.')),
)
const date = fc.oneof(
  fc
    .date({ min: new Date('2014-12-01'), max: new Date('2027-02-01'), noInvalidDate: true })
    .map((day) => day.toISOString().slice(2, 10).replaceAll('-', '')),
  fc.stringMatching(/^\d{6}$/),
)
const sequence = fc.oneof(fc.stringMatching(/^\d{4}$/), fc.stringMatching(/^\d{3,8}$/))
const word = fc.oneof(
  fc.constantFrom('HS', 'DAU', 'huy', 'anh', 'kinh', 'Ho', 'oi', 'lh', 'khong', 'hai', 'ngay', 'STT', 'CMND'),
  fc.stringMatching(/^[A-Za-z]{2,12}$/),
)
const office = fc.record({ code, aliases: fc.array(code, { maxLength: 3 }), exact: fc.boolean() })
const attempt = fc.record({
  which: fc.nat(),
  below: fc.array(group, { maxLength: 2 }),
  other: code,
  isLong: fc.boolean(),
  date,
  sequence,
  word,
})

t.test('as printed and amid other text a number is read the same', async (t) => {
  let read = 0
  fc.assert(
    fc.property(
      fc.array(office, { minLength: 1, maxLength: 4 }),
      fc.array(attempt, { minLength: 1, maxLength: 6 }),
      (offices, attempts) => {
        const codes = new Set<string>()
        const agencies = offices.flatMap(({ code, aliases, exact }, nth) => {
          const its = [...new Set([code, ...aliases])].filter((one) => !codes.has(one))
          for (const one of its) codes.add(one)
          const [first, ...more] = its
          const index = nth % 3 === 2 ? undefined : nth
          return first ? [agency(first, index, { aliases: more, ...(exact && { exact }) })] : []
        })
        const numbers = open(agencies)
        return attempts.every(({ which, below, other, isLong, date, sequence, word }) => {
          const known = which % 3 > 0 ? [...codes][which % codes.size]! : other
          const issuer = which % 5 === 0 ? [known, ...below].join('.') : known
          const text = `${issuer}-${isLong ? '20' : ''}${date}-${sequence}`
          const reading = numbers.read(text)
          if (reading.kind === 'dossierNo') read++
          return (
            isDeepStrictEqual(reading, numbers.read(` ${text}`)) &&
            isDeepStrictEqual(numbers.find(text, 3), numbers.find(` ${text}`, 3)) &&
            isDeepStrictEqual(numbers.find(`${word} ${text}`, 3), numbers.find(`${word}  ${text}`, 3))
          )
        })
      },
    ),
    { numRuns: 2000 },
  )
  t.ok(read > 600, 'many of them are numbers')
})

t.test('what is printed is meant, whatever else it could be', async (t) => {
  const { read, find } = open([
    agency('H26', 26),
    agency('H26.20', 27),
    agency('H01', 1),
    agency('012.00.00.H26', 28),
    agency('H15.50.05', 55),
    agency('H15.5005', 56),
    agency('H15.500', 57),
    agency('G09.20', 30),
    agency('000.00.00.G09', 31),
  ])
  const rows = [
    ['H26-20260609-0092637', 'H26', 'not H26.20 of 9 June 2026 without a dot'],
    ['ho so H26-20260609-0092637', 'H26', 'amid words'],
    ['H26-20-260609-0092', 'H26.20', 'dashes all through'],
    ['anh 012.00.00.H26-240823-0001', '012.00.00.H26', 'the letter of a word is not that of H01'],
    ['H15.5005-261008-0123', 'H15.5005', 'not H15.50.05 without its second dot'],
    ['H15.5005 261008 0123', 'H15.5005', 'a blank before the date'],
    ['H15.50.05-261008-0123', 'H15.50.05', 'both dots'],
    ['H15.500-261008-0123', 'H15.500', 'the beginning of the other'],
    ['so: 000.00.26.G09-20150101-0001', '000.00.26.G09', 'not G09.20 of 1 January 2015 behind some digits'],
    ['kinh 01 bo H26-240823-0001', 'H26', 'nor with a group behind it'],
  ] as const
  for (const [text, issuer, why] of rows) {
    const [found] = find(text, 3)
    t.match(found, { kind: 'dossierNo', dossierNo: { issuer } }, `${text}: ${why}`)
  }
  for (const text of ['H26.20260609-0092', 'H155005-261008-0123'])
    t.match(read(text), { kind: 'unreadable', reason: 'incomplete' }, `${text}: the dots do not decide`)
})
