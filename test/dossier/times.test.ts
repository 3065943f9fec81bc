import t from 'tap'
import { readLooseTime, readTime, writePortalTime, writeTime } from '../../src/dossier/times.js'

const at = (text: string) => Date.parse(text)

t.test('the API reads RFC 3339, +0700 without a colon, and the portal form as local time', async (t) => {
  const table: [label: string, text: string, expected: number | undefined][] = [
    ['UTC', '2026-11-24T01:30:00Z', at('2026-11-24T01:30:00Z')],
    ['local with colon', '2026-11-24T08:30:00+07:00', at('2026-11-24T01:30:00Z')],
    ['iGate, no colon', '2026-11-24T08:30:00.000+0700', at('2026-11-24T01:30:00Z')],
    ['west of Greenwich', '2026-11-24T01:30:00-05:30', at('2026-11-24T07:00:00Z')],
    ['fractions are dropped', '2026-11-24T01:30:00.999999999Z', at('2026-11-24T01:30:00Z')],
    ['no seconds', '2026-11-24T08:30+07:00', at('2026-11-24T01:30:00Z')],
    ['small letters', '2026-11-24t01:30:00z', at('2026-11-24T01:30:00Z')],
    ['leap second', '2016-12-31T23:59:60Z', at('2016-12-31T23:59:59Z')],
    ['portal', '20261124083000', at('2026-11-24T01:30:00Z')],
    ['portal, the day alone', '20261124', at('2026-11-23T17:00:00Z')],
    ['a day alone', '2026-11-24', at('2026-11-23T17:00:00Z')],
    ['29 February of a leap year', '20280229000000', at('2028-02-28T17:00:00Z')],
    ['29 February of another year', '2026-02-29T00:00:00Z', undefined],
    ['month 13', '20261301000000', undefined],
    ['hour 24', '2026-11-24T24:00:00Z', undefined],
    ['no zone', '2026-11-24T08:30:00', undefined],
    ['a day that does not exist', '2026-02-29', undefined],
    ['a day without its zeros', '2026-1-4', undefined],
    ['day first', '24/11/2026', undefined],
    ['empty', '', undefined],
    ['year 0001, a null date of other systems', '0001-01-01T00:00:00Z', undefined],
    ['year 9999', '9999-12-31T00:00:00Z', undefined],
    ['offset of a day', '2026-11-24T08:30:00+24:00', undefined],
    ['words', 'tomorrow', undefined],
  ]
  for (const [label, text, expected] of table) t.equal(readTime(text), expected, label)
})

t.test(
  'files and older systems may also write day first, without a zone, or epoch milliseconds',
  async (t) => {
    const table: [label: string, value: unknown, expected: number | undefined][] = [
      ['day first', '24/11/2026', at('2026-11-23T17:00:00Z')],
      ['OpenCPS', '24/11/2026 08:30:00', at('2026-11-24T01:30:00Z')],
      ['one digit', '4/1/2026 8:05', at('2026-01-04T01:05:00Z')],
      ['hour first', '08:30 24/11/2026', at('2026-11-24T01:30:00Z')],
      ['hour first with giờ', '8h30, 24/11/2026', at('2026-11-24T01:30:00Z')],
      ['dots', '24.11.2026', at('2026-11-23T17:00:00Z')],
      ['zoneless', '2026-11-24 08:30:00.0', at('2026-11-24T01:30:00Z')],
      ['day alone', '2026-11-24', at('2026-11-23T17:00:00Z')],
      ['epoch', 1795483800123, at('2026-11-24T01:30:00Z')],
      ['epoch as text', '1795483800123', at('2026-11-24T01:30:00Z')],
      ['date of a spreadsheet', new Date('2026-11-24T01:30:00.4Z'), at('2026-11-24T01:30:00Z')],
      ['the American order is not guessed', '11/24/2026', undefined],
      ['small number', 45000, undefined],
      ['invalid date', new Date(Number.NaN), undefined],
      ['null', null, undefined],
      ['an object', { $date: 1 }, undefined],
      ['very long', ' '.repeat(5000), undefined],
    ]
    for (const [label, value, expected] of table) t.equal(readLooseTime(value), expected, label)
  },
)

t.test('what is written is read back', async (t) => {
  const moment = at('2026-11-24T01:30:07Z')
  t.equal(writeTime(moment), '2026-11-24T08:30:07+07:00')
  t.equal(readTime(writeTime(moment)), moment)
  t.equal(writePortalTime(moment), '20261124083007')
  t.equal(readTime(writePortalTime(moment)), moment)
})
